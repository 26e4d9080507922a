//! Which calls wait for which, also while an earlier one is being made anew after an error that has a remedy.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::Ticket;
use crate::mtproto::session::RequestId;

/// How many calls that failed are remembered, so that those which come after them fail, too.
const FAILED: usize = 4096;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is with nobody: not handed over yet, or answered with an error that may have a remedy.
    Undecided,
    /// A link has it.
    Sent {
        /// Which link.
        link: u64,
        /// Under which name.
        request: RequestId,
    },
    /// It was carried out.
    Succeeded,
    /// It will not be.
    Failed,
}

/// Calls that others may wait for.
#[derive(Debug, Default)]
pub(super) struct Orders(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    calls: HashMap<Ticket, watch::Receiver<Progress>>,
    failed: HashSet<Ticket>,
    oldest_failed: VecDeque<Ticket>,
}

/// An earlier call has failed, so this one is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EarlierFailed;

impl Orders {
    /// A call begins that others may wait for.
    pub(super) fn begin(self: &Arc<Self>, ticket: Ticket) -> Place {
        let (progress, receiver) = watch::channel(Progress::Undecided);
        self.lock().calls.insert(ticket, receiver);
        Place { orders: self.clone(), ticket, progress: Arc::new(progress) }
    }

    /// Waits until a call that comes after `earlier` may be handed over to `link`; returns the request that the server has
    /// to carry out first, if it is still on its way there.
    pub(super) async fn after(&self, earlier: Ticket, link: u64) -> Result<Option<RequestId>, EarlierFailed> {
        let receiver = {
            let inner = self.lock();
            if inner.failed.contains(&earlier) {
                return Err(EarlierFailed);
            }
            inner.calls.get(&earlier).cloned()
        };
        let Some(mut receiver) = receiver else { return Ok(None) };
        loop {
            let progress = *receiver.borrow_and_update();
            match progress {
                Progress::Sent { link: with, request } if with == link => return Ok(Some(request)),
                Progress::Succeeded => return Ok(None),
                Progress::Failed => return Err(EarlierFailed),
                Progress::Undecided | Progress::Sent { .. } => {}
            }
            // Its caller has given it up: nobody knows what became of it, and nobody waits for it.
            if receiver.changed().await.is_err() {
                return if *receiver.borrow() == Progress::Failed { Err(EarlierFailed) } else { Ok(None) };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place in the order, for as long as it is being made.
pub(super) struct Place {
    orders: Arc<Orders>,
    ticket: Ticket,
    progress: Arc<watch::Sender<Progress>>,
}

impl Place {
    /// For the link that has the call.
    pub(super) fn progress(&self) -> Arc<watch::Sender<Progress>> {
        self.progress.clone()
    }

    pub(super) fn set(&self, progress: Progress) {
        self.progress.send_replace(progress);
    }

    /// The call has failed, and those after it will.
    pub(super) fn fail(&self) {
        let mut inner = self.orders.lock();
        if inner.failed.insert(self.ticket) {
            inner.oldest_failed.push_back(self.ticket);
        }
        if inner.oldest_failed.len() > FAILED
            && let Some(oldest) = inner.oldest_failed.pop_front()
        {
            inner.failed.remove(&oldest);
        }
        drop(inner);
        self.set(Progress::Failed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.orders.lock().calls.remove(&self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: u64 = 7;

    async fn after(orders: &Arc<Orders>, earlier: Ticket) -> Result<Option<RequestId>, EarlierFailed> {
        orders.after(earlier, LINK).await
    }

    #[tokio::test]
    async fn a_call_waits_while_the_one_before_it_is_made_anew() {
        let orders = Arc::new(Orders::default());
        let ticket = Ticket::issue();
        let place = orders.begin(ticket);
        let later = tokio::spawn({
            let orders = orders.clone();
            async move { after(&orders, ticket).await }
        });
        tokio::task::yield_now().await;
        assert!(!later.is_finished());
        place.set(Progress::Sent { link: LINK, request: RequestId(3) });
        assert_eq!(later.await.unwrap(), Ok(Some(RequestId(3))));
    }

    #[tokio::test]
    async fn a_call_on_another_link_waits_for_the_answer_of_the_one_before_it() {
        let orders = Arc::new(Orders::default());
        let ticket = Ticket::issue();
        let place = orders.begin(ticket);
        place.set(Progress::Sent { link: LINK + 1, request: RequestId(3) });
        let later = tokio::spawn({
            let orders = orders.clone();
            async move { after(&orders, ticket).await }
        });
        tokio::task::yield_now().await;
        assert!(!later.is_finished());
        place.set(Progress::Succeeded);
        assert_eq!(later.await.unwrap(), Ok(None));
    }

    #[tokio::test]
    async fn a_call_after_one_that_failed_fails_and_one_after_an_unknown_or_abandoned_one_does_not() {
        let orders = Arc::new(Orders::default());
        let (failed, abandoned) = (Ticket::issue(), Ticket::issue());
        orders.begin(failed).fail();
        drop(orders.begin(abandoned));
        assert_eq!(after(&orders, failed).await, Err(EarlierFailed));
        assert_eq!(after(&orders, abandoned).await, Ok(None));
        assert_eq!(after(&orders, Ticket::issue()).await, Ok(None));
    }

    #[tokio::test]
    async fn so_many_failures_are_remembered_and_no_more() {
        let orders = Arc::new(Orders::default());
        let first = Ticket::issue();
        orders.begin(first).fail();
        for _ in 0..FAILED {
            orders.begin(Ticket::issue()).fail();
        }
        assert_eq!(orders.lock().failed.len(), FAILED);
        assert_eq!(after(&orders, first).await, Ok(None));
    }
}

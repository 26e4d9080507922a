//! The transport of one user: calls take a while, may be held up, and may lose their answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secret_runtime::client::{CallError, Ticket, Transport};
use tl_types::{Decode, Encode, Function, RpcError};
use tokio::sync::watch;

use crate::server::{FILES_DC, Server};

/// Whether it keeps the order of calls, as `invokeAfterMsg` does.
pub(crate) struct Line<const ORDERED: bool> {
    pub(crate) server: Arc<Mutex<Server>>,
    user: i64,
    /// What became of the calls that others may wait for.
    outcomes: Mutex<BTreeMap<Ticket, watch::Receiver<Option<bool>>>>,
    pub(crate) faults: Mutex<Faults>,
}

#[derive(Default)]
pub(crate) struct Faults {
    /// How long calls take, one after the other, and again from the first.
    pub(crate) delays: Vec<Duration>,
    calls: usize,
    /// Calls of this name are carried out, and so many of their answers are lost.
    pub(crate) lose_answers: Option<(&'static str, usize)>,
    /// Calls of this name wait until it is set to something else.
    pub(crate) hold: Option<&'static str>,
    /// No call has an answer any more.
    pub(crate) is_closed: bool,
    /// The most calls that were on their way at once.
    pub(crate) most_at_once: usize,
    pub(crate) at_once: usize,
    /// The data centres of file parts.
    pub(crate) data_centers: Vec<i32>,
}

impl<const ORDERED: bool> Line<ORDERED> {
    pub(crate) fn new(server: &Arc<Mutex<Server>>, user: i64) -> Arc<Self> {
        Arc::new(Self { server: Arc::clone(server), user, outcomes: Mutex::default(), faults: Mutex::default() })
    }

    pub(crate) fn faults(&self) -> std::sync::MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }

    fn on_its_way(&self) -> OnItsWay<'_> {
        let mut faults = self.faults();
        faults.at_once += 1;
        faults.most_at_once = faults.most_at_once.max(faults.at_once);
        OnItsWay(&self.faults)
    }

    async fn carry_out<F: Function + Encode>(&self, function: &F) -> Result<F::Response, CallError> {
        let bytes = function.to_bytes().map_err(CallError::Encode)?;
        let delay = {
            let mut faults = self.faults();
            faults.calls += 1;
            let calls = faults.calls;
            faults.delays.get(calls % faults.delays.len().max(1)).copied().unwrap_or_default()
        };
        tokio::time::sleep(delay).await;
        while self.faults().hold == Some(F::NAME) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if self.faults().is_closed {
            return Err(CallError::Closed);
        }
        let answer = self.server.lock().unwrap().call(self.user, F::NAME, F::ID, &bytes);
        tokio::time::sleep(delay).await;
        if let Some((name, count)) = &mut self.faults().lose_answers
            && *name == F::NAME
            && *count > 0
        {
            *count -= 1;
            return Err(CallError::Unanswered);
        }
        F::Response::from_bytes(&answer.map_err(CallError::Rpc)?).map_err(CallError::Decode)
    }
}

struct OnItsWay<'a>(&'a Mutex<Faults>);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_once -= 1;
    }
}

impl<const ORDERED: bool> Transport for Line<ORDERED> {
    const KEEPS_ORDER: bool = ORDERED;

    async fn call<F: Function + Encode + Send + Sync>(&self, function: &F) -> Result<F::Response, CallError> {
        let _on_its_way = self.on_its_way();
        self.carry_out(function).await
    }

    async fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
        self.faults().data_centers.push(dc);
        assert_eq!(dc, FILES_DC, "{} goes to the data centre that has the file", F::NAME);
        let _on_its_way = self.on_its_way();
        self.carry_out(function).await
    }

    async fn call_after<F: Function + Encode + Send + Sync>(
        &self,
        ticket: Ticket,
        after: Option<Ticket>,
        function: &F,
    ) -> Result<F::Response, CallError> {
        let _on_its_way = self.on_its_way();
        let (outcome, watched) = watch::channel(None);
        let earlier = {
            let mut outcomes = self.outcomes.lock().unwrap();
            outcomes.insert(ticket, watched);
            after.map(|after| outcomes.get(&after).expect("the earlier call was handed over before").clone())
        };
        if let Some(mut earlier) = earlier {
            let succeeded = earlier.wait_for(Option::is_some).await.map_or(Some(false), |outcome| *outcome);
            if succeeded == Some(false) {
                outcome.send_replace(Some(false));
                return Err(RpcError::new(400, "MSG_WAIT_FAILED").into());
            }
        }
        let answer = self.carry_out(function).await;
        outcome.send_replace(Some(answer.is_ok()));
        answer
    }
}

//! One call, from its function to its answer, over all that may come between.

use std::time::Duration;

use tl_types::{Decode, Encode, Function, RpcError};
use tokio::time::{sleep, timeout};
use tracing::field::Empty;

use super::Connection;
use super::link::LinkError;
use super::order::{EarlierFailed, Place, Progress};
use super::policy::{Patience, Remedy, remedy};
use super::pool::Target;
use crate::client::trace::{in_span, told};
use crate::client::{CallError, Ticket, Transport};

impl Transport for Connection {
    const KEEPS_ORDER: bool = true;

    async fn call<F: Function + Encode + Send + Sync>(&self, function: &F) -> Result<F::Response, CallError> {
        decoded::<F>(match self.make(Target::Home, function, None).await {
            Err(CallError::Rpc(error)) => match remedy(&error) {
                Remedy::Elsewhere(dc) if self.shared.pool.knows(dc) => self.elsewhere(dc, function).await,
                _ => Err(CallError::Rpc(error)),
            },
            result => result,
        })
    }

    async fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
        decoded::<F>(self.elsewhere(dc, function).await)
    }

    async fn call_after<F: Function + Encode + Send + Sync>(
        &self,
        ticket: Ticket,
        after: Option<Ticket>,
        function: &F,
    ) -> Result<F::Response, CallError> {
        let place = self.shared.orders.begin(ticket);
        let result = self.make(Target::Home, function, Some((&place, after))).await;
        match result {
            Ok(_) => place.set(Progress::Succeeded),
            Err(_) => place.fail(),
        }
        decoded::<F>(result)
    }
}

fn decoded<F: Function>(answer: Result<Vec<u8>, CallError>) -> Result<F::Response, CallError> {
    F::Response::from_bytes(&answer?).map_err(CallError::Decode)
}

impl Connection {
    /// A call at another data centre, where the user has to be logged in, too.
    async fn elsewhere<F: Function + Encode + Send + Sync>(&self, dc: i32, function: &F) -> Result<Vec<u8>, CallError> {
        if dc == self.home() {
            return self.make(Target::Home, function, None).await;
        }
        self.carry_authorization(dc).await?;
        match self.make(Target::Dc(dc), function, None).await {
            // The other data centre has forgotten us, but our own has not.
            Err(CallError::Rpc(error)) if error.code == 401 => {
                self.set_authorized(dc, false);
                self.carry_authorization(dc).await?;
                self.make(Target::Dc(dc), function, None).await
            }
            result => result,
        }
    }

    /// Makes a call until it has an answer, or an error that its caller has to know.
    pub(super) async fn make<F: Function + Encode + Send + Sync>(
        &self,
        target: Target,
        function: &F,
        order: Option<(&Place, Option<Ticket>)>,
    ) -> Result<Vec<u8>, CallError> {
        let dc = || match target {
            Target::Home => self.home(),
            Target::Dc(dc) => dc,
        };
        let span = tracing::debug_span!("call", function = F::NAME, dc = dc(), outcome = Empty);
        in_span(span, self.make_again(target, function, order)).await
    }

    async fn make_again<F: Function + Encode + Send + Sync>(
        &self,
        target: Target,
        function: &F,
        order: Option<(&Place, Option<Ticket>)>,
    ) -> Result<Vec<u8>, CallError> {
        let mut patience = Patience::new(self.shared.core.settings.flood_wait_limit);
        loop {
            let error = match self.attempt(target, function, order).await {
                Ok(answer) => return Ok(answer),
                Err(LinkError::Rpc(error)) => error,
                Err(LinkError::NotCarriedOut) if patience.allows(Duration::ZERO) => continue,
                Err(LinkError::NotCarriedOut | LinkError::Unanswered) => return Err(CallError::Unanswered),
                Err(LinkError::Closed) => return Err(CallError::Closed),
                Err(LinkError::Encode(error)) => return Err(CallError::Encode(error)),
            };
            let again = match remedy(&error) {
                Remedy::Move(dc) => target == Target::Home && self.may_move_to(dc) && patience.allows(Duration::ZERO),
                Remedy::Wait(wait) => patience.allows(wait),
                // What the one before it came to decides: it may be on its way anew.
                Remedy::Order => order.is_some_and(|(_, after)| after.is_some()) && patience.allows(Duration::ZERO),
                Remedy::Introduce | Remedy::Bind => patience.allows(Duration::ZERO),
                Remedy::Elsewhere(_) | Remedy::None => false,
            };
            if !again {
                return Err(CallError::Rpc(error));
            }
            tracing::debug!(error = %told(&error), "the call is made again");
            match remedy(&error) {
                Remedy::Move(dc) => self.shared.pool.move_home(dc)?,
                Remedy::Wait(wait) => {
                    tracing::info!(function = F::NAME, ?wait, "the server asks to wait");
                    sleep(wait).await;
                }
                Remedy::Introduce => self.shared.pool.link(target).iter().for_each(|link| link.introduce()),
                Remedy::Bind => self.shared.pool.link(target).iter().for_each(|link| link.bind()),
                Remedy::Order | Remedy::Elsewhere(_) | Remedy::None => {}
            }
        }
    }

    /// Hands a call over once, and waits for what becomes of it.
    async fn attempt<F: Function + Encode + Send + Sync>(
        &self,
        target: Target,
        function: &F,
        order: Option<(&Place, Option<Ticket>)>,
    ) -> Result<Vec<u8>, LinkError> {
        let Some(link) = self.shared.pool.link(target) else { return Err(LinkError::Closed) };
        let limit = self.shared.core.settings.call_timeout;
        let attempt = async {
            let (place, after) = order.unzip();
            let after = match after.flatten() {
                Some(earlier) => self.shared.orders.after(earlier, link.number()).await,
                None => Ok(None),
            };
            let after = after.map_err(|EarlierFailed| LinkError::Rpc(RpcError::new(400, "MSG_WAIT_FAILED")))?;
            let body = function.to_bytes().map_err(LinkError::Encode)?;
            let request = self.shared.core.request_id();
            tracing::trace!(request = request.0, bytes = body.len(), "the call is handed over");
            link.call(request, body, after, place).await
        };
        timeout(limit, attempt).await.unwrap_or(Err(LinkError::Unanswered))
    }

    /// Who is logged in stays where he is; before, the server may send him around.
    fn may_move_to(&self, dc: i32) -> bool {
        self.user().is_none() && self.shared.pool.knows(dc)
    }
}

//! One call, from its function to its answer, over all that may come between.

use std::time::Duration;

use tl_types::{Decode, Encode, Function, RpcError};
use tokio::time::{sleep, timeout};

use super::link::LinkError;
use super::order::{EarlierFailed, Place, Progress};
use super::policy::{Patience, Remedy, remedy};
use super::pool::Target;
use super::Connection;
use crate::client::{CallError, Ticket, Transport};

impl Transport for Connection {
    const KEEPS_ORDER: bool = true;

    async fn call<F: Function + Encode + Send + Sync>(&self, function: &F) -> Result<F::Response, CallError> {
        self.make(Target::Home, function, None).await
    }

    async fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
        self.elsewhere(dc, function).await
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
        result
    }
}

impl Connection {
    /// A call at another data centre, where the user has to be logged in, too.
    async fn elsewhere<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
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
    ) -> Result<F::Response, CallError> {
        let mut patience = Patience::new(self.shared.core.settings.flood_wait_limit);
        loop {
            let error = match self.attempt(target, function, order).await {
                Ok(answer) => return F::Response::from_bytes(&answer).map_err(CallError::Decode),
                Err(LinkError::Rpc(error)) => error,
                Err(LinkError::NotCarriedOut) if patience.allows(Duration::ZERO) => continue,
                Err(LinkError::NotCarriedOut | LinkError::Unanswered) => return Err(CallError::Unanswered),
                Err(LinkError::Closed) => return Err(CallError::Closed),
                Err(LinkError::Encode(error)) => return Err(CallError::Encode(error)),
            };
            let failed = Err(CallError::Rpc(error.clone()));
            match remedy(&error) {
                Remedy::Move(dc) if target == Target::Home && self.may_move_to(dc) => {
                    if !patience.allows(Duration::ZERO) {
                        return failed;
                    }
                    self.shared.pool.move_home(dc)?;
                }
                Remedy::Elsewhere(dc) if target == Target::Home && self.shared.pool.knows(dc) => {
                    return Box::pin(self.elsewhere(dc, function)).await;
                }
                Remedy::Wait(wait) if patience.allows(wait) => {
                    tracing::info!(function = F::NAME, ?wait, "the server asks to wait");
                    sleep(wait).await;
                }
                Remedy::Introduce if patience.allows(Duration::ZERO) => {
                    if let Some(link) = self.shared.pool.link(target) {
                        link.introduce();
                    }
                }
                Remedy::Bind if patience.allows(Duration::ZERO) => {
                    if let Some(link) = self.shared.pool.link(target) {
                        link.bind();
                    }
                }
                // What the one before it came to decides: it may be on its way anew.
                Remedy::Order if order.is_some_and(|(_, after)| after.is_some()) && patience.allows(Duration::ZERO) => {}
                _ => return failed,
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
            link.call(self.shared.core.request_id(), body, after, place).await
        };
        timeout(limit, attempt).await.unwrap_or(Err(LinkError::Unanswered))
    }

    /// Who is logged in stays where he is; before, the server may send him around.
    fn may_move_to(&self, dc: i32) -> bool {
        self.user().is_none() && self.shared.pool.knows(dc)
    }
}

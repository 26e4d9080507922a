//! Calls on their way to the server, and answers on their way back.

use secret_runtime::chat::{Answer, CallId, Failure, Input, Suite};
use tl_types::RpcError;

use super::{Party, World};
use crate::simulation::endpoint::{Outcome, Pending, Wanted};
use crate::simulation::moves::{Fate, Side};
use crate::simulation::{errors, watch};

impl<S: Suite> World<S> {
    /// Makes one of the calls that wait; whether there was one whose turn it is.
    pub(in crate::simulation) fn call(&mut self, side: Side, index: usize, fate: Fate) -> bool {
        let may_close = self.setup.may_close;
        let Some(ours) = self.ours(side) else { return false };
        let Some(pending) = ours.calls.get(index) else { return false };
        // The server waits for a call that others wait for.
        if pending.after.is_some_and(|after| ours.calls.iter().any(|call| call.serial == after)) {
            return false;
        }
        let pending = ours.calls.remove(index);
        let Wanted::Chat(outgoing) = pending.wanted.clone() else {
            if fate != Fate::Lost {
                self.carry_out(side, &pending);
            }
            return true;
        };
        let call = &outgoing.call;
        let rpc = |error: RpcError| Answer::Failed(Failure::Rpc(error));
        let is_handshake = matches!(outgoing.id, CallId::Handshake | CallId::Discard);
        let (carried_out, error) = match fate {
            Fate::Done => (true, None),
            Fate::Lost => (false, Some(Answer::Failed(Failure::Unanswered))),
            Fate::Unheard => (true, Some(Answer::Failed(Failure::Unanswered))),
            Fate::Late => {
                ours.zombies.push(pending.clone());
                (false, Some(Answer::Failed(Failure::Unanswered)))
            }
            Fate::Passing { which, carried_out } => (carried_out, Some(rpc(errors::passing(call, which)))),
            Fate::Refused { which, carried_out } if may_close || !is_handshake => {
                (carried_out, Some(rpc(errors::refused(call, which).unwrap_or_else(|| errors::passing(call, which)))))
            }
            Fate::Closing { which } if may_close => {
                (false, Some(rpc(errors::closing(call, which).unwrap_or_else(|| errors::passing(call, which)))))
            }
            Fate::Refused { which, .. } | Fate::Closing { which } => (false, Some(rpc(errors::passing(call, which)))),
        };
        let closes = |error: &Answer| {
            matches!(error, Answer::Failed(Failure::Rpc(error))
                if error.code == 403 || error.message == "ENCRYPTION_DECLINED" || is_handshake && error.code == 400)
        };
        self.was_refused |= error.as_ref().is_some_and(closes);
        let answer = if carried_out { Some(self.carry_out(side, &pending)) } else { None };
        let Some(ours) = self.ours(side) else { return false };
        if answer.is_none() {
            ours.outcomes.insert(pending.serial, false);
        }
        let answer = error.or(answer).expect("it was carried out, or failed");
        ours.answers.push((outgoing.id, answer));
        true
    }

    /// What the server does with a call that arrives.
    fn carry_out(&mut self, side: Side, pending: &Pending) -> Answer {
        let now = self.now;
        let outgoing = match &pending.wanted {
            Wanted::ReceivedQueue(qts) => {
                let durable = self.ours(side).and_then(|ours| ours.durable().qts());
                assert!(durable >= Some(*qts), "side {side} acknowledges {qts}, but only {durable:?} is durable");
                self.server.acknowledge(side, *qts);
                return Answer::Done;
            }
            Wanted::Chat(outgoing) => outgoing.clone(),
        };
        let Some(ours) = self.ours(side) else { return Answer::Done };
        if pending.after.is_some_and(|after| ours.outcomes.get(&after) != Some(&true)) {
            ours.outcomes.insert(pending.serial, false);
            return Answer::Failed(Failure::Rpc(RpcError::new(400, "MSG_WAIT_FAILED")));
        }
        let result = self.server.carry_out(side, &outgoing.call, now);
        if let Some(ours) = self.ours(side) {
            ours.outcomes.insert(pending.serial, result.is_ok());
        }
        result.unwrap_or_else(|error| Answer::Failed(Failure::Rpc(error)))
    }

    /// Hands in one of the answers that came; whether there was one.
    pub(in crate::simulation) fn answer(&mut self, side: Side, index: usize) -> bool {
        let Some(chat) = self.chat else { return false };
        let Some(ours) = self.ours(side) else { return false };
        let Some((call, answer)) = ours.answers.get(index).cloned() else { return false };
        let outcome = self.step(side, |account, now, rng| account.step(chat, Input::Answer { call, answer }, now, rng));
        if let (Outcome::Done(_), Some(ours)) = (outcome, self.ours(side)) {
            ours.answers.remove(index);
        }
        true
    }

    pub(super) fn haunt(&mut self, side: Side) {
        let Some(ours) = self.ours(side) else { return };
        for pending in std::mem::take(&mut ours.zombies) {
            self.carry_out(side, &pending);
        }
    }

    pub(in crate::simulation) fn pump(&mut self, side: Side) {
        for _ in 0..10_000 {
            if !self.call(side, 0, Fate::Done) && !self.answer(side, 0) {
                return;
            }
        }
        panic!("side {side} makes calls for ever");
    }

    /// Makes the calls of a peer that is not ours; they always arrive.
    pub(in crate::simulation) fn relay(&mut self, side: Side) {
        let now = self.now;
        let Party::Theirs(peer) = &mut self.sides[side] else { return };
        while let Some(call) = peer.calls.pop_front() {
            if let Some((_, data)) = watch::message(&call) {
                self.witness.peer_sends(side, data);
            }
            if let Ok(answer) = self.server.carry_out(side, &call, now) {
                peer.answered(answer);
            }
        }
    }
}

//! What has to hold in the end.

use secret_runtime::chat::{CloseReason, Phase, SendFailure, Suite};

use super::moves::Side;
use super::peer::Dialect;
use super::server::State;
use super::world::{Party, World};

impl<S: Suite> World<S> {
    /// Looks whether everything ended as promised. [`World::settle`] it first.
    ///
    /// # Panics
    /// If it did not.
    pub fn judge(&mut self) {
        let Some(id) = self.chat else { return };
        let mut is_closed = false;
        for side in [0, 1] {
            let Party::Ours(ours) = &mut self.sides[side] else { continue };
            let account = ours.account.as_mut().unwrap();
            if !account.chats().unwrap().contains(&id) {
                is_closed = true;
                continue;
            }
            let chat = account.chat(id).unwrap();
            if let Phase::Closed { reason, .. } = chat.phase() {
                let reason = reason.clone();
                assert_eq!(self.witness.sides[side].closed.as_ref(), Some(&reason), "the user did not hear of the end");
                assert!(self.may_close(side, &reason), "side {side} closes: {reason}");
                is_closed = true;
            }
        }
        self.outcomes();
        let is_lying = self.setup.dialect == Some(Dialect::Liar);
        if is_closed || is_lying {
            return;
        }
        if let Party::Theirs(peer) = &self.sides[1] {
            assert_eq!(peer.closed, None, "the peer closes the chat");
        }
        self.keys(id);
        self.everything_arrived();
    }

    /// Whether that is a reason that the seed allows for.
    fn may_close(&self, side: Side, reason: &CloseReason) -> bool {
        let was_discarded = self.server.chat.as_ref().is_some_and(|chat| matches!(chat.state, State::Discarded(_)));
        match reason {
            CloseReason::ByUs => self.discarded[side],
            CloseReason::ByPeer { .. } => was_discarded,
            CloseReason::Refused { .. } => self.was_refused || was_discarded,
            CloseReason::PeerFault(_) | CloseReason::KeyMismatch => self.setup.dialect == Some(Dialect::Liar),
            _ => false,
        }
    }

    /// Every message that the user sent came to one end.
    fn outcomes(&self) {
        for (side, account) in self.witness.sides.iter().enumerate() {
            for (random_id, outcome) in &account.promised {
                // A closed chat tells the outcome of everything, an open one of what could be sent.
                let is_lying = self.setup.dialect == Some(Dialect::Liar);
                assert!(outcome.is_some() || is_lying, "side {side} never hears of {random_id}");
            }
        }
    }

    fn keys(&mut self, id: i32) {
        let mut keys = Vec::new();
        for side in [0, 1] {
            match &mut self.sides[side] {
                Party::Ours(ours) => {
                    let rule = ours.settings.chat.rekey;
                    let chat = ours.account.as_mut().unwrap().chat(id).unwrap();
                    let Some(session) = chat.session() else { panic!("side {side} is not ready: {chat:?}") };
                    keys.push(session.key_fingerprint());
                    assert!(!session.is_rekeying(), "side {side} does not end its key exchange: {session:?}");
                    assert!(session.uses() <= 3 * rule.uses + 20, "side {side} keeps its key: {session:?}");
                    assert_eq!(chat.waiting(), 0, "side {side} still waits");
                }
                Party::Theirs(peer) => {
                    keys.push(peer.key_fingerprint().expect("the peer is ready"));
                    assert!(!peer.is_rekeying(), "the peer does not end its key exchange: {peer:?}");
                }
            }
        }
        assert_eq!(keys[0], keys[1], "the sides have different keys");
    }

    fn everything_arrived(&self) {
        for side in [0, 1] {
            let (from, to) = (&self.witness.sides[side], &self.witness.sides[1 - side]);
            for random_id in &from.written {
                let deletions = match &self.sides[1 - side] {
                    Party::Ours(_) => to.saw.get(random_id).copied(),
                    Party::Theirs(peer) => peer.saw.get(random_id).copied(),
                };
                let was_sent = match from.promised.get(random_id) {
                    Some(Some(Ok(()))) => true,
                    Some(Some(Err(SendFailure::Refused { .. } | SendFailure::Deleted))) => false,
                    other => panic!("{random_id} came to {other:?}"),
                };
                if was_sent && !from.deleted.contains(random_id) {
                    assert_eq!(deletions, Some(0), "side {} has to see {random_id}", 1 - side);
                } else {
                    assert_ne!(deletions, Some(0), "side {} has to see that {random_id} is deleted", 1 - side);
                }
            }
            if let Party::Theirs(peer) = &self.sides[side] {
                let missing = peer.written.iter().find(|random_id| !to.saw.contains_key(random_id));
                assert_eq!(missing, None, "side {} has to see what the peer wrote", 1 - side);
            }
        }
    }
}

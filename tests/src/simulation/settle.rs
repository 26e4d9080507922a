//! The end of a schedule: nothing goes wrong any more, and what was begun comes to an end.

use secret_runtime::chat::Suite;

use super::world::{Party, World};

/// In seconds: longer than any wait of the protocol but the age of a key.
const PATIENCE: i64 = 2 * 60 * 60;

impl<S: Suite> World<S> {
    /// Lets everything come to an end, with some messages both ways.
    ///
    /// # Panics
    /// If it comes to none, or a promise is broken.
    pub fn settle(&mut self) {
        self.quiet();
        let rounds = self.setup.settings.chat.rekey.uses.min(12) * 3;
        (0..rounds).for_each(|_| self.exchange_texts());
        // A peer that never sends a Noop ends its part with its next message.
        for _ in 0..8 {
            if self.is_rekeying() {
                self.exchange_texts();
            }
        }
    }

    fn exchange_texts(&mut self) {
        for side in [0, 1] {
            self.text(side, 0);
        }
        self.quiet();
    }

    fn is_rekeying(&mut self) -> bool {
        let Some(id) = self.chat else { return false };
        let Some(account) = self.ours(0).and_then(|ours| ours.account.as_mut()) else { return false };
        account.chat(id).is_ok_and(|chat| chat.session().is_some_and(|session| session.is_rekeying()))
    }

    /// Runs until nothing happens any more.
    fn quiet(&mut self) {
        for _ in 0..500 {
            self.round();
            let is_idle = [0, 1].into_iter().all(|side| self.is_idle(side));
            if !is_idle {
                continue;
            }
            let due = [0, 1].into_iter().filter_map(|side| self.ours(side)?.account.as_ref()?.due()).min();
            match due {
                Some(due) if due.0 - self.now.0 <= PATIENCE => self.now = self.now.max(due),
                _ => return,
            }
            [0, 1].into_iter().for_each(|side| self.tick(side));
        }
        assert!(self.witness.is_lying, "it never gets quiet");
    }

    fn round(&mut self) {
        for side in [0, 1] {
            self.start(side);
            if let Some(account) = self.ours(side).and_then(|ours| ours.account.as_mut()) {
                account.store().trap = None;
            }
            self.pump(side);
            self.read(side);
            self.difference(side);
            self.server.inboxes[side].pushes.clear();
            self.read(side);
        }
        self.make(super::Move::Accept);
    }

    fn is_idle(&mut self, side: super::moves::Side) -> bool {
        let kept = self.server.inboxes[side].kept.len();
        match &mut self.sides[side] {
            Party::Ours(ours) => kept == 0 && ours.calls.is_empty() && ours.answers.is_empty() && ours.told.is_empty(),
            Party::Theirs(peer) => kept == 0 || peer.is_closed(),
        }
    }
}

//! The end of a schedule: nothing goes wrong any more, and what was begun comes to an end.

use secret_runtime::chat::Suite;

use super::peer::Dialect;
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
        for _ in 0..rounds {
            for side in [0, 1] {
                self.text(side, 0);
                self.watch();
            }
            self.quiet();
        }
        // TDLib sends no Noop, so only its next message shows that it has the new key.
        for _ in 0..6 {
            for side in [0, 1] {
                if self.setup.dialect == Some(Dialect::Tdlib) && self.has_two_keys(1 - side) {
                    self.text(side, 0);
                }
            }
            self.quiet();
        }
    }

    /// Whether a side of ours still has the key before the one in force.
    fn has_two_keys(&mut self, side: super::moves::Side) -> bool {
        let Some(chat) = self.chat else { return false };
        let Party::Ours(ours) = &mut self.sides[side] else { return false };
        let chat = ours.account.as_mut().and_then(|account| account.chat(chat).ok());
        chat.and_then(|chat| chat.session()).is_some_and(|session| session.previous_key_fingerprint().is_some())
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
            self.watch();
        }
        panic!("it never gets quiet");
    }

    fn round(&mut self) {
        for side in [0, 1] {
            self.start(side);
            if let Some(account) = self.ours(side).and_then(|ours| ours.account.as_mut()) {
                account.store().trap = None;
            }
            self.pump(side);
            self.watch();
            self.read(side);
            self.difference(side);
            self.server.inboxes[side].pushes.clear();
            self.watch();
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

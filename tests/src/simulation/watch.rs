//! What has to hold after every commit.
//!
//! After every one, because what a call was made of may have become a deletion, or be done with, at the next.

use secret_runtime::chat::{Call, Chat, Suite};

use super::moves::Side;
use super::tap::{self, Tap};
use super::witness::Content;
use super::world::{Party, World};

/// What a single step may add beyond twice the caller's limit, which is as much as a peer can ask for.
const PROTOCOL_SLOTS: usize = 8;

impl<S: Suite> World<S> {
    /// Looks whether everything is as promised.
    ///
    /// # Panics
    /// If it is not.
    pub(super) fn watch(&mut self) {
        let Some(id) = self.chat else { return };
        for side in [0, 1] {
            let Party::Ours(ours) = &mut self.sides[side] else { continue };
            if !std::mem::take(&mut ours.is_changed) {
                continue;
            }
            let fresh = std::mem::take(&mut ours.fresh);
            let mut durable = ours.durable();
            if !durable.chats().unwrap().contains(&id) {
                assert_eq!(fresh, [], "a chat that is not durable makes calls");
                continue;
            }
            let durable = durable.chat(id).unwrap();
            for (outgoing, confirmed) in &fresh {
                let Some((random_id, data)) = message(&outgoing.call) else { continue };
                self.witness.sends(side, data, random_id, *confirmed);
                assert!(durable.slots().any(|(_, slot)| slot.data() == data), "side {side} sends what is not durable");
            }
            let limits = ours.settings.chat.limits;
            self.witness.sides[side].within(side, durable, &limits);
            self.witness.sides[1 - side].no_old_key(side, durable);
            let Some(account) = ours.account.as_mut() else { continue };
            same(side, account.chat(id).unwrap(), durable);
        }
    }
}

impl super::witness::Account {
    /// The chat holds no more than it may.
    fn within<S: Suite>(&self, side: Side, chat: &Chat<S>, limits: &secret_runtime::chat::Limits) {
        let check = |what: &str, held: usize, limit: usize| {
            assert!(held <= limit, "side {side} holds {held} {what}, and {limit} is the limit");
        };
        check("waiting messages", chat.waiting(), limits.waiting);
        check("undecoded messages", chat.undecoded(), limits.undecoded);
        check("slots", chat.slots().count(), 2 * limits.unconfirmed + PROTOCOL_SLOTS);
        check("events", chat.events().count(), limits.events + limits.waiting + limits.unconfirmed + 50);
    }
}

impl super::witness::Account {
    /// Once a message under the new key was taken, and nothing is missing before it, the key before is gone. `self` is who
    /// wrote it.
    fn no_old_key<S: Suite>(&self, side: Side, chat: &Chat<S>) {
        let Some(session) = chat.session().filter(|_| chat.waiting() == 0) else { return };
        let last = session.received().checked_sub(1).and_then(|last| self.contents.get(last as usize));
        let is_new = |content: &Content| {
            tap::sealed(&content.data).is_some_and(|sealed| sealed.key == session.key_fingerprint())
        };
        // It stays while a deletion may have to be written under it, before other messages under it.
        let is_old = |data: &[u8]| tap::sealed(data).map(|sealed| sealed.key) == session.previous_key_fingerprint();
        let old = chat.slots().filter(|(counter, slot)| *counter >= session.confirmed() && is_old(slot.data())).count();
        if last.is_some_and(|last| !last.is_empty() && last.iter().all(is_new)) && old < 2 {
            assert_eq!(session.previous_key_fingerprint(), None, "side {side} still has the key before");
        }
    }
}

/// What is in memory is what is durable.
fn same<S: Suite>(side: Side, memory: &Chat<Tap<S>>, durable: &Chat<Tap<S>>) {
    assert_eq!(memory.phase(), durable.phase(), "side {side}: memory and disk differ");
    assert!(memory.slots().eq(durable.slots()), "side {side}: the slots in memory and on disk differ");
    assert!(memory.events().eq(durable.events()), "side {side}: the events in memory and on disk differ");
    assert_eq!(memory.waiting(), durable.waiting());
    assert_eq!(memory.undecoded(), durable.undecoded());
}

/// The outer `random_id` and the envelope of a message that is sent.
pub(super) fn message(call: &Call) -> Option<(i64, &[u8])> {
    match call {
        Call::SendEncrypted(call) => Some((call.random_id, &call.data)),
        Call::SendEncryptedFile(call) => Some((call.random_id, &call.data)),
        Call::SendEncryptedService(call) => Some((call.random_id, &call.data)),
        _ => None,
    }
}

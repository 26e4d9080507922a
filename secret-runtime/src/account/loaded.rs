//! The chats in memory, and which of them to leave first.

use std::collections::BTreeMap;

use crate::chat::{Chat, Suite};

/// The chats in memory.
#[derive(Debug)]
pub(super) struct Loaded<S: Suite> {
    chats: BTreeMap<i32, Entry<S>>,
    /// Those in which nothing goes on, by their last use: to leave one costs the same however many there are.
    idle: BTreeMap<u64, i32>,
    /// Rises with every use.
    clock: u64,
}

#[derive(Debug)]
struct Entry<S: Suite> {
    chat: Chat<S>,
    used: u64,
    /// Calls of it were on their way when it was last in memory, and are still to be made again.
    has_to_resume: bool,
}

impl<S: Suite> Default for Loaded<S> {
    fn default() -> Self {
        Self { chats: BTreeMap::new(), idle: BTreeMap::new(), clock: 0 }
    }
}

impl<S: Suite> Loaded<S> {
    pub(super) fn len(&self) -> usize {
        self.chats.len()
    }

    pub(super) fn contains(&self, id: i32) -> bool {
        self.chats.contains_key(&id)
    }

    pub(super) fn get(&self, id: i32) -> Option<&Chat<S>> {
        self.chats.get(&id).map(|entry| &entry.chat)
    }

    pub(super) fn get_mut(&mut self, id: i32) -> Option<&mut Chat<S>> {
        self.chats.get_mut(&id).map(|entry| &mut entry.chat)
    }

    /// Takes in a chat, in which something goes on or not.
    pub(super) fn insert(&mut self, id: i32, chat: Chat<S>, is_busy: bool) {
        self.remove(id);
        let used = self.next_use();
        self.chats.insert(id, Entry { chat, used, has_to_resume: false });
        if !is_busy {
            self.idle.insert(used, id);
        }
    }

    /// Takes in a chat from the store. If something went on in it when it was last in memory, its calls have to be made again.
    pub(super) fn insert_stored(&mut self, id: i32, chat: Chat<S>, is_busy: bool) {
        self.insert(id, chat, is_busy);
        if let Some(entry) = self.chats.get_mut(&id) {
            entry.has_to_resume = is_busy;
        }
    }

    /// Whether the chat's calls have to be made again; once said, they have not.
    pub(super) fn take_has_to_resume(&mut self, id: i32) -> bool {
        self.chats.get_mut(&id).is_some_and(|entry| std::mem::take(&mut entry.has_to_resume))
    }

    pub(super) fn remove(&mut self, id: i32) {
        if let Some(entry) = self.chats.remove(&id) {
            self.idle.remove(&entry.used);
        }
    }

    /// The chat was used, and something goes on in it or not.
    pub(super) fn used(&mut self, id: i32, is_busy: bool) {
        let used = self.next_use();
        let Some(entry) = self.chats.get_mut(&id) else { return };
        self.idle.remove(&entry.used);
        entry.used = used;
        if !is_busy {
            self.idle.insert(used, id);
        }
    }

    /// Leaves chats in which nothing goes on, those that were not used for longest first, until at most `limit` chats are
    /// in memory.
    pub(super) fn leave_idle(&mut self, limit: usize) {
        while self.chats.len() > limit {
            let Some((_, id)) = self.idle.pop_first() else { return };
            self.chats.remove(&id);
        }
    }

    fn next_use(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;
    use tl_types::api::constructors::EncryptedChatRequested;

    use super::*;
    use crate::chat::{Mtproto, Settings, UnixTime};

    fn chat(id: i32) -> Chat<Mtproto> {
        let request = EncryptedChatRequested::new(id, 0, 0, 9, 2, vec![3; 256]);
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        Chat::begin(Chat::requested(request, UnixTime(0), &Settings::default(), &mut rng)).unwrap()
    }

    fn check(uses: &[(i32, bool)], limit: usize, stay: &[i32]) {
        let mut loaded: Loaded<Mtproto> = Loaded::default();
        (1..=4).for_each(|id| loaded.insert(id, chat(id), false));
        uses.iter().for_each(|(id, is_busy)| loaded.used(*id, *is_busy));
        loaded.leave_idle(limit);
        assert_eq!(loaded.chats.keys().copied().collect::<Vec<_>>(), stay);
    }

    #[test]
    fn the_chats_that_were_used_last_stay() {
        check(&[], 2, &[3, 4]);
        check(&[(1, false)], 2, &[1, 4]);
        check(&[(1, false), (4, false), (3, false), (4, false)], 1, &[4]);
    }

    #[test]
    fn a_chat_in_which_something_goes_on_stays() {
        check(&[(1, true)], 2, &[1, 4]);
        check(&[(1, true), (2, true), (1, false)], 1, &[2]);
        check(&[(1, true), (2, true)], 0, &[1, 2]);
    }

    #[test]
    fn a_chat_that_was_forgotten_leaves_no_trace() {
        let mut loaded: Loaded<Mtproto> = Loaded::default();
        loaded.insert(1, chat(1), false);
        loaded.remove(1);
        assert!(loaded.len() == 0 && loaded.idle.is_empty());
    }
}

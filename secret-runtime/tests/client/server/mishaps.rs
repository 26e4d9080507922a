//! What a server has, and loses, without a call.

use super::{Chat, Server};

impl Server {
    /// A chat that was agreed on before.
    pub(crate) fn adopt(&mut self, id: i32, admin: i64, participant: i64) {
        self.chats.insert(id, Chat { admin, participant, g_a: Vec::new(), is_over: false });
        // What the two said to each other then.
        for user in [admin, participant] {
            self.user(user).qts = 2;
        }
    }

    /// Whether the server has no such chat any more.
    pub(crate) fn lose_chat(&mut self, id: i32) {
        self.chats.remove(&id);
    }

    /// The first message that a user misses is gone for good.
    pub(crate) fn lose_first_of(&mut self, user: i64) {
        let state = self.user(user);
        state.queue.remove(0);
        let mut held = state.held.take().unwrap_or_default();
        held.remove(0);
        // The server has nothing of what comes behind it in its queue either: it was pushed.
        state.queue.clear();
        // When its sender sends it again, it is passed on.
        self.passed.clear();
        held.into_iter().for_each(|updates| self.deliver(user, updates));
    }
}

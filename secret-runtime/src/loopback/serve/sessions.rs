//! The sessions that the server knows. They outlive connections.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::mtproto::session::ServerSession;

use super::core::lock;

/// How many sessions of one key are remembered; the one that was made first is forgotten first.
const PER_KEY: usize = 16;

/// How many bytes of updates may wait for a session that does not take them; later ones are lost to it, and it has to
/// ask for the difference.
const INBOX: usize = 64 * 1024 * 1024;

/// A session, and how to reach the connection that serves it.
pub(in crate::loopback) struct Slot {
    pub(super) key_id: i64,
    pub(super) session_id: i64,
    pub(super) session: Mutex<ServerSession>,
    inbox: Mutex<Inbox>,
}

#[derive(Default)]
struct Inbox {
    updates: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The connection that serves the session.
    connection: Option<(u64, Arc<Notify>)>,
}

impl Slot {
    /// Puts updates into the inbox, if a connection serves the session.
    pub(super) fn push(&self, body: Vec<u8>) {
        let mut inbox = lock(&self.inbox);
        let Some((_, wake)) = inbox.connection.clone() else { return };
        if inbox.bytes + body.len() <= INBOX {
            inbox.bytes += body.len();
            inbox.updates.push_back(body);
            drop(inbox);
            wake.notify_one();
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        lock(&self.inbox).connection.is_some()
    }

    /// Lets a connection serve the session; says whether another one did, or none.
    pub(super) fn attach(&self, connection: u64, wake: &Arc<Notify>) -> bool {
        let mut inbox = lock(&self.inbox);
        let is_new = inbox.connection.as_ref().is_none_or(|(id, _)| *id != connection);
        inbox.connection = Some((connection, Arc::clone(wake)));
        is_new
    }

    /// The connection is gone; says whether it still served the session.
    pub(super) fn detach(&self, connection: u64) -> bool {
        let mut inbox = lock(&self.inbox);
        let served = inbox.connection.as_ref().is_some_and(|(id, _)| *id == connection);
        if served {
            inbox.connection = None;
        }
        served
    }

    pub(super) fn is_served_by(&self, connection: u64) -> bool {
        lock(&self.inbox).connection.as_ref().is_some_and(|(id, _)| *id == connection)
    }

    /// What has come into the inbox.
    pub(super) fn take_updates(&self) -> VecDeque<Vec<u8>> {
        let mut inbox = lock(&self.inbox);
        inbox.bytes = 0;
        std::mem::take(&mut inbox.updates)
    }
}

/// All sessions, by key and id.
#[derive(Default)]
pub(in crate::loopback) struct Sessions {
    by_id: HashMap<(i64, i64), Arc<Slot>>,
    /// The sessions of each key, oldest first.
    of_key: HashMap<i64, VecDeque<i64>>,
}

impl Sessions {
    /// The session, which `new` makes if it is not known.
    pub(super) fn find_or(&mut self, key_id: i64, id: i64, new: impl FnOnce() -> ServerSession) -> Arc<Slot> {
        if let Some(slot) = self.by_id.get(&(key_id, id)) {
            return Arc::clone(slot);
        }
        let slot =
            Arc::new(Slot { key_id, session_id: id, session: Mutex::new(new()), inbox: Mutex::new(Inbox::default()) });
        self.by_id.insert((key_id, id), Arc::clone(&slot));
        let ids = self.of_key.entry(key_id).or_default();
        ids.push_back(id);
        if ids.len() > PER_KEY
            && let Some(oldest) = ids.pop_front()
        {
            self.by_id.remove(&(key_id, oldest));
        }
        slot
    }

    /// Forgets a session; says whether there was one.
    pub(super) fn remove(&mut self, key_id: i64, id: i64) -> bool {
        if let Some(ids) = self.of_key.get_mut(&key_id) {
            ids.retain(|other| *other != id);
        }
        self.by_id.remove(&(key_id, id)).is_some()
    }

    /// Forgets all sessions of a key.
    pub(super) fn remove_key(&mut self, key_id: i64) {
        for id in self.of_key.remove(&key_id).into_iter().flatten() {
            self.by_id.remove(&(key_id, id));
        }
    }

    pub(in crate::loopback) fn clear(&mut self) {
        self.by_id.clear();
        self.of_key.clear();
    }
}

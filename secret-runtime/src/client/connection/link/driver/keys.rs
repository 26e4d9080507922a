//! What becomes of a link's keys: they are kept before they are used, and given up when the server refuses them.

use std::collections::HashSet;

use super::super::LinkError;
use super::super::session::Session;
use super::Driver;
use crate::client::connection::ConnectError;
use crate::client::session_file::KeptKey;
use crate::mtproto::framing::TransportError;
use crate::mtproto::handshake::NewKey;
use crate::mtproto::session::RequestId;

/// A key counts as unknown when the server has said so this often, one connection after the other.
pub(super) const REFUSALS: u32 = 2;

impl Driver {
    /// Keeps a new key before anything is sent under it.
    pub(super) fn keep(&self, new: &NewKey) -> Result<KeptKey, ConnectError> {
        let kept = KeptKey::new(new.key.clone(), new.salt, new.time_offset.saturating_mul(1000));
        self.core.file.change(|file| {
            file.data_centers.insert(self.dc, kept.clone());
        })?;
        tracing::info!(key_id = format_args!("{:016x}", new.key.id()), "a new authorization key");
        Ok(kept)
    }

    /// The server does not know the key. It is believed when it says so twice, since one connection may end at a wrong
    /// place.
    pub(super) fn key_refused(&mut self) -> ConnectError {
        let refused = ConnectError::KeyRefused { dc: self.dc };
        self.refusals += 1;
        if self.session.as_ref().is_some_and(Session::is_temporary) {
            self.drop_session();
            return ConnectError::Transport { dc: self.dc, source: TransportError::KEY_UNKNOWN };
        }
        self.permanent_key_refused().unwrap_or(refused)
    }

    /// Makes room for a new key, unless a user is logged in with the one there is: losing that is for people to decide.
    pub(super) fn permanent_key_refused(&mut self) -> Option<ConnectError> {
        let dc = self.dc;
        let again = ConnectError::Transport { dc, source: TransportError::KEY_UNKNOWN };
        if self.refusals < REFUSALS {
            return Some(again);
        }
        let of_user = self.updates.is_some() && self.core.file.key_of(dc).is_some_and(|kept| kept.authorized);
        if of_user {
            return None;
        }
        tracing::warn!("the server does not know the key any more; another one is made");
        self.refusals = 0;
        self.drop_session();
        let forgotten = self.core.file.change(|file| {
            file.data_centers.remove(&dc);
        });
        Some(forgotten.map_or_else(ConnectError::from, |()| again))
    }

    /// Keeps a salt or a clock offset. They save a round trip after the next start, and no more.
    pub(super) fn keep_change(&self, change: impl FnOnce(&mut KeptKey)) {
        if self.session.as_ref().is_some_and(Session::is_temporary) {
            return;
        }
        let kept = self.core.file.change(|file| {
            if let Some(kept) = file.data_centers.get_mut(&self.dc) {
                change(kept);
            }
        });
        if let Err(error) = kept {
            tracing::warn!(%error, "the salt is not kept");
        }
    }

    /// Ends the session. A call was not carried out if it was not sent, or only on connections on which the server has not
    /// accepted the key. What became of the others is not known: that the server refuses the key now does not say what it did
    /// before.
    pub(super) fn drop_session(&mut self) {
        let Some(session) = self.session.take() else { return };
        let unsent: HashSet<RequestId> = session.unsent().collect();
        let calls = self.calls.iter().map(|(request, call)| {
            let is_new = unsent.contains(request) || Some(call.connection) > self.last_heard;
            (*request, if is_new { LinkError::NotCarriedOut } else { LinkError::Unanswered })
        });
        for (request, error) in calls.collect::<Vec<_>>() {
            self.finish(request, Err(error));
        }
    }

    /// Whether the temporary key is to be replaced.
    pub(super) fn key_has_ended(&self) -> bool {
        let now = self.core.now();
        self.session.as_ref().and_then(|session| session.ends(now)).is_some_and(|end| end <= now)
    }
}

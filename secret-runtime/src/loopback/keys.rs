//! The authorization keys that the server knows, and which temporary one stands for which permanent one.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use tl_types::{Decode, RpcError, api::functions::auth::BindTempAuthKey};

use crate::mtproto::AuthKey;
use crate::mtproto::message::{Envelope, binding};
use crate::mtproto::session::ServerSalts;

/// A key, and what goes with it.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) key: AuthKey,
    pub(super) envelope: Envelope,
    pub(super) salts: Arc<ServerSalts>,
    /// When a temporary key ends; permanent ones do not.
    pub(super) expires_at: Option<i32>,
    /// The permanent key that a temporary one is bound to.
    pub(super) bound_to: Option<i64>,
}

impl Known {
    /// The id of the permanent key; nothing as long as there is none.
    pub(super) fn device(&self) -> Option<i64> {
        match self.expires_at {
            None => Some(self.key.id()),
            Some(_) => self.bound_to,
        }
    }

    pub(super) fn has_expired(&self, now: i32) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, envelope: _, salts: _, expires_at, bound_to } = self;
        f.debug_struct("Known")
            .field("key", key)
            .field("expires_at", expires_at)
            .field("bound_to", bound_to)
            .finish_non_exhaustive()
    }
}

/// All keys, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    known: HashMap<i64, Known>,
}

impl Keys {
    /// Keeps a key, unless there are `limit` of them; says whether it did.
    pub(super) fn insert(&mut self, key: AuthKey, salts: ServerSalts, expires_at: Option<i32>, limit: usize) -> bool {
        let id = key.id();
        if self.known.len() >= limit && !self.known.contains_key(&id) {
            return false;
        }
        let envelope = Envelope::new(&key);
        self.known.insert(id, Known { key, envelope, salts: Arc::new(salts), expires_at, bound_to: None });
        true
    }

    pub(super) fn find(&self, id: i64) -> Option<&Known> {
        self.known.get(&id)
    }

    pub(super) fn remove(&mut self, id: i64) -> bool {
        self.known.remove(&id).is_some()
    }

    /// Forgets temporary keys whose time is over.
    pub(super) fn expire(&mut self, now: i32) {
        self.known.retain(|_, known| !known.has_expired(now));
    }

    /// `auth.bindTempAuthKey`, called under the temporary key, by the message `message_id` of the session.
    ///
    /// Source: <https://core.telegram.org/method/auth.bindTempAuthKey>.
    pub(super) fn bind(
        &mut self,
        temporary: i64,
        session_id: i64,
        message_id: i64,
        function: &[u8],
    ) -> Result<(), RpcError> {
        let bad = |message: &str| RpcError::new(400, message);
        let call = BindTempAuthKey::from_bytes(function).map_err(|_| bad("INPUT_FETCH_ERROR"))?;
        let known = self.known.get(&temporary).ok_or_else(|| bad("TEMP_AUTH_KEY_EMPTY"))?;
        let Some(expires_at) = known.expires_at else { return Err(bad("TEMP_AUTH_KEY_EMPTY")) };
        if known.bound_to.is_some_and(|permanent| permanent != call.perm_auth_key_id) {
            return Err(bad("TEMP_AUTH_KEY_ALREADY_BOUND"));
        }
        let invalid = || bad("ENCRYPTED_MESSAGE_INVALID");
        let permanent = self.known.get(&call.perm_auth_key_id).filter(|known| known.expires_at.is_none());
        let permanent = permanent.ok_or_else(invalid)?;
        let (inner_id, inner) = binding::open(&permanent.key, &call.encrypted_message).map_err(|_| invalid())?;
        let is_this = inner.nonce == call.nonce
            && inner.temp_auth_key_id == temporary
            && inner.perm_auth_key_id == call.perm_auth_key_id
            && inner.temp_session_id == session_id
            && inner_id == message_id;
        if !is_this {
            return Err(invalid());
        }
        if inner.expires_at != call.expires_at || call.expires_at > expires_at.saturating_add(60) {
            return Err(bad("EXPIRES_AT_INVALID"));
        }
        if let Some(known) = self.known.get_mut(&temporary) {
            known.bound_to = Some(call.perm_auth_key_id);
        }
        Ok(())
    }
}

//! How peers replace their key; each has rules of its own for two requests at once.

use std::cmp::Ordering;

use chacha20::rand_core::Rng;
use secret_runtime::chat::Suite;
use secret_runtime::crypto::KeyFingerprint;
use tl_types::secret::constructors::{
    DecryptedMessageActionAbortKey as AbortKey, DecryptedMessageActionAcceptKey as AcceptKey,
    DecryptedMessageActionCommitKey as CommitKey, DecryptedMessageActionRequestKey as RequestKey,
};
use tl_types::secret::types::DecryptedMessageAction;

use super::{Dialect, Peer};

/// How far a new key is.
#[derive(Clone, Debug)]
pub(super) enum Exchange<S: Suite> {
    None,
    Requested {
        id: i64,
        exponent: S::Exponent,
    },
    Accepted {
        id: i64,
        key: S::Key,
    },
    /// Android has committed, and encrypts under the old key until it sees the new one.
    Committed {
        key: S::Key,
    },
}

impl<S: Suite> Exchange<S> {
    pub(super) fn key(&self) -> Option<&S::Key> {
        match self {
            Self::None | Self::Requested { .. } => None,
            Self::Accepted { key, .. } | Self::Committed { key } => Some(key),
        }
    }
}

impl<S: Suite> Peer<S> {
    /// Whether it waits for a message under the new key before it uses that.
    fn is_late(&self) -> bool {
        matches!(self.dialect, Dialect::Android | Dialect::Layer46)
    }

    pub(super) fn request_key(&mut self) {
        if self.is_rekeying() {
            return;
        }
        let id = self.rng.next_u64().cast_signed();
        let exponent = S::exponent(&self.group, &[], &mut self.rng);
        let g_a = S::public_value(&self.group, &exponent);
        self.exchange = Exchange::Requested { id, exponent };
        self.act(RequestKey::new(id, g_a));
    }

    pub(super) fn key_requested(&mut self, theirs: i64, g_a: &[u8]) {
        if let Exchange::Requested { id, .. } = self.exchange {
            let order = if self.dialect == Dialect::Ios { theirs.cmp(&id) } else { id.cmp(&theirs) };
            if order == Ordering::Greater {
                return;
            }
            if self.dialect != Dialect::Tdlib {
                self.act(AbortKey::new(id));
            }
            self.exchange = Exchange::None;
        }
        if self.is_rekeying() {
            if self.dialect == Dialect::Tdlib {
                self.complain("a key is requested while another is on its way");
            }
            return;
        }
        let exponent = S::exponent(&self.group, &[], &mut self.rng);
        let Ok(key) = S::agree(&self.group, &exponent, g_a) else { return self.complain("an unsafe public value") };
        let g_b = S::public_value(&self.group, &exponent);
        let fingerprint = S::fingerprint(&key).0;
        self.exchange = Exchange::Accepted { id: theirs, key };
        self.act(AcceptKey::new(theirs, g_b, fingerprint));
    }

    pub(super) fn key_accepted(&mut self, theirs: i64, g_b: &[u8], fingerprint: i64) {
        let exponent = match &self.exchange {
            Exchange::Requested { id, exponent } if *id == theirs => exponent.clone(),
            _ if self.dialect == Dialect::Tdlib => return self.complain("an AcceptKey that it does not expect"),
            _ => return,
        };
        let Ok(key) = S::agree(&self.group, &exponent, g_b) else { return self.complain("an unsafe public value") };
        if S::fingerprint(&key).0 != fingerprint {
            return self.complain("the fingerprint of an accepted key is another one");
        }
        self.act(CommitKey::new(theirs, fingerprint));
        if self.is_late() {
            self.exchange = Exchange::Committed { key };
        } else {
            self.exchange = Exchange::None;
            self.replace_key(key);
        }
    }

    pub(super) fn key_committed(&mut self, theirs: i64, fingerprint: i64) {
        match std::mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Accepted { id, key } if id == theirs => {
                if S::fingerprint(&key).0 != fingerprint {
                    return self.complain("the fingerprint of a committed key is another one");
                }
                self.replace_key(key);
            }
            other => {
                self.exchange = other;
                if self.dialect == Dialect::Tdlib {
                    self.complain("a CommitKey that it does not expect");
                }
            }
        }
    }

    fn replace_key(&mut self, key: S::Key) {
        self.previous = self.key.replace(key);
        if self.dialect != Dialect::Tdlib {
            self.act(DecryptedMessageAction::Noop);
        }
    }

    /// A message came under this key.
    pub(super) fn used_key(&mut self, used: KeyFingerprint) {
        match std::mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Committed { key } if S::fingerprint(&key) == used => {
                self.key = Some(key);
            }
            other => self.exchange = other,
        }
    }

    pub(super) fn key_aborted(&mut self, aborted: i64) {
        let is_it = match &self.exchange {
            Exchange::Requested { id, .. } | Exchange::Accepted { id, .. } => *id == aborted,
            Exchange::None | Exchange::Committed { .. } => false,
        };
        if is_it {
            self.exchange = Exchange::None;
        }
    }
}

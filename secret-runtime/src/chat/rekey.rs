//! New keys for a chat: RequestKey, AcceptKey, CommitKey, and who gives way when both sides begin at once.
//!
//! The specification lets the larger exchange id win; iOS lets the smaller one. Both sorts of peer come to the same key
//! here, because the loser's exponent is kept until the peer has shown which rule it follows.
//!
//! The old key goes when a message under the new one was taken and nothing is missing before it: the peer has nothing to
//! send, or to send again, that needs it. It stays a little longer while we have: see `needs_old_key`.
//!
//! Source: <https://core.telegram.org/api/end-to-end/pfs>.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use tl_types::api::functions::messages::GetDhConfig;
use tl_types::secret::constructors::{
    DecryptedMessageActionAbortKey as AbortKey, DecryptedMessageActionAcceptKey as AcceptKey,
    DecryptedMessageActionCommitKey as CommitKey, DecryptedMessageActionRequestKey as RequestKey,
};
use tl_types::secret::types::DecryptedMessageAction;

use super::call::{Call, CallId};
use super::draft::Active;
use super::error::{CloseReason, Dropped, PeerFault};
use super::event::Event;
use super::record::SlotKind;
use super::settings::Settings;
use super::state::Session;
use super::suite::Suite;
use crate::crypto::KeyFingerprint;

/// Bytes of randomness that the server is asked for: `messages.getDhConfig` takes 0 to 1024.
pub(super) const SERVER_RANDOM: i32 = 256;

/// The agreement on a new key, as far as it has come.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) enum Exchange<S: Suite> {
    /// Nothing goes on.
    None,
    /// We are about to request a key, and wait for the server's randomness.
    Preparing,
    /// We requested a key.
    Requested {
        ours: Ours<S>,
        /// Where the request stands in the sequence.
        counter: u32,
        /// Where the AbortKey stands that told a peer of the other rule that its own request lost.
        aborted_theirs: Option<u32>,
        /// The peer has passed over the request; another may be made.
        is_ignored: bool,
    },
    /// The peer requested a key; we are about to accept, and wait for the server's randomness.
    Answering {
        exchange_id: i64,
        g_a: Vec<u8>,
        /// A request of ours that gave way.
        lost: Option<Ours<S>>,
    },
    /// We accepted the peer's request, and wait for its CommitKey. There is no way back from here but its own.
    Accepted {
        exchange_id: i64,
        key: S::Key,
        /// A request of ours that gave way.
        lost: Option<Ours<S>>,
    },
}

/// A request of ours.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Ours<S: Suite> {
    exchange_id: i64,
    exponent: S::Exponent,
}

impl<S: Suite> Session<S> {
    /// Whether nothing is in the way of a request for a new key. `slots` is the number of messages that the peer has not
    /// confirmed.
    ///
    /// A second request never goes out before the peer has read the first: TDLib would close the chat.
    pub(super) fn may_rekey(&self, slots: usize, settings: &Settings) -> bool {
        let is_free = matches!(self.exchange, Exchange::None | Exchange::Requested { is_ignored: true, .. });
        is_free
            && self.previous_key.is_none()
            && self.last_request.is_none_or(|counter| counter < self.confirmed)
            && slots < settings.limits.unconfirmed
    }
}

impl<S: Suite> Active<'_, '_, S> {
    /// Begins to replace the key, if it is time and nothing is in the way.
    pub(super) fn rekey_if_due(&mut self) {
        if !self.is_rekey_due() {
            return;
        }
        self.session.exchange = Exchange::Preparing;
        self.ask_for_randomness();
    }

    fn is_rekey_due(&self) -> bool {
        let (session, rule) = (&self.session, self.work.settings.rekey);
        // Every key has been used: NotifyLayer goes out under the first, a Noop under the others.
        let is_old = session.uses_allowed == 0 && self.work.now >= session.key_since.after(rule.seconds);
        let is_used_up = session.uses > session.uses_allowed.max(rule.uses);
        (is_old || is_used_up) && session.may_rekey(self.work.slots.len(), self.work.settings)
    }

    /// The server's randomness is mixed into every private exponent.
    pub(super) fn ask_for_randomness(&mut self) {
        if matches!(self.session.exchange, Exchange::Preparing | Exchange::Answering { .. }) {
            let call = Call::GetDhConfig(GetDhConfig::new(self.session.dh_version, SERVER_RANDOM));
            self.work.call(CallId::Randomness, call, None);
        }
    }

    /// Goes on with the exchange; without an answer of the server, our own randomness has to do.
    pub(super) fn randomness(&mut self, server_random: &[u8]) -> Result<(), CloseReason> {
        match std::mem::replace(&mut self.session.exchange, Exchange::None) {
            Exchange::Preparing => self.request_key(server_random),
            Exchange::Answering { exchange_id, g_a, lost } => {
                self.accept_key(exchange_id, &g_a, lost, server_random)?;
            }
            other => {
                self.session.exchange = other;
                self.work.dropped(Dropped::UnexpectedAnswer);
            }
        }
        Ok(())
    }

    fn request_key(&mut self, server_random: &[u8]) {
        let exchange_id = self.work.rng.next_u64().cast_signed();
        let exponent = S::exponent(&self.session.group, server_random, self.work.rng);
        let g_a = S::public_value(&self.session.group, &exponent);
        if let Some(counter) = self.enqueue_protocol(RequestKey::new(exchange_id, g_a).into()) {
            let ours = Ours { exchange_id, exponent };
            self.session.last_request = Some(counter);
            self.session.exchange = Exchange::Requested { ours, counter, aborted_theirs: None, is_ignored: false };
        }
    }

    fn accept_key(
        &mut self,
        exchange_id: i64,
        g_a: &[u8],
        lost: Option<Ours<S>>,
        server_random: &[u8],
    ) -> Result<(), CloseReason> {
        let exponent = S::exponent(&self.session.group, server_random, self.work.rng);
        let key = self.agree(&exponent, g_a)?;
        let g_b = S::public_value(&self.session.group, &exponent);
        self.enqueue_protocol(AcceptKey::new(exchange_id, g_b, S::fingerprint(&key).0).into());
        self.session.exchange = Exchange::Accepted { exchange_id, key, lost };
        Ok(())
    }

    fn agree(&self, exponent: &S::Exponent, public_value: &[u8]) -> Result<S::Key, CloseReason> {
        S::agree(&self.session.group, exponent, public_value)
            .map_err(|error| CloseReason::PeerFault(PeerFault::PublicValue(error)))
    }

    /// The peer requests a key. `received` is how many of our messages it had then, `key` what it wrote under.
    pub(super) fn key_requested(
        &mut self,
        exchange_id: i64,
        g_a: Vec<u8>,
        received: u32,
        key: KeyFingerprint,
    ) -> Result<(), CloseReason> {
        let is_under_old_key = self.session.previous_key.as_ref().is_some_and(|old| S::fingerprint(old) == key);
        if is_under_old_key || !self.has_room() {
            self.work.dropped(Dropped::KeyExchange);
            return Ok(());
        }
        let lost = match std::mem::replace(&mut self.session.exchange, Exchange::None) {
            Exchange::None | Exchange::Preparing => None,
            Exchange::Requested { ours, counter, aborted_theirs, is_ignored } => {
                // A peer that had read our request and still makes its own did not take ours: this is no collision.
                let has_read_ours = received > counter;
                match exchange_id.cmp(&ours.exchange_id) {
                    Ordering::Less if !has_read_ours => {
                        let aborted = self.enqueue_protocol(AbortKey::new(exchange_id).into());
                        let aborted_theirs = aborted.or(aborted_theirs);
                        self.session.exchange = Exchange::Requested { ours, counter, aborted_theirs, is_ignored };
                        return Ok(());
                    }
                    Ordering::Equal => return Ok(()),
                    Ordering::Less | Ordering::Greater => Some(ours),
                }
            }
            Exchange::Answering { exchange_id: known, g_a, lost } if known == exchange_id => {
                self.session.exchange = Exchange::Answering { exchange_id, g_a, lost };
                return Ok(());
            }
            Exchange::Accepted { exchange_id: known, key, lost } if known == exchange_id => {
                self.session.exchange = Exchange::Accepted { exchange_id, key, lost };
                return Ok(());
            }
            // The peer makes another request before it commits to this one, so it has given this one up.
            Exchange::Answering { lost, .. } | Exchange::Accepted { lost, .. } => lost,
        };
        self.session.exchange = Exchange::Answering { exchange_id, g_a, lost };
        self.ask_for_randomness();
        Ok(())
    }

    /// The peer accepts our request.
    pub(super) fn key_accepted(
        &mut self,
        exchange_id: i64,
        g_b: &[u8],
        key_fingerprint: i64,
    ) -> Result<(), CloseReason> {
        let ours = match &self.session.exchange {
            Exchange::Requested { ours, .. } => Some(ours),
            Exchange::Answering { lost, .. } | Exchange::Accepted { lost, .. } => lost.as_ref(),
            Exchange::None | Exchange::Preparing => None,
        };
        let ours = ours.filter(|ours| ours.exchange_id == exchange_id && self.has_room());
        let Some(Ours { exponent, .. }) = ours else {
            self.work.dropped(Dropped::KeyExchange);
            return Ok(());
        };
        let key = self.agree(exponent, g_b)?;
        if S::fingerprint(&key).0 != key_fingerprint {
            return Err(CloseReason::PeerFault(PeerFault::RekeyFingerprint));
        }
        // CommitKey is the last message under the old key. The Noop behind it lets the peer forget that key at once.
        self.enqueue_protocol(CommitKey::new(exchange_id, key_fingerprint).into());
        self.replace_key(key);
        Ok(())
    }

    /// The peer commits to its request, which we accepted.
    pub(super) fn key_committed(&mut self, exchange_id: i64, key_fingerprint: i64) -> Result<(), CloseReason> {
        match std::mem::replace(&mut self.session.exchange, Exchange::None) {
            Exchange::Accepted { exchange_id: known, key, .. } if known == exchange_id => {
                if S::fingerprint(&key).0 != key_fingerprint {
                    return Err(CloseReason::PeerFault(PeerFault::RekeyFingerprint));
                }
                self.replace_key(key);
            }
            other => {
                self.session.exchange = other;
                self.work.dropped(Dropped::KeyExchange);
            }
        }
        Ok(())
    }

    /// A message came under this key; if that is the one we accepted, the peer has committed to it.
    pub(super) fn used_key(&mut self, used: KeyFingerprint) {
        match std::mem::replace(&mut self.session.exchange, Exchange::None) {
            Exchange::Accepted { key, .. } if S::fingerprint(&key) == used => self.replace_key(key),
            other => self.session.exchange = other,
        }
    }

    /// Whether a deletion may have to take the place of a message under the old key.
    ///
    /// It has to be under the old key, too, while another message under it follows that the peer has not confirmed: the
    /// peer erases that key as soon as the deletion comes under the new one, and could not read what follows.
    pub(super) fn needs_old_key(&self) -> bool {
        let Some(old) = self.session.previous_key.as_ref().map(S::fingerprint) else { return false };
        let mut may_change = false;
        let mut next = self.work.slots.at_or_after(self.session.confirmed);
        while let Some((counter, slot)) = next {
            if slot.key == old && may_change {
                return true;
            }
            may_change |= slot.key == old && matches!(slot.kind, SlotKind::Content | SlotKind::Command);
            next = self.work.slots.after(counter);
        }
        false
    }

    fn replace_key(&mut self, key: S::Key) {
        let session = &mut self.session;
        let fingerprint = S::fingerprint(&key);
        session.previous_key = Some(std::mem::replace(&mut session.key, key));
        session.exchange = Exchange::None;
        session.uses = 0;
        session.uses_allowed = 0;
        session.key_since = self.work.now;
        self.work.event(Event::KeyReplaced { fingerprint });
        self.enqueue_protocol(DecryptedMessageAction::Noop);
    }

    /// The peer ends an exchange. Only the one who requested a key, or who was asked and has not answered, can.
    pub(super) fn key_aborted(&mut self, aborted: i64) {
        self.session.exchange = match std::mem::replace(&mut self.session.exchange, Exchange::None) {
            Exchange::Requested { ours, .. } if ours.exchange_id == aborted => {
                self.try_again_later();
                Exchange::None
            }
            // A peer of the other rule: it gives way to the request of ours that we took for lost.
            Exchange::Answering { exchange_id, lost: Some(ours), .. }
            | Exchange::Accepted { exchange_id, lost: Some(ours), .. }
                if exchange_id == aborted =>
            {
                let counter = self.session.last_request.unwrap_or_default();
                Exchange::Requested { ours, counter, aborted_theirs: None, is_ignored: false }
            }
            Exchange::Answering { exchange_id, lost: None, .. }
            | Exchange::Accepted { exchange_id, lost: None, .. }
                if exchange_id == aborted =>
            {
                Exchange::None
            }
            other => {
                self.work.dropped(Dropped::KeyExchange);
                other
            }
        };
    }

    /// Looks at what the peer has read by now, after a message of it was taken.
    ///
    /// A peer that has read our request and the AbortKey that followed it, and has not accepted, passed over the request.
    pub(super) fn after_message(&mut self, received: u32) {
        if let Exchange::Requested { aborted_theirs: Some(counter), is_ignored, .. } = &mut self.session.exchange
            && received > *counter
            && !*is_ignored
        {
            *is_ignored = true;
            self.try_again_later();
        }
    }

    /// The key stays in use for another term before the next request.
    fn try_again_later(&mut self) {
        self.session.uses_allowed = self.session.uses.saturating_add(self.work.settings.rekey.uses);
    }
}

impl<S: Suite> fmt::Debug for Exchange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Preparing => f.write_str("Preparing"),
            Self::Requested { ours, counter, aborted_theirs, is_ignored } => f
                .debug_struct("Requested")
                .field("exchange_id", &ours.exchange_id)
                .field("counter", counter)
                .field("aborted_theirs", aborted_theirs)
                .field("is_ignored", is_ignored)
                .finish(),
            Self::Answering { exchange_id, g_a: _, lost } => f
                .debug_struct("Answering")
                .field("exchange_id", exchange_id)
                .field("lost", &lost.as_ref().map(|ours| ours.exchange_id))
                .finish_non_exhaustive(),
            Self::Accepted { exchange_id, key, lost } => f
                .debug_struct("Accepted")
                .field("exchange_id", exchange_id)
                .field("key", &S::fingerprint(key))
                .field("lost", &lost.as_ref().map(|ours| ours.exchange_id))
                .finish(),
        }
    }
}

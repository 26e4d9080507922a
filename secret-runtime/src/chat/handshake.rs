//! The beginning of a chat: request, acceptance, and the comparison of fingerprints.
//!
//! Source: <https://core.telegram.org/api/end-to-end#sending-a-request>.

use std::collections::VecDeque;

use rand_core::CryptoRng;
use tl_types::api::constructors::EncryptedChatRequested;
use tl_types::api::functions::messages::{AcceptEncryption, RequestEncryption};
use tl_types::api::types::{EncryptedChat, InputEncryptedChat, InputUser};
use tl_types::secret::constructors::DecryptedMessageActionNotifyLayer;

use super::call::{Call, CallId};
use super::change::Staged;
use super::draft::Draft;
use super::error::{CloseReason, CommandError, Dropped, PeerFault};
use super::event::{Event, Notice};
use super::input::{Answer, DhConfig, Failure};
use super::outbox::{backoff, closes};
use super::policy;
use super::rekey::Exchange;
use super::settings::Settings;
use super::state::{Chat, Core, Phase, Retry, Session};
use super::suite::Suite;
use super::time::UnixTime;
use crate::crypto::{KeyFingerprint, Role};

impl<S: Suite> Chat<S> {
    /// Requests a chat with `user`.
    ///
    /// `id` becomes the chat's id: a random number from 1 to 2³¹ − 1 that no other chat of the account has. Make the chat
    /// of the step with [`Chat::begin`].
    pub fn request(
        id: i32,
        user: InputUser,
        config: DhConfig<S>,
        now: UnixTime,
        settings: &Settings,
        rng: &mut dyn CryptoRng,
    ) -> Staged<S> {
        let exponent = S::exponent(&config.group, &config.random, rng);
        let phase =
            Phase::Requesting { user, group: config.group, dh_version: config.version, exponent, is_placed: false };
        let chat = Self::new(Core::new(id, Role::Originator, phase));
        let mut draft = Draft::new(&chat, now, settings, rng);
        draft.call_handshake();
        draft.finish(true, &chat.core)
    }

    /// A chat that the peer requests. Make the chat of the step with [`Chat::begin`].
    pub fn requested(
        update: EncryptedChatRequested,
        now: UnixTime,
        settings: &Settings,
        rng: &mut dyn CryptoRng,
    ) -> Staged<S> {
        let core = Core {
            access_hash: update.access_hash,
            peer: update.admin_id,
            ..Core::new(update.id, Role::Acceptor, Phase::Requested { g_a: update.g_a })
        };
        let chat = Self::new(core);
        let mut draft = Draft::new(&chat, now, settings, rng);
        draft.work.event(Event::Requested);
        draft.finish(true, &chat.core)
    }
}

impl<S: Suite> Core<S> {
    fn new(id: i32, role: Role, phase: Phase<S>) -> Self {
        Self { id, access_hash: 0, peer: 0, role, phase, retry: None, next_event: 0, next_early: 0, next_timer: None }
    }
}

impl<S: Suite> Session<S> {
    fn new(group: S::Group, dh_version: i32, key: S::Key, now: UnixTime) -> Self {
        Self {
            group,
            dh_version,
            key_hash: S::key_hash(&key),
            key,
            previous_key: None,
            uses: 0,
            uses_allowed: 0,
            key_since: now,
            exchange: Exchange::None,
            last_request: None,
            peer_layer: policy::MIN_LAYER,
            announced_layer: 0,
            next_out: 0,
            next_in: 0,
            confirmed: 0,
            least_confirmed: 0,
            asked_below: 0,
            asked_at: now,
            heard_since: false,
            dropped_below: 0,
            modern_from: None,
            next_unsent: 0,
            hold: None,
            ttl: 0,
            random_ids: VecDeque::new(),
        }
    }
}

impl<S: Suite> Draft<'_, S> {
    /// Makes the call of the handshake that the server has not answered.
    pub(super) fn call_handshake(&mut self) {
        let call = match &self.core.phase {
            Phase::Requesting { user, group, exponent, is_placed: false, .. } => {
                let g_a = S::public_value(group, exponent);
                Call::RequestEncryption(RequestEncryption::new(user.clone(), self.core.id, g_a))
            }
            Phase::Accepting { g_b, session } => {
                let peer = InputEncryptedChat::new(self.core.id, self.core.access_hash);
                let fingerprint = S::fingerprint(&session.key);
                Call::AcceptEncryption(AcceptEncryption::new(peer, g_b.clone(), fingerprint.0))
            }
            Phase::Requesting { .. } | Phase::Requested { .. } | Phase::Ready(_) | Phase::Closed { .. } => return,
        };
        self.work.call(CallId::Handshake, call, None);
    }

    /// Accepts the peer's request.
    pub(super) fn accept(&mut self, config: DhConfig<S>) -> Result<(), CommandError> {
        let Phase::Requested { g_a } = &self.core.phase else { return Err(CommandError::NotRequested) };
        let exponent = S::exponent(&config.group, &config.random, self.work.rng);
        let key = S::agree(&config.group, &exponent, g_a).map_err(CommandError::PublicValue)?;
        let g_b = S::public_value(&config.group, &exponent);
        let session = Box::new(Session::new(config.group, config.version, key, self.work.now));
        self.core.phase = Phase::Accepting { g_b, session };
        self.call_handshake();
        Ok(())
    }

    /// Takes news of the chat, from an update or as the answer to a call.
    pub(super) fn news(&mut self, chat: EncryptedChat) -> Result<(), CloseReason> {
        match (chat, &mut self.core.phase) {
            (EncryptedChat::Discarded(_) | EncryptedChat::Empty(_), Phase::Closed { .. }) => Ok(()),
            (EncryptedChat::Discarded(chat), _) => Err(CloseReason::ByPeer { history_deleted: chat.history_deleted }),
            (EncryptedChat::Waiting(chat), Phase::Requesting { is_placed, .. }) => {
                *is_placed = true;
                self.core.access_hash = chat.access_hash;
                self.core.peer = chat.participant_id;
                self.core.retry = None;
                Ok(())
            }
            (EncryptedChat::EncryptedChat(chat), Phase::Requesting { .. }) => {
                self.core.access_hash = chat.access_hash;
                self.core.peer = chat.participant_id;
                self.accepted(&chat.g_a_or_b, KeyFingerprint(chat.key_fingerprint))
            }
            (EncryptedChat::EncryptedChat(_), Phase::Accepting { .. }) => self.ready(),
            // The server repeats itself after a reconnection.
            (EncryptedChat::Requested(_), Phase::Requested { .. })
            | (EncryptedChat::EncryptedChat(_), Phase::Ready(_)) => Ok(()),
            _ => {
                self.work.dropped(Dropped::UnexpectedUpdate);
                Ok(())
            }
        }
    }

    /// The peer accepted our request: the fingerprints have to be the same.
    fn accepted(&mut self, g_b: &[u8], fingerprint: KeyFingerprint) -> Result<(), CloseReason> {
        let Phase::Requesting { group, dh_version, exponent, .. } = &self.core.phase else { return Ok(()) };
        let key =
            S::agree(group, exponent, g_b).map_err(|error| CloseReason::PeerFault(PeerFault::PublicValue(error)))?;
        if S::fingerprint(&key) != fingerprint {
            return Err(CloseReason::KeyMismatch);
        }
        let session = Box::new(Session::new(group.clone(), *dh_version, key, self.work.now));
        let g_b = Vec::new();
        self.core.phase = Phase::Accepting { g_b, session };
        self.ready()
    }

    /// Messages can go both ways from here on; the first one tells the peer our layer.
    fn ready(&mut self) -> Result<(), CloseReason> {
        let Phase::Accepting { session, .. } = &self.core.phase else { return Ok(()) };
        let session = session.clone();
        let key_hash = session.key_hash;
        self.core.phase = Phase::Ready(session);
        self.core.retry = None;
        self.work.event(Event::Ready { key_hash });
        if let Some(mut active) = self.active() {
            active.announce_layer();
        }
        self.early()
    }

    /// Takes the answer to the call of the handshake.
    pub(super) fn handshake_answered(&mut self, answer: Answer) -> Result<(), CloseReason> {
        let error = match answer {
            Answer::Chat(chat) => return self.news(chat),
            Answer::Failed(Failure::Rpc(error)) => error,
            Answer::Failed(Failure::Unanswered) => {
                match &self.core.phase {
                    Phase::Requesting { is_placed: false, .. } | Phase::Accepting { .. } => self.retry_later(None, 0),
                    // It was carried out: the update came before this.
                    _ => self.work.dropped(Dropped::UnexpectedAnswer),
                }
                return Ok(());
            }
            Answer::Sent(_) | Answer::DhConfig(_) | Answer::Done => {
                self.work.dropped(Dropped::UnexpectedAnswer);
                return Ok(());
            }
        };
        let is_repeated = self.core.retry.is_some();
        match (&mut self.core.phase, error.message.as_str()) {
            // An earlier attempt got through, and only its answer was lost. The update brings the rest.
            (Phase::Requesting { is_placed, .. }, "RANDOM_ID_DUPLICATE") if is_repeated => {
                *is_placed = true;
                self.core.retry = None;
                Ok(())
            }
            (Phase::Accepting { .. }, "ENCRYPTION_ALREADY_ACCEPTED") if is_repeated => self.ready(),
            (Phase::Requesting { is_placed: false, .. } | Phase::Accepting { .. }, _) => {
                let seconds = error.value().filter(|_| error.code == 420).and_then(|value| u32::try_from(value).ok());
                if closes(&error) || matches!(error.code, 400 | 404 | 406) {
                    return Err(CloseReason::refused(&error));
                }
                self.retry_later(Some(error), seconds.unwrap_or(0));
                Ok(())
            }
            _ => {
                self.work.dropped(Dropped::UnexpectedAnswer);
                Ok(())
            }
        }
    }

    /// Takes the answer to the call that discards the chat.
    pub(super) fn discard_answered(&mut self, answer: Answer) {
        let Phase::Closed { discard, .. } = &mut self.core.phase else {
            return self.work.dropped(Dropped::UnexpectedAnswer);
        };
        match answer {
            Answer::Failed(Failure::Unanswered) => self.retry_later(None, 0),
            Answer::Failed(Failure::Rpc(error)) if matches!(error.code, ..0 | 420 | 500..) => {
                let seconds = error.value().and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
                self.retry_later(Some(error), seconds);
            }
            // Any other error says that there is nothing to discard any more.
            _ => {
                *discard = None;
                self.core.retry = None;
            }
        }
    }

    /// Makes the call of the handshake, or the one that discards, again after a while.
    fn retry_later(&mut self, error: Option<tl_types::RpcError>, at_least: u32) {
        let attempts = self.core.retry.map_or(1, |retry| retry.attempts.saturating_add(1));
        let seconds = backoff(attempts, self.work.settings.longest_backoff).max(at_least);
        self.core.retry = Some(Retry { attempts, at: self.work.now.after(seconds) });
        self.work.notice(Notice::Delayed { error, seconds });
    }
}

impl<S: Suite> super::draft::Active<'_, '_, S> {
    /// Tells the peer our layer, after the key exchange and after every upgrade.
    pub(super) fn announce_layer(&mut self) {
        if self.session.announced_layer < policy::MY_LAYER {
            self.session.announced_layer = policy::MY_LAYER;
            self.enqueue_protocol(DecryptedMessageActionNotifyLayer::new(policy::MY_LAYER.cast_signed()).into());
        }
    }
}

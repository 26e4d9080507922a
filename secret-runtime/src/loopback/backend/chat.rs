//! A secret chat as the server knows it: who, on which device, and how far it has come.

use std::collections::{HashMap, VecDeque};

use tl_types::api::{constructors, types};

/// How many random ids of each direction are remembered.
const REMEMBERED: usize = 4096;

/// A secret chat.
#[derive(Debug)]
pub(super) struct SecretChat {
    /// The `random_id` of the request.
    pub(super) id: i32,
    pub(super) admin: Party,
    pub(super) participant: Party,
    pub(super) date: i32,
    pub(super) phase: Phase,
    /// When the phase last changed.
    pub(super) changed: i32,
}

/// One of the two.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) user: i64,
    /// The participant's is not known until one has accepted.
    pub(super) device: Option<i64>,
    pub(super) access_hash: i64,
    /// Up to which date the other one has read, and when.
    pub(super) read: Option<(i32, i32)>,
    /// The dates of the messages that this side has sent.
    pub(super) sent: Sent,
}

impl Party {
    pub(super) fn new(user: i64, device: Option<i64>, access_hash: i64) -> Self {
        Self { user, device, access_hash, read: None, sent: Sent::default() }
    }
}

/// Which random ids were used, for as long as a client may repeat one.
#[derive(Debug, Default)]
pub(super) struct Sent {
    dates: HashMap<i64, types::messages::SentEncryptedMessage>,
    order: VecDeque<i64>,
}

impl Sent {
    pub(super) fn answer(&self, random_id: i64) -> Option<&types::messages::SentEncryptedMessage> {
        self.dates.get(&random_id)
    }

    pub(super) fn remember(&mut self, random_id: i64, answer: types::messages::SentEncryptedMessage) {
        if self.dates.insert(random_id, answer).is_none() {
            self.order.push_back(random_id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.dates.remove(&oldest);
        }
    }
}

/// How far a chat has come.
#[derive(Debug)]
pub(super) enum Phase {
    Requested { g_a: Vec<u8> },
    Accepted { g_a: Vec<u8>, g_b: Vec<u8>, key_fingerprint: i64 },
    Discarded { history_deleted: bool },
}

/// Which of the two a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Admin,
    Participant,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Admin => Self::Participant,
            Self::Participant => Self::Admin,
        }
    }
}

impl SecretChat {
    pub(super) fn party(&self, side: Side) -> &Party {
        match side {
            Side::Admin => &self.admin,
            Side::Participant => &self.participant,
        }
    }

    pub(super) fn party_mut(&mut self, side: Side) -> &mut Party {
        match side {
            Side::Admin => &mut self.admin,
            Side::Participant => &mut self.participant,
        }
    }

    /// Which side `user` is on `device`; nothing if the chat is another one's, or on another of its devices.
    pub(super) fn side(&self, user: i64, device: i64) -> Option<Side> {
        let is = |party: &Party| party.user == user && party.device.is_none_or(|of| of == device);
        if is(&self.admin) {
            Some(Side::Admin)
        } else if is(&self.participant) {
            Some(Side::Participant)
        } else {
            None
        }
    }

    /// The chat as that side sees it.
    pub(super) fn seen_by(&self, side: Side) -> types::EncryptedChat {
        let (id, date, hash) = (self.id, self.date, self.party(side).access_hash);
        let (admin, participant) = (self.admin.user, self.participant.user);
        match (&self.phase, side) {
            (Phase::Requested { .. }, Side::Admin) => {
                constructors::EncryptedChatWaiting::new(id, hash, date, admin, participant).into()
            }
            (Phase::Requested { g_a }, Side::Participant) => {
                constructors::EncryptedChatRequested::new(id, hash, date, admin, participant, g_a.clone()).into()
            }
            (Phase::Accepted { g_a, g_b, key_fingerprint }, _) => {
                let value = if side == Side::Admin { g_b } else { g_a };
                constructors::EncryptedChat::new(id, hash, date, admin, participant, value.clone(), *key_fingerprint)
                    .into()
            }
            (Phase::Discarded { history_deleted }, _) => discarded(id, *history_deleted),
        }
    }
}

pub(super) fn discarded(id: i32, history_deleted: bool) -> types::EncryptedChat {
    let mut chat = constructors::EncryptedChatDiscarded::new(id);
    chat.history_deleted = history_deleted;
    chat.into()
}

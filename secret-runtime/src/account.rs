//! The chats of one account over a store: steps are staged, made durable together, and only then let out.
//!
//! [`Account`] routes what comes in to its chat, turns steps into records, and keeps what concerns all chats: `qts`, the
//! Diffie–Hellman configuration, and when which chat is due. Chats are loaded when something happens to them and left when
//! nothing goes on in them, so neither memory nor the time of a message grows with the number of chats.
//!
//! It makes no calls and knows no network: [`Effects`] says what to do.

mod error;
mod group;
mod index;
mod input;
mod loaded;
mod records;

use std::collections::BTreeMap;

use crate::chat::{Chat, Dropped, Event, Mtproto, Notice, Outgoing, Receipt, Settings, Suite, UnixTime, policy};
use crate::store::{DamagedRecord, Scope, Store};

use group::Group;
use index::{Entry, Index};
use loaded::Loaded;
use records::{AccountRecord, Unreadable};

pub use error::AccountError;

/// The secret chats of one account.
#[derive(Debug)]
pub struct Account<St: Store, S: Suite = Mtproto> {
    store: St,
    settings: AccountSettings,
    record: AccountRecord<S>,
    /// The `date` that the next difference goes on from.
    date: Option<i32>,
    index: Index,
    loaded: Loaded<S>,
    staged: Group<S>,
    damaged: Vec<DamagedRecord>,
    dropped: BTreeMap<Dropped, u64>,
    /// A key that was durable is no longer needed.
    has_old_keys: bool,
}

/// What an account may hold, and how its chats behave.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountSettings {
    /// For every chat.
    pub chat: Settings,
    /// Chats that are kept in memory though nothing goes on in them. 1000: some megabytes.
    pub idle_in_memory: usize,
    /// Requests of strangers that are neither accepted nor discarded; more are dropped. 100: nobody answers as many.
    pub requests: usize,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self { chat: Settings::default(), idle_in_memory: 1000, requests: 100 }
    }
}

/// What to do, now that it is durable.
#[derive(Debug, Default, PartialEq)]
#[must_use = "calls that are not made are made only after a restart"]
pub struct Effects {
    /// The calls to make, with their chat, in order.
    pub outgoing: Vec<(i32, Outgoing)>,
    /// What to tell the user, with the chat and the number to give to [`Account::delivered`].
    pub events: Vec<(i32, u64, Event)>,
    /// What may be lost.
    pub notices: Vec<(i32, Notice)>,
    /// The `max_qts` that `messages.receivedQueue` may confirm, if it rose.
    pub received_queue: Option<i32>,
}

impl Effects {
    /// Adds what came later.
    pub fn extend(&mut self, later: Self) {
        let Self { outgoing, events, notices, received_queue } = later;
        self.outgoing.extend(outgoing);
        self.events.extend(events);
        self.notices.extend(notices);
        self.received_queue = received_queue.or(self.received_queue);
    }
}

/// What a command made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// The messages, in order.
    pub receipts: Vec<Receipt>,
    /// What was dropped from them, because the peer's layer does not carry it.
    pub lowered: Vec<policy::Dropped>,
}

impl<St: Store, S: Suite> Account<St, S> {
    /// Opens the account that `store` holds, or a new one.
    ///
    /// Call [`Account::resume`] next.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store cannot be read, [`AccountError::Format`] if a newer version wrote it. Damaged
    /// records are no error: see [`Account::damaged`].
    pub fn open(store: St, settings: AccountSettings) -> Result<Self, AccountError<St::Error>> {
        let loaded = store.load(Scope::Account).map_err(AccountError::Store)?;
        let mut record = AccountRecord::default();
        let mut index = Index::default();
        let mut date = None;
        let mut damaged = loaded.damaged;
        for (key, value) in loaded.records {
            match records::read_account(key, &value, &mut record, &mut index, &mut date) {
                Ok(()) => {}
                Err(Unreadable { key, format: None }) => damaged.push(DamagedRecord { key: Some(key) }),
                Err(Unreadable { key, format: Some(format) }) => {
                    return Err(AccountError::Format { record: key, format });
                }
            }
        }
        if record.layer < policy::MY_LAYER {
            // An upgrade: every chat announces the new layer, and tries again what did not decode.
            for chat in store.chats().map_err(AccountError::Store)? {
                let entry = index.get(chat).unwrap_or_default();
                index.set(chat, Entry { is_busy: true, ..entry });
            }
        }
        Ok(Self {
            store,
            settings,
            record,
            date,
            index,
            loaded: Loaded::default(),
            staged: Group::default(),
            damaged,
            dropped: BTreeMap::new(),
            has_old_keys: false,
        })
    }

    /// The chat, from memory or from the store.
    ///
    /// # Errors
    /// [`AccountError::UnknownChat`], or why it cannot be read.
    pub fn chat(&mut self, chat: i32) -> Result<&Chat<S>, AccountError<St::Error>> {
        self.load(chat)?;
        self.loaded.get(chat).ok_or(AccountError::UnknownChat { chat })
    }

    /// The ids of all chats, closed ones included, in ascending order.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store cannot be read.
    pub fn chats(&self) -> Result<Vec<i32>, AccountError<St::Error>> {
        self.store.chats().map_err(AccountError::Store)
    }

    /// How many chats are in memory.
    pub fn in_memory(&self) -> usize {
        self.loaded.len()
    }

    /// The last `qts` that is durable; `updates.getDifference` goes on from it.
    pub fn qts(&self) -> Option<i32> {
        self.record.qts
    }

    /// The `date` that `updates.getDifference` goes on from, if it is known.
    pub fn date(&self) -> Option<i32> {
        self.date
    }

    /// The records that cannot be read, as far as was noticed.
    pub fn damaged(&self) -> &[DamagedRecord] {
        &self.damaged
    }

    /// How often something that came in changed nothing, and why.
    pub fn dropped(&self) -> &BTreeMap<Dropped, u64> {
        &self.dropped
    }

    /// Whether a key was replaced, or a chat closed or forgotten, since the last [`Account::scrub`].
    pub fn is_scrub_due(&self) -> bool {
        self.has_old_keys
    }

    /// Overwrites what keys that are gone have left behind in the store; see [`Store::scrub`] for how far it can.
    ///
    /// It takes longer than a commit, so it is for quiet moments.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store fails; no record is affected.
    pub fn scrub(&mut self) -> Result<(), AccountError<St::Error>> {
        self.store.scrub().map_err(AccountError::Store)?;
        self.has_old_keys = false;
        Ok(())
    }

    /// The store, for what only it can do.
    pub fn store(&mut self) -> &mut St {
        &mut self.store
    }

    /// Ends the account's use of its store; steps that are not committed are lost.
    pub fn into_store(self) -> St {
        self.store
    }

    /// When [`Account::tick`] is due next.
    pub fn due(&self) -> Option<UnixTime> {
        self.index.due()
    }
}

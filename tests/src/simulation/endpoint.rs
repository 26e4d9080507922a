//! One side: our account, the disk under it, the connection, and the user.
//!
//! It does what a client around [`Account`] has to: it makes calls in the order of their chains, hands in answers, asks for
//! what is missing, and shows events to the user, who remembers them.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rand_core::CryptoRng;
use secret_runtime::account::{Account, AccountError, AccountSettings, Effects};
use secret_runtime::chat::{Answer, CallId, CommandError, Event, Outgoing, Suite, UnixTime};
use secret_runtime::store::Memory;

use super::disk::{Disk, Trap, Trapped};

/// A call that waits to be made.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Tells it from any other.
    pub serial: u64,
    /// What to call.
    pub wanted: Wanted,
    /// The call that has to succeed first.
    pub after: Option<u64>,
}

/// What to call.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// For the chat.
    Chat(Outgoing),
    /// `messages.receivedQueue`.
    ReceivedQueue(i32),
}

/// What a step came to.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It is durable.
    Done(T),
    /// The chat refuses; nothing happened.
    Refused(CommandError),
    /// The disk is full; nothing happened.
    NotDurable,
    /// The program died.
    Dead,
}

/// Our side.
#[derive(Debug)]
pub struct Endpoint<S: Suite> {
    /// `None` while the program is dead.
    pub account: Option<Account<Disk, S>>,
    /// What is durable, while the program is dead.
    memory: Memory,
    /// Of the account.
    pub settings: AccountSettings,
    rng: ChaCha20Rng,
    /// Calls to be made.
    pub calls: Vec<Pending>,
    /// Calls that were given up, and may arrive all the same.
    pub zombies: Vec<Pending>,
    /// Answers to be taken.
    pub answers: Vec<(CallId, Answer)>,
    /// What became of the calls that were made: whether they were carried out.
    pub outcomes: BTreeMap<u64, bool>,
    /// Events to be shown to the user.
    pub told: BTreeMap<u64, Event>,
    /// What the user has seen.
    pub seen: Vec<Event>,
    /// Calls that came out since somebody looked, and how many messages the peer had confirmed when they were staged, at
    /// least.
    pub fresh: Vec<(Outgoing, u32)>,
    /// Whether something was committed since somebody looked.
    pub is_changed: bool,
    /// Whether the next commit is of several steps: what the first has changed may be confirmed in the last.
    pub is_group: bool,
    serials: u64,
    of_slot: BTreeMap<u32, u64>,
}

impl<S: Suite> Endpoint<S> {
    /// A side without chats.
    pub fn new(settings: AccountSettings, seed: u64) -> Self {
        Self {
            account: Some(Account::open(Disk::default(), settings.clone()).unwrap()),
            memory: Memory::default(),
            settings,
            rng: ChaCha20Rng::seed_from_u64(seed),
            calls: Vec::new(),
            zombies: Vec::new(),
            answers: Vec::new(),
            outcomes: BTreeMap::new(),
            told: BTreeMap::new(),
            seen: Vec::new(),
            fresh: Vec::new(),
            is_changed: false,
            is_group: false,
            serials: 0,
            of_slot: BTreeMap::new(),
        }
    }

    /// Stages something, and commits it.
    pub fn step<T>(
        &mut self,
        stage: impl FnOnce(&mut Account<Disk, S>, &mut dyn CryptoRng) -> Result<T, AccountError<Trapped>>,
    ) -> Outcome<T> {
        let confirmed = if self.is_group { self.confirmed() } else { u32::MAX };
        let Some(account) = self.account.as_mut() else { return Outcome::Dead };
        let staged = stage(account, &mut self.rng);
        match account.commit() {
            Ok(effects) => {
                self.take(effects, confirmed);
                self.is_group = false;
                match staged {
                    Ok(value) => Outcome::Done(value),
                    Err(AccountError::Command(error)) => Outcome::Refused(error),
                    Err(error) => panic!("{error}"),
                }
            }
            Err(AccountError::Store(Trapped(Trap::Full))) => {
                // The next step comes with another, by which the chat goes on.
                self.is_group = true;
                Outcome::NotDurable
            }
            Err(AccountError::Store(Trapped(Trap::Before | Trap::After))) => {
                self.crash();
                Outcome::Dead
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// How many messages the peer of the only chat has confirmed.
    fn confirmed(&mut self) -> u32 {
        let Some(account) = self.account.as_mut() else { return 0 };
        let Some(id) = account.chats().unwrap().first().copied() else { return 0 };
        account.chat(id).ok().and_then(|chat| chat.session()).map_or(0, |session| session.confirmed())
    }

    /// Takes what a commit lets out. Of a group, `confirmed` is how many messages the peer had confirmed before it.
    fn take(&mut self, effects: Effects, confirmed: u32) {
        self.is_changed = true;
        let confirmed = if effects.outgoing.is_empty() { 0 } else { self.confirmed().min(confirmed) };
        for (_, call) in effects.outgoing {
            self.fresh.push((call.clone(), confirmed));
            let after =
                call.after.map(|slot| self.of_slot.get(&slot).copied().expect("it waits for a call that is made"));
            self.serials += 1;
            if let CallId::Slot(slot) | CallId::Deletion(slot) = call.id {
                self.of_slot.insert(slot, self.serials);
            }
            self.calls.push(Pending { serial: self.serials, wanted: Wanted::Chat(call), after });
        }
        if let Some(qts) = effects.received_queue {
            self.serials += 1;
            self.calls.push(Pending { serial: self.serials, wanted: Wanted::ReceivedQueue(qts), after: None });
        }
        self.told.extend(effects.events.into_iter().map(|(_, number, event)| (number, event)));
    }

    /// The program dies; what its disk and its user have stays.
    pub fn crash(&mut self) {
        let Some(account) = self.account.take() else { return };
        self.memory = account.into_store().memory;
        self.calls.clear();
        self.answers.clear();
        self.told.clear();
        self.of_slot.clear();
    }

    /// The program starts again.
    pub fn start(&mut self, now: UnixTime) {
        if self.account.is_some() {
            return;
        }
        let disk = Disk { memory: std::mem::take(&mut self.memory), trap: None };
        let mut account = Account::open(disk, self.settings.clone()).unwrap();
        let effects = account.resume(now, &mut self.rng).unwrap();
        assert_eq!(account.damaged(), []);
        self.account = Some(account);
        self.take(effects, u32::MAX);
        self.is_group = false;
    }

    /// The account as a crash at this moment would leave it.
    pub fn durable(&mut self) -> Account<Disk, S> {
        let memory = self.account.as_mut().map_or(&self.memory, |account| &account.store().memory).clone();
        Account::open(Disk { memory, trap: None }, self.settings.clone()).unwrap()
    }

    /// Shows the user what there is to see, and gives the number of the last event and those that are new.
    pub fn show(&mut self) -> Option<(u64, Vec<Event>)> {
        let (last, _) = self.told.last_key_value()?;
        let last = *last;
        let mut new = Vec::new();
        for (number, event) in &self.told {
            let number = usize::try_from(*number).unwrap();
            assert!(number <= self.seen.len(), "the user never saw event {}, and now sees {number}", self.seen.len());
            match self.seen.get(number) {
                Some(seen) => assert_eq!(seen, event, "event {number} changed"),
                None => {
                    self.seen.push(event.clone());
                    new.push(event.clone());
                }
            }
        }
        Some((last, new))
    }
}

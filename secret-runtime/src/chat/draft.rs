//! The working copy of a step: what it has changed so far, and what it wants done.

use rand_core::CryptoRng;

use super::call::{Call, CallId, Outgoing};
use super::change::{Change, Staged};
use super::error::Dropped;
use super::event::{Event, Notice, Receipt};
use super::overlay::Overlay;
use super::policy;
use super::record::{Early, Slot, Timer, Undecoded, Waiting};
use super::settings::Settings;
use super::state::{Chat, Core, Phase, Session, Volatile};
use super::suite::Suite;
use super::time::UnixTime;
use crate::crypto::Role;

/// A step in the making.
pub(super) struct Draft<'a, S: Suite> {
    pub(super) core: Core<S>,
    pub(super) work: Work<'a>,
}

/// Everything of a step but the core: records, and what comes out.
pub(super) struct Work<'a> {
    pub(super) slots: Overlay<'a, u32, Slot>,
    pub(super) waiting: Overlay<'a, u32, Waiting>,
    pub(super) early: Overlay<'a, u32, Early>,
    pub(super) undecoded: Overlay<'a, u32, Undecoded>,
    pub(super) timers: Overlay<'a, i64, Timer>,
    pub(super) events: Overlay<'a, u64, Event>,
    pub(super) volatile: Volatile,
    next_event: u64,
    /// When the first self-destruct timer is due.
    pub(super) next_timer: Option<UnixTime>,
    outgoing: Vec<Outgoing>,
    notices: Vec<Notice>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) lowered: Vec<policy::Dropped>,
    pub(super) now: UnixTime,
    pub(super) settings: &'a Settings,
    pub(super) rng: &'a mut dyn CryptoRng,
}

/// A ready chat in the making.
pub(super) struct Active<'d, 'a, S: Suite> {
    pub(super) id: i32,
    pub(super) access_hash: i64,
    pub(super) role: Role,
    pub(super) session: &'d mut Session<S>,
    pub(super) work: &'d mut Work<'a>,
}

impl<'a, S: Suite> Draft<'a, S> {
    pub(super) fn new(chat: &'a Chat<S>, now: UnixTime, settings: &'a Settings, rng: &'a mut dyn CryptoRng) -> Self {
        let work = Work {
            slots: Overlay::new(&chat.slots),
            waiting: Overlay::new(&chat.waiting),
            early: Overlay::new(&chat.early),
            undecoded: Overlay::new(&chat.undecoded),
            timers: Overlay::new(&chat.timers),
            events: Overlay::new(&chat.events),
            volatile: chat.volatile.clone(),
            next_event: chat.core.next_event,
            next_timer: chat.core.next_timer,
            outgoing: Vec::new(),
            notices: Vec::new(),
            receipts: Vec::new(),
            lowered: Vec::new(),
            now,
            settings,
            rng,
        };
        Self { core: chat.core.clone(), work }
    }

    /// The chat, if messages go both ways.
    pub(super) fn active(&mut self) -> Option<Active<'_, 'a, S>> {
        let Phase::Ready(session) = &mut self.core.phase else { return None };
        Some(Active {
            id: self.core.id,
            access_hash: self.core.access_hash,
            role: self.core.role,
            session,
            work: &mut self.work,
        })
    }

    pub(super) fn finish(mut self, is_new: bool, before: &Core<S>) -> Staged<S> {
        self.core.next_event = self.work.next_event;
        self.core.next_timer = self.work.next_timer;
        let mut changes = Vec::new();
        if is_new || self.core != *before {
            changes.push(Change::Core(Box::new(self.core)));
        }
        let work = self.work;
        changes.extend(work.slots.into_changes().map(|(key, value)| Change::Slot(key, value)));
        changes.extend(work.waiting.into_changes().map(|(key, value)| Change::Waiting(key, value)));
        changes.extend(work.early.into_changes().map(|(key, value)| Change::Early(key, value)));
        changes.extend(work.undecoded.into_changes().map(|(key, value)| Change::Undecoded(key, value)));
        changes.extend(work.timers.into_changes().map(|(key, value)| Change::Timer(key, value)));
        changes.extend(work.events.into_changes().map(|(key, value)| Change::Event(key, value)));
        Staged {
            changes,
            volatile: work.volatile,
            outgoing: work.outgoing,
            notices: work.notices,
            receipts: work.receipts,
            lowered: work.lowered,
        }
    }
}

impl Work<'_> {
    pub(super) fn event(&mut self, event: Event) {
        self.events.put(self.next_event, event);
        self.next_event += 1;
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    pub(super) fn dropped(&mut self, why: Dropped) {
        self.notice(Notice::Dropped(why));
    }

    pub(super) fn call(&mut self, id: CallId, call: Call, after: Option<u32>) {
        self.outgoing.push(Outgoing { id, call, after });
    }

    /// A random number that is not 0.
    pub(super) fn random_id(&mut self) -> i64 {
        loop {
            let id = self.rng.next_u64().cast_signed();
            if id != 0 {
                return id;
            }
        }
    }
}

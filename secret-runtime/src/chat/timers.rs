//! Messages that destroy themselves: on the reader's side from the moment of reading, on the writer's side from the news of
//! it.

use super::draft::{Active, Draft, Work};
use super::event::Event;
use super::record::Timer;
use super::suite::Suite;
use super::time::UnixTime;

impl<S: Suite> Draft<'_, S> {
    /// Tells which messages are to be gone by now.
    pub(super) fn expire(&mut self) {
        let now = self.work.now;
        if self.work.next_timer.is_none_or(|next| next > now) {
            return;
        }
        let mut expired = Vec::new();
        let mut next = None;
        for random_id in self.work.timers.keys() {
            match self.work.timers.get(random_id).and_then(|timer| timer.due) {
                Some(due) if due <= now => expired.push((due, random_id)),
                Some(due) => next = earliest(next, due),
                None => {}
            }
        }
        self.work.next_timer = next;
        expired.sort_unstable();
        let expired: Vec<i64> = expired.into_iter().map(|(_, random_id)| random_id).collect();
        expired.iter().for_each(|random_id| self.work.timers.remove(*random_id));
        if !expired.is_empty() {
            self.work.event(Event::Expired(expired));
        }
    }
}

impl<S: Suite> Active<'_, '_, S> {
    /// Keeps the time of a message until it is read.
    ///
    /// If there are too many timers, this one starts at once: a message that was to disappear must not stay.
    pub(super) fn keep_time(&mut self, random_id: i64, seconds: u32, is_ours: bool) {
        let is_full = self.work.timers.len() >= self.work.settings.limits.timers;
        self.work.timers.put(random_id, Timer { seconds, due: None, is_ours });
        if is_full {
            self.work.start_timer(random_id, is_ours);
        }
    }

    /// Messages were read: of ours, by the peer; of the peer's, here.
    pub(super) fn start_timers(&mut self, random_ids: &[i64], are_ours: bool) {
        random_ids.iter().for_each(|random_id| self.work.start_timer(*random_id, are_ours));
    }

    pub(super) fn stop_timers(&mut self, random_ids: &[i64]) {
        random_ids.iter().for_each(|random_id| self.work.timers.remove(*random_id));
    }

    pub(super) fn stop_all_timers(&mut self) {
        for random_id in self.work.timers.keys() {
            self.work.timers.remove(random_id);
        }
    }
}

impl Work<'_> {
    fn start_timer(&mut self, random_id: i64, is_ours: bool) {
        let Some(timer) = self.timers.get(random_id).copied() else { return };
        if timer.is_ours == is_ours && timer.due.is_none() {
            let due = self.now.after(timer.seconds);
            self.timers.put(random_id, Timer { due: Some(due), ..timer });
            self.next_timer = earliest(self.next_timer, due);
        }
    }
}

fn earliest(one: Option<UnixTime>, other: UnixTime) -> Option<UnixTime> {
    Some(one.map_or(other, |one| one.min(other)))
}

//! Which messages were received: against replays, and to answer those who ask
//! (<https://core.telegram.org/mtproto/security_guidelines#checking-msg-id>).

use std::collections::VecDeque;

/// How many are remembered.
const CAPACITY: usize = 16 * 1024;

/// The ids and sequence numbers of the last messages received, in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct Window {
    // Messages come nearly in order: a new one goes to the end, or is moved past few.
    seen: VecDeque<(i64, i32)>,
    /// Ids up to this one were forgotten.
    floor: i64,
}

/// What can be said of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Before,
    /// It is older than all that are remembered.
    Forgotten,
}

impl Window {
    pub(super) fn look_up(&self, id: i64) -> Seen {
        match self.place(id) {
            Ok(_) => Seen::Before,
            Err(_) if id <= self.floor => Seen::Forgotten,
            Err(_) => Seen::New,
        }
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        self.place(id).is_ok()
    }

    /// Remembers a new one.
    pub(super) fn insert(&mut self, id: i64, seq_no: i32) {
        let Err(place) = self.place(id) else { return };
        self.seen.insert(place, (id, seq_no));
        if self.seen.len() > CAPACITY {
            self.floor = self.seen.pop_front().map_or(self.floor, |(id, _)| id);
        }
    }

    /// Takes it that a message did not come.
    pub(super) fn remove(&mut self, id: i64) {
        if let Ok(place) = self.place(id) {
            self.seen.remove(place);
        }
    }

    /// What is wrong with a new message's sequence number, as an error code of `bad_msg_notification`: 32 if it is too low,
    /// 33 if it is too high for its place among the ids.
    pub(super) fn misnumbered(&self, id: i64, seq_no: i32) -> Option<i32> {
        let Err(place) = self.place(id) else { return None };
        let before = place.checked_sub(1).and_then(|place| self.seen.get(place)).map(|(_, seq_no)| *seq_no);
        let after = self.seen.get(place).map(|(_, seq_no)| *seq_no);
        // An odd number belongs to one message alone, an even one may be shared by those between two odd ones.
        let is_content = seq_no & 1 == 1;
        let too_low = before.is_some_and(|before| before > seq_no || before == seq_no && is_content);
        let too_high = after.is_some_and(|after| after < seq_no || after == seq_no && is_content);
        if too_low {
            Some(32)
        } else if too_high {
            Some(33)
        } else {
            None
        }
    }

    /// The state of a message as `msgs_state_info` tells it: 1 forgotten, 2 and 3 not received, 4 received.
    pub(super) fn state(&self, id: i64) -> u8 {
        match self.look_up(id) {
            Seen::Before => 4,
            Seen::Forgotten => 1,
            Seen::New if self.seen.back().is_none_or(|(last, _)| id > *last) => 3,
            Seen::New => 2,
        }
    }

    fn place(&self, id: i64) -> Result<usize, usize> {
        match self.seen.back() {
            Some((last, _)) if *last < id => Err(self.seen.len()),
            None => Err(0),
            Some(_) => self.seen.binary_search_by_key(&id, |(id, _)| *id),
        }
    }
}

//! Message ids and sequence numbers of what one side sends (<https://core.telegram.org/mtproto/description#message-identifier-msg-id>).

use super::UnixMillis;

/// How far ahead of its clock a server takes ids, in milliseconds.
const AHEAD: u32 = 30_000;

/// Who made a message and why: the two lowest bits of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Client = 0,
    /// The server's answer to a client's message.
    Response = 1,
    /// Anything else of the server's.
    Notification = 3,
}

/// The last id, and how many content-related messages there were.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    last: i64,
    content: i32,
}

impl Numbering {
    /// The next message's id: higher than all before, and close to the server's time.
    pub(super) fn message_id(&mut self, server_time: UnixMillis, kind: Kind) -> i64 {
        self.last = server_time.message_id().max((self.last & !3).saturating_add(4)) | kind as i64;
        self.last
    }

    /// The last message's id.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// The next message's sequence number.
    pub(super) fn seq_no(&mut self, is_content: bool) -> i32 {
        let number = self.content.wrapping_mul(2);
        if is_content {
            self.content = self.content.wrapping_add(1);
            number | 1
        } else {
            number
        }
    }

    /// Goes on from `accepted` if the ids are further ahead of the time than the other side takes: the clock was wrong.
    pub(super) fn go_back_before(&mut self, server_time: UnixMillis, accepted: i64) {
        if self.last > server_time.after(AHEAD).message_id() {
            self.last = accepted;
        }
    }
}

//! What a caller may choose, with the reason of each default.

use crate::crypto::Padding;

/// How a chat behaves where the protocol leaves it open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How much a peer can make a chat hold.
    pub limits: Limits,
    /// When a key is replaced.
    pub rekey: RekeyRule,
    /// How message lengths are hidden.
    pub padding: Padding,
    /// After how many seconds a hole that is still open is asked for again, if the peer has written since.
    ///
    /// The protocol asks once. What is sent again can be lost like any message, and then the chat would never go on; an
    /// hour is long after everything that was on its way.
    pub repeat_resend_after: u32,
    /// The longest wait, in seconds, before a call that the server refused is made again.
    ///
    /// The wait doubles from one second. Five minutes keep a chat useful within minutes of the server's recovery.
    pub longest_backoff: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rekey: RekeyRule::default(),
            padding: Padding::Bucketed,
            repeat_resend_after: 60 * 60,
            longest_backoff: 5 * 60,
        }
    }
}

/// How much a peer, or the caller, can make a chat hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Messages that wait behind a hole. One more is dropped, and asked for again when its turn comes.
    ///
    /// 1000: as many as one request to send again may ask for.
    pub waiting: usize,
    /// Bytes of those messages. 16 MiB: a thousand texts of the greatest length.
    pub waiting_bytes: usize,
    /// Messages that arrived before the chat was ready. 100: what can come between two updates of a busy server.
    pub early: usize,
    /// Messages that one Resend is answered with. 1000: what TDLib allows.
    pub resend: u32,
    /// Messages that the peer has not confirmed; one more is refused to the caller. 1000: what can be asked for again. The
    /// chat itself may say as much again, to answer the peer.
    pub unconfirmed: usize,
    /// Events that were not delivered; with more, messages are refused and stay on the server. 10,000: an hour of three
    /// messages a second.
    pub events: usize,
    /// Messages that did not decode. 100: a newer version of the other client is a few constructors ahead.
    pub undecoded: usize,
    /// Running and waiting self-destruct timers; the timer of one more starts when the message arrives. 10,000: as many
    /// as there may be events.
    pub timers: usize,
    /// Calls on their way at once. 32: a full pipeline at a round trip of 100 ms, and little to repeat on a failure.
    pub in_flight: usize,
    /// Inner `random_id`s that are remembered to find one that is used twice. 128: with sequence numbers in order, only a
    /// faulty peer repeats one, and soon.
    pub random_ids: usize,
}

impl Limits {
    /// Whether a chat with so many unconfirmed messages may say more of its own accord.
    ///
    /// What the chat says by itself comes on top of what the caller may send. A peer that answers is far from this limit; one
    /// that confirms nothing, and asks on, reaches it.
    pub(super) fn has_room(&self, slots: usize) -> bool {
        slots < self.unconfirmed.saturating_mul(2)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting: 1000,
            waiting_bytes: 16 << 20,
            early: 100,
            resend: 1000,
            unconfirmed: 1000,
            events: 10_000,
            undecoded: 100,
            timers: 10_000,
            in_flight: 32,
            random_ids: 128,
        }
    }
}

/// When a key is replaced: <https://core.telegram.org/api/end-to-end/pfs>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RekeyRule {
    /// After more messages than this, sent and received.
    pub uses: u32,
    /// After so many seconds, if the key was used at all.
    pub seconds: u32,
}

impl Default for RekeyRule {
    fn default() -> Self {
        Self { uses: 100, seconds: 7 * 24 * 60 * 60 }
    }
}

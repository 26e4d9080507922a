//! What a schedule is made of. A move that does not apply does nothing, so any part of a schedule is a schedule.

use super::disk::Trap;

/// One of the two sides: 0 or 1.
pub type Side = usize;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The chat is requested, accepted, and ready, without a fault.
    Establish,
    /// The chat is requested.
    Request,
    /// The other side accepts.
    Accept,
    /// A side writes a text.
    Text {
        /// Who.
        side: Side,
        /// At least so many letters.
        length: u16,
    },
    /// A side sends a file.
    File {
        /// Who.
        side: Side,
    },
    /// A side sends a service message.
    Service {
        /// Who.
        side: Side,
        /// Which.
        action: u8,
    },
    /// A side deletes a message of its own.
    Delete {
        /// Who.
        side: Side,
        /// Which, counted from its last.
        back: u8,
    },
    /// A side is typing, or has read everything: calls that no message belongs to.
    Passing {
        /// Who.
        side: Side,
    },
    /// A side ends the chat.
    Discard {
        /// Who.
        side: Side,
    },
    /// A call of a side reaches the server, or does not.
    Call {
        /// Whose.
        side: Side,
        /// Which of those that wait.
        index: u8,
        /// What it comes to.
        fate: Fate,
    },
    /// A side takes an answer.
    Answer {
        /// Who.
        side: Side,
        /// Which of those that came.
        index: u8,
    },
    /// Calls that were given up arrive at the server all the same.
    Haunt {
        /// Whose.
        side: Side,
    },
    /// A side makes every call and takes every answer.
    Pump {
        /// Who.
        side: Side,
    },
    /// An update reaches a side.
    Push {
        /// Whom.
        side: Side,
        /// Which of those that are on their way.
        index: u8,
        /// How.
        way: Way,
    },
    /// A side gets everything that the server keeps for it.
    Difference {
        /// Who.
        side: Side,
    },
    /// The server loses what it keeps for a side.
    Lose {
        /// For whom.
        side: Side,
        /// Which message.
        index: u8,
    },
    /// The user of a side looks at the events.
    Read {
        /// Who.
        side: Side,
    },
    /// Time passes.
    Wait {
        /// How many seconds.
        seconds: u32,
    },
    /// A side is told the time.
    Tick {
        /// Who.
        side: Side,
    },
    /// The next commit of a side fails, or is its last.
    Lay {
        /// Whose.
        side: Side,
        /// How it ends.
        trap: Trap,
    },
    /// The program of a side dies.
    Crash {
        /// Whose.
        side: Side,
    },
    /// The program of a side starts again.
    Start {
        /// Whose.
        side: Side,
    },
    /// A peer that is not ours does something of its own.
    Peer {
        /// What.
        whim: u8,
    },
}

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out and answered.
    Done,
    /// It does not arrive, and no answer comes.
    Lost,
    /// It is carried out, and the answer is lost.
    Unheard,
    /// No answer comes, and later it is carried out.
    Late,
    /// An error that passes: a flood, a server in trouble, a session that is gone.
    Passing {
        /// Which.
        which: u8,
        /// Whether the call was carried out before.
        carried_out: bool,
    },
    /// An error of the method's own.
    Refused {
        /// Which.
        which: u8,
        /// Whether the call was carried out before.
        carried_out: bool,
    },
    /// An error that ends the chat.
    Closing {
        /// Which.
        which: u8,
    },
}

/// How an update reaches its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Once; if one before it is missing, everything that the server keeps is asked for first.
    Checked,
    /// Once, and what is missing before it is given up.
    Unchecked,
    /// It is on its way once more.
    Twice,
    /// Not at all; the server keeps it.
    Dropped,
    /// With a bit turned over.
    Corrupted {
        /// Which bit.
        bit: u16,
    },
}

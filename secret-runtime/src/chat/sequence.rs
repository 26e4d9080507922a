//! How the counters of a chat become `in_seq_no` and `out_seq_no`, and back.
//!
//! Both sides count their messages from 0. On the wire a number is doubled, and its lowest bit tells who counts it, so that
//! a message that is played back to its sender never fits.
//!
//! Source: <https://core.telegram.org/api/end-to-end/seq_no>.

use std::fmt;

use crate::crypto::Role;

/// The largest counter whose doubled form fits the 31 bits it has.
const LARGEST: u32 = i32::MAX as u32 / 2;

/// The lowest bit of a number belongs to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parity;

/// A chat has used up its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the chat has used up its sequence numbers; begin a new one")
    }
}

impl std::error::Error for OutOfRange {}

/// The lowest bit of the numbers that `sender` gives its own messages.
fn out_bit(sender: Role) -> u32 {
    match sender {
        Role::Originator => 1,
        Role::Acceptor => 0,
    }
}

/// `out_seq_no` of the message of `sender` with this counter.
pub(super) fn out_seq_no(sender: Role, counter: u32) -> Result<i32, OutOfRange> {
    wire(counter, out_bit(sender))
}

/// `in_seq_no` of a message of `sender` who has received so many.
pub(super) fn in_seq_no(sender: Role, received: u32) -> Result<i32, OutOfRange> {
    wire(received, 1 - out_bit(sender))
}

/// The counter of an `out_seq_no` that `sender` wrote.
pub(super) fn out_counter(sender: Role, seq_no: i32) -> Result<u32, Parity> {
    counter(seq_no, out_bit(sender))
}

/// How many messages `sender` says it has received.
pub(super) fn in_counter(sender: Role, seq_no: i32) -> Result<u32, Parity> {
    counter(seq_no, 1 - out_bit(sender))
}

fn wire(counter: u32, bit: u32) -> Result<i32, OutOfRange> {
    if counter > LARGEST {
        return Err(OutOfRange);
    }
    i32::try_from(2 * counter + bit).map_err(|_| OutOfRange)
}

fn counter(seq_no: i32, bit: u32) -> Result<u32, Parity> {
    match u32::try_from(seq_no) {
        Ok(seq_no) if seq_no % 2 == bit => Ok(seq_no / 2),
        _ => Err(Parity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_the_last_that_fits() {
        for sender in [Role::Originator, Role::Acceptor] {
            let last = out_seq_no(sender, LARGEST).unwrap();
            assert_eq!(out_counter(sender, last), Ok(LARGEST));
            assert_eq!(out_seq_no(sender, LARGEST + 1), Err(OutOfRange));
            assert_eq!(in_seq_no(sender, u32::MAX), Err(OutOfRange));
        }
    }

    #[test]
    fn numbers_of_one_side_are_never_those_of_the_other() {
        for sender in [Role::Originator, Role::Acceptor] {
            assert_eq!(out_counter(sender.other(), out_seq_no(sender, 7).unwrap()), Err(Parity));
            assert_eq!(in_counter(sender.other(), in_seq_no(sender, 7).unwrap()), Err(Parity));
            assert_eq!(out_counter(sender, -1), Err(Parity));
            assert_eq!(in_counter(sender, -2), Err(Parity));
        }
    }
}

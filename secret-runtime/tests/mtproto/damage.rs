//! One changed bit in one message.

use secret_runtime::mtproto::handshake::HandshakeError;

use crate::handshake::{server, settings, talk};

/// The bytes of a message that TL skips: what fills up `pq`, and `p` and `q`.
fn is_skipped(message: usize, byte: usize) -> bool {
    match message {
        1 => (45..48).contains(&byte),
        2 => (41..44).contains(&byte) || (49..52).contains(&byte),
        _ => false,
    }
}

/// Flips every `step`-th bit of a message from the `first` one on, and expects that no key comes of it.
fn flip(message: usize, first: usize, step: usize) {
    let mut length = 0;
    talk(settings(), server(), 21, |number, bytes| {
        if number == message {
            length = bytes.len();
        }
    })
    .unwrap();
    for bit in (first..length * 8).step_by(step) {
        let outcome = talk(settings(), server(), 21, |number, bytes| {
            if number == message {
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        });
        let skipped = is_skipped(message, bit / 8);
        assert_eq!(outcome.is_ok(), skipped, "bit {bit} of message {message}: {outcome:?}");
        assert_ne!(outcome.err(), Some(HandshakeError::Over));
    }
}

#[test]
fn a_flipped_bit_in_req_pq_multi_makes_no_key() {
    flip(0, 0, 1);
}

#[test]
fn a_flipped_bit_in_res_pq_makes_no_key() {
    flip(1, 0, 3);
}

#[test]
fn a_flipped_bit_in_req_dh_params_makes_no_key() {
    flip(2, 0, 67);
}

#[test]
fn a_flipped_bit_in_server_dh_params_makes_no_key() {
    flip(3, 0, 331);
}

#[test]
fn a_flipped_bit_in_set_client_dh_params_makes_no_key() {
    flip(4, 0, 211);
}

#[test]
fn a_flipped_bit_in_dh_gen_ok_makes_no_key() {
    flip(5, 0, 37);
}

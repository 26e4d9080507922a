//! How a message's AES key is derived from the chat's key: MTProto 2.0, and MTProto 1.0 for what old clients sent.
//!
//! [`envelope`](super::envelope) is what applications use; these are its steps, for those who verify them. The
//! specification is <https://core.telegram.org/api/end-to-end#serialization-and-encryption-of-outgoing-messages> and,
//! for the formulas, <https://core.telegram.org/mtproto/description>.

use std::{fmt, slice};

use sha1::Sha1;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{ChatKey, Role};

/// The middle of a hash over a message and a part of the chat's key: authenticates the message, and keys its encryption.
pub type MessageKey = [u8; 16];

/// What AES-256-IGE encrypts one message with. Wiped when dropped, never printed.
pub struct AesParameters {
    /// The AES key.
    pub key: [u8; 32],
    /// The initialization vector.
    pub iv: [u8; 32],
}

impl fmt::Debug for AesParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, iv: _ } = self;
        f.debug_struct("AesParameters").finish_non_exhaustive()
    }
}

impl Drop for AesParameters {
    fn drop(&mut self) {
        let Self { key, iv } = self;
        key.as_mut_slice().zeroize();
        iv.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for AesParameters {}

/// MTProto 2.0: `msg_key` of a plaintext with its length in front and its padding behind.
#[must_use]
pub fn message_key(key: &ChatKey, sender: Role, plaintext: &[u8]) -> MessageKey {
    let mut hash = Sha256::new();
    hash.update(key.part::<88, 32>(sender.x()));
    hash.update(plaintext);
    let mut large = <[u8; 32]>::from(hash.finalize());
    let mut message_key = [0; 16];
    message_key.copy_from_slice(part(&large, 8, 16));
    large.as_mut_slice().zeroize();
    message_key
}

/// MTProto 2.0: what the message with that `msg_key` is encrypted with.
#[must_use]
pub fn aes_parameters(key: &ChatKey, sender: Role, message_key: &MessageKey) -> AesParameters {
    let x = sender.x();
    let mut a = sha256_of_52_bytes(message_key, key.part::<0, 36>(x));
    let mut b = sha256_of_52_bytes(key.part::<40, 36>(x), message_key);
    let parameters = AesParameters {
        key: join([part(&a, 0, 8), part(&b, 8, 16), part(&a, 24, 8)]),
        iv: join([part(&b, 0, 8), part(&a, 8, 16), part(&b, 24, 8)]),
    };
    a.as_mut_slice().zeroize();
    b.as_mut_slice().zeroize();
    parameters
}

/// MTProto 1.0: what the message with that `msg_key` is encrypted with, in both directions.
#[must_use]
pub fn aes_parameters_v1(key: &ChatKey, message_key: &MessageKey) -> AesParameters {
    let a = sha1([message_key, key.part::<0, 32>(0)]);
    let b = sha1([key.part::<32, 16>(0), message_key, key.part::<48, 16>(0)]);
    let c = sha1([key.part::<64, 32>(0), message_key]);
    let d = sha1([message_key, key.part::<96, 32>(0)]);
    AesParameters {
        key: join([part(&a, 0, 8), part(&b, 8, 12), part(&c, 4, 12)]),
        iv: join([part(&a, 8, 12), part(&b, 0, 8), part(&c, 16, 4), part(&d, 0, 8)]),
    }
}

/// SHA-256 of two parts of 52 bytes together, which with their end are one block: for short messages it counts that
/// nothing is buffered.
fn sha256_of_52_bytes(first: &[u8], second: &[u8]) -> [u8; 32] {
    const INITIAL: [u32; 8] =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    // The bytes behind the content: a bit that ends it, and its length in bits.
    const END: [u8; 12] = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xa0];
    let mut block = [0; 64];
    let (place_of_first, rest) = block.split_at_mut(first.len());
    let (place_of_second, end) = rest.split_at_mut(second.len());
    place_of_first.copy_from_slice(first);
    place_of_second.copy_from_slice(second);
    end.copy_from_slice(&END);
    let mut state = INITIAL;
    compress256(&mut state, slice::from_ref(&block));
    block.as_mut_slice().zeroize();
    let mut hash = [0; 32];
    hash.as_chunks_mut().0.iter_mut().zip(state).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
    state.as_mut_slice().zeroize();
    hash
}

fn sha1<const N: usize>(parts: [&[u8]; N]) -> Zeroizing<[u8; 20]> {
    let mut hash = Sha1::new();
    parts.into_iter().for_each(|part| hash.update(part));
    Zeroizing::new(hash.finalize().into())
}

fn part<const N: usize>(hash: &[u8; N], offset: usize, length: usize) -> &[u8] {
    hash.split_at(offset).1.split_at(length).0
}

fn join<const N: usize>(parts: [&[u8]; N]) -> [u8; 32] {
    let mut result = [0; 32];
    let mut rest = result.as_mut_slice();
    for part in parts {
        let (place, after) = rest.split_at_mut(part.len());
        place.copy_from_slice(part);
        rest = after;
    }
    result
}

//! MTProto 1.0, which is only ever received.

use std::iter;

use sha1::{Digest, Sha1};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::super::derivation::aes_parameters_v1;
use super::super::ige::IgeDecryptor;
use super::{BodyLength, ChatKey, Rejected, split};

/// Decrypts and verifies a message by MTProto 1.0, as clients below layer 73 send it, and returns its body.
///
/// There is no way to send such a message. Try [`open`](super::open) first, and accept this one only while the peer is
/// below layer 73: the padding is not authenticated, and a message of our own that comes back is accepted, because both
/// directions have the same keys (<https://core.telegram.org/api/end-to-end_v1>).
///
/// # Errors
/// [`Rejected`], whatever is wrong; nothing of the message can be used then, and nothing of it stays in memory.
pub fn open_v1(key: &ChatKey, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
    let (claimed_key, ciphertext) = split(key, wire)?;
    let parameters = aes_parameters_v1(key, claimed_key);
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    IgeDecryptor::new(&parameters.key, &parameters.iv).decrypt(&mut plaintext).map_err(|_| Rejected)?;

    // The hash covers the body but not the padding, so where it ends depends on bytes that nobody has verified yet. All
    // four ends that a padding of 0 to 15 bytes allows are tried, whatever those bytes say.
    let body = BodyLength::read(&plaintext);
    let (before, last) = plaintext.split_at(plaintext.len() - 12);
    let mut hash = Sha1::new_with_prefix(before);
    let mut accepted = Choice::from(0);
    for (padding, word) in [12_u64, 8, 4, 0].into_iter().zip(iter::once(&[][..]).chain(last.chunks(4))) {
        hash.update(word);
        let digest = Zeroizing::new(<[u8; 20]>::from(hash.clone().finalize()));
        accepted |= digest.split_at(4).1.ct_eq(claimed_key) & body.padding.ct_eq(&padding);
    }
    if accepted.into() { Ok(body.cut(plaintext)) } else { Err(Rejected) }
}

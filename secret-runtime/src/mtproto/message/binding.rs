//! `encrypted_message` of `auth.bindTempAuthKey`: the one message that still goes by MTProto 1.0
//! (<https://core.telegram.org/method/auth.bindTempAuthKey#encrypted-message>).

use rand_core::CryptoRng;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use tl_types::mtproto::constructors::BindAuthKeyInner;
use tl_types::{Decode, Encode};
use zeroize::Zeroizing;

use super::{AuthKey, BLOCK, IgeDecryptor, IgeEncryptor, OUTER, OpenError, int, long, write};
use crate::crypto::derivation::{MessageKey, aes_parameters_v1};

/// Bytes before the body: 16 random ones, the message id, a sequence number of 0, and the length.
const HEADER: usize = 16 + 8 + 4 + 4;

/// Encrypts the binding under the permanent key. `message_id` must be that of the message which carries the call.
#[must_use]
pub fn seal<R: CryptoRng + ?Sized>(
    permanent: &AuthKey,
    message_id: i64,
    inner: &BindAuthKeyInner,
    rng: &mut R,
) -> Vec<u8> {
    // Longs and an int: nothing of it can be too long.
    let body = Zeroizing::new(inner.to_bytes().unwrap_or_default());
    let whole = HEADER + body.len();
    let mut packet = vec![0; OUTER + whole.next_multiple_of(BLOCK)];
    let (outer, plaintext) = packet.split_at_mut(OUTER);
    rng.fill_bytes(plaintext);
    let length = (body.len() as u32).to_le_bytes();
    write(plaintext.split_at_mut(16).1, [&message_id.to_le_bytes(), &0_i32.to_le_bytes(), &length, &body]);
    let message_key = message_key(plaintext.split_at(whole).0);
    let parameters = aes_parameters_v1(permanent.shared(), &message_key);
    let encrypted = IgeEncryptor::new(&parameters.key, &parameters.iv).encrypt(plaintext);
    debug_assert_eq!(encrypted, Ok(()), "the plaintext is whole blocks");
    write(outer, [&permanent.id().to_le_bytes(), &message_key]);
    packet
}

/// Decrypts and verifies a binding; gives the message id in it, too, which must be that of the message that carried it.
///
/// # Errors
/// [`OpenError`] if it is no binding under this key.
pub fn open(permanent: &AuthKey, encrypted: &[u8]) -> Result<(i64, BindAuthKeyInner), OpenError> {
    let bytes = encrypted.len();
    let (auth_key_id, rest) = encrypted.split_first_chunk().ok_or(OpenError::Length { bytes })?;
    let auth_key_id = i64::from_le_bytes(*auth_key_id);
    if auth_key_id != permanent.id() {
        return Err(OpenError::UnknownKey { auth_key_id });
    }
    let (claimed, ciphertext) = rest.split_first_chunk::<16>().ok_or(OpenError::Length { bytes })?;
    let parameters = aes_parameters_v1(permanent.shared(), claimed);
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    let decrypted = IgeDecryptor::new(&parameters.key, &parameters.iv).decrypt(&mut plaintext);
    decrypted.map_err(|_| OpenError::Length { bytes })?;
    let (message_id, header) = long(plaintext.get(16..).ok_or(OpenError::Length { bytes })?);
    let (length, body) = int(int(header).1);
    let whole = usize::try_from(length).ok().and_then(|length| length.checked_add(HEADER));
    let authentic = whole.and_then(|whole| plaintext.get(..whole)).map(message_key);
    if !authentic.is_some_and(|key| key.ct_eq(claimed).into()) {
        return Err(OpenError::Rejected);
    }
    let body = body.get(..length as usize).ok_or(OpenError::Rejected)?;
    Ok((message_id, BindAuthKeyInner::from_bytes(body).map_err(|_| OpenError::Rejected)?))
}

/// MTProto 1.0: the last 16 bytes of SHA-1 over the message without its padding.
fn message_key(message: &[u8]) -> MessageKey {
    let [_, _, _, _, key @ ..] = <[u8; 20]>::from(Sha1::digest(message));
    key
}

//! Files: AES-256-IGE in one run over all parts, under a key that belongs to the file and travels inside a message.
//!
//! It knows no parts' sizes and no servers; memory stays the same however large a file is. The encryption of a file is
//! not authenticated: the fingerprint only ties the key to the file's location. The specification is
//! <https://core.telegram.org/api/end-to-end#sending-encrypted-files>.

use std::fmt;

use md5::{Digest, Md5};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::bytes;
use super::ige::{BLOCK, IgeDecryptor, IgeEncryptor, PartialBlock};

/// What one file is encrypted with. Wiped when dropped, compared in constant time, never printed.
///
/// Serialized as a byte string of 64 bytes, the key first; a store has to protect it.
#[derive(Clone)]
pub struct FileKey {
    bytes: Box<[u8; 64]>,
}

impl FileKey {
    /// A new key, for one file only.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Self { bytes: Box::new([0; 64]) };
        rng.fill_bytes(key.bytes.as_mut_slice());
        key
    }

    /// The key that a message carries, in `decryptedMessageMedia….key` and `.iv`.
    ///
    /// # Errors
    /// [`FileKeyLength`] when one of them is not 32 bytes.
    pub fn from_parts(key: &[u8], iv: &[u8]) -> Result<Self, FileKeyLength> {
        if key.len() != 32 || iv.len() != 32 {
            return Err(FileKeyLength { key: key.len(), iv: iv.len() });
        }
        let mut bytes = Box::new([0; 64]);
        bytes.iter_mut().zip(key.iter().chain(iv)).for_each(|(to, from)| *to = *from);
        Ok(Self { bytes })
    }

    /// The AES key.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        let [key, _] = self.halves();
        key
    }

    /// The initialization vector.
    #[must_use]
    pub fn iv(&self) -> &[u8; 32] {
        let [_, iv] = self.halves();
        iv
    }

    /// `key_fingerprint` of the uploaded file: the first 4 bytes of `MD5(key || iv)`, XOR the next 4, as a little-endian
    /// number.
    #[must_use]
    pub fn fingerprint(&self) -> i32 {
        let hash = Zeroizing::new(<[u8; 16]>::from(Md5::digest(self.bytes.as_slice())));
        let [a, b, c, d, e, f, g, h, ..] = *hash;
        i32::from_le_bytes([a ^ e, b ^ f, c ^ g, d ^ h])
    }

    /// Checks that the file on the server belongs to this key, before it is downloaded.
    ///
    /// # Errors
    /// [`FileFingerprintMismatch`] when the fingerprint of the `encryptedFile` is another.
    pub fn verify(&self, fingerprint: i32) -> Result<(), FileFingerprintMismatch> {
        let expected = self.fingerprint();
        if expected == fingerprint { Ok(()) } else { Err(FileFingerprintMismatch { expected, found: fingerprint }) }
    }

    /// Starts the encryption of the file, at its beginning.
    #[must_use]
    pub fn encryptor(&self) -> FileEncryptor {
        FileEncryptor { ige: IgeEncryptor::new(self.key(), self.iv()) }
    }

    /// Starts the decryption of the file, at its beginning. `size` is the number of bytes before padding, as in
    /// `decryptedMessageMedia….size`.
    #[must_use]
    pub fn decryptor(&self, size: u64) -> FileDecryptor {
        FileDecryptor { ige: IgeDecryptor::new(self.key(), self.iv()), missing: size }
    }

    fn halves(&self) -> [&[u8; 32]; 2] {
        match self.bytes.as_chunks() {
            ([key, iv], _) => [key, iv],
            _ => unreachable!("64 bytes are two chunks of 32"),
        }
    }
}

impl PartialEq for FileKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(other.bytes.as_slice()).into()
    }
}

impl Eq for FileKey {}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _ } = self;
        f.debug_struct("FileKey").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

impl Drop for FileKey {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for FileKey {}

impl From<Zeroizing<[u8; 64]>> for FileKey {
    fn from(bytes: Zeroizing<[u8; 64]>) -> Self {
        Self { bytes: Box::new(*bytes) }
    }
}

impl Serialize for FileKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.bytes, serializer)
    }
}

impl<'de> Deserialize<'de> for FileKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer)
    }
}

/// Encrypts a file part by part.
#[derive(Debug)]
pub struct FileEncryptor {
    ige: IgeEncryptor,
}

impl FileEncryptor {
    /// Encrypts the next part in place.
    ///
    /// # Errors
    /// [`PartialBlock`] when its length is not a multiple of 16; nothing has been changed then. Only the end of a file
    /// may be like that: [`finish`](Self::finish) takes it.
    pub fn update(&mut self, part: &mut [u8]) -> Result<(), PartialBlock> {
        self.ige.encrypt(part)
    }

    /// Encrypts the rest of the file in place, of any length, after random padding to a multiple of 16 bytes.
    ///
    /// A file's `size` is counted without this padding. With room for 15 bytes more, `last` stays where it is in memory.
    pub fn finish<R: CryptoRng + ?Sized>(mut self, last: &mut Vec<u8>, rng: &mut R) {
        let size = last.len();
        last.resize(size.next_multiple_of(BLOCK), 0);
        rng.fill_bytes(last.split_at_mut(size).1);
        let encrypted = self.ige.encrypt(last);
        debug_assert_eq!(encrypted, Ok(()), "padding makes whole blocks");
    }

    /// The initialization vector of the next part.
    #[must_use]
    pub fn iv(&self) -> [u8; 32] {
        self.ige.iv()
    }
}

/// Decrypts a file part by part.
#[derive(Debug)]
pub struct FileDecryptor {
    ige: IgeDecryptor,
    missing: u64,
}

impl FileDecryptor {
    /// Decrypts the next part in place and returns what of it belongs to the file: all of it, but for the padding at the
    /// file's end.
    ///
    /// # Errors
    /// [`PartialBlock`] when its length is not a multiple of 16; nothing has been changed then.
    pub fn update<'p>(&mut self, part: &'p mut [u8]) -> Result<&'p mut [u8], PartialBlock> {
        self.ige.decrypt(part)?;
        let content = usize::try_from(self.missing).map_or(part.len(), |missing| missing.min(part.len()));
        self.missing -= content as u64;
        Ok(part.split_at_mut(content).0)
    }

    /// Checks that the whole file has come.
    ///
    /// # Errors
    /// [`FileTooShort`] when the parts were less than the file's size.
    pub fn finish(self) -> Result<(), FileTooShort> {
        match self.missing {
            0 => Ok(()),
            missing => Err(FileTooShort { missing }),
        }
    }

    /// The initialization vector of the next part.
    #[must_use]
    pub fn iv(&self) -> [u8; 32] {
        self.ige.iv()
    }
}

/// The sender's key or initialization vector for a file is not 32 bytes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKeyLength {
    /// Bytes in the key.
    pub key: usize,
    /// Bytes in the initialization vector.
    pub iv: usize,
}

impl fmt::Display for FileKeyLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, iv } = self;
        write!(f, "the file's key has {key} bytes and its iv {iv}, both have to be 32: the file cannot be decrypted")
    }
}

impl std::error::Error for FileKeyLength {}

/// The file on the server is not the one that the message's key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFingerprintMismatch {
    /// The fingerprint of the key in the message.
    pub expected: i32,
    /// The fingerprint that the server gave.
    pub found: i32,
}

impl fmt::Display for FileFingerprintMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(f, "the file's key_fingerprint is {found}, its key has {expected}: do not use this file")
    }
}

impl std::error::Error for FileFingerprintMismatch {}

/// A download ended before the file did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileTooShort {
    /// How many bytes of the file are missing.
    pub missing: u64,
}

impl fmt::Display for FileTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes are missing at the end of the file: download the rest", self.missing)
    }
}

impl std::error::Error for FileTooShort {}

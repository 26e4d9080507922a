//! Randomness for a server that can be repeated: the key stream of AES-256 in counter mode under a seed.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use rand_core::{Rng, TryCryptoRng, TryRng};

/// The server's generator. It forks, so that every connection has its own and none waits for another.
pub(super) struct Random {
    stream: Ctr128BE<Aes256>,
}

impl Random {
    pub(super) fn from_seed(seed: [u8; 32]) -> Self {
        Self { stream: Ctr128BE::<Aes256>::new(&seed.into(), &[0; 16].into()) }
    }

    /// A generator that nobody can repeat: the keys of the standard library's hash maps come from the system.
    pub(super) fn unpredictable() -> Self {
        let mut seed = [0; 32];
        for part in seed.chunks_exact_mut(8) {
            let word = RandomState::new().hash_one(part.len()).to_le_bytes();
            part.iter_mut().zip(word).for_each(|(to, from)| *to = from);
        }
        Self::from_seed(seed)
    }

    pub(super) fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.fill_bytes(&mut seed);
        Self::from_seed(seed)
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        self.stream.apply_keystream(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Random {}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream: _ } = self;
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

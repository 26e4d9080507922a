//! The ciphers of an obfuscated stream, and the 64 bytes that it begins with.
//!
//! Source: <https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation>.

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Framing, Obfuscation};

/// How many bytes the stream begins with.
pub(super) const START: usize = 64;

/// What an obfuscated stream must not begin with: the announcements of framings, and HTTP and TLS.
const TAKEN: [[u8; 4]; 7] = [*b"HEAD", *b"POST", *b"GET ", *b"OPTI", [0x16, 0x03, 0x01, 0x02], [0xdd; 4], [0xee; 4]];

/// Whether a stream of HTTP or TLS begins so: it is from no client of ours.
pub(super) fn is_foreign(first: [u8; 4]) -> bool {
    TAKEN.iter().take(5).any(|taken| *taken == first)
}

/// Both directions of a stream.
pub(super) struct Ciphers {
    outgoing: Ctr128BE<Aes256>,
    incoming: Ctr128BE<Aes256>,
}

impl Ciphers {
    pub(super) fn hide(&mut self, bytes: &mut [u8]) {
        self.outgoing.apply_keystream(bytes);
    }

    pub(super) fn reveal(&mut self, bytes: &mut [u8]) {
        self.incoming.apply_keystream(bytes);
    }

    /// A client's, and what it sends first; nothing for the full framing.
    pub(super) fn client(
        framing: Framing,
        obfuscation: &Obfuscation,
        rng: &mut dyn CryptoRng,
    ) -> Option<(Self, [u8; START])> {
        let tag = tag(framing)?;
        let mut start = loop {
            let mut start = [0; START];
            rng.fill_bytes(&mut start);
            if may_begin(&start) {
                break start;
            }
        };
        let [.., t0, t1, t2, t3, d0, d1, _, _] = &mut start;
        [*t0, *t1, *t2, *t3] = tag;
        [*d0, *d1] = obfuscation.dc.to_le_bytes();
        let (forward, backward) = streams(&start, obfuscation.secret.as_ref());
        let mut ciphers = Self { outgoing: forward, incoming: backward };
        let mut hidden = start;
        ciphers.hide(&mut hidden);
        // What the keys are made of goes in the clear, the rest hidden.
        start.iter_mut().zip(hidden).skip(56).for_each(|(byte, hidden)| *byte = hidden);
        Some((ciphers, start))
    }

    /// A server's, and what the client's first bytes say: the framing and the data centre. Nothing if they say no framing.
    pub(super) fn server(start: &[u8; START], secret: Option<&[u8; 16]>) -> Option<(Self, Framing, i16)> {
        let (forward, backward) = streams(start, secret);
        let mut ciphers = Self { outgoing: backward, incoming: forward };
        let mut revealed = *start;
        ciphers.reveal(&mut revealed);
        let [.., t0, t1, t2, t3, d0, d1, _, _] = revealed;
        let framing = [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate]
            .into_iter()
            .find(|framing| tag(*framing) == Some([t0, t1, t2, t3]))?;
        Some((ciphers, framing, i16::from_le_bytes([d0, d1])))
    }
}

fn tag(framing: Framing) -> Option<[u8; 4]> {
    match framing {
        Framing::Abridged => Some([0xef; 4]),
        Framing::Intermediate => Some([0xee; 4]),
        Framing::PaddedIntermediate => Some([0xdd; 4]),
        Framing::Full => None,
    }
}

/// Whether a server takes it for the start of an obfuscated stream and of nothing else.
fn may_begin(start: &[u8; START]) -> bool {
    let [a, b, c, d, e, f, g, h, ..] = *start;
    a != 0xef && !TAKEN.contains(&[a, b, c, d]) && [e, f, g, h] != [0; 4]
}

/// The client's stream and the server's.
fn streams(start: &[u8; START], secret: Option<&[u8; 16]>) -> (Ctr128BE<Aes256>, Ctr128BE<Aes256>) {
    let mut material = [0; 48];
    material.iter_mut().zip(start.iter().skip(8)).for_each(|(to, from)| *to = *from);
    let forward = stream(&material, secret);
    material.reverse();
    (forward, stream(&material, secret))
}

fn stream(material: &[u8; 48], secret: Option<&[u8; 16]>) -> Ctr128BE<Aes256> {
    let (key, iv) = material.split_at(32);
    let mut aes_key = Zeroizing::new([0; 32]);
    aes_key.copy_from_slice(key);
    if let Some(secret) = secret {
        *aes_key = Sha256::new().chain_update(key).chain_update(secret).finalize().into();
    }
    let mut counter = [0; 16];
    counter.copy_from_slice(iv);
    Ctr128BE::new(&(*aes_key).into(), &counter.into())
}

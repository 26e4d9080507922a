//! The key exchange, with one of its messages changed.

use std::sync::{Arc, OnceLock};

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use secret_runtime::chat::{Mtproto, Suite, UnixTime};
use secret_runtime::crypto::diffie_hellman::Group;
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::handshake::{
    ClientHandshake, ClientHandshakeSettings, ClientStep, RsaPrivateKey, ServerHandshake, ServerStep,
};

use crate::fuzz::step::{P, unhex};

/// The loopback server's key: everybody can read it here, so it is good for tests only.
const PEM: &str = include_str!("../../../../secret-runtime/src/loopback/server_key.pem");
const NOW: UnixTime = UnixTime(1_790_000_000);

/// The same random numbers each time, so that a message of one exchange fits into another.
struct Sides {
    client: ClientHandshake,
    server: ServerHandshake,
    rngs: [ChaCha20Rng; 2],
    /// What goes to the next side: requests and answers take turns.
    message: Vec<u8>,
    keys: [Option<AuthKey>; 2],
}

/// What the sides have in common, and the key of an exchange in which nothing is changed.
struct Common {
    keys: Arc<[RsaPrivateKey]>,
    group: Group,
}

fn common() -> &'static Common {
    static COMMON: OnceLock<Common> = OnceLock::new();
    COMMON.get_or_init(|| Common {
        keys: Arc::from([RsaPrivateKey::from_pem(PEM).unwrap()]),
        group: Mtproto::group(3, &unhex(P), &mut ChaCha20Rng::seed_from_u64(0)).unwrap(),
    })
}

impl Sides {
    fn new() -> Self {
        let Common { keys, group } = common();
        let mut rngs = [1, 2].map(ChaCha20Rng::seed_from_u64);
        let settings = ClientHandshakeSettings {
            keys: vec![keys[0].public().clone()],
            dc: 2,
            temporary_for: None,
            known_groups: vec![group.clone()],
        };
        let (client, message) = ClientHandshake::new(settings, &mut rngs[0]);
        let server = ServerHandshake::new(keys.clone(), 2, group.clone());
        Self { client, server, rngs, message, keys: [None, None] }
    }

    /// The message goes to the server, or the client. False if it was refused.
    fn carry(&mut self, to_client: bool) -> bool {
        let [for_client, for_server] = &mut self.rngs;
        if to_client {
            match self.client.handle(&self.message, NOW, for_client) {
                Ok(ClientStep::Send(next)) => self.message = next,
                Ok(ClientStep::Done(new)) => self.keys[0] = Some(new.key),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    return false;
                }
            }
        } else {
            match self.server.handle(&self.message, NOW, for_server) {
                Ok(ServerStep::Answer(answer)) => self.message = answer,
                Ok(ServerStep::Done { answer, key, .. }) => {
                    self.keys[1] = Some(key.key);
                    self.message = answer;
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    return false;
                }
            }
        }
        true
    }
}

/// The exchange with the message `which` of six changed: bytes of `changes` are a place (two bytes) and what to flip.
pub(super) fn changed(which: u8, changes: &[u8]) {
    run(which, |message| {
        for change in changes.chunks_exact(3) {
            let place = usize::from(change[0]) + 256 * usize::from(change[1]);
            let place = place % message.len().max(1);
            if let Some(byte) = message.get_mut(place) {
                *byte ^= change[2];
            }
        }
    });
}

/// The exchange with other bytes in the place of a message.
pub(super) fn instead(which: u8, bytes: &[u8]) {
    run(which, |message| *message = bytes.to_vec());
}

fn run(which: u8, change: impl FnOnce(&mut Vec<u8>)) {
    let mut change = Some(change);
    let mut sides = Sides::new();
    for turn in 0..6 {
        if turn == which % 6
            && let Some(change) = change.take()
        {
            change(&mut sides.message);
        }
        if !sides.carry(turn % 2 == 1) {
            break;
        }
    }
    // The client is the last to have it, and only if the server does.
    if let [Some(of_client), of_server] = &sides.keys {
        assert!(of_server.as_ref() == Some(of_client), "the client has a key that the server has not");
    }
}

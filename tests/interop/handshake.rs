//! The beginning of a chat between the two libraries.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use secret_runtime::chat::{Answer, Call, CallId, Command, DhConfig, Input, Mtproto, Settings, Suite};
use secret_runtime::crypto::visualization::KeyHash;
use secret_runtime::crypto::{ChatKey, Role};
use serde_json::{Value, json};
use tl_types::api::constructors::{EncryptedChat, EncryptedChatRequested, EncryptedChatWaiting};

use crate::deviations::Deviations;
use crate::hex;
use crate::ours::Ours;
use crate::peer::{Peer, Sent};

const G: i32 = 3;

/// How a chat is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Who the other library is.
    pub(crate) peer: Role,
    /// The layer that it knows.
    pub(crate) layer: u32,
    /// What it encrypts with: MTProto 1.0 or 2.0.
    pub(crate) envelope: u8,
}

/// A chat with a key, whose first messages have not been delivered.
pub(crate) struct Begun {
    pub(crate) ours: Ours,
    pub(crate) sent: Vec<Sent>,
}

/// Begins a chat.
///
/// # Errors
/// What the two libraries do not agree on.
pub(crate) fn begin(
    peer: &mut Peer,
    kind: Kind,
    settings: Settings,
    rng: &mut ChaCha20Rng,
    deviations: &mut Deviations,
) -> Result<Begun, String> {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/secret_chat.json")).unwrap();
    let p = hex::of(&vectors["dh"]["p"]);
    let group = Mtproto::group(G, &p, rng).unwrap();
    let config = DhConfig { version: 3, group, random: vec![7; 256] };
    let id = (rng.next_u32() >> 1).cast_signed().max(1);
    let originates = kind.peer == Role::Originator;
    let open = json!({
        "chat": id, "originates": originates, "p": hex::encode(&p), "g": G, "layer": kind.layer, "envelope": kind.envelope,
    });
    let opened = peer.get("open", open, deviations);
    let own_rng = ChaCha20Rng::seed_from_u64(rng.next_u64());
    let begun = if originates {
        accept(peer, id, &opened, config, settings, own_rng, deviations)?
    } else {
        request(peer, id, config, settings, own_rng, deviations)?
    };
    let key = ChatKey::from_bytes(hex::of(&peer.get("key", json!({}), deviations)).try_into().unwrap());
    let session = begun.ours.session().ok_or("our side is not ready")?;
    if session.key_fingerprint() != key.fingerprint() || session.key_hash() != KeyHash::new(&key, &key) {
        return Err("the two sides have different keys".to_owned());
    }
    Ok(begun)
}

fn accept(
    peer: &mut Peer,
    id: i32,
    opened: &Value,
    config: DhConfig<Mtproto>,
    settings: Settings,
    rng: ChaCha20Rng,
    deviations: &mut Deviations,
) -> Result<Begun, String> {
    let update = EncryptedChatRequested::new(id, 20, 0, 2, 1, hex::of(&opened["g_a"]));
    let mut ours = Ours::requested(update, settings, rng);
    ours.step(Input::Command(Command::Accept(config))).map_err(|error| error.to_string())?;
    let Some((call, _)) = ours.calls.pop_front() else { return Err("nothing was accepted".to_owned()) };
    let Call::AcceptEncryption(accept) = call.call else { return Err(format!("{call:?} is no acceptance")) };
    let chat = EncryptedChat::new(id, 20, 0, 2, 1, Vec::new(), accept.key_fingerprint);
    step(&mut ours, Input::Answer { call: CallId::Handshake, answer: Answer::Chat(chat.into()) });
    let update = json!({ "g_b": hex::encode(&accept.g_b), "fingerprint": accept.key_fingerprint });
    let (accepted, sent) = peer.ask("accepted", update, deviations);
    accepted.map(|_| Begun { ours, sent })
}

fn request(
    peer: &mut Peer,
    id: i32,
    config: DhConfig<Mtproto>,
    settings: Settings,
    rng: ChaCha20Rng,
    deviations: &mut Deviations,
) -> Result<Begun, String> {
    let mut ours = Ours::request(id, config, settings, rng);
    let Some((call, _)) = ours.calls.pop_front() else { return Err("nothing was requested".to_owned()) };
    let Call::RequestEncryption(request) = call.call else { return Err(format!("{call:?} is no request")) };
    let waiting = EncryptedChatWaiting::new(id, 10, 0, 1, 2);
    step(&mut ours, Input::Answer { call: CallId::Handshake, answer: Answer::Chat(waiting.into()) });
    let (answer, sent) = peer.ask("requested", json!({ "g_a": hex::encode(&request.g_a) }), deviations);
    let answer = answer?;
    let fingerprint = answer["fingerprint"].as_i64().unwrap();
    let chat = EncryptedChat::new(id, 10, 0, 1, 2, hex::of(&answer["g_b"]), fingerprint);
    step(&mut ours, Input::Chat(chat.into()));
    Ok(Begun { ours, sent })
}

fn step(ours: &mut Ours, input: Input<Mtproto>) {
    ours.step(input).unwrap_or_else(|error| panic!("no command, and {error}"));
}

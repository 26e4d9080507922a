use std::sync::Arc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use secret_runtime::chat::UnixTime;
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::framing::{Codec, Frame, Framing, Obfuscation, Wire};
use secret_runtime::mtproto::handshake::{
    ClientHandshake, ClientHandshakeSettings, ClientStep, NewKey, Refusal, RsaPublicKey,
};
use secret_runtime::mtproto::message::{binding, plain};
use secret_runtime::mtproto::session::{RequestId, RequestOptions};
use secret_runtime::mtproto::socket::{Listener, Socket};
use tl_types::Encode;
use tl_types::api::functions;
use tl_types::mtproto::constructors::BindAuthKeyInner;
use tl_types::mtproto::functions::DestroyAuthKey;
use tl_types::mtproto::types::DestroyAuthKeyRes;

use crate::client::{Client, now, server, start};

async fn packet(socket: &mut Socket) -> Vec<u8> {
    match socket.next().await.unwrap() {
        Some(Frame::Packet { bytes, .. }) => bytes,
        other => panic!("{other:?}"),
    }
}

/// The id of the server's first message on a connection.
pub(crate) async fn plain_message_id(server: &Server, random: &mut ChaCha20Rng) -> i64 {
    let mut socket = Socket::connect(server.address(), &Wire::plain(Framing::Abridged), random).await.unwrap();
    let (_, body) = ClientHandshake::new(settings(server, None), random);
    socket.queue(&plain::encode(4, &body).unwrap(), false, random).unwrap();
    plain::decode(&packet(&mut socket).await).unwrap().0
}

fn settings(server: &Server, temporary_for: Option<u32>) -> ClientHandshakeSettings {
    let keys = vec![RsaPublicKey::from_pem(server.public_key_pem()).unwrap()];
    ClientHandshakeSettings { keys, dc: 1, temporary_for, known_groups: Vec::new() }
}

async fn agree(server: &Server, wire: &Wire, temporary_for: Option<u32>, random: &mut ChaCha20Rng) -> NewKey {
    let mut socket = Socket::connect(server.address(), wire, random).await.unwrap();
    let (mut handshake, mut body) = ClientHandshake::new(settings(server, temporary_for), random);
    loop {
        socket.queue(&plain::encode(4, &body).unwrap(), false, random).unwrap();
        let answer = packet(&mut socket).await;
        let (_, answer) = plain::decode(&answer).unwrap();
        match handshake.handle(answer, UnixTime(now().0 / 1000), random).unwrap() {
            ClientStep::Send(next) => body = next,
            ClientStep::Done(key) => return key,
        }
    }
}

#[tokio::test]
async fn a_key_is_agreed_on_by_every_framing_and_serves_at_once() {
    let server = server().await;
    let mut random = ChaCha20Rng::seed_from_u64(1);
    let plain = [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full].map(Wire::plain);
    let obfuscation = Some(Obfuscation { dc: 1, secret: None });
    let hidden = Wire { framing: Framing::PaddedIntermediate, obfuscation };
    for wire in plain.into_iter().chain([hidden]) {
        let new = agree(&server, &wire, None, &mut random).await;
        let seed = ChaCha20Rng::seed_from_u64(random.next_u64());
        let mut client = Client::with_key(server.address(), *new.key.as_bytes(), new.salt, seed).await;
        client.log_in("79990001").await.unwrap();
    }
}

#[tokio::test]
async fn a_server_can_ask_for_another_key() {
    let server = server().await;
    server.refuse_next_key(Refusal::Retry);
    let mut random = ChaCha20Rng::seed_from_u64(1);
    agree(&server, &Wire::plain(Framing::Abridged), None, &mut random).await;
}

#[tokio::test]
async fn a_temporary_key_serves_once_it_is_bound() {
    let server = server().await;
    let mut random = ChaCha20Rng::seed_from_u64(1);
    let wire = Wire::plain(Framing::Intermediate);
    let permanent = agree(&server, &wire, None, &mut random).await;
    let temporary = agree(&server, &wire, Some(3600), &mut random).await;
    let expires_at = temporary.expires_at.unwrap();
    let seed = ChaCha20Rng::seed_from_u64(3);
    let mut client = Client::with_key(server.address(), *temporary.key.as_bytes(), temporary.salt, seed).await;
    assert_eq!(client.error(&functions::help::GetConfig::new()).await, "401 AUTH_KEY_PERM_EMPTY");
    let session_id = client.session.session_id();
    let bind = |nonce: i64| {
        let (perm, temp) = (permanent.key.id(), temporary.key.id());
        let key = AuthKey::new(*permanent.key.as_bytes());
        move |message_id: i64| {
            let inner = BindAuthKeyInner::new(5, temp, perm, session_id, expires_at);
            let sealed = binding::seal(&key, message_id, &inner, &mut ChaCha20Rng::seed_from_u64(9));
            functions::auth::BindTempAuthKey::new(perm, nonce, expires_at, sealed).to_bytes().unwrap()
        }
    };
    for (nonce, is_right) in [(6, false), (5, true)] {
        let id = RequestId(1000 + u64::from(is_right));
        client.session.submit_with(id, Box::new(bind(nonce)), RequestOptions::default(), now());
        assert_eq!(client.answer(id).await.is_ok(), is_right);
    }
    client.log_in("79990001").await.unwrap();
    let seed = ChaCha20Rng::seed_from_u64(4);
    let mut same = Client::with_key(server.address(), *permanent.key.as_bytes(), permanent.salt, seed).await;
    assert_eq!(same.me().await.id, client.me().await.id);
}

#[tokio::test]
async fn garbage_closes_the_connection_and_nothing_else() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut random = ChaCha20Rng::seed_from_u64(1);
    for length in [4, 20, 24, 100, 1000] {
        let wire = Wire::plain(Framing::Intermediate);
        let mut socket = Socket::connect(server.address(), &wire, &mut random).await.unwrap();
        let mut garbage = vec![0; length];
        random.fill_bytes(&mut garbage);
        socket.queue(&garbage, false, &mut random).unwrap();
        assert!(matches!(socket.next().await, Ok(Some(Frame::Error(_)) | None) | Err(_)));
    }
    ada.call(&functions::updates::GetState::new()).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_destroyed_is_unknown() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let destroyed = ada.call(&DestroyAuthKey::new()).await;
    assert_eq!(destroyed, Ok(DestroyAuthKeyRes::DestroyAuthKeyOk));
    ada.closed().await;
    ada.reconnect().await;
    assert!(ada.call(&functions::updates::GetState::new()).await.is_err());
}

#[tokio::test]
async fn a_server_with_a_secret_takes_only_streams_that_have_it() {
    let server = start(Settings { secret: Some([3; 16]), ..Settings::default() }).await;
    let mut random = ChaCha20Rng::seed_from_u64(1);
    let with = |secret| Wire {
        framing: Framing::PaddedIntermediate,
        obfuscation: Some(Obfuscation { dc: 1, secret: Some(secret) }),
    };
    agree(&server, &with([3; 16]), None, &mut random).await;
    let mut socket = Socket::connect(server.address(), &with([4; 16]), &mut random).await.unwrap();
    let (_, body) = ClientHandshake::new(settings(&server, None), &mut random);
    socket.queue(&plain::encode(4, &body).unwrap(), false, &mut random).unwrap();
    assert!(matches!(socket.next().await, Ok(None) | Err(_)));
}

#[tokio::test]
async fn a_socket_keeps_what_is_queued_when_waiting_is_given_up() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.address().unwrap();
    let mut random = ChaCha20Rng::seed_from_u64(1);
    let wire = Wire::plain(Framing::Intermediate);
    let (client, server) = tokio::join!(Socket::connect(address, &wire, &mut random), listener.accept(Codec::server()));
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    let sent: Arc<[u8]> = (0..8 * 1024 * 1024).map(|n: u32| n as u8).collect();
    let mut random = ChaCha20Rng::seed_from_u64(1);
    client.queue(&sent, false, &mut random).unwrap();
    // The kernel's buffers are smaller: every wait is given up before all is sent.
    let mut received = None;
    while received.is_none() {
        tokio::select! {
            biased;
            frame = server.next() => received = frame.unwrap(),
            _ = client.next() => panic!("nobody sends to the client"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert!(matches!(received, Some(Frame::Packet { bytes, .. }) if bytes[..] == sent[..]));
}

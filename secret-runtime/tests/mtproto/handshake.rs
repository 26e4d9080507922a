//! Both sides together.

use secret_runtime::chat::UnixTime;
use secret_runtime::mtproto::handshake::{
    ClientHandshake, ClientHandshakeSettings, ClientStep, HandshakeError, NewKey, Refusal, RsaPublicKey,
    ServerHandshake, ServerStep,
};

use crate::keys::{self, EXAMPLE_PEM};
use crate::random::Random;

pub(crate) const NOW: UnixTime = UnixTime(1_700_000_000);

pub(crate) fn settings() -> ClientHandshakeSettings {
    ClientHandshakeSettings { keys: vec![keys::public()], dc: 2, temporary_for: None, known_groups: Vec::new() }
}

pub(crate) fn server() -> ServerHandshake {
    ServerHandshake::new(keys::private(), 2, keys::group())
}

/// What both sides have at the end.
pub(crate) type Outcome = Result<(NewKey, NewKey, Option<i32>), HandshakeError>;

/// Lets both talk until one is done or refuses; `between` may change each message, which are counted from 0.
pub(crate) fn talk(
    settings: ClientHandshakeSettings,
    mut server: ServerHandshake,
    seed: u64,
    mut between: impl FnMut(usize, &mut Vec<u8>),
) -> Outcome {
    let (mut clients, mut servers) = (Random::new(seed), Random::new(seed + 1000));
    let (mut client, mut request) = ClientHandshake::new(settings, &mut clients);
    let (mut servers_key, mut number) = (None, 0);
    loop {
        between(number, &mut request);
        let mut answer = match server.handle(&request, NOW, &mut servers)? {
            ServerStep::Answer(answer) => answer,
            ServerStep::Done { answer, key, dc } => {
                servers_key = Some((key, dc));
                answer
            }
        };
        between(number + 1, &mut answer);
        number += 2;
        match client.handle(&answer, UnixTime(NOW.0 + 100), &mut clients)? {
            ClientStep::Send(next) => request = next,
            ClientStep::Done(clients_key) => {
                let (servers_key, dc) = servers_key.unwrap();
                return Ok((clients_key, servers_key, dc));
            }
        }
    }
}

#[test]
fn both_sides_agree_on_a_key() {
    let (client, server, dc) = talk(settings(), server(), 1, |_, _| ()).unwrap();
    assert_eq!(client.key, server.key);
    assert_eq!((client.salt, client.server_time, client.expires_at), (server.salt, 1_700_000_000, None));
    assert_eq!((client.time_offset, server.time_offset, dc), (-100, 0, Some(2)));
    let (other, _, _) = talk(settings(), self::server(), 2, |_, _| ()).unwrap();
    assert_ne!(other.key, client.key, "another handshake, another key");
}

#[test]
fn a_temporary_key_ends_for_both_sides_at_the_same_time() {
    let settings = ClientHandshakeSettings { temporary_for: Some(86_400), ..settings() };
    let (client, server, _) = talk(settings, server(), 3, |_, _| ()).unwrap();
    assert_eq!(client.key, server.key);
    assert_eq!((client.expires_at, server.expires_at), (Some(1_700_086_400), Some(1_700_086_400)));
}

#[test]
fn bytes_behind_a_message_change_nothing() {
    let (client, server, _) = talk(settings(), server(), 4, |_, message| message.extend([0xff; 15])).unwrap();
    assert_eq!(client.key, server.key);
}

#[test]
fn a_server_may_want_another_key_and_gets_it() {
    let mut server = server();
    (0..4).for_each(|_| server.refuse_next(Refusal::Retry));
    let mut messages = 0;
    let (client, server, _) = talk(settings(), server, 5, |number, _| messages = number).unwrap();
    assert_eq!(client.key, server.key);
    assert_eq!(messages, 5 + 4 * 2);
}

#[test]
fn a_server_that_wants_another_key_again_and_again_is_left() {
    let mut server = server();
    (0..5).for_each(|_| server.refuse_next(Refusal::Retry));
    assert_eq!(talk(settings(), server, 6, |_, _| ()), Err(HandshakeError::TooManyRetries));
}

#[test]
fn a_server_may_refuse() {
    for refusal in [Refusal::Parameters, Refusal::Failed] {
        let mut server = server();
        server.refuse_next(refusal);
        assert_eq!(talk(settings(), server, 7, |_, _| ()), Err(HandshakeError::Refused), "{refusal:?}");
    }
}

#[test]
fn a_server_with_another_key_is_not_trusted() {
    let settings = ClientHandshakeSettings { keys: vec![RsaPublicKey::from_pem(EXAMPLE_PEM).unwrap()], ..settings() };
    let error = talk(settings, server(), 8, |_, _| ()).unwrap_err();
    assert_eq!(error, HandshakeError::UnknownKey { offered: vec![keys::public().fingerprint()] });
    let expected = format!(
        "the server's RSA key is not one that is known here, it offers {:016x}: look at the server's address, or add \
         its key",
        keys::public().fingerprint()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_client_names_the_data_centre_also_as_a_test_one_or_for_media() {
    let check = |dc, expected| {
        let outcome = talk(ClientHandshakeSettings { dc, ..settings() }, server(), 9, |_, _| ());
        assert_eq!(outcome.map(|(_, _, dc)| dc), expected, "{dc}");
    };
    for dc in [2, -2, 10_002, -10_002] {
        check(dc, Ok(Some(dc)));
    }
    check(3, Err(HandshakeError::WrongDc { named: 3 }));
    check(i32::MIN, Err(HandshakeError::WrongDc { named: i32::MIN }));
}

#[test]
fn a_client_may_begin_again_and_nobody_goes_on_after_the_end() {
    let (mut server, mut rng) = (server(), Random::new(10));
    for _ in 0..2 {
        let (mut client, first) = ClientHandshake::new(settings(), &mut rng);
        let mut request = first;
        let mut answer = Vec::new();
        for _ in 0..2 {
            let ServerStep::Answer(next) = server.handle(&request, NOW, &mut rng).unwrap() else { panic!() };
            let ClientStep::Send(next) = client.handle(&next, NOW, &mut rng).unwrap() else { panic!() };
            (answer, request) = (request, next);
        }
        drop(answer);
        let ServerStep::Done { answer, .. } = server.handle(&request, NOW, &mut rng).unwrap() else { panic!() };
        assert!(matches!(client.handle(&answer, NOW, &mut rng), Ok(ClientStep::Done(_))));
        assert_eq!(client.handle(&answer, NOW, &mut rng).err(), Some(HandshakeError::Over));
        assert!(server.handle(&request, NOW, &mut rng).is_err(), "the last request a second time");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let (mut clients, mut servers) = (Random::new(11), Random::new(12));
    let (mut client, request) = ClientHandshake::new(settings(), &mut clients);
    let mut server = server();
    let fingerprint = format!("{:016x}", keys::public().fingerprint());
    let ServerStep::Answer(answer) = server.handle(&request, NOW, &mut servers).unwrap() else { panic!() };
    client.handle(&answer, NOW, &mut clients).unwrap();
    let expected = format!(
        "ClientHandshake {{ settings: ClientHandshakeSettings {{ keys: [RsaPublicKey {{ fingerprint: {fingerprint}, .. \
         }}], dc: 2, temporary_for: None, known_groups: [] }}, state: \"waits for Server_DH_Params\" }}"
    );
    assert_eq!(format!("{client:?}"), expected);
    let expected = format!(
        "ServerHandshake {{ keys: [RsaPrivateKey {{ public: RsaPublicKey {{ fingerprint: {fingerprint}, .. }}, .. }}], \
         dc: 2, refusals: [], state: \"waits for req_DH_params\", .. }}"
    );
    assert_eq!(format!("{server:?}"), expected);
    let (key, _, _) = talk(settings(), self::server(), 1, |_, _| ()).unwrap();
    let expected = format!(
        "NewKey {{ key: AuthKey {{ id: {:016x}, .. }}, server_time: 1700000000, time_offset: -100, expires_at: None, .. \
         }}",
        key.key.id()
    );
    assert_eq!(format!("{key:?}"), expected);
}

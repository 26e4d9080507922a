//! Streams that look random.

use secret_runtime::mtproto::framing::{Codec, Frame, Framing, FramingError, Obfuscation, TransportError, Wire};

use crate::random::{Random, hex};

fn wire(secret: Option<[u8; 16]>) -> Wire {
    Wire { framing: Framing::Intermediate, obfuscation: Some(Obfuscation { dc: 10_002, secret }) }
}

/// The ciphertexts were computed with `openssl enc -aes-256-ctr`.
#[test]
fn the_ciphers_are_those_of_another_implementation() {
    let check = |secret: Option<[u8; 16]>, sent: &str, answered: &str| {
        let start = (0..64_u32).map(|index| (index * 37 + 11) as u8).collect::<Vec<_>>();
        let mut rng = Random::with_chosen(1, [start.clone()]);
        let (mut client, mut stream) = Codec::client(&wire(secret), &mut rng).unwrap();
        client.encode(b"abcd", false, &mut rng, &mut stream).unwrap();
        assert_eq!(stream[..56], start[..56], "what the keys are made of goes in the clear");
        assert_eq!(stream[56..], hex(sent));
        client.receive(&hex(answered));
        assert_eq!(client.next_frame(), Ok(Some(Frame::Error(TransportError::KEY_UNKNOWN))));
    };
    check(None, "ee2da500e138eb308e0f59ad14a4e9e6", "8b9ec2f21910b609");
    check(Some(std::array::from_fn(|index| index as u8)), "1ab3924c6d7a918bfc3a7429e0abb722", "839a00312c6d6231");
}

#[test]
fn a_start_that_means_something_else_is_not_chosen() {
    let taken: [&[u8]; 9] = [
        &[0xef],
        b"HEAD",
        b"POST",
        b"GET ",
        b"OPTI",
        &[0x16, 3, 1, 2],
        &[0xdd; 4],
        &[0xee; 4],
        &[1, 2, 3, 4, 0, 0, 0, 0],
    ];
    for start in taken {
        let chosen = start.iter().copied().chain([1; 64]).take(64).collect::<Vec<_>>();
        let mut rng = Random::with_chosen(1, [chosen]);
        let (_, stream) = Codec::client(&wire(None), &mut rng).unwrap();
        assert!(!stream.starts_with(start), "{start:?}");
    }
}

#[test]
fn another_secret_or_none_is_refused() {
    let (ours, theirs) = ([1; 16], [2; 16]);
    let check = |secret, mut server: Codec| {
        let mut rng = Random::new(1);
        let (mut client, mut stream) = Codec::client(&wire(secret), &mut rng).unwrap();
        client.encode(&[1; 24], false, &mut rng, &mut stream).unwrap();
        server.receive(&stream);
        assert_eq!(server.next_frame(), Err(FramingError::UnknownFraming));
    };
    check(Some(theirs), Codec::server_with_secret(ours));
    check(None, Codec::server_with_secret(ours));
    check(Some(theirs), Codec::server());
}

#[test]
fn a_server_with_a_secret_takes_no_plain_stream() {
    let mut server = Codec::server_with_secret([1; 16]);
    server.receive(&[0xef; 63]);
    assert_eq!(server.next_frame(), Ok(None));
    server.receive(&[0xef]);
    assert_eq!(server.next_frame(), Err(FramingError::UnknownFraming));
}

#[test]
fn full_framing_cannot_be_obfuscated() {
    let wire = Wire { framing: Framing::Full, ..wire(None) };
    assert_eq!(Codec::client(&wire, &mut Random::new(1)).err(), Some(FramingError::FullObfuscated));
}

#[test]
fn the_secret_is_not_shown() {
    let wire = wire(Some([0x41; 16]));
    let expected = "Wire { framing: Intermediate, obfuscation: Some(Obfuscation { dc: 10002, .. }) }";
    assert_eq!(format!("{wire:?}"), expected);
    let (codec, _) = Codec::client(&wire, &mut Random::new(1)).unwrap();
    assert_eq!(format!("{codec:?}"), "Codec { framing: Some(Intermediate), dc: Some(10002), failed: None, .. }");
    let server = Codec::server_with_secret([0x41; 16]);
    assert_eq!(format!("{server:?}"), "Codec { framing: None, dc: None, failed: None, .. }");
}

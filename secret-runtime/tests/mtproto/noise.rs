//! Bytes that nobody meant.

use proptest::collection::vec;
use proptest::prelude::*;
use secret_runtime::mtproto::framing::{Codec, Frame, FramingError};
use secret_runtime::mtproto::handshake::{ClientHandshake, ClientStep, ServerStep};

use crate::framing::wires;
use crate::handshake::{NOW, server, settings};
use crate::random::Random;

/// Everything up to the first error.
fn read(codec: &mut Codec, pieces: &[&[u8]]) -> (Vec<Frame>, Option<FramingError>) {
    let mut frames = Vec::new();
    for piece in pieces {
        codec.receive(piece);
        loop {
            match codec.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// Beginnings of every framing, and none.
fn start() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![]),
        Just(vec![0xef]),
        Just(vec![0xee; 4]),
        Just(vec![0xdd; 4]),
        (0..64_u8).prop_map(|length| vec![length, 0, 0, 0, 0, 0, 0, 0]),
    ]
}

/// Small numbers often, so that announced lengths are sometimes those of what follows.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => Just(0_u8), 2 => 0..40_u8, 1 => any::<u8>()], 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_server_reads_noise_without_harm_in_pieces_as_in_one(start in start(), noise in noise(), cut in 0..300_usize) {
        let stream = [start, noise].concat();
        let (left, right) = stream.split_at(cut.min(stream.len()));
        let whole = read(&mut Codec::server(), &[&stream]);
        prop_assert_eq!(&whole, &read(&mut Codec::server(), &[left, right]));
        prop_assert_eq!(&whole, &read(&mut Codec::server(), &stream.chunks(1).collect::<Vec<_>>()));
        read(&mut Codec::server_with_secret([1; 16]), &[left, right]);
    }

    #[test]
    fn a_client_reads_noise_without_harm_in_pieces_as_in_one(noise in noise(), cut in 0..300_usize) {
        for (wire, _) in wires() {
            let client = || Codec::client(&wire, &mut Random::new(1)).unwrap().0;
            let (left, right) = noise.split_at(cut.min(noise.len()));
            let whole = read(&mut client(), &[&noise]);
            prop_assert_eq!(&whole, &read(&mut client(), &[left, right]));
        }
    }

    #[test]
    fn noise_makes_no_key(noise in noise(), id in 0..12_usize) {
        const IDS: [u32; 12] = [
            0x0516_2463, 0xd0e8_075c, 0x79cb_045d, 0x3bcb_f734, 0x46dc_1fb9, 0xa69d_ae02,
            0x6046_9778, 0xbe7e_8ef1, 0xd712_e4be, 0xf504_5f1f, 0xb589_0dba, 0,
        ];
        let body = [&IDS[id].to_le_bytes()[..], &noise].concat();
        let mut rng = Random::new(1);
        let (mut client, first) = ClientHandshake::new(settings(), &mut rng);
        let mut server = server();
        prop_assert!(client.handle(&body, NOW, &mut rng).is_err());
        let (mut client, _) = ClientHandshake::new(settings(), &mut rng);
        prop_assert!(client.handle(&noise, NOW, &mut rng).is_err());
        for body in [&body, &noise] {
            let begins = matches!(server.handle(body, NOW, &mut rng), Ok(ServerStep::Answer(_)));
            let asks = [6, 7].iter().any(|id: &usize| body.starts_with(&IDS[*id].to_le_bytes()));
            prop_assert_eq!(begins, asks && body.len() >= 20);
            server.handle(&first, NOW, &mut rng).unwrap();
        }
    }
}

#[test]
fn noise_in_the_place_of_the_last_messages_makes_no_key() {
    for seed in 0..20 {
        let mut rng = Random::new(seed);
        let (mut client, request) = ClientHandshake::new(settings(), &mut rng);
        let mut server = server();
        let Ok(ServerStep::Answer(answer)) = server.handle(&request, NOW, &mut rng) else { panic!() };
        let Ok(ClientStep::Send(request)) = client.handle(&answer, NOW, &mut rng) else { panic!() };
        // The right beginning, then noise.
        let length = 36 + seed as usize * 20;
        let mut noise = vec![0; length];
        rand_core::Rng::fill_bytes(&mut rng, &mut noise);
        noise[..36].copy_from_slice(&request[..36]);
        assert!(server.handle(&noise, NOW, &mut rng).is_err());
        noise[..4].copy_from_slice(&0xd0e8_075c_u32.to_le_bytes());
        assert!(client.handle(&noise, NOW, &mut rng).is_err());
    }
}

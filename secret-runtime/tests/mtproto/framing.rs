//! Packets in a stream and back, framing by framing.

use secret_runtime::mtproto::framing::{
    Codec, Frame, Framing, FramingError, MAX_PACKET, Obfuscation, TransportError, Wire,
};

use crate::random::{Random, hex};

const ALL: [Framing; 4] = [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full];
const SECRET: [u8; 16] = *b"what users share";

/// Everything that a client can speak, and a server that understands it.
pub(crate) fn wires() -> Vec<(Wire, Codec)> {
    let obfuscated = |framing, secret| Wire { framing, obfuscation: Some(Obfuscation { dc: 2, secret }) };
    let plain = ALL.into_iter().map(|framing| (Wire::plain(framing), Codec::server()));
    let hidden = ALL.into_iter().take(3).flat_map(|framing| {
        [
            (obfuscated(framing, None), Codec::server()),
            (obfuscated(framing, Some(SECRET)), Codec::server_with_secret(SECRET)),
        ]
    });
    plain.chain(hidden).collect()
}

/// A packet that looks encrypted, so that padding can be told from it.
fn packet(length: usize) -> Vec<u8> {
    (0..length).map(|index| index as u8 | 1).collect()
}

fn frames(codec: &mut Codec, bytes: &[u8]) -> Vec<Frame> {
    codec.receive(bytes);
    std::iter::from_fn(|| codec.next_frame().unwrap()).collect()
}

fn frame(bytes: Vec<u8>) -> Frame {
    Frame::Packet { bytes, wants_quick_ack: false }
}

#[test]
fn packets_of_any_length_arrive_in_every_framing_in_pieces_of_any_length() {
    for (piece, longest) in [(1, 1_000), (3, 1_000), (64, 70_008), (usize::MAX, 70_008)] {
        let packets = [24, 40, 24 + 16 * 31, 24 + 16 * 32, longest - longest % 16 + 8].map(packet);
        for (wire, mut server) in wires() {
            let mut rng = Random::new(1);
            let (mut client, mut stream) = Codec::client(&wire, &mut rng).unwrap();
            packets.iter().for_each(|packet| client.encode(packet, false, &mut rng, &mut stream).unwrap());
            let received = stream.chunks(piece.min(stream.len())).flat_map(|piece| frames(&mut server, piece));
            assert_eq!(received.collect::<Vec<_>>(), packets.clone().map(frame), "{wire:?} to the server");
            assert_eq!(server.framing(), Some(wire.framing));
            assert_eq!(server.dc(), wire.obfuscation.as_ref().map(|obfuscation| obfuscation.dc));

            let mut stream = Vec::new();
            packets.iter().for_each(|packet| server.encode(packet, false, &mut rng, &mut stream).unwrap());
            let received = stream.chunks(piece.min(stream.len())).flat_map(|piece| frames(&mut client, piece));
            assert_eq!(received.collect::<Vec<_>>(), packets.clone().map(frame), "{wire:?} to the client");
        }
    }
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let check = |framing, length: usize, quick_ack, expected: &str| {
        let mut rng = Random::new(1);
        let (mut client, mut stream) = Codec::client(&Wire::plain(framing), &mut rng).unwrap();
        let packet = (0..length).map(|byte| byte as u8).collect::<Vec<_>>();
        client.encode(&packet, quick_ack, &mut rng, &mut stream).unwrap();
        stream.truncate(expected.len() / 2);
        assert_eq!(stream, hex(expected), "{framing:?} {length}");
    };
    check(Framing::Abridged, 8, false, "ef020001020304050607");
    check(Framing::Abridged, 8, true, "ef820001020304050607");
    check(Framing::Abridged, 0x7e * 4, false, "ef7e00");
    check(Framing::Abridged, 0x7f * 4, false, "ef7f7f000000");
    check(Framing::Abridged, 0x0001_0203 * 4, true, "efff03020100");
    check(Framing::Intermediate, 8, false, "eeeeeeee080000000001020304050607");
    check(Framing::Intermediate, 8, true, "eeeeeeee080000800001020304050607");
    check(Framing::PaddedIntermediate, 8, false, "dddddddd");
    // Twelve bytes more, the number of the packet, and the CRC-32 of all before it.
    check(Framing::Full, 8, true, FULL_FIRST);
}

const FULL_FIRST: &str = "14000000000000000001020304050607ba8e2533";
const FULL_SECOND: &str = "14000000010000000001020304050607d5c280a8";

#[test]
fn packets_in_full_framing_are_numbered() {
    let mut rng = Random::new(1);
    let (mut client, mut stream) = Codec::client(&Wire::plain(Framing::Full), &mut rng).unwrap();
    for expected in [FULL_FIRST, FULL_SECOND] {
        stream.clear();
        client.encode(&[0, 1, 2, 3, 4, 5, 6, 7], false, &mut rng, &mut stream).unwrap();
        assert_eq!(stream, hex(expected));
    }
    let mut server = Codec::server();
    server.receive(&hex(FULL_FIRST));
    server.receive(&hex(FULL_FIRST));
    assert_eq!(server.next_frame(), Ok(Some(frame(vec![0, 1, 2, 3, 4, 5, 6, 7]))));
    assert_eq!(server.next_frame(), Err(FramingError::Number { expected: 1, found: 0 }));
}

#[test]
fn a_changed_byte_in_full_framing_is_noticed() {
    for index in 4..20 {
        let (mut server, mut stream) = (Codec::server(), hex(FULL_FIRST));
        server.receive(&hex(FULL_FIRST));
        assert!(server.next_frame().is_ok());
        stream[index] ^= 0x10;
        server.receive(&stream);
        assert_eq!(server.next_frame(), Err(FramingError::Checksum), "byte {index}");
    }
}

#[test]
fn a_wish_for_a_quick_ack_arrives_and_so_does_the_quick_ack() {
    for (wire, mut server) in wires() {
        let mut rng = Random::new(2);
        let (mut client, mut stream) = Codec::client(&wire, &mut rng).unwrap();
        for length in [24, 24 + 16 * 40] {
            client.encode(&packet(length), true, &mut rng, &mut stream).unwrap();
            let wants_quick_ack = wire.framing.has_quick_acks();
            let expected = Frame::Packet { bytes: packet(length), wants_quick_ack };
            assert_eq!(frames(&mut server, &stream), [expected], "{wire:?}");
            stream.clear();
        }
        server.encode_quick_ack(0x1234_5678, &mut stream);
        server.encode(&packet(24), true, &mut rng, &mut stream).unwrap();
        let quick_ack = wire.framing.has_quick_acks().then_some(Frame::QuickAck(0x9234_5678));
        let expected = quick_ack.into_iter().chain([frame(packet(24))]).collect::<Vec<_>>();
        let received = stream.chunks(1).flat_map(|byte| frames(&mut client, byte)).collect::<Vec<_>>();
        assert_eq!(received, expected, "{wire:?}");
    }
}

#[test]
fn a_transport_error_arrives_in_every_framing() {
    for error in [TransportError::KEY_UNKNOWN, TransportError::FLOOD, TransportError { code: -1 }] {
        for (wire, mut server) in wires() {
            for seed in 0..20 {
                let mut rng = Random::new(seed);
                let (mut client, mut stream) = Codec::client(&wire, &mut rng).unwrap();
                client.encode(&packet(24), false, &mut rng, &mut stream).unwrap();
                let mut server = std::mem::replace(&mut server, Codec::server_with_secret(SECRET));
                if wire.obfuscation.as_ref().is_none_or(|obfuscation| obfuscation.secret.is_none()) {
                    server = Codec::server();
                }
                assert_eq!(frames(&mut server, &stream).len(), 1);
                stream.clear();
                server.encode_error(error, &mut rng, &mut stream);
                assert_eq!(frames(&mut client, &stream), [Frame::Error(error)], "{wire:?}");
            }
        }
    }
}

#[test]
fn a_transport_error_says_what_to_do() {
    let check = |error: TransportError, expected| assert!(error.to_string().contains(expected), "{error}");
    check(TransportError::KEY_UNKNOWN, "-404: it does not know the authorization key; make a new one");
    check(TransportError::FLOOD, "-429: there are too many connections; wait");
    check(TransportError::WRONG_DC, "-444: the data centre");
    check(TransportError { code: -500 }, "-500: the transport failed; connect again");
}

#[test]
fn what_is_too_short_for_an_envelope_is_a_packet_to_a_server() {
    let (mut server, short) = (Codec::server(), vec![1, 2, 3, 4]);
    server.receive(&[0xef, 1, 1, 2, 3, 4]);
    assert_eq!(server.next_frame(), Ok(Some(frame(short))));
}

#[test]
fn padding_is_random_and_taken_off_where_the_envelope_ends() {
    // An unencrypted message tells its length, an encrypted one is a multiple of 16 behind 24 bytes.
    let mut plain = vec![0; 16];
    plain.extend([8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for packet in [plain, packet(24), packet(24 + 16 * 5)] {
        let mut lengths = [[0; 16]; 2];
        for seed in 0..200 {
            let mut rng = Random::new(seed);
            let (mut client, start) = Codec::client(&Wire::plain(Framing::PaddedIntermediate), &mut rng).unwrap();
            let mut server = Codec::server();
            server.receive(&start);
            let mut stream = Vec::new();
            client.encode(&packet, false, &mut rng, &mut stream).unwrap();
            lengths[0][stream.len() - 4 - packet.len()] += 1;
            assert_eq!(frames(&mut server, &stream), [frame(packet.clone())]);
            stream.clear();
            server.encode(&packet, false, &mut rng, &mut stream).unwrap();
            lengths[1][stream.len() - 4 - packet.len()] += 1;
            assert_eq!(frames(&mut client, &stream), [frame(packet.clone())]);
        }
        assert!(lengths[0].iter().all(|count| *count > 0), "a client's padding has 0 to 15 bytes: {lengths:?}");
        assert!(lengths[1][..4].iter().all(|count| *count > 0), "a server's has 0 to 3: {lengths:?}");
        assert_eq!(lengths[1][4..], [0; 12]);
    }
}

#[test]
fn an_announced_length_out_of_range_ends_the_stream_before_its_bytes_come() {
    let check = |stream: &[u8], bytes| {
        let mut server = Codec::server();
        server.receive(stream);
        assert_eq!(server.next_frame(), Err(FramingError::Length { bytes }));
        server.receive(&[0xef, 1, 1, 2, 3, 4]);
        assert_eq!(server.next_frame(), Err(FramingError::Length { bytes }), "the error stays");
        let encoded = server.encode(&[1; 24], false, &mut Random::new(1), &mut Vec::new());
        assert_eq!(encoded, Err(FramingError::Length { bytes }), "also for what goes out");
    };
    check(&[0xef, 0], 0);
    check(&[0xef, 0x7f, 1, 0, 0x40], 0x40_0001 * 4);
    check(&[0xee, 0xee, 0xee, 0xee, 3, 0, 0, 0], 3);
    check(&[0xee, 0xee, 0xee, 0xee, 1, 0, 0, 1], MAX_PACKET + 1);
    check(&[0xdd, 0xdd, 0xdd, 0xdd, 16, 0, 0, 1], MAX_PACKET + 16);
    check(&[11, 0, 0, 0, 0, 0, 0, 0], 11);
    check(&[12, 0, 0, 0, 0, 0, 0, 0], 0);
    check(&[13, 0, 0, 1, 0, 0, 0, 0], MAX_PACKET + 1);
}

#[test]
fn the_longest_packet_passes_and_a_longer_one_is_the_callers_mistake() {
    let mut rng = Random::new(3);
    let (mut client, mut stream) = Codec::client(&Wire::plain(Framing::Abridged), &mut rng).unwrap();
    let longest = vec![7; MAX_PACKET];
    client.encode(&longest, false, &mut rng, &mut stream).unwrap();
    let mut server = Codec::server();
    assert!(frames(&mut server, &stream) == [frame(longest)]);
    let length = stream.len();
    let mut check = |packet: &[u8], expected| {
        assert_eq!(client.encode(packet, false, &mut rng, &mut stream), Err(expected));
        assert_eq!(stream.len(), length, "nothing was appended");
    };
    check(&[7; MAX_PACKET + 4], FramingError::PacketLength { bytes: MAX_PACKET + 4 });
    check(&[], FramingError::PacketLength { bytes: 0 });
    check(&[7; 26], FramingError::Unaligned { framing: Framing::Abridged, bytes: 26 });
}

#[test]
fn a_server_says_nothing_before_it_knows_the_framing() {
    let (mut server, mut out, mut rng) = (Codec::server(), Vec::new(), Random::new(4));
    assert_eq!(server.encode(&[1; 24], false, &mut rng, &mut out), Err(FramingError::NotYetKnown));
    server.encode_quick_ack(1, &mut out);
    server.encode_error(TransportError::FLOOD, &mut rng, &mut out);
    assert_eq!((server.next_frame(), server.framing(), out), (Ok(None), None, Vec::new()));
}

#[test]
fn other_protocols_are_refused_at_once() {
    for start in [&b"GET / HT"[..], b"POST", b"HEAD", b"OPTI", &[0x16, 3, 1, 2]] {
        let mut server = Codec::server();
        server.receive(start);
        assert_eq!(server.next_frame(), Err(FramingError::UnknownFraming), "{start:?}");
    }
}

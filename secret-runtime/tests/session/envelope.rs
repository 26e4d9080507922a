//! The envelopes, beside an independent computation by the specification's formulas.

use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::message::{Direction, Envelope, Header, MessageError, OpenError, binding, plain};
use sha2::{Digest, Sha256};
use tl_types::mtproto::constructors::BindAuthKeyInner;

use crate::pair::key;
use crate::random::Random;

const HEADER: Header = Header { salt: 1, session_id: -2, message_id: 0x6a00_0000_0000_0004, seq_no: 5 };

fn sealed(direction: Direction, body: &[u8]) -> (Vec<u8>, u32) {
    let sealed = Envelope::new(&key()).seal(direction, HEADER, body, &mut Random::new(1)).unwrap();
    (sealed.packet, sealed.quick_ack)
}

/// By <https://core.telegram.org/mtproto/description>, without the library.
fn decrypt(packet: &[u8], x: usize) -> (Vec<u8>, [u8; 32]) {
    let key = key();
    let key = key.as_bytes();
    let message_key = &packet[8..24];
    let a = Sha256::digest([message_key, &key[x..x + 36]].concat());
    let b = Sha256::digest([&key[40 + x..76 + x], message_key].concat());
    let aes_key = [&a[..8], &b[8..24], &a[24..]].concat();
    let aes_iv = [&b[..8], &a[8..24], &b[24..]].concat();
    let mut plaintext = packet[24..].to_vec();
    let (aes_key, aes_iv) = (aes_key.try_into().unwrap(), aes_iv.try_into().unwrap());
    IgeDecryptor::new(&aes_key, &aes_iv).decrypt(&mut plaintext).unwrap();
    let large = Sha256::digest([&key[88 + x..120 + x], &plaintext].concat());
    (plaintext, large.into())
}

#[test]
fn what_is_sealed_is_what_the_specification_says_in_both_directions() {
    for (direction, x) in [(Direction::ToServer, 0), (Direction::ToClient, 8)] {
        let (packet, quick_ack) = sealed(direction, b"a body.!");
        assert_eq!(packet[..8], key().id().to_le_bytes());
        let (plaintext, large) = decrypt(&packet, x);
        assert_eq!(packet[8..24], large[8..24]);
        assert_eq!(quick_ack, u32::from_le_bytes(large[..4].try_into().unwrap()) | 0x8000_0000);
        assert_eq!(plaintext[..8], 1_i64.to_le_bytes());
        assert_eq!(plaintext[8..16], (-2_i64).to_le_bytes());
        assert_eq!(plaintext[16..24], 0x6a00_0000_0000_0004_i64.to_le_bytes());
        assert_eq!(plaintext[24..28], 5_i32.to_le_bytes());
        assert_eq!(plaintext[28..32], 8_i32.to_le_bytes());
        assert_eq!(&plaintext[32..40], b"a body.!");
        assert!((12..=27).contains(&(plaintext.len() - 40)));
    }
}

#[test]
fn what_is_sealed_is_opened() {
    for length in (0..200).map(|words| 4 * words) {
        let body = vec![7; length];
        let (packet, _) = sealed(Direction::ToClient, &body);
        let opened = Envelope::new(&key()).open(Direction::ToClient, packet).unwrap();
        assert_eq!((opened.header(), opened.body()), (HEADER, body.as_slice()));
    }
}

#[test]
fn a_message_of_the_other_direction_is_rejected() {
    let (packet, _) = sealed(Direction::ToServer, &[0; 8]);
    assert_eq!(Envelope::new(&key()).open(Direction::ToClient, packet).unwrap_err(), OpenError::Rejected);
}

#[test]
fn every_changed_byte_is_noticed() {
    let (packet, _) = sealed(Direction::ToClient, &[9; 40]);
    for place in 0..packet.len() {
        let mut changed = packet.clone();
        changed[place] ^= 1;
        let error = Envelope::new(&key()).open(Direction::ToClient, changed).unwrap_err();
        assert_eq!(matches!(error, OpenError::UnknownKey { .. }), place < 8, "byte {place}: {error}");
    }
}

#[test]
fn every_length_is_refused_or_opened_without_panic() {
    let (packet, _) = sealed(Direction::ToClient, &[9; 40]);
    for length in 0..packet.len() {
        assert!(Envelope::new(&key()).open(Direction::ToClient, packet[..length].to_vec()).is_err());
    }
}

#[test]
fn padding_below_12_and_above_1024_bytes_and_odd_lengths_are_rejected() {
    // Sealed by hand, with lengths that leave other paddings.
    let check = |plaintext_len: usize, length: i32, accepted: bool| {
        let mut plaintext = vec![0; plaintext_len];
        plaintext[28..32].copy_from_slice(&length.to_le_bytes());
        let key = key();
        let bytes = key.as_bytes();
        let large = Sha256::digest([&bytes[96..128], &plaintext].concat());
        let message_key = &large[8..24];
        let a = Sha256::digest([message_key, &bytes[8..44]].concat());
        let b = Sha256::digest([&bytes[48..84], message_key].concat());
        let aes_key = [&a[..8], &b[8..24], &a[24..]].concat();
        let aes_iv = [&b[..8], &a[8..24], &b[24..]].concat();
        let mut encrypted = plaintext;
        let (aes_key, aes_iv) = (aes_key.try_into().unwrap(), aes_iv.try_into().unwrap());
        IgeEncryptor::new(&aes_key, &aes_iv).encrypt(&mut encrypted).unwrap();
        let packet = [&key.id().to_le_bytes(), message_key, &encrypted].concat();
        let opened = Envelope::new(&key).open(Direction::ToClient, packet);
        assert_eq!(opened.is_ok(), accepted, "{length} of {plaintext_len}");
    };
    check(64, 20, true);
    check(64, 24, false);
    check(64, 32, false);
    check(64, 36, false);
    check(64, -4, false);
    check(64, i32::MAX - 3, false);
    check(64, 18, false);
    check(32 + 1024, 0, true);
    check(32 + 1040, 16, true);
    check(32 + 1040, 12, false);
}

#[test]
fn a_body_that_is_no_tl_is_refused() {
    let error = Envelope::new(&key()).seal(Direction::ToServer, HEADER, b"abc", &mut Random::new(1)).unwrap_err();
    assert_eq!(error, MessageError::Body { bytes: 3 });
    assert_eq!(plain::encode(4, b"abc").unwrap_err(), MessageError::Body { bytes: 3 });
}

#[test]
fn a_plain_message_is_read_with_padding_behind_it() {
    let mut packet = plain::encode(0x1234, b"body").unwrap();
    packet.extend_from_slice(&[0xee; 7]);
    assert!(plain::is_plain(&packet));
    assert_eq!(plain::decode(&packet).unwrap(), (0x1234, &b"body"[..]));
    assert_eq!(plain::decode(&packet[..23]).unwrap_err(), OpenError::Length { bytes: 23 });
    let (encrypted, _) = sealed(Direction::ToServer, &[]);
    assert!(!plain::is_plain(&encrypted));
    assert_eq!(plain::decode(&encrypted).unwrap_err(), OpenError::UnknownKey { auth_key_id: key().id() });
    for length in [3_i32, -4, 12] {
        packet[16..20].copy_from_slice(&length.to_le_bytes());
        assert_eq!(plain::decode(&packet).unwrap_err(), OpenError::Length { bytes: 31 }, "{length}");
    }
}

#[test]
fn a_binding_is_opened_with_the_permanent_key_only() {
    let inner = BindAuthKeyInner::new(1, 2, key().id(), 4, 5);
    let mut encrypted = binding::seal(&key(), 0x77, &inner, &mut Random::new(3));
    assert_eq!(encrypted.len() % 16, 8);
    assert_eq!(binding::open(&key(), &encrypted).unwrap(), (0x77, inner));
    assert!(matches!(binding::open(&AuthKey::new([1; 256]), &encrypted), Err(OpenError::UnknownKey { .. })));
    // The random bytes at its beginning are hashed, too.
    encrypted[24] ^= 1;
    assert_eq!(binding::open(&key(), &encrypted).unwrap_err(), OpenError::Rejected);
    for length in 0..encrypted.len() {
        assert!(binding::open(&key(), &encrypted[..length]).is_err());
    }
}

#[test]
fn nothing_of_a_message_is_printed() {
    let (packet, _) = sealed(Direction::ToClient, b"a secret body..!");
    let envelope = Envelope::new(&key());
    let printed = format!("{envelope:?} {:?}", envelope.open(Direction::ToClient, packet).unwrap());
    assert!(!printed.contains("secret") && !printed.contains("97, 32, 115"), "{printed}");
}

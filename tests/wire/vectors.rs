//! Recorded encodings of secret-chat messages, from other implementations and from a real conversation.

use serde::Deserialize;
use tl_tests::registry::Forms;
use tl_tests::universe::Universe;
use tl_types::{Decode, Encode, Raise, Raw, secret};

/// The parts of the file that are about TL; the rest is about encryption.
#[derive(Deserialize)]
struct Vectors {
    tl: Vec<Vector>,
    tl_captured: Captured,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    bytes: String,
}

#[derive(Deserialize)]
struct Captured {
    /// The length of the object, the object, and padding.
    bytes: String,
    decoded: Decoded,
}

#[derive(Deserialize)]
struct Decoded {
    random_bytes_len: usize,
    layer: i32,
    in_seq_no: i32,
    out_seq_no: i32,
    ttl: i32,
    text: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/secret_chat.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// The captured object, without its length and its padding.
fn captured() -> (Vec<u8>, Decoded) {
    let Captured { bytes: hex, decoded } = vectors().tl_captured;
    let framed = bytes(&hex);
    let (length, object) = framed.split_at(4);
    let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
    (object[..length].to_vec(), decoded)
}

/// Decodes as `T`, and encodes to the same bytes.
fn check<T: Decode + Encode>(bytes: &[u8]) -> T {
    let value = T::from_bytes(bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value.to_bytes().as_deref(), Ok(bytes));
    value
}

#[test]
fn every_tl_vector_decodes_as_its_type_and_encodes_to_the_same_bytes() {
    let vectors = vectors().tl;
    assert_eq!(vectors.len(), 8);
    for Vector { name, ty, bytes: hex } in vectors {
        let bytes = bytes(&hex);
        let id = u32::from_le_bytes(*bytes.first_chunk().unwrap());
        let of_type = |rust: &str| ["exact", "types"].iter().any(|top| rust == format!("secret::{top}::{ty}"));
        let rows = Universe::secret().rows(id).iter().filter(|row| row.forms == Forms::Every);
        let row = rows.clone().find(|row| of_type(row.rust)).unwrap_or_else(|| panic!("{name}: no {ty}"));
        let reencoded = (row.codec.reencode)(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(reencoded.bytes.as_deref(), Ok(&bytes[..]), "{name}");
        assert_eq!(reencoded.announced, bytes.len(), "{name}");
    }
}

#[test]
fn tl_vectors_of_the_newest_forms_decode_as_what_users_build() {
    let newest = vectors().tl.into_iter().filter(|vector| vector.name.starts_with("decryptedMessage#91cc4674"));
    let messages: Vec<secret::types::DecryptedMessage> = newest.map(|vector| check(&bytes(&vector.bytes))).collect();
    let [plain, silent, entities] = &messages[..] else { panic!("three vectors, not {}", messages.len()) };
    let message = |message: &secret::types::DecryptedMessage| match message {
        secret::types::DecryptedMessage::DecryptedMessage(message) => message.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(message(plain).message, "Hello, secret world!");
    assert!(message(silent).silent && !message(plain).silent);
    assert_eq!(message(entities).reply_to_random_id, Some(-7));
}

#[test]
fn the_captured_vector_decodes_with_the_form_of_its_layer_and_encodes_to_the_same_bytes() {
    let (object, decoded) = captured();
    let wrapped: secret::constructors::DecryptedMessageLayer<secret::exact::DecryptedMessage> = check(&object);
    assert_eq!(wrapped.random_bytes.len(), decoded.random_bytes_len);
    assert_eq!((wrapped.layer, wrapped.in_seq_no), (decoded.layer, decoded.in_seq_no));
    assert_eq!(wrapped.out_seq_no, decoded.out_seq_no);
    let secret::exact::DecryptedMessage::DecryptedMessage45(message) = wrapped.message else {
        panic!("not a decryptedMessage of layer 45: {:?}", wrapped.message);
    };
    assert_eq!((message.ttl, &message.message), (decoded.ttl, &decoded.text));
}

#[test]
fn the_layer_and_the_numbers_of_the_captured_vector_decode_before_its_message() {
    let (object, decoded) = captured();
    let wrapped: secret::constructors::DecryptedMessageLayer<Raw> = check(&object);
    assert_eq!((wrapped.layer, wrapped.out_seq_no), (decoded.layer, decoded.out_seq_no));
    assert_eq!(wrapped.message.id(), Some(0x36b0_91de));
}

#[test]
fn the_message_of_the_captured_vector_is_raised_to_what_users_build() {
    let (object, decoded) = captured();
    let wrapped: secret::constructors::DecryptedMessageLayer<secret::exact::DecryptedMessage> = check(&object);
    let raised = wrapped.message.raise();
    assert_eq!(raised.lost, []);
    let secret::types::DecryptedMessage::DecryptedMessage(message) = raised.value else {
        panic!("not a message: {:?}", raised.value);
    };
    assert_eq!((message.ttl, message.message), (decoded.ttl, decoded.text));
}

//! What people compare.

use secret_runtime::crypto::visualization::{KeyHash, PALETTE};
use secret_runtime::crypto::{ChatKey, diffie_hellman::PrivateExponent};
use serde_json::Value;

use super::vectors::{VECTORS, array, bytes, exponent, group, key, list};

fn vector() -> &'static Value {
    &VECTORS["visualization"]
}

fn hash() -> KeyHash {
    KeyHash::new(&key(), &key())
}

fn digits<const SIDE: usize>(image: [[u8; SIDE]; SIDE]) -> Vec<String> {
    image.iter().map(|row| row.iter().map(u8::to_string).collect()).collect()
}

#[test]
fn the_hash_is_that_of_the_vector() {
    assert_eq!(hash(), KeyHash(array(vector(), "key_hash_36")));
}

#[test]
fn the_picture_is_that_of_the_vector() {
    assert_eq!(digits(hash().image()), list(vector(), "identicon_12x12"));
}

#[test]
fn the_legacy_picture_is_that_of_the_vector() {
    assert_eq!(digits(hash().legacy_image()), list(vector(), "legacy_16_byte_8x8"));
}

#[test]
fn the_palette_is_that_of_the_vector() {
    let palette = PALETTE.map(|[red, green, blue]| format!("{red:02X}{green:02X}{blue:02X}"));
    assert_eq!(palette.as_slice(), list(vector(), "palette"));
}

#[test]
fn the_text_is_that_of_the_vector() {
    assert_eq!(hash().hex_text().as_slice(), list(vector(), "text_first_32_bytes"));
}

#[test]
fn the_emoji_are_those_of_the_vector() {
    let expected: Vec<u64> =
        list(vector(), "android_emoji_index_of_333").iter().map(|index| index.as_u64().unwrap()).collect();
    let indices = hash().emoji_indices(333);
    assert_eq!(indices.map(|index| index as u64).as_slice(), expected);

    let emoji: Vec<&str> = list(vector(), "android_emoji").iter().map(|emoji| emoji.as_str().unwrap()).collect();
    let mut all = vec!["-"; 333];
    for (index, emoji) in indices.into_iter().zip(&emoji) {
        all[index] = emoji;
    }
    assert_eq!(hash().emoji(&all).as_slice(), emoji);
}

#[test]
fn an_empty_list_of_emoji_gives_empty_strings() {
    assert_eq!(hash().emoji(&[]), [""; 5]);
}

#[test]
fn the_hash_after_a_rekey_is_still_that_of_the_vector() {
    let rekey = &VECTORS["rekey"];
    let new_key = exponent(rekey, "a").agree(&group(), &bytes(rekey, "g_b")).unwrap();
    let expected = KeyHash(array(rekey, "key_hash_after_rekey"));
    assert_eq!(hash(), expected);
    assert_ne!(KeyHash::new(&new_key, &new_key), expected);
}

#[test]
fn the_first_key_and_that_at_layer_46_have_parts_of_their_own() {
    let (first, later) = (key(), ChatKey::from_bytes([1; 256]));
    let mixed = KeyHash::new(&first, &later);
    assert_eq!(mixed.0[..16], KeyHash::new(&first, &first).0[..16]);
    assert_eq!(mixed.0[16..], KeyHash::new(&later, &later).0[16..]);
    assert_ne!(mixed.0[16..], KeyHash::new(&first, &first).0[16..]);
}

#[test]
fn the_key_fingerprint_is_32_bits_of_the_picture() {
    assert_eq!(hash().0[12..16], key().fingerprint().to_bytes()[..4]);
}

#[test]
fn the_svg_has_a_square_for_every_pixel() {
    let svg = hash().to_svg();
    assert!(svg.starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12""#), "{svg}");
    assert!(svg.ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("<rect ").count(), 144);
    for (y, row) in hash().image().iter().enumerate() {
        for (x, pixel) in row.iter().enumerate() {
            let fill = vector()["palette"][usize::from(*pixel)].as_str().unwrap();
            let square = format!(r##"<rect x="{x}" y="{y}" width="1" height="1" fill="#{fill}"/>"##);
            assert!(svg.contains(&square), "{square}");
        }
    }
}

#[test]
fn a_hash_survives_its_store() {
    let json = serde_json::to_string(&hash()).unwrap();
    assert_eq!(serde_json::from_str::<KeyHash>(&json).unwrap(), hash());
    let stored = postcard::to_stdvec(&hash()).unwrap();
    assert_eq!(postcard::from_bytes::<KeyHash>(&stored).unwrap(), hash());
    postcard::from_bytes::<KeyHash>(&postcard::to_stdvec(&[0_u8; 35][..]).unwrap()).unwrap_err();
}

#[test]
fn both_sides_see_the_same() {
    let (a, b) = (PrivateExponent::from_bytes([3; 256]), PrivateExponent::from_bytes([5; 256]));
    let ours = a.agree(&group(), &b.public_value(&group())).unwrap();
    let theirs = b.agree(&group(), &a.public_value(&group())).unwrap();
    assert_eq!(KeyHash::new(&ours, &ours), KeyHash::new(&theirs, &theirs));
}

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use tl_types::api::{constructors, types};
use tl_types::{Combinator, Decode, Encode, Raise, Reader};

use super::super::super::answers;
use super::{NEWEST, encode};

/// Layer and bytes of `users.userFull`, by other libraries.
fn known() -> Vec<(i32, Vec<u8>)> {
    let lines = include_str!("full_user.txt").lines().filter(|line| !line.starts_with('#'));
    let known = lines.map(|line| {
        let (layer, hex) = line.split_once(' ').unwrap();
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        (layer.parse().unwrap(), bytes.collect())
    });
    known.collect()
}

fn ada() -> constructors::User {
    let mut user = constructors::User::new(5_000_000_001);
    user.self_ = true;
    user.premium = true;
    user.access_hash = Some(-0x0123_4567_89ab_cdf0);
    user.first_name = Some("Ada".into());
    user.last_name = Some("Ж".into());
    user.username = Some("ada_l".into());
    user.phone = Some("79990001".into());
    user.lang_code = Some("en".into());
    user
}

fn full() -> types::users::UserFull {
    let mut settings = constructors::PeerSettings::new();
    settings.report_spam = true;
    settings.geo_distance = Some(7);
    let mut notify = constructors::PeerNotifySettings::new();
    notify.mute_until = Some(9);
    let mut full = constructors::UserFull::new(5_000_000_001, settings, notify, 3);
    full.about = Some("mathematics".into());
    full.folder_id = Some(1);
    constructors::users::UserFull::new(full, Vec::new(), vec![ada().into()])
}

#[test]
fn an_answer_has_the_bytes_that_other_libraries_of_the_layer_write() {
    let known = known();
    assert_eq!(known.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [199, 201, 211, 214, 216, 224, 227, 229]);
    for (layer, bytes) in known {
        assert!(encode(&full(), layer).unwrap() == bytes, "layer {layer}");
    }
}

#[test]
fn the_bytes_of_other_libraries_say_what_they_were_made_of() {
    for (layer, bytes) in known() {
        // `users.userFull`, its field, the empty vector of chats, and the vector of one user.
        let mut reader = Reader::new(&bytes[4..]);
        let full: answers::exact::UserFull = reader.read().unwrap();
        let full = full.raise();
        assert!(full.lost.is_empty());
        assert_eq!((full.value.id, full.value.common_chats_count, full.value.folder_id), (5_000_000_001, 3, Some(1)));
        assert_eq!(full.value.about.as_deref(), Some("mathematics"));
        assert!(full.value.settings.report_spam, "layer {layer}");
        assert_eq!(full.value.settings.geo_distance, Some(7));
        assert_eq!(full.value.notify_settings.mute_until, Some(9));
        assert_eq!(reader.read::<Vec<i32>>().unwrap(), []);
        let users: Vec<answers::exact::User> = reader.read().unwrap();
        let [user] = <[_; 1]>::try_from(users).unwrap();
        let answers::types::User::User(user) = user.raise().value else { unreachable!() };
        assert!(user.to_bytes().unwrap() == ada().to_bytes().unwrap(), "layer {layer}");
        assert_eq!((user.access_hash, user.lang_code.as_deref()), (ada().access_hash, Some("en")));
        assert!(reader.rest().is_empty());
    }
}

#[test]
fn what_a_layer_does_not_know_is_left_out_wherever_the_user_stands() {
    let mut recent = ada();
    recent.bot_guard = true;
    recent.linked_community_id = Some(6);
    recent.send_paid_messages_stars = Some(8);
    let users =
        |user: &constructors::User| vec![user.clone().into(), constructors::UserEmpty::new(4).into(), ada().into()];
    let updates = |user: &constructors::User| {
        types::Updates::from(constructors::Updates::new(Vec::new(), users(user), Vec::new(), 5, 6))
    };

    let mut lowered = recent.clone();
    for (layers, id) in
        [(228..230, 0xb1b8_cc83_u32), (218..228, 0x3177_4388), (201..218, 0x020b_1422), (199..201, 0x4b46_c37e)]
    {
        if layers.end == 228 {
            lowered.linked_community_id = None;
        }
        if layers.end == 218 {
            lowered.bot_guard = false;
        }
        if layers.end == 201 {
            lowered.send_paid_messages_stars = None;
        }
        // The rest of these users is the same in every form, but for the id.
        let expected = replaced(&updates(&lowered).to_bytes().unwrap(), constructors::User::ID, id);
        for layer in layers {
            assert!(encode(&updates(&recent), layer).unwrap() == expected, "layer {layer}");
        }
    }
    for layer in [NEWEST, NEWEST + 1, i32::MAX] {
        assert!(encode(&updates(&recent), layer).unwrap() == updates(&recent).to_bytes().unwrap());
    }
}

/// The bytes with one id in the place of another.
fn replaced(bytes: &[u8], from: u32, to: u32) -> Vec<u8> {
    let word = |word: &[u8]| if word == from.to_le_bytes() { to.to_le_bytes() } else { word.try_into().unwrap() };
    bytes.chunks_exact(4).flat_map(word).collect()
}

#[test]
fn what_has_not_changed_is_the_same_at_every_layer() {
    let state = constructors::updates::State::new(1, 2, 3, 4, 5);
    for layer in [199, 214, 229, NEWEST] {
        assert_eq!(encode(&state, layer).unwrap(), state.to_bytes().unwrap());
        assert_eq!(encode(&vec![1_i64, 2], layer).unwrap(), vec![1_i64, 2].to_bytes().unwrap());
    }
}

#[test]
fn a_layer_that_is_too_old_is_an_error_and_not_an_answer_in_some_form() {
    for layer in [i32::MIN, -1, 0, 198] {
        let error = encode(&full(), layer).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (406, "UPDATE_APP_TO_LOGIN"));
    }
    assert!(types::users::UserFull::from_bytes(&encode(&full(), NEWEST).unwrap()).is_ok());
}

//! The seeds of the chat's targets: valid encodings of what peers send, and courses of a chat. `UPDATE_SEEDS=1` writes
//! them again.

use std::fs;
use std::path::Path;

use tl_tests::fuzz::step::{Deed, MTPROTO};
use tl_types::Encode;
use tl_types::secret::constructors::{self as secret, DecryptedMessage, DecryptedMessageService};
use tl_types::secret::types::DecryptedMessageAction;

fn run(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

/// A deed with a run of bytes behind it; `before` are the bytes between.
fn deed(deed: Deed, before: &[u8], bytes: &[u8]) -> Vec<u8> {
    [&[deed as u8][..], before, &run(bytes)].concat()
}

fn service(random_id: i64, action: impl Into<DecryptedMessageAction>) -> Vec<u8> {
    DecryptedMessageService::new(random_id, action.into()).to_bytes().unwrap()
}

fn text(random_id: i64) -> Vec<u8> {
    DecryptedMessage::new(random_id, 30, "text").to_bytes().unwrap()
}

fn seeds_of_step() -> Vec<(&'static str, Vec<u8>)> {
    let next = |message: &[u8]| deed(Deed::Message, &[], message);
    let answer = vec![Deed::Answer as u8];
    let public_value = (1_u64 << 40).to_be_bytes().to_vec();
    let actions: [(&str, DecryptedMessageAction); 12] = [
        ("set_message_ttl", secret::DecryptedMessageActionSetMessageTtl::new(60).into()),
        ("read_messages", secret::DecryptedMessageActionReadMessages::new(vec![1, 2]).into()),
        ("delete_messages", secret::DecryptedMessageActionDeleteMessages::new(vec![1]).into()),
        ("screenshot_messages", secret::DecryptedMessageActionScreenshotMessages::new(vec![1]).into()),
        ("flush_history", DecryptedMessageAction::FlushHistory),
        ("noop", DecryptedMessageAction::Noop),
        ("resend", secret::DecryptedMessageActionResend::new(1, 1).into()),
        ("notify_layer", secret::DecryptedMessageActionNotifyLayer::new(151).into()),
        ("request_key", secret::DecryptedMessageActionRequestKey::new(5, public_value.clone()).into()),
        ("accept_key", secret::DecryptedMessageActionAcceptKey::new(5, public_value, 6).into()),
        ("commit_key", secret::DecryptedMessageActionCommitKey::new(5, 6).into()),
        ("abort_key", secret::DecryptedMessageActionAbortKey::new(5).into()),
    ];
    let mut seeds: Vec<_> = actions
        .into_iter()
        .map(|(name, action)| (name, [vec![0], next(&text(1)), next(&service(2, action)), answer.clone()].concat()))
        .collect();
    let hole = [next(&text(1)), deed(Deed::Skipping, &[1, 0], &text(2)), deed(Deed::Back, &[1], &text(3))].concat();
    seeds.push(("hole", [&[0][..], &hole].concat()));
    seeds.push(("hole_small_limits", [&[1][..], &hole, &hole.replace_ids()].concat()));
    seeds.push(("mtproto", [&[MTPROTO][..], &hole, &answer].concat()));
    seeds.push(("envelope", [&[0][..], &deed(Deed::Envelope, &[], &[7; 40])].concat()));
    seeds.push(("body", [&[0][..], &deed(Deed::Body, &[], &text(1))].concat()));
    seeds.push(("undecodable", [&[1][..], &next(&[1; 8]), &next(&[2; 8]), &next(&[3; 8])].concat()));
    let fails = [Deed::Text as u8, Deed::Fail as u8, 1, Deed::Wait as u8, 9, 0, 1, Deed::Fail as u8, 4];
    seeds.push(("fails", [&[2][..], &fails, &answer, &[Deed::Resume as u8], &answer].concat()));
    seeds
}

trait ReplaceIds {
    /// The same with other numbers in place of the first `random_id`s.
    fn replace_ids(&self) -> Vec<u8>;
}

impl ReplaceIds for Vec<u8> {
    fn replace_ids(&self) -> Vec<u8> {
        let mut other = self.clone();
        for id in 1..=3_u8 {
            let whole = [id, 0, 0, 0, 0, 0, 0, 0];
            if let Some(place) = other.windows(8).position(|window| window == whole) {
                other[place + 1] = 1;
            }
        }
        other
    }
}

fn seeds_of_schedule() -> Vec<(&'static str, Vec<u8>)> {
    const OTHER: u8 = 0x80;
    let rounds = |moves: &[u8]| moves.repeat(12);
    vec![
        ("texts", [&[1, 0, 0, 0][..], &rounds(&[8, 20, OTHER | 21, OTHER | 8, OTHER | 20, 21])].concat()),
        ("crashes", [&[2, 0, 0, 0][..], &rounds(&[8, 29, 1, 12, 31, 8, OTHER | 30, OTHER | 31, OTHER | 24])].concat()),
        ("losses", [&[3, 0, 0, 0][..], &rounds(&[8, 20, OTHER | 23, 0, 3, OTHER | 25, 0, 8, 20])].concat()),
        ("failures", [&[4, 0, 0, 0][..], &rounds(&[8, 15, 0, 4, 16, 27, 2, 28, 15, 0, 3, 16, 19])].concat()),
        ("clock", [&[5, 0, 0, 0][..], &rounds(&[8, 27, 6, 28, OTHER | 28, 20, OTHER | 20, 24, OTHER | 24])].concat()),
        ("deletions", [&[6, 0, 0, 0][..], &rounds(&[8, 5, 0, 12, 16, OTHER | 21, 20])].concat()),
        ("android", [&[9, 0, 3, 0][..], &rounds(&[8, 20, 24, OTHER | 8, 24, 0x60, 1])].concat()),
        ("ios", [&[10, 0, 4, 0][..], &rounds(&[8, 20, 24, OTHER | 8, 24, 0x60, 2])].concat()),
        ("tdlib", [&[11, 0, 5, 0][..], &rounds(&[8, 20, 24, OTHER | 8, 24, 0x60, 3])].concat()),
        ("layer_46", [&[12, 0, 6, 0][..], &rounds(&[8, 20, 24, OTHER | 8, 24, 0x60, 4])].concat()),
        ("liar", [&[13, 0, 7, 0][..], &rounds(&[8, 20, 24, OTHER | 8, 24, 0x60, 5])].concat()),
        ("handshake", vec![7, 0, 0, 1, 15, 0, 2, 16, 27, 1, 28, 12, 16, OTHER | 24, 2, OTHER | 12, 8, 24]),
        ("end", vec![8, 0, 0, 0, 8, 12, 7, 0, 12, OTHER | 8, OTHER | 24]),
    ]
}

/// Each seed is in the corpus as it is made here.
fn check(target: &str, seeds: &[(&str, Vec<u8>)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    for (name, seed) in seeds {
        let file = folder.join(name);
        if std::env::var_os("UPDATE_SEEDS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, seed).unwrap();
        }
        assert!(fs::read(&file).is_ok_and(|found| found == *seed), "{target}/{name} is stale; set UPDATE_SEEDS=1");
    }
}

#[test]
fn the_seeds_of_the_chat_are_what_peers_send() {
    check("step", &seeds_of_step());
}

#[test]
fn the_seeds_of_two_sides_are_courses_of_a_chat() {
    check("schedule", &seeds_of_schedule());
}

#[test]
fn the_seeds_of_the_network_are_what_comes_from_a_socket() {
    check("receive", &crate::receive::seeds());
}

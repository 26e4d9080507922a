//! What the vectors say of numbers and of exchange ids, held against the state machine itself.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::Phase;
use serde_json::Value;
use tl_types::secret::constructors::DecryptedMessage;

use crate::pair::{ALICE, Pair};
use crate::puppet::Puppet;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/secret_chat.json")).unwrap()
}

fn number(value: &Value, field: &str) -> i32 {
    value[field].as_i64().unwrap_or_else(|| panic!("no {field} in {value}")).try_into().unwrap()
}

#[test]
fn every_vector_of_the_numbers_of_a_conversation_is_what_both_sides_write() {
    let mut pair = Pair::new(AccountSettings::default());
    pair.request();
    let mut puppet = Puppet::of_requested(pair);
    // The vectors begin with the first message, which is the NotifyLayer here.
    let mut ours = puppet.sent();
    let mut trace: Vec<(String, i32, i32)> = Vec::new();
    for step in vectors()["seq_no"]["trace"].as_array().unwrap() {
        let (sender, received) = (step["sender"].as_str().unwrap(), number(step, "raw_in"));
        let (in_seq_no, out_seq_no) = (number(step, "in_seq_no"), number(step, "out_seq_no"));
        if sender == "originator" {
            if ours.is_empty() {
                puppet.send("text");
                ours = puppet.sent();
            }
            let sent = ours.remove(0);
            assert_eq!((sent.in_seq_no, sent.out_seq_no), (in_seq_no, out_seq_no), "{step}");
        } else {
            puppet.received = received.cast_unsigned();
            let message = DecryptedMessage::new(i64::from(out_seq_no) + 7, 0, "theirs");
            let wire = puppet.next_wire(message.clone());
            assert_eq!(
                wire.len(),
                puppet.raw_wire(in_seq_no, out_seq_no, &tl_types::Encode::to_bytes(&message).unwrap()).len()
            );
            let wire = puppet.raw_wire(in_seq_no, out_seq_no, &tl_types::Encode::to_bytes(&message).unwrap());
            puppet.deliver(wire);
            assert_eq!(puppet.pair.session(ALICE).confirmed(), puppet.received, "{step}");
        }
        trace.push((sender.to_owned(), in_seq_no, out_seq_no));
    }
    assert_eq!(trace.len(), 6);
}

/// A chat of which the vectors' receiver is the originator: five messages received, three sent, two confirmed.
fn receiver() -> Puppet {
    let mut puppet = Puppet::ready();
    puppet.send("1");
    puppet.send("2");
    puppet.received = 2;
    for number in 0..5 {
        puppet.text(&number.to_string());
    }
    puppet.settle();
    let session = puppet.pair.session(ALICE);
    assert_eq!((session.received(), session.sent(), session.confirmed()), (5, 3, 2));
    puppet
}

#[test]
fn every_vector_of_a_verdict_about_numbers_is_the_verdict_of_the_chat() {
    let vectors = vectors();
    let verdicts = vectors["seq_no"]["receiver_verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 8);
    for case in verdicts {
        assert_eq!(
            (number(case, "raw_next_expected_out"), number(case, "raw_my_next_out"), number(case, "last_peer_raw_in")),
            (5, 3, 2)
        );
        let mut puppet = receiver();
        let message = tl_types::Encode::to_bytes(&DecryptedMessage::new(99, 0, "new")).unwrap();
        let wire = puppet.raw_wire(number(case, "in_seq_no"), number(case, "out_seq_no"), &message);
        puppet.deliver(wire);
        let is_closed = matches!(puppet.pair.phase(ALICE), Phase::Closed { .. });
        let found = (is_closed, puppet.pair.texts(ALICE).len(), puppet.pair.chat(ALICE).waiting());
        let expected = match case["verdict"].as_str().unwrap().split([' ', ':']).next().unwrap() {
            "accept" => (false, 1, 0),
            "drop" => (false, 0, 0),
            "queue" => (false, 0, 1),
            "abort" => (true, 0, 0),
            other => panic!("{other}"),
        };
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn every_vector_of_two_exchange_ids_ends_as_it_says() {
    let vectors = vectors();
    let cases = vectors["rekey_exchange_id"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let (mine, theirs) = (case["mine"].as_i64().unwrap(), case["theirs"].as_i64().unwrap());
        let outcome = crate::rekey::collide(mine, theirs);
        let result = case["result"].as_str().unwrap();
        let expected = match result.split(' ').next().unwrap() {
            "ignore" => crate::rekey::Outcome::OursGoesOn,
            "drop" => crate::rekey::Outcome::TheirsIsAccepted,
            "abort" => crate::rekey::Outcome::Nothing,
            other => panic!("{other}"),
        };
        assert_eq!(outcome, expected, "{case}");
    }
}

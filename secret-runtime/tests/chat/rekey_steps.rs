//! Steps of a key exchange that come twice, too late, or for another exchange.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{Answer, CallId, Dropped, Failure};
use secret_runtime::crypto::diffie_hellman::PrivateExponent;
use tl_types::api::constructors::messages;
use tl_types::api::types::messages::DhConfig;
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionAbortKey, DecryptedMessageActionAcceptKey, DecryptedMessageActionCommitKey,
    DecryptedMessageActionRequestKey,
};
use tl_types::secret::types::DecryptedMessageAction;

use crate::bounds::asks_for_randomness;
use crate::pair::{ALICE, Pair};
use crate::puppet::{Puppet, action};
use crate::rekey::{accept, accepted, eager, make_request, request};

/// Requests a key without waiting for anything.
fn ask(puppet: &mut Puppet, exchange_id: i64, exponent: &PrivateExponent) {
    let g_a = exponent.public_value(&puppet.group);
    puppet.service(DecryptedMessageActionRequestKey::new(exchange_id, g_a));
}

fn exponent(puppet: &mut Puppet) -> PrivateExponent {
    PrivateExponent::generate(&puppet.group, &mut puppet.rng, &[])
}

/// The exchange ids that the real side accepted.
fn accepted_ids(puppet: &mut Puppet) -> Vec<i64> {
    while puppet.pair.make_call(ALICE) {}
    let ids = |sent: &crate::puppet::Sent| match action(sent) {
        DecryptedMessageAction::AcceptKey(accept) => Some(accept.exchange_id),
        _ => None,
    };
    puppet.sent().iter().filter_map(ids).collect()
}

#[test]
fn a_request_that_is_repeated_is_answered_once() {
    let mut puppet = Puppet::ready();
    let theirs = exponent(&mut puppet);
    ask(&mut puppet, 5, &theirs);
    ask(&mut puppet, 5, &theirs);
    let asked = puppet.pair.sides[ALICE].calls.iter().filter(|call| call.id == CallId::Randomness);
    assert_eq!(asked.count(), 1);
    assert_eq!(accepted_ids(&mut puppet), [5]);
    ask(&mut puppet, 5, &theirs);
    assert!(accepted_ids(&mut puppet).is_empty());
    assert!(puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn another_request_takes_the_place_of_one_that_was_not_committed() {
    let mut puppet = Puppet::ready();
    let [first, second, third] = [(); 3].map(|()| exponent(&mut puppet));
    ask(&mut puppet, 5, &first);
    ask(&mut puppet, 6, &second);
    while puppet.pair.make_call(ALICE) {}
    let (id, _) = accepted(&mut puppet, &second).unwrap();
    assert_eq!(id, 6);
    ask(&mut puppet, 7, &third);
    while puppet.pair.make_call(ALICE) {}
    let (id, _) = accepted(&mut puppet, &third).unwrap();
    assert_eq!(id, 7);
}

#[test]
fn a_request_under_the_old_key_came_too_late() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (exchange_id, g_a) = make_request(&mut puppet);
    let key = accept(&mut puppet, exchange_id, &g_a);
    puppet.pair.forget();
    let theirs = exponent(&mut puppet);
    ask(&mut puppet, 5, &theirs);
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert!(!asks_for_randomness(&puppet));
    // The other key is still kept for what is on its way, and a request under the new one counts.
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "lost, old"));
    puppet.key = key;
    ask(&mut puppet, 6, &theirs);
    puppet.deliver(lost);
    assert!(asks_for_randomness(&puppet));
}

#[test]
fn a_request_that_there_is_no_room_to_answer_is_dropped() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.unconfirmed = 1;
    let mut puppet = Puppet::new(Pair::new(settings));
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "lost"));
    puppet.text("makes the chat ask");
    puppet.deliver(lost);
    assert_eq!(puppet.pair.chat(ALICE).slots().count(), 2);
    let theirs = exponent(&mut puppet);
    ask(&mut puppet, 5, &theirs);
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert!(!puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn an_acceptance_of_another_request_changes_nothing() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, g_a) = make_request(&mut puppet);
    let before = puppet.pair.session(ALICE).key_fingerprint();
    let theirs = exponent(&mut puppet);
    let key = theirs.agree(&puppet.group, &g_a).unwrap();
    let g_b = theirs.public_value(&puppet.group);
    puppet.service(DecryptedMessageActionAcceptKey::new(ours ^ 1, g_b, key.fingerprint().0));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), before);
}

#[test]
fn a_commit_to_another_request_changes_nothing() {
    let mut puppet = Puppet::ready();
    let before = puppet.pair.session(ALICE).key_fingerprint();
    let theirs = request(&mut puppet, 5);
    let (_, key) = accepted(&mut puppet, &theirs).unwrap();
    puppet.service(DecryptedMessageActionCommitKey::new(6, key.fingerprint().0));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), before);
    puppet.service(DecryptedMessageActionCommitKey::new(5, key.fingerprint().0));
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), key.fingerprint());
    assert!(puppet.pair.session(ALICE).is_rekeying(), "the key before is still kept");
}

#[test]
fn an_abort_of_another_request_changes_nothing() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, g_a) = make_request(&mut puppet);
    puppet.service(DecryptedMessageActionAbortKey::new(ours ^ 1));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    let key = accept(&mut puppet, ours, &g_a);
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), key.fingerprint());
}

#[test]
fn the_one_who_requested_a_key_can_abort_it_before_the_commit() {
    let mut puppet = Puppet::ready();
    request(&mut puppet, 5);
    puppet.service(DecryptedMessageActionAbortKey::new(6));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert!(puppet.pair.session(ALICE).is_rekeying());
    puppet.service(DecryptedMessageActionAbortKey::new(5));
    assert_eq!(puppet.dropped().len(), 1);
    assert!(!puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn a_request_that_gave_way_is_open_again_when_the_one_it_gave_way_to_is_aborted() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    make_request(&mut puppet);
    let theirs = request(&mut puppet, i64::MAX);
    let (_, key) = accepted(&mut puppet, &theirs).unwrap();
    puppet.service(DecryptedMessageActionAbortKey::new(i64::MAX));
    assert_eq!(puppet.dropped(), []);
    puppet.service(DecryptedMessageActionCommitKey::new(i64::MAX, key.fingerprint().0));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange]);
    assert!(puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn a_request_that_the_peer_passed_over_is_made_again_after_another_term() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    make_request(&mut puppet);
    request(&mut puppet, i64::MIN);
    let abort = puppet.pair.session(ALICE).sent() - 1;
    puppet.received = abort;
    for _ in 0..5 {
        puppet.text("has read our request, and not yet the AbortKey");
    }
    assert!(!asks_for_randomness(&puppet));
    puppet.received = abort + 1;
    for _ in 0..3 {
        assert!(!asks_for_randomness(&puppet));
        assert_eq!(puppet.pair.sides[ALICE].account.due(), None);
        puppet.text("has read both");
    }
    puppet.text("more than two messages later");
    assert!(asks_for_randomness(&puppet));
}

#[test]
fn the_key_before_goes_although_the_last_message_under_it_is_not_confirmed() {
    let mut puppet = Puppet::ready();
    let theirs = request(&mut puppet, 5);
    let (_, key) = accepted(&mut puppet, &theirs).unwrap();
    // Nothing follows it under the same key, so its deletion may be under the next one.
    puppet.send("the last under the old key");
    puppet.service(DecryptedMessageActionCommitKey::new(5, key.fingerprint().0));
    puppet.key = key;
    puppet.text("new");
    assert_eq!(puppet.pair.session(ALICE).previous_key_fingerprint(), None);
}

/// The public value of our request after this answer to the call for the server's randomness.
fn public_value_after(answer: Answer) -> Vec<u8> {
    let mut puppet = Puppet::new(Pair::new(eager()));
    puppet.text("text");
    puppet.text("text");
    puppet.pair.answer(ALICE, CallId::Randomness, answer);
    match puppet.sent().last().map(action) {
        Some(DecryptedMessageAction::RequestKey(request)) => request.g_a.clone(),
        other => panic!("no request: {other:?}"),
    }
}

#[test]
fn the_randomness_of_the_server_goes_into_a_new_key_in_every_form_and_a_key_needs_none() {
    let new = |random: [u8; 256]| {
        public_value_after(Answer::DhConfig(DhConfig::DhConfig(messages::DhConfig::new(3, vec![], 2, random))))
    };
    let known =
        public_value_after(Answer::DhConfig(DhConfig::NotModified(messages::DhConfigNotModified::new([1; 256]))));
    let without = public_value_after(Answer::Failed(Failure::Unanswered));
    assert_eq!(known, new([1; 256]));
    assert_ne!(known, new([2; 256]));
    assert_ne!(known, without);
}

//! New keys: points 31 to 35.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{CloseReason, Dropped, Event, PeerFault, Phase};
use secret_runtime::crypto::ChatKey;
use secret_runtime::crypto::diffie_hellman::PrivateExponent;
use tl_types::secret::constructors::{
    DecryptedMessageActionAbortKey, DecryptedMessageActionAcceptKey, DecryptedMessageActionCommitKey,
    DecryptedMessageActionRequestKey,
};
use tl_types::secret::types::DecryptedMessageAction;

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::{Puppet, action};

const WEEK: u32 = 7 * 24 * 60 * 60;

/// A chat that replaces its key after more than two messages, and has had one.
pub(crate) fn eager() -> AccountSettings {
    let mut settings = AccountSettings::default();
    settings.chat.rekey.uses = 2;
    settings
}

/// The exchange id and public value of the request that the real side has made.
fn requested(puppet: &mut Puppet) -> (i64, Vec<u8>) {
    puppet.pair.make_call(ALICE);
    let sent = puppet.sent();
    let Some(DecryptedMessageAction::RequestKey(request)) = sent.last().map(action) else { panic!("no request") };
    (request.exchange_id, request.g_a.clone())
}

/// Brings the real side to request a key.
pub(crate) fn make_request(puppet: &mut Puppet) -> (i64, Vec<u8>) {
    make_request_with(puppet, None)
}

/// The same; the test may choose the exchange id.
fn make_request_with(puppet: &mut Puppet, exchange_id: Option<i64>) -> (i64, Vec<u8>) {
    (0..3).for_each(|_| {
        puppet.send("text");
    });
    while let Some(call) = puppet.pair.sides[ALICE].calls.pop_front() {
        let is_randomness = call.id == secret_runtime::chat::CallId::Randomness;
        let answer = puppet.pair.carry_out(ALICE, &call.call);
        if is_randomness {
            puppet.pair.rng.next = exchange_id.map(i64::cast_unsigned);
        }
        puppet.pair.answer(ALICE, call.id, answer);
        if is_randomness {
            break;
        }
    }
    requested(puppet)
}

pub(crate) fn accept(puppet: &mut Puppet, exchange_id: i64, g_a: &[u8]) -> ChatKey {
    let exponent = PrivateExponent::generate(&puppet.group, &mut puppet.rng, &[]);
    let key = exponent.agree(&puppet.group, g_a).unwrap();
    let g_b = exponent.public_value(&puppet.group);
    puppet.service(DecryptedMessageActionAcceptKey::new(exchange_id, g_b, key.fingerprint().0));
    key
}

/// Requests a key of the real side, and gives the exponent.
pub(crate) fn request(puppet: &mut Puppet, exchange_id: i64) -> PrivateExponent {
    let exponent = PrivateExponent::generate(&puppet.group, &mut puppet.rng, &[]);
    let g_a = exponent.public_value(&puppet.group);
    puppet.service(DecryptedMessageActionRequestKey::new(exchange_id, g_a));
    while puppet.pair.make_call(ALICE) {}
    exponent
}

/// The key that the real side accepted, and its fingerprint as it sent it.
pub(crate) fn accepted(puppet: &mut Puppet, exponent: &PrivateExponent) -> Option<(i64, ChatKey)> {
    let sent = puppet.sent();
    sent.iter().find_map(|sent| match action(sent) {
        DecryptedMessageAction::AcceptKey(accept) => {
            let key = exponent.agree(&puppet.group, &accept.g_b).unwrap();
            assert_eq!(key.fingerprint().0, accept.key_fingerprint);
            Some((accept.exchange_id, key))
        }
        _ => None,
    })
}

/// What becomes of two requests that were made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    OursGoesOn,
    TheirsIsAccepted,
    Nothing,
}

/// Both sides request a key at once, with these exchange ids.
pub(crate) fn collide(mine: i64, theirs: i64) -> Outcome {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, g_a) = make_request_with(&mut puppet, Some(mine));
    assert_eq!(ours, mine);
    let exponent = request(&mut puppet, theirs);
    if accepted(&mut puppet, &exponent).is_some() {
        return Outcome::TheirsIsAccepted;
    }
    let key = accept(&mut puppet, ours, &g_a);
    if puppet.pair.session(ALICE).key_fingerprint() == key.fingerprint() {
        Outcome::OursGoesOn
    } else {
        Outcome::Nothing
    }
}

#[test]
fn a_key_is_replaced_after_a_hundred_messages() {
    let mut pair = Pair::ready();
    let first = pair.session(ALICE).key_fingerprint();
    for _ in 0..98 {
        pair.text(ALICE, "text");
    }
    pair.run();
    assert_eq!(pair.session(ALICE).uses(), 100);
    assert!(!pair.session(ALICE).is_rekeying());
    pair.text(BOB, "one more");
    pair.run();
    for side in [ALICE, BOB] {
        assert_ne!(pair.session(side).key_fingerprint(), first);
        assert!(pair.session(side).previous_key_fingerprint().is_none());
    }
}

#[test]
fn a_key_that_was_used_is_replaced_after_a_week_also_across_a_restart() {
    let mut pair = Pair::ready();
    let first = pair.session(ALICE).key_fingerprint();
    pair.tick(WEEK - 10);
    pair.restart(ALICE);
    pair.restart(BOB);
    pair.tick(9);
    pair.run();
    assert_eq!(pair.session(ALICE).key_fingerprint(), first);
    pair.tick(1);
    pair.run();
    assert_ne!(pair.session(ALICE).key_fingerprint(), first);
    assert_eq!(pair.session(ALICE).key_fingerprint(), pair.session(BOB).key_fingerprint());
}

#[test]
fn the_key_that_users_compare_stays_the_first() {
    let mut pair = Pair::ready_with(eager());
    let hash = pair.session(ALICE).key_hash();
    (0..20).for_each(|_| {
        pair.text(ALICE, "text");
        pair.run();
    });
    assert_eq!((pair.session(ALICE).key_hash(), pair.session(BOB).key_hash()), (hash, hash));
}

#[test]
fn the_order_is_request_accept_commit_noop_and_the_commit_is_the_last_under_the_old_key() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (exchange_id, g_a) = make_request(&mut puppet);
    let old = puppet.key.clone();
    let key = accept(&mut puppet, exchange_id, &g_a);
    let sent: Vec<_> = puppet.pair.sides[ALICE].made.iter().filter_map(crate::puppet::data).collect();
    let commit = crate::puppet::read(&old, sent[0]);
    assert_eq!(*action(&commit), DecryptedMessageActionCommitKey::new(exchange_id, key.fingerprint().0).into());
    assert_eq!(*action(&crate::puppet::read(&key, sent[1])), DecryptedMessageAction::Noop);
    let session = puppet.pair.session(ALICE);
    assert_eq!(session.key_fingerprint(), key.fingerprint());
    assert_eq!(session.previous_key_fingerprint(), Some(old.fingerprint()));
}

#[test]
fn the_old_key_stays_until_a_message_under_the_new_one_comes_without_a_hole() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (exchange_id, g_a) = make_request(&mut puppet);
    let key = accept(&mut puppet, exchange_id, &g_a);
    // Android goes on under the old key for a while.
    puppet.text("old");
    let lost = puppet.next_wire(tl_types::secret::constructors::DecryptedMessage::new(1, 0, "lost, old"));
    puppet.key = key;
    puppet.confirm_all();
    puppet.text("new, behind a hole");
    assert!(puppet.pair.session(ALICE).previous_key_fingerprint().is_some());
    puppet.deliver(lost);
    assert_eq!(puppet.pair.texts(ALICE), ["old", "lost, old", "new, behind a hole"]);
    assert!(puppet.pair.session(ALICE).previous_key_fingerprint().is_none());
}

#[test]
fn a_deletion_before_messages_under_the_old_key_is_under_it_too() {
    let mut pair = Pair::ready_with(eager());
    (0..2).for_each(|number| {
        pair.text(ALICE, &number.to_string());
    });
    while pair.make_call(ALICE) {}
    while pair.deliver(BOB) || pair.make_call(BOB) {}
    // Bob has accepted Alice's request, and two messages of his are on their way behind the acceptance.
    pair.text(BOB, "refused");
    pair.text(BOB, "under the old key");
    while pair.deliver(ALICE) || pair.make_call(ALICE) || pair.deliver(BOB) {}
    assert_eq!(pair.session(ALICE).key_fingerprint(), pair.session(BOB).key_fingerprint());
    pair.fail_call(BOB, 400, "DATA_INVALID");
    (0..2).for_each(|_| pair.fail_call(BOB, 400, "MSG_WAIT_FAILED"));
    pair.run();
    assert_eq!(pair.texts(ALICE), ["under the old key"]);
    pair.text(ALICE, "confirms it");
    pair.run();
    for side in [ALICE, BOB] {
        assert!(!pair.session(side).is_rekeying());
    }
}

#[test]
fn a_message_under_the_new_key_stands_for_the_commit() {
    let mut puppet = Puppet::ready();
    let exponent = request(&mut puppet, 5);
    let (_, key) = accepted(&mut puppet, &exponent).unwrap();
    let readable = puppet.pair.session(ALICE).readable_keys().collect::<Vec<_>>();
    assert_eq!(readable, [puppet.key.fingerprint(), key.fingerprint()]);
    puppet.key = key.clone();
    puppet.text("new");
    let session = puppet.pair.session(ALICE);
    assert_eq!((session.key_fingerprint(), session.previous_key_fingerprint()), (key.fingerprint(), None));
    // A Noop tells the peer that the key counts.
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageAction::Noop);
}

#[test]
fn both_at_once_the_larger_exchange_id_wins_as_a_signed_number() {
    for (theirs, wins) in [(i64::MAX, true), (i64::MIN, false)] {
        let mut puppet = Puppet::new(Pair::new(eager()));
        let (ours, g_a) = make_request(&mut puppet);
        let exponent = request(&mut puppet, theirs);
        if wins {
            assert!(accepted(&mut puppet, &exponent).is_some_and(|(exchange_id, _)| exchange_id == theirs));
        } else {
            let sent = puppet.sent();
            assert_eq!(*action(&sent[0]), DecryptedMessageActionAbortKey::new(theirs).into());
            let key = accept(&mut puppet, ours, &g_a);
            assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), key.fingerprint());
        }
    }
}

#[test]
fn both_at_once_with_equal_exchange_ids_drops_both() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, _) = make_request(&mut puppet);
    let exponent = request(&mut puppet, ours);
    assert!(accepted(&mut puppet, &exponent).is_none());
    assert!(!puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn a_peer_whose_rule_is_the_other_one_accepts_the_request_that_we_gave_up() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, g_a) = make_request(&mut puppet);
    // Theirs is larger, so by our rule ours is lost; by the rule of iOS, theirs is.
    let exponent = request(&mut puppet, i64::MAX);
    assert!(accepted(&mut puppet, &exponent).is_some());
    puppet.service(DecryptedMessageActionAbortKey::new(i64::MAX));
    let key = accept(&mut puppet, ours, &g_a);
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), key.fingerprint());
}

#[test]
fn a_peer_of_the_other_rule_that_passes_over_our_request_may_make_its_own() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let _ = make_request(&mut puppet);
    let exponent = request(&mut puppet, i64::MIN);
    assert!(accepted(&mut puppet, &exponent).is_none());
    while puppet.pair.make_call(ALICE) {}
    puppet.confirm_all();
    puppet.text("has read our request and the AbortKey, and did not accept");
    puppet.sent();
    let exponent = request(&mut puppet, i64::MIN + 1);
    assert!(accepted(&mut puppet, &exponent).is_some());
}

#[test]
fn there_is_no_second_request_before_the_peer_has_read_the_first() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (ours, _) = make_request(&mut puppet);
    let _ = request(&mut puppet, ours);
    (0..10).for_each(|_| {
        puppet.send("text");
    });
    while puppet.pair.make_call(ALICE) {}
    let requests = |puppet: &mut Puppet| {
        let sent = puppet.sent();
        let is_request = |sent: &&crate::puppet::Sent| {
            matches!(&sent.message, tl_types::secret::types::DecryptedMessage::Service(service)
                if matches!(service.action, DecryptedMessageAction::RequestKey(_)))
        };
        sent.iter().filter(is_request).count()
    };
    assert_eq!(requests(&mut puppet), 0);
    puppet.confirm_all();
    puppet.text("has read it");
    while puppet.pair.make_call(ALICE) {}
    assert_eq!(requests(&mut puppet), 1);
}

#[test]
fn steps_of_no_exchange_change_nothing() {
    let mut puppet = Puppet::ready();
    let key = puppet.pair.session(ALICE).key_fingerprint();
    puppet.service(DecryptedMessageActionAcceptKey::new(1, vec![2; 256], 3));
    puppet.service(DecryptedMessageActionCommitKey::new(1, 3));
    puppet.service(DecryptedMessageActionAbortKey::new(1));
    assert_eq!(puppet.dropped(), [Dropped::KeyExchange; 3]);
    assert_eq!(puppet.pair.session(ALICE).key_fingerprint(), key);
    assert!(!puppet.pair.session(ALICE).is_rekeying());
}

#[test]
fn another_fingerprint_than_ours_closes_the_chat() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    let (exchange_id, _) = make_request(&mut puppet);
    let g_b = PrivateExponent::generate(&puppet.group, &mut puppet.rng, &[]).public_value(&puppet.group);
    puppet.service(DecryptedMessageActionAcceptKey::new(exchange_id, g_b, 1));
    let reason = CloseReason::PeerFault(PeerFault::RekeyFingerprint);
    assert!(matches!(puppet.pair.phase(ALICE), Phase::Closed { reason: found, .. } if *found == reason));

    let mut puppet = Puppet::ready();
    let exponent = request(&mut puppet, 5);
    assert!(accepted(&mut puppet, &exponent).is_some());
    puppet.service(DecryptedMessageActionCommitKey::new(5, 1));
    assert!(matches!(puppet.pair.phase(ALICE), Phase::Closed { reason: found, .. } if *found == reason));
}

#[test]
fn a_public_value_out_of_range_closes_the_chat() {
    for g_a in [vec![1], vec![0; 256], vec![255; 256], vec![255; 300]] {
        let mut puppet = Puppet::ready();
        puppet.service(DecryptedMessageActionRequestKey::new(5, g_a));
        while puppet.pair.make_call(ALICE) {}
        let Phase::Closed { reason, .. } = puppet.pair.phase(ALICE) else { panic!("the chat goes on") };
        assert!(matches!(reason, CloseReason::PeerFault(PeerFault::PublicValue(_))));
    }
}

#[test]
fn an_exchange_goes_on_after_a_restart_at_any_point() {
    for crash in 0..12 {
        let mut pair = Pair::ready_with(eager());
        let first = pair.session(ALICE).key_fingerprint();
        pair.text(ALICE, "text");
        let mut steps = 0;
        while pair.make_call(ALICE) || pair.make_call(BOB) || pair.deliver(ALICE) || pair.deliver(BOB) {
            steps += 1;
            if steps == crash {
                pair.restart(ALICE);
                pair.restart(BOB);
            }
        }
        pair.text(BOB, "text");
        pair.run();
        let keys = [pair.session(ALICE).key_fingerprint(), pair.session(BOB).key_fingerprint()];
        assert_eq!(keys[0], keys[1], "crash {crash}");
        assert_ne!(keys[0], first, "crash {crash}");
        assert!(pair.session(ALICE).previous_key_fingerprint().is_none(), "crash {crash}");
    }
}

#[test]
fn the_user_is_told_of_the_new_key() {
    let mut pair = Pair::ready_with(eager());
    pair.text(ALICE, "text");
    pair.run();
    let fingerprint = pair.session(ALICE).key_fingerprint();
    for side in [ALICE, BOB] {
        assert!(pair.sides[side].events.contains(&Event::KeyReplaced { fingerprint }));
    }
}

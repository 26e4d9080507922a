use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{Command, Event, Phase};

use crate::bounds::asks_for_randomness;
use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::Puppet;
use crate::rekey::{eager, make_request};

#[test]
fn both_sides_come_to_the_same_key_and_to_layer_144() {
    let mut pair = Pair::ready();
    let hash = pair.session(ALICE).key_hash();
    assert_eq!(pair.session(BOB).key_hash(), hash);
    for side in [ALICE, BOB] {
        assert_eq!((pair.session(side).layer(), pair.session(side).sent()), (144, 1));
        assert!(matches!(pair.phase(side), Phase::Ready(_)));
    }
}

#[test]
fn texts_arrive_in_order_both_ways() {
    let mut pair = Pair::ready();
    for number in 0..50 {
        pair.text(ALICE, &format!("a{number}"));
        pair.text(BOB, &format!("b{number}"));
    }
    pair.run();
    assert_eq!(pair.texts(BOB), (0..50).map(|n| format!("a{n}")).collect::<Vec<_>>());
    assert_eq!(pair.texts(ALICE), (0..50).map(|n| format!("b{n}")).collect::<Vec<_>>());
    let sent = pair.sides[ALICE].events.iter().filter(|event| matches!(event, Event::Sent { date: Some(_), .. }));
    assert_eq!(sent.count(), 50);
}

#[test]
fn keys_are_replaced_and_the_old_one_goes() {
    let mut pair = Pair::ready();
    let first = pair.session(ALICE).key_fingerprint();
    for number in 0..120 {
        pair.text(ALICE, &format!("{number}"));
        pair.run();
    }
    let second = pair.session(ALICE).key_fingerprint();
    assert_ne!(first, second);
    assert_eq!(pair.session(BOB).key_fingerprint(), second);
    for side in [ALICE, BOB] {
        assert_eq!(pair.session(side).previous_key_fingerprint(), None);
        assert!(!pair.session(side).is_rekeying());
    }
    assert_eq!(pair.texts(BOB).len(), 120);
}

#[test]
fn a_chat_is_busy_while_a_call_of_its_handshake_is_not_answered() {
    let mut pair = Pair::new(AccountSettings::default());
    pair.request();
    assert!(pair.chat(ALICE).is_busy());
    pair.run();
    assert!(!pair.chat(ALICE).is_busy() && !pair.chat(BOB).is_busy());
    pair.accept();
    assert!(pair.chat(BOB).is_busy());
    pair.run();
    assert!(!pair.chat(ALICE).is_busy() && !pair.chat(BOB).is_busy());
    pair.command(ALICE, Command::Discard { delete_history: false });
    assert!(pair.chat(ALICE).is_busy());
    pair.run();
    assert!(!pair.chat(ALICE).is_busy() && !pair.chat(BOB).is_busy());
}

#[test]
fn a_chat_is_busy_while_the_server_has_not_taken_a_message() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    assert!(pair.chat(ALICE).is_busy(), "on its way");
    pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
    assert!(pair.chat(ALICE).is_busy(), "held back");
    pair.tick(1);
    pair.run();
    assert!(!pair.chat(ALICE).is_busy());
}

#[test]
fn a_chat_is_busy_while_it_waits_for_the_randomness_of_a_new_key() {
    let mut puppet = Puppet::new(Pair::new(eager()));
    for _ in 0..3 {
        puppet.text("text");
    }
    assert!(asks_for_randomness(&puppet));
    assert!(puppet.pair.chat(ALICE).is_busy());
    make_request(&mut puppet);
    while puppet.pair.make_call(ALICE) {}
    assert!(!puppet.pair.chat(ALICE).is_busy(), "it waits for the peer");
}

use secret_runtime::chat::{Event, Phase};

use crate::pair::{ALICE, BOB, Pair};

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

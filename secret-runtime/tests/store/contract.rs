//! What every store promises.

use secret_runtime::store::{Batch, Memory, RecordKey, Scope, Store};

use crate::{chat, contents, key, value};

fn batch(changes: &[(RecordKey, Option<&str>)]) -> Batch {
    let mut batch = Batch::default();
    for (key, change) in changes {
        match change {
            Some(text) => batch.put(*key, value(text)),
            None => batch.delete(*key),
        }
    }
    batch
}

/// Commits the batches to each store in turn, and compares what is there then.
fn check(batches: &[Batch], expected: &[(RecordKey, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(key, text)| (*key, text.as_bytes().to_vec())).collect();
    check_in(Memory::default(), batches, &expected);
    #[cfg(feature = "redb")]
    check_in(crate::open(&crate::disk::Disk::default()), batches, &expected);
}

fn check_in(mut store: impl Store, batches: &[Batch], expected: &[(RecordKey, Vec<u8>)]) {
    for batch in batches {
        store.commit(batch).expect("commit");
    }
    assert_eq!(contents(&store), expected);
    store.scrub().expect("scrub");
    assert_eq!(contents(&store), expected);
    for (key, value) in expected {
        assert_eq!(store.read(*key).expect("read").as_deref(), Some(value));
    }
}

const A: RecordKey = RecordKey { scope: Scope::Account, kind: 1, number: 0 };
const B: RecordKey = RecordKey { scope: Scope::Chat(5), kind: 1, number: 0 };

#[test]
fn a_new_store_is_empty() {
    check(&[], &[]);
    check(&[Batch::default()], &[]);
}

#[test]
fn what_was_put_is_there_empty_values_too() {
    check(&[batch(&[(A, Some("a")), (B, Some(""))])], &[(A, "a"), (B, "")]);
}

#[test]
fn a_later_commit_overwrites_and_deletes() {
    check(&[batch(&[(A, Some("a")), (B, Some("b"))]), batch(&[(A, Some("longer")), (B, None)])], &[(A, "longer")]);
}

#[test]
fn deleting_what_is_not_there_changes_nothing() {
    let mut absent = batch(&[(B, None)]);
    absent.delete_chat(6);
    check(&[batch(&[(A, Some("a"))]), absent], &[(A, "a")]);
}

#[test]
fn within_a_batch_the_later_change_wins() {
    check(&[batch(&[(A, Some("1")), (A, Some("2")), (B, Some("3")), (B, None)])], &[(A, "2")]);
    check(&[batch(&[(A, None), (A, Some("1"))])], &[(A, "1")]);
}

#[test]
fn records_are_loaded_in_the_order_of_kind_then_number() {
    let keys = [chat(5, 0, 300), chat(5, 1, 2), chat(5, 1, 256), chat(5, 1, u64::MAX), chat(5, 255, 0)];
    let mut shuffled: Vec<_> = keys.map(|key| (key, Some("x"))).to_vec();
    shuffled.reverse();
    shuffled.swap(1, 3);
    check(&[batch(&shuffled)], &keys.map(|key| (key, "x")));
}

#[test]
fn chats_are_told_apart_and_listed_in_ascending_order() {
    let ids = [i32::MIN, -1, 0, 1, 256, i32::MAX];
    check(
        &[batch(&[2, 5, 0, 4, 1, 3].map(|i: usize| (chat(ids[i], 1, 0), Some("x"))))],
        &ids.map(|id| (chat(id, 1, 0), "x")),
    );
}

#[test]
fn a_deleted_chat_is_gone_with_all_records_and_no_other() {
    let mut deletion = Batch::default();
    deletion.delete_chat(5);
    let first = batch(&[(A, Some("a")), (B, Some("b")), (chat(5, 9, 9), Some("c")), (chat(6, 1, 0), Some("d"))]);
    check(&[first, deletion], &[(A, "a"), (chat(6, 1, 0), "d")]);
}

#[test]
fn a_chat_deleted_within_a_batch_keeps_only_what_is_put_later() {
    let mut deletion = batch(&[(chat(5, 2, 0), Some("before"))]);
    deletion.delete_chat(5);
    deletion.put(chat(5, 3, 0), value("after"));
    check(&[batch(&[(B, Some("b"))]), deletion], &[(chat(5, 3, 0), "after")]);
}

#[test]
fn an_extension_of_a_batch_is_later_than_the_batch() {
    let mut both = batch(&[(A, Some("1")), (B, Some("1"))]);
    let mut later = batch(&[(A, Some("2"))]);
    later.delete_chat(5);
    both.extend(later);
    assert_eq!((both.len(), both.deleted_chats().collect::<Vec<_>>()), (2, vec![5]));
    check(&[batch(&[(chat(5, 8, 0), Some("old"))]), both], &[(A, "2")]);
}

#[test]
fn a_cleared_batch_is_empty() {
    let mut cleared = batch(&[(A, Some("1"))]);
    cleared.delete_chat(5);
    assert!(!cleared.is_empty());
    cleared.clear();
    assert!(cleared.is_empty());
}

#[test]
fn a_clone_of_the_memory_is_a_snapshot() {
    let mut store = Memory::default();
    store.commit(&batch(&[(A, Some("a"))])).unwrap();
    let snapshot = store.clone();
    store.commit(&batch(&[(A, None)])).unwrap();
    assert_eq!(contents(&snapshot), [(key(Scope::Account, 1, 0), b"a".to_vec())]);
    assert!(store.is_empty() && snapshot.len() == 1);
}

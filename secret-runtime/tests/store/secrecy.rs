//! A copy of the file tells nothing without the key.

use std::collections::BTreeSet;

use secret_runtime::store::{Batch, Redb, Scope, Store, StoreKey};

use crate::disk::Disk;
use crate::{chat, key, open, rng, store_key};

fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

/// A store with a record of this length, and the length that it has in the file.
fn sealed_len(len: usize) -> usize {
    let disk = Disk::default();
    let mut batch = Batch::default();
    batch.put(chat(1, 1, 1), vec![1; len].into());
    open(&disk).commit(&batch).unwrap();
    disk.sealed()[0].1.len()
}

#[test]
fn neither_contents_nor_ids_nor_the_key_are_in_the_file() {
    let disk = Disk::default();
    let mut store =
        Redb::with_backend(disk.clone(), &StoreKey::new(*b"this is the key, 32 bytes of it."), rng(1)).unwrap();
    let mut batch = Batch::default();
    batch.put(chat(0x1337_beef, 1, 0x0123_4567_89ab_cdef), b"a secret that nobody may read".to_vec().into());
    store.commit(&batch).unwrap();
    let bytes = disk.bytes();
    assert_eq!(count(&bytes, b"a secret"), 0);
    assert_eq!(count(&bytes, b"this is the key"), 0);
    assert_eq!(count(&bytes, &0x1337_beef_u32.to_le_bytes()) + count(&bytes, &0x1337_beef_u32.to_be_bytes()), 0);
    let number = 0x0123_4567_89ab_cdef_u64;
    assert_eq!(count(&bytes, &number.to_le_bytes()[..5]) + count(&bytes, &number.to_be_bytes()[..5]), 0);
}

#[test]
fn a_length_is_seen_only_in_steps_of_64_bytes() {
    let lens: Vec<_> = [0, 1, 56, 57, 120, 121].map(sealed_len).to_vec();
    assert_eq!(lens, [104, 104, 104, 168, 168, 232]);
}

#[test]
fn the_same_kind_and_number_look_different_in_every_scope_and_file() {
    let mut halves = BTreeSet::new();
    for seed in 0..2 {
        let disk = Disk::default();
        let mut store = Redb::with_backend(disk.clone(), &store_key(), rng(seed)).unwrap();
        let mut batch = Batch::default();
        for scope in [Scope::Account, Scope::Chat(1), Scope::Chat(2)] {
            batch.put(key(scope, 1, 1), vec![].into());
        }
        store.commit(&batch).unwrap();
        for (name, _) in disk.sealed() {
            halves.extend(name.chunks(16).map(<[u8]>::to_vec));
        }
    }
    assert_eq!(halves.len(), 12);
}

#[test]
fn the_same_value_looks_different_every_time() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let mut batch = Batch::default();
        batch.put(chat(1, 1, 1), vec![7; 100].into());
        store.commit(&batch).unwrap();
        seen.insert(disk.sealed().swap_remove(0).1);
    }
    assert_eq!(seen.len(), 3);
}

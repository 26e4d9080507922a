//! What is damaged is found out, and is never taken for a record.

use secret_runtime::store::{Batch, DamagedRecord, RecordKey, Redb, RedbError, Scope, Store};

use crate::disk::Disk;
use crate::{chat, open, rng, store_key, value};

const A: RecordKey = RecordKey { scope: Scope::Chat(5), kind: 1, number: 1 };
const B: RecordKey = RecordKey { scope: Scope::Chat(5), kind: 1, number: 2 };

/// A store with two records of one length, and the sealed bytes and the names of both as they are in the file.
fn store() -> (Disk, [Vec<u8>; 2], [Vec<u8>; 2]) {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut known = Vec::new();
    let mut names = Vec::new();
    for (key, text) in [(A, "first"), (B, "other")] {
        let mut batch = Batch::default();
        batch.put(key, value(text));
        store.commit(&batch).unwrap();
        for (name, sealed) in disk.sealed() {
            if !known.contains(&sealed) {
                known.push(sealed);
                names.push(name);
            }
        }
    }
    drop(store);
    (disk, known.try_into().unwrap(), names.try_into().unwrap())
}

fn replace_everywhere(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let places: Vec<_> = bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old).collect();
    let places: Vec<_> = places.into_iter().map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..][..new.len()].copy_from_slice(new);
    }
}

/// Loads the chat from a file that was changed, and compares what is whole and what is damaged.
fn check(bytes: Vec<u8>, whole: &[(RecordKey, &str)], damaged: &[Option<RecordKey>]) {
    let store = open(&Disk::with(bytes));
    let loaded = store.load(Scope::Chat(5)).unwrap();
    let found: Vec<_> = loaded.records.iter().map(|(key, value)| (*key, str::from_utf8(value).unwrap())).collect();
    assert_eq!(found, whole);
    assert_eq!(loaded.damaged, damaged.iter().map(|key| DamagedRecord { key: *key }).collect::<Vec<_>>());
    for key in damaged.iter().flatten() {
        assert!(matches!(store.read(*key), Err(RedbError::DamagedRecord { key: found }) if found == *key));
    }
}

#[test]
fn a_damaged_record_is_listed_and_the_others_are_whole() {
    let (disk, [sealed, _], _) = store();
    for at in [0, 24, 60, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let mut bytes = disk.bytes();
        replace_everywhere(&mut bytes, &sealed, &changed);
        check(bytes, &[(B, "other")], &[Some(A)]);
    }
}

#[test]
fn a_damaged_record_can_be_overwritten_and_deleted() {
    let (disk, [first, other], _) = store();
    let mut bytes = disk.bytes();
    replace_everywhere(&mut bytes, &first, &[0; 104]);
    replace_everywhere(&mut bytes, &other, &[0; 104]);
    let mut store = open(&Disk::with(bytes));
    let mut batch = Batch::default();
    batch.put(A, value("again"));
    batch.delete(B);
    store.commit(&batch).unwrap();
    assert_eq!(crate::contents(&store), [(A, b"again".to_vec())]);
}

#[test]
fn records_that_changed_places_are_damaged() {
    let (disk, [first, other], _) = store();
    let mut bytes = disk.bytes();
    replace_everywhere(&mut bytes, &first, &[0xee; 104]);
    replace_everywhere(&mut bytes, &other, &first);
    replace_everywhere(&mut bytes, &[0xee; 104], &other);
    check(bytes, &[], &[Some(A), Some(B)]);
}

#[test]
fn a_damaged_name_is_listed_without_one() {
    let (disk, _, [first, other]) = store();
    let mut changed = first.clone();
    changed[31] ^= 1;
    let mut bytes = disk.bytes();
    replace_everywhere(&mut bytes, &first, &changed);
    assert_ne!(changed, other);
    check(bytes, &[(B, "other")], &[None]);
}

#[test]
fn a_file_cut_short_is_damaged() {
    let (disk, ..) = store();
    let bytes = disk.bytes();
    for len in [1, 8, 100, 4096, bytes.len() / 2, bytes.len() - 1] {
        let result = Redb::with_backend(Disk::with(bytes[..len].to_vec()), &store_key(), rng(1));
        assert!(matches!(result, Err(RedbError::DamagedFile { .. })), "{len}: {result:?}");
    }
}

#[test]
fn a_file_of_another_sort_is_no_store() {
    for bytes in [b"hello".to_vec(), vec![0; 100_000], b"SQLite format 3\0".repeat(1000)] {
        let result = Redb::with_backend(Disk::with(bytes), &store_key(), rng(1));
        assert!(matches!(result, Err(RedbError::DamagedFile { .. })), "{result:?}");
    }
}

#[test]
fn a_database_of_another_sort_is_no_store() {
    let disk = Disk::default();
    let database = redb::Builder::new().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("meta")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let result = Redb::with_backend(disk, &store_key(), rng(1));
    assert!(matches!(result, Err(RedbError::DamagedFile { .. })), "{result:?}");
}

#[test]
fn a_changed_byte_anywhere_is_an_error_or_a_loss_but_never_another_value_and_never_a_panic() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut batch = Batch::default();
    (0..40).for_each(|number| batch.put(chat(number % 4, 1, number as u64), vec![number as u8; 300].into()));
    store.commit(&batch).unwrap();
    drop(store);

    let bytes = disk.bytes();
    // Of each page: how many records it has, where they end, and a record.
    for at in (0..bytes.len()).filter(|at| [2, 5, 3000].contains(&(at % 4096))) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        let Ok(store) = Redb::with_backend(Disk::with(changed), &store_key(), rng(1)) else { continue };
        for chat_id in 0..4 {
            let Ok(loaded) = store.load(Scope::Chat(chat_id)) else { continue };
            for (key, value) in loaded.records {
                assert_eq!(*value, vec![key.number as u8; 300], "byte {at}");
            }
        }
    }
}

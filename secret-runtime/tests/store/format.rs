//! Files of every version so far, and of a later one.

use std::fs;
use std::path::PathBuf;

use redb::{Builder, TableDefinition};
use secret_runtime::store::{Batch, FORMAT, RecordKey, Redb, RedbError, Scope, Store};

use crate::disk::Disk;
use crate::{chat, contents, key, open, rng, store_key};

/// What is in the file of format 1.
fn records() -> Vec<(RecordKey, Vec<u8>)> {
    vec![
        (key(Scope::Account, 0, 0), b"the account".to_vec()),
        (key(Scope::Account, 3, 7), vec![]),
        (chat(i32::MIN, 1, 0), b"a chat".to_vec()),
        (chat(0x1234_5678, 1, 0), (0..=255).collect()),
        (chat(0x1234_5678, 2, u64::MAX), vec![0xff; 5000]),
        (chat(i32::MAX, u8::MAX, 1), b"another".to_vec()),
    ]
}

// The file was made by this test, of the version that introduced the format, run with SECRET_RUNTIME_MAKE_FIXTURE set.
#[test]
fn a_file_of_format_1_opens_with_every_record() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures/format-1.redb");
    if std::env::var_os("SECRET_RUNTIME_MAKE_FIXTURE").is_some() {
        fs::write(&path, make()).unwrap();
    }
    let mut store = open(&Disk::with(fs::read(&path).unwrap()));
    assert_eq!(contents(&store), records());

    let mut batch = Batch::default();
    batch.delete_chat(0x1234_5678);
    store.commit(&batch).unwrap();
    assert_eq!(store.chats().unwrap(), [i32::MIN, i32::MAX]);
}

fn make() -> Vec<u8> {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut batch = Batch::default();
    records().into_iter().for_each(|(key, value)| batch.put(key, value.into()));
    store.commit(&batch).unwrap();
    // It makes the file short.
    store.scrub().unwrap();
    drop(store);
    disk.bytes()
}

#[test]
fn a_newer_format_is_named_whatever_the_key() {
    let disk = Disk::default();
    drop(open(&disk));
    let database = Builder::new().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut meta = transaction.open_table(TableDefinition::<&str, &[u8]>::new("meta")).unwrap();
    meta.insert("format", (FORMAT + 1).to_le_bytes().as_slice()).unwrap();
    meta.remove("check").unwrap();
    drop(meta);
    transaction.commit().unwrap();
    drop(database);

    let error = Redb::with_backend(disk, &store_key(), rng(1)).unwrap_err();
    assert!(matches!(error, RedbError::NewerFormat { found: 2, known: 1 }), "{error:?}");
    let text = "the store has format 2, and this version knows formats up to 1: open it with a newer version";
    assert_eq!(error.to_string(), text);
}

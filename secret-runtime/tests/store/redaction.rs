//! Nothing that is printed for a developer shows a secret.

use insta::assert_snapshot;
use secret_runtime::store::{Batch, Loaded, Memory, Store};

use crate::{chat, value};

fn batch() -> Batch {
    let mut batch = Batch::default();
    batch.delete_chat(4);
    batch.put(chat(5, 1, 2), value("secret"));
    batch.delete(chat(5, 1, 3));
    batch
}

#[test]
fn a_batch_shows_names_only() {
    assert_snapshot!(format!("{:?}", batch()), @"Batch { deleted_chats: {4}, puts: [RecordKey { scope: Chat(5), kind: 1, number: 2 }], deletes: [RecordKey { scope: Chat(5), kind: 1, number: 3 }] }");
}

#[test]
fn loaded_records_show_names_only() {
    let loaded = Loaded { records: vec![(chat(5, 1, 2), value("secret"))], damaged: vec![] };
    assert_snapshot!(format!("{loaded:?}"), @"Loaded { records: [RecordKey { scope: Chat(5), kind: 1, number: 2 }], damaged: [] }");
}

#[test]
fn a_memory_shows_names_only() {
    let mut store = Memory::default();
    store.commit(&batch()).unwrap();
    assert_snapshot!(format!("{store:?}"), @"Memory { records: [RecordKey { scope: Chat(5), kind: 1, number: 2 }] }");
}

#[cfg(feature = "redb")]
#[test]
fn a_store_in_a_file_and_its_key_show_nothing() {
    assert_snapshot!(format!("{:?}", crate::open(&crate::disk::Disk::default())), @"Redb([redacted])");
    assert_snapshot!(format!("{:?}", crate::store_key()), @"StoreKey([redacted])");
}

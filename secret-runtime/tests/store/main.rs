//! Durable storage: what both stores promise, and what the one in a file promises beyond that.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod contract;
mod redaction;

#[cfg(feature = "redb")]
mod crashes;
#[cfg(feature = "redb")]
mod damage;
#[cfg(feature = "redb")]
mod disk;
#[cfg(feature = "redb")]
mod erasure;
#[cfg(feature = "redb")]
mod file;
#[cfg(feature = "redb")]
mod format;
#[cfg(feature = "redb")]
mod secrecy;

#[cfg(feature = "redb")]
use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use secret_runtime::store::{RecordKey, RecordValue, Scope, Store};
#[cfg(feature = "redb")]
use secret_runtime::store::{Redb, StoreKey};

fn key(scope: Scope, kind: u8, number: u64) -> RecordKey {
    RecordKey { scope, kind, number }
}

fn chat(chat_id: i32, kind: u8, number: u64) -> RecordKey {
    key(Scope::Chat(chat_id), kind, number)
}

fn value(text: &str) -> RecordValue {
    text.as_bytes().to_vec().into()
}

#[cfg(feature = "redb")]
fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

#[cfg(feature = "redb")]
fn store_key() -> StoreKey {
    StoreKey::new([7; 32])
}

#[cfg(feature = "redb")]
fn open(disk: &disk::Disk) -> Redb {
    Redb::with_backend(disk.clone(), &store_key(), rng(1)).expect("a store on this disk")
}

/// Every record of a store, in order; none may be damaged.
fn contents(store: &impl Store) -> Vec<(RecordKey, Vec<u8>)> {
    let chats = store.chats().expect("chats").into_iter().map(Scope::Chat);
    let mut all = Vec::new();
    for scope in [Scope::Account].into_iter().chain(chats) {
        let loaded = store.load(scope).expect("load");
        assert_eq!(loaded.damaged, []);
        all.extend(loaded.records.into_iter().map(|(key, value)| (key, value.to_vec())));
    }
    all
}

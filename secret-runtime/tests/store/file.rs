//! The file of a store: who may use it, and with which key.

use std::fs;
use std::path::Path;
use std::process::Command;

use secret_runtime::store::{Batch, Redb, RedbError, Store, StoreKey, StoreKeyError};

use crate::{chat, contents, rng, store_key, value};

fn commit(store: &mut Redb, text: &str) {
    let mut batch = Batch::default();
    batch.put(chat(1, 1, 0), value(text));
    store.commit(&batch).unwrap();
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    for round in 0..3_u64 {
        let mut store = Redb::open(&path, &store_key(), rng(round)).unwrap();
        if round > 0 {
            assert_eq!(contents(&store), [(chat(1, 1, 0), (round - 1).to_string().into_bytes())]);
        }
        commit(&mut store, &round.to_string());
    }
    assert_eq!(names_in(directory.path()), ["store"]);
}

#[test]
fn a_second_opener_is_told_that_the_store_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let first = Redb::open(&path, &store_key(), rng(1)).unwrap();
    let second = Redb::open(&path, &store_key(), rng(2)).unwrap_err();
    assert!(matches!(second, RedbError::Locked), "{second:?}");
    drop(first);
    Redb::open(&path, &store_key(), rng(2)).unwrap();
}

#[test]
fn a_second_process_is_told_that_the_store_is_in_use() {
    const HELD: &str = "SECRET_RUNTIME_STORE_HELD_BY_THE_PARENT";
    if let Some(path) = std::env::var_os(HELD) {
        assert!(matches!(Redb::open(path, &store_key(), rng(2)), Err(RedbError::Locked)));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let _store = Redb::open(&path, &store_key(), rng(1)).unwrap();
    let name = "file::a_second_process_is_told_that_the_store_is_in_use";
    let child =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(HELD, &path).output().unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
}

#[test]
fn a_wrong_key_is_told_from_a_damaged_file_and_changes_no_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    commit(&mut Redb::open(&path, &store_key(), rng(1)).unwrap(), "a");
    let error = Redb::open(&path, &StoreKey::new([8; 32]), rng(2)).unwrap_err();
    assert!(matches!(error, RedbError::WrongKey), "{error:?}");
    let store = Redb::open(&path, &store_key(), rng(3)).unwrap();
    assert_eq!(contents(&store), [(chat(1, 1, 0), b"a".to_vec())]);
}

#[test]
fn a_key_file_is_made_once_and_read_from_then_on() {
    let directory = tempfile::tempdir().unwrap();
    let (path, store) = (directory.path().join("key"), directory.path().join("store"));
    let key = StoreKey::from_file(&path, &mut rng(1)).unwrap();
    commit(&mut Redb::open(&store, &key, rng(2)).unwrap(), "a");
    let again = StoreKey::from_file(&path, &mut rng(3)).unwrap();
    assert_eq!(contents(&Redb::open(&store, &again, rng(4)).unwrap()), [(chat(1, 1, 0), b"a".to_vec())]);
    assert_eq!(fs::read(&path).unwrap().len(), 32);
    assert_eq!(names_in(directory.path()).len(), 2);
}

#[test]
fn two_keys_made_at_random_differ() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    Redb::open(&store, &StoreKey::random(&mut rng(1)), rng(1)).unwrap();
    assert!(matches!(Redb::open(&store, &StoreKey::random(&mut rng(2)), rng(1)), Err(RedbError::WrongKey)));
}

#[test]
fn a_key_file_of_another_length_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    for len in [0, 31, 33] {
        let path = directory.path().join(len.to_string());
        fs::write(&path, vec![1; len]).unwrap();
        #[cfg(unix)]
        set_mode(&path, 0o600);
        let error = StoreKey::from_file(&path, &mut rng(1)).unwrap_err();
        assert!(matches!(error, StoreKeyError::Length { found, .. } if found == len as u64), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), vec![1; len]);
    }
}

#[test]
fn a_missing_directory_is_an_error_of_the_system() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("file");
    assert!(matches!(Redb::open(&path, &store_key(), rng(1)), Err(RedbError::Io(_))));
    assert!(matches!(StoreKey::from_file(&path, &mut rng(1)), Err(StoreKeyError::Io { .. })));
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn new_files_are_their_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (key, store) = (directory.path().join("key"), directory.path().join("store"));
    Redb::open(&store, &StoreKey::from_file(&key, &mut rng(1)).unwrap(), rng(2)).unwrap();
    assert_eq!((mode(&key), mode(&store)), (0o600, 0o600));
}

#[cfg(unix)]
#[test]
fn files_that_others_may_use_are_refused_and_left_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let (key, store) = (directory.path().join("key"), directory.path().join("store"));
    StoreKey::from_file(&key, &mut rng(1)).unwrap();
    Redb::open(&store, &store_key(), rng(2)).unwrap();
    for wide in [0o640, 0o604, 0o620, 0o601] {
        set_mode(&key, wide);
        set_mode(&store, wide);
        let of_key = StoreKey::from_file(&key, &mut rng(1)).unwrap_err();
        assert!(matches!(of_key, StoreKeyError::Permissions { mode, .. } if mode == wide), "{of_key:?}");
        let of_store = Redb::open(&store, &store_key(), rng(2)).unwrap_err();
        assert!(matches!(of_store, RedbError::Permissions { mode, .. } if mode == wide), "{of_store:?}");
        assert_eq!((mode(&key), mode(&store)), (wide, wide));
    }
}

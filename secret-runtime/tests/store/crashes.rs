//! A crash or a failing disk leaves each batch whole or absent.

use std::io::ErrorKind;

use chacha20::rand_core::Rng;
use secret_runtime::store::{Batch, Memory, RecordKey, Redb, RedbError, Scope, Store};

use crate::disk::Disk;
use crate::{chat, contents, key, open, rng, store_key, value};

/// Batches that put, overwrite with more and with less, delete, and delete whole chats; the first ones let the file grow.
fn batches() -> Vec<Batch> {
    let mut random = rng(3);
    let mut batches = Vec::new();
    for number in 0..10 {
        let mut batch = Batch::default();
        if number % 4 == 3 {
            batch.delete_chat((random.next_u32() % 4) as i32);
        }
        for _ in 0..8 {
            let record = chat((random.next_u32() % 4) as i32, 1, u64::from(random.next_u32() % 8));
            match random.next_u32() % 4 {
                0 => batch.delete(record),
                _ => batch.put(record, vec![number as u8; random.next_u32() as usize % 3000].into()),
            }
        }
        batch.put(key(Scope::Account, 0, 0), value(&number.to_string()));
        batches.push(batch);
    }
    batches
}

/// What is there after each number of batches.
fn states(batches: &[Batch]) -> Vec<Vec<(RecordKey, Vec<u8>)>> {
    let mut memory = Memory::default();
    let mut states = vec![contents(&memory)];
    for batch in batches {
        memory.commit(batch).unwrap();
        states.push(contents(&memory));
    }
    states
}

/// Opens a store and commits the batches; returns how many batches were committed before something failed.
fn run(disk: &Disk, batches: &[Batch]) -> usize {
    let Ok(mut store) = Redb::with_backend(disk.clone(), &store_key(), rng(1)) else { return 0 };
    for (done, batch) in batches.iter().enumerate() {
        if store.commit(batch).is_err() {
            return done;
        }
    }
    batches.len()
}

#[test]
fn after_power_fails_at_any_sync_the_file_opens_to_exactly_the_batch_before_or_after() {
    let batches = batches();
    let states = states(&batches);
    let new = Disk::default();
    drop(open(&new));
    let undisturbed = Disk::with(new.bytes());
    assert_eq!(run(&undisturbed, &batches), batches.len());

    let mut random = rng(4);
    for sync in 0..undisturbed.syncs() {
        let disk = Disk::with(new.bytes());
        disk.fail_power_at_sync(sync);
        let done = run(&disk, &batches);
        for image in disk.images_after_power_failure(&mut random) {
            let found = contents(&open(&Disk::with(image)));
            assert!(
                found == states[done] || states.get(done + 1) == Some(&found),
                "power failed at sync {sync}, after {done} batches"
            );
        }
    }
}

#[test]
fn a_store_found_after_a_crash_takes_further_batches() {
    let batches = batches();
    let disk = Disk::default();
    let mut store = open(&disk);
    store.commit(&batches[0]).unwrap();
    disk.fail_power_at_sync(disk.syncs());
    store.commit(&batches[1]).unwrap_err();

    let image = disk.images_after_power_failure(&mut rng(4)).swap_remove(0);
    let mut found = open(&Disk::with(image));
    found.commit(&batches[1]).unwrap();
    assert_eq!(contents(&found), states(&batches)[2]);
}

#[test]
fn a_batch_that_the_disk_has_no_room_for_is_absent_and_later_ones_are_taken() {
    let batches = batches();
    let states = states(&batches);
    let mut refused = 0;
    for free in (0..).step_by(3) {
        let disk = Disk::default();
        let mut store = open(&disk);
        store.commit(&batches[0]).unwrap();
        disk.set_free_blocks(Some(free));
        match batches[1..].iter().position(|batch| store.commit(batch).is_err()) {
            None => break,
            Some(done) => {
                refused += 1;
                let error = store.commit(&batches[1 + done]).unwrap_err();
                assert!(matches!(&error, RedbError::Io(io) if io.kind() == ErrorKind::StorageFull), "{error:?}");
                assert_eq!(contents(&store), states[1 + done]);
                disk.set_free_blocks(None);
                store.commit(&batches[1 + done]).unwrap();
                assert_eq!(contents(&store), states[2 + done]);
                drop(store);
                assert_eq!(contents(&open(&disk)), states[2 + done]);
            }
        }
    }
    assert!(refused > 4, "{refused}");
}

#[test]
fn after_a_write_fails_the_batch_is_whole_or_absent_and_can_be_committed_again() {
    let batches = batches();
    let states = states(&batches);
    let prepared = Disk::default();
    assert_eq!(run(&prepared, &batches[..3]), 3);

    for write in 0.. {
        let disk = Disk::with(prepared.bytes());
        let mut store = open(&disk);
        let before = disk.writes();
        disk.fail_write(Some(before + write));
        let result = store.commit(&batches[3]);
        let reached = disk.writes() > before + write;
        if result.is_err() {
            let found = contents(&store);
            assert!(found == states[3] || found == states[4], "write {write}");
            store.commit(&batches[3]).unwrap();
        }
        assert_eq!(contents(&store), states[4], "write {write}");
        if !reached {
            assert!(write > 3);
            break;
        }
    }
}

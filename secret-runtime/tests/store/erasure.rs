//! What was deleted or overwritten is gone from the file after a scrub, and no record is.

use std::collections::{BTreeSet, HashSet};

use chacha20::rand_core::Rng;
use secret_runtime::store::{Batch, RecordKey, Scope, Store};

use crate::disk::Disk;
use crate::{chat, contents, open, rng, value};

/// How many bytes in a row count as a trace.
const TRACE: usize = 16;

/// Collects the sealed bytes of records while they come and go.
#[derive(Default)]
struct Witness(BTreeSet<Vec<u8>>);

impl Witness {
    fn see(&mut self, disk: &Disk) {
        self.0.extend(disk.sealed().into_iter().map(|(_, sealed)| sealed));
    }

    /// How many places of the file hold a trace of a record that is gone.
    fn traces(&self, disk: &Disk) -> usize {
        let live: BTreeSet<_> = disk.sealed().into_iter().map(|(_, sealed)| sealed).collect();
        let dead: HashSet<&[u8]> = self.0.difference(&live).flat_map(|sealed| sealed.windows(TRACE)).collect();
        assert!(!dead.is_empty());
        disk.bytes().windows(TRACE).filter(|window| dead.contains(window)).count()
    }
}

#[test]
fn a_deleted_record_leaves_the_file_with_the_next_scrub() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut witness = Witness::default();
    let mut batch = Batch::default();
    batch.put(chat(1, 1, 0), value("the key"));
    batch.put(chat(1, 1, 1), value("what stays"));
    store.commit(&batch).unwrap();
    witness.see(&disk);
    batch.clear();
    batch.delete(chat(1, 1, 0));
    store.commit(&batch).unwrap();
    assert!(witness.traces(&disk) > 0, "if a commit alone is enough now, say so in the documentation");

    store.scrub().unwrap();
    assert_eq!(witness.traces(&disk), 0);
    assert_eq!(contents(&store), [(chat(1, 1, 1), b"what stays".to_vec())]);
}

#[test]
fn after_a_scrub_the_file_holds_no_trace_of_any_record_that_was_deleted_or_overwritten() {
    for seed in 0..1 {
        let disk = Disk::default();
        let mut store = open(&disk);
        let mut witness = Witness::default();
        let mut random = rng(100 + seed);
        for round in 0..40 {
            store.commit(&random_batch(&mut random, round)).unwrap();
            witness.see(&disk);
            if round % 20 == 19 {
                let before = contents(&store);
                store.scrub().unwrap();
                assert_eq!(witness.traces(&disk), 0, "seed {seed}, round {round}");
                assert_eq!(contents(&store), before);
            }
        }
    }
}

fn random_batch(random: &mut impl Rng, round: u8) -> Batch {
    let mut batch = Batch::default();
    if random.next_u32().is_multiple_of(16) {
        batch.delete_chat((random.next_u32() % 6) as i32);
    }
    for _ in 0..random.next_u32() % 12 {
        let record = chat((random.next_u32() % 6) as i32, 1, u64::from(random.next_u32() % 20));
        let len = match random.next_u32() % 8 {
            0 => 6000,
            1 => 1500,
            _ => 200,
        };
        match random.next_u32() % 3 {
            0 => batch.delete(record),
            _ => batch.put(record, vec![round; random.next_u32() as usize % len].into()),
        }
    }
    batch
}

#[test]
fn scrubbing_again_and_again_does_not_let_the_file_grow() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let counter = RecordKey { scope: Scope::Account, kind: 0, number: 0 };
    let mut longest = 0;
    for number in 0..12 {
        let mut batch = Batch::default();
        batch.put(counter, vec![number; 3000].into());
        store.commit(&batch).unwrap();
        store.scrub().unwrap();
        longest = longest.max(disk.bytes().len());
    }
    assert!(longest < 1 << 18, "{longest}");
}

#[test]
fn a_scrub_writes_over_free_pages_that_lie_between_those_in_use() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut witness = Witness::default();
    let mut batch = Batch::default();
    (0..120).for_each(|number| batch.put(chat(1, 1, number), vec![1; 3000].into()));
    store.commit(&batch).unwrap();
    witness.see(&disk);
    // These span several pages each, for which the holes that the others leave are too small.
    batch.clear();
    (0..20).for_each(|number| batch.put(chat(2, 1, number), vec![2; 9000].into()));
    store.commit(&batch).unwrap();
    batch.clear();
    (0..120).filter(|number| number % 8 > 0).for_each(|number| batch.delete(chat(1, 1, number)));
    store.commit(&batch).unwrap();

    store.scrub().unwrap();
    assert_eq!(witness.traces(&disk), 0);
}

#[test]
fn no_page_in_use_holds_the_remains_of_records_that_were_deleted_together() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut witness = Witness::default();
    let mut batch = Batch::default();
    (0..200).for_each(|number| batch.put(chat(1, 1, number), vec![1; 150].into()));
    store.commit(&batch).unwrap();
    witness.see(&disk);
    // First few of each page, for which it is copied, then many.
    for part in [16, 3] {
        batch.clear();
        (0..200).filter(|number| number % part == 0).for_each(|number| batch.delete(chat(1, 1, number)));
        store.commit(&batch).unwrap();
    }
    store.scrub().unwrap();
    assert_eq!(witness.traces(&disk), 0);
}

#[test]
fn what_the_file_gives_back_to_the_system_is_wiped_first() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut batch = Batch::default();
    (0..100).for_each(|number| batch.put(chat(1, 1, number), vec![1; 3000].into()));
    store.commit(&batch).unwrap();
    batch.clear();
    batch.delete_chat(1);
    store.commit(&batch).unwrap();
    let before = disk.bytes();
    store.scrub().unwrap();
    let behind_the_end = &before[disk.bytes().len()..];
    assert!(behind_the_end.iter().any(|byte| *byte != 0));
    assert!(disk.cut_off().iter().all(|byte| *byte == 0));
}

#[test]
fn a_scrub_that_a_crash_interrupts_costs_no_record_and_can_be_repeated() {
    let disk = Disk::default();
    let mut store = open(&disk);
    let mut batch = Batch::default();
    batch.put(chat(1, 1, 0), value("stays"));
    store.commit(&batch).unwrap();
    let before = contents(&store);
    drop(store);
    let prepared = disk.bytes();

    for sync in 0.. {
        let disk = Disk::with(prepared.clone());
        let mut store = open(&disk);
        disk.fail_power_at_sync(disk.syncs() + sync);
        let finished = store.scrub().is_ok();
        for image in disk.images_after_power_failure(&mut rng(5)) {
            let disk = Disk::with(image);
            let mut found = open(&disk);
            assert_eq!(disk.tables(), ["meta", "records"]);
            assert_eq!(contents(&found), before);
            if sync % 4 == 0 {
                found.scrub().unwrap();
                assert_eq!(contents(&found), before);
            }
        }
        if finished {
            assert!(sync > 3);
            break;
        }
    }
}

//! A disk in memory that loses power, fills up, or fails, at a moment of the test's choice.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use chacha20::rand_core::Rng;
use redb::{Builder, ReadableDatabase, StorageBackend, TableDefinition, TableHandle};

const SECTOR: usize = 512;
const BLOCK: u64 = 4096;

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Change>,
    syncs: u64,
    writes: u64,
    blocks: BTreeSet<u64>,
    power_fails_at_sync: Option<u64>,
    write_fails: Option<u64>,
    blocks_left: Option<u64>,
    off: bool,
    cut_off: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Disk {
    pub(crate) fn with(bytes: Vec<u8>) -> Self {
        let state = State { synced: bytes.clone(), bytes, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.state().syncs
    }

    pub(crate) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// The power fails in the middle of the sync with this number, counted from 0: nothing works from then on.
    pub(crate) fn fail_power_at_sync(&self, number: u64) {
        self.state().power_fails_at_sync = Some(number);
    }

    /// The write with this number, counted from 0, fails.
    pub(crate) fn fail_write(&self, number: Option<u64>) {
        self.state().write_fails = number;
    }

    /// Only so many blocks that were never written can still be written; `None` for as many as one likes.
    pub(crate) fn set_free_blocks(&self, count: Option<u64>) {
        self.state().blocks_left = count;
    }

    /// What may be found after the power failed: nothing since the last sync, all of it, or some of it, in no order and
    /// with writes cut at a sector.
    pub(crate) fn images_after_power_failure(&self, rng: &mut impl Rng) -> Vec<Vec<u8>> {
        let state = self.state();
        let mut images = vec![state.synced.clone(), state.bytes.clone()];
        for _ in 0..3 {
            let mut image = state.synced.clone();
            for change in &state.unsynced {
                match (rng.next_u32() % 4, change) {
                    (0, _) => {}
                    (1, Change::Write(offset, data)) => {
                        let cut = rng.next_u32() as usize % (data.len() / SECTOR + 1) * SECTOR;
                        apply(&mut image, &Change::Write(*offset, data[..cut].to_vec()));
                    }
                    _ => apply(&mut image, change),
                }
            }
            images.push(image);
        }
        images
    }
}

fn apply(image: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(len) => image.resize(*len, 0),
        Change::Write(offset, data) => {
            image.resize(image.len().max(offset + data.len()), 0);
            image[*offset..][..data.len()].copy_from_slice(data);
        }
    }
}

impl State {
    fn change(&mut self, change: Change) -> io::Result<()> {
        self.working()?;
        apply(&mut self.bytes, &change);
        self.unsynced.push(change);
        Ok(())
    }

    fn working(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        state.working()?;
        let bytes = state.bytes.get(offset as usize..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(bytes.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        let cut_off = state.bytes.get(len as usize..).unwrap_or_default().to_vec();
        state.cut_off.extend(cut_off);
        state.change(Change::Length(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.off |= state.power_fails_at_sync == Some(state.syncs);
        state.working()?;
        state.syncs += 1;
        state.synced = state.bytes.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let number = state.writes;
        state.writes += 1;
        if state.write_fails == Some(number) {
            return Err(io::Error::other("a broken sector"));
        }
        for block in offset / BLOCK..(offset + data.len() as u64).div_ceil(BLOCK) {
            if state.blocks.insert(block)
                && let Some(left) = state.blocks_left
            {
                let Some(left) = left.checked_sub(1) else {
                    state.blocks.remove(&block);
                    return Err(ErrorKind::StorageFull.into());
                };
                state.blocks_left = Some(left);
            }
        }
        state.change(Change::Write(offset as usize, data.to_vec()))
    }
}

/// What redb finds on a disk, past the store: the names and the sealed bytes of its records.
impl Disk {
    pub(crate) fn sealed(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let database = Builder::new().create_with_backend(Self::with(self.bytes())).expect("a database");
        let transaction = database.begin_read().expect("read");
        let records = transaction.open_table(TableDefinition::<&[u8; 32], &[u8]>::new("records")).expect("records");
        let all = records.range::<&[u8; 32]>(..).expect("range").map(|entry| entry.expect("entry"));
        all.map(|(name, sealed)| (name.value().to_vec(), sealed.value().to_vec())).collect()
    }

    pub(crate) fn tables(&self) -> Vec<String> {
        let database = Builder::new().create_with_backend(Self::with(self.bytes())).expect("a database");
        let transaction = database.begin_read().expect("read");
        let tables = transaction.list_tables().expect("tables");
        tables.map(|table| table.name().to_owned()).collect()
    }

    /// Everything that was behind the end of the file when it became shorter.
    pub(crate) fn cut_off(&self) -> Vec<u8> {
        self.state().cut_off.clone()
    }
}

//! The program that a user runs: what of it outlives a crash, and how it lives again and again.

use std::collections::BTreeMap;
use std::sync::Arc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use tokio::runtime::Builder;

use crate::ledger::{Ledger, Pair};
use crate::life;
use crate::stream::Kept;
use crate::user::Home;

/// A user's program, and what it would keep on a disk.
pub(crate) struct Application {
    pub(crate) home: Home,
    /// Which of the users it is.
    pub(crate) number: usize,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) ledger: Arc<Ledger>,
    /// The last event that was taken, of each chat.
    pub(crate) taken: BTreeMap<i32, u64>,
    /// The upload that is on its way, of each stream.
    pub(crate) uploads: BTreeMap<usize, Kept>,
    rng: ChaCha20Rng,
}

/// How a life ends, unless all is done before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// After so many events.
    pub(crate) events: u64,
    /// Without a word to anybody.
    pub(crate) crashes: bool,
}

impl Application {
    pub(crate) fn new(home: Home, pairs: &[Pair], seed: u64, ledger: Arc<Ledger>) -> Self {
        let number = home.number;
        let pairs = pairs.iter().filter(|pair| pair.users.contains(&number)).copied().collect();
        let rng = ChaCha20Rng::seed_from_u64(seed ^ (number as u64 + 1) << 32);
        let (taken, uploads) = Default::default();
        Self { home, number, pairs, ledger, taken, uploads, rng }
    }

    /// Lives until all is done; `restarts` from time to time.
    pub(crate) fn run(&mut self, restarts: bool) {
        let _last = Last(Arc::clone(&self.ledger));
        loop {
            let end = restarts.then(|| End {
                events: 20 + self.rng.next_u64() % 400,
                crashes: !self.rng.next_u32().is_multiple_of(3),
            });
            // With it dies every task, wherever it waits; only what the disk is doing is waited for.
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            self.ledger.lives();
            runtime.block_on(life::live(self, end));
            drop(runtime);
            if self.ledger.is_done() {
                return;
            }
        }
    }
}

/// Tells the others, should this thread panic.
struct Last(Arc<Ledger>);

impl Drop for Last {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail();
        }
    }
}

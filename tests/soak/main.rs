//! Secret chats over sockets for a long time, with a server that misbehaves and users who crash: nothing is lost, nothing
//! comes twice, the order is kept, and memory stays flat. See ../README.md.
//!
//! What happens is drawn from a seed; when it happens is up to the system, so a seed gives the same mischief and not the
//! same run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test, in the functions that it calls, too"
)]

mod application;
mod crowd;
mod disk;
mod ledger;
mod life;
mod memory;
mod mischief;
mod stream;
mod trouble;
mod user;

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use secret_runtime::loopback::{Server, Settings};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use application::Application;
use ledger::{Amount, Ledger};
use memory::Memory;
use mischief::Mischief;
use user::{Home, Place};

/// What every stream carries in a short run.
const SHORT: Amount = Amount { texts: 220, files: 3 };

/// What the users still say to each other when it is calm again, after one more restart.
const LAST_WORDS: Amount = Amount { texts: 5, files: 1 };

/// Nothing may take so long, whatever went wrong. Calls that the server never answered are given up after a minute.
const PATIENCE: Duration = Duration::from_secs(100);

/// How much the process may grow after the warm-up: the allocator's arenas of the threads that each life begins.
const GROWTH: u64 = 24 << 20;

/// For so long a long run warms up.
const WARM_UP: Duration = Duration::from_secs(60);

/// Held by every test: the memory of the process is to be that of one.
static ALONE: Mutex<()> = Mutex::const_new(());

#[test]
fn nothing_is_lost_or_comes_twice_and_memory_stays_flat_while_everything_goes_wrong() {
    let _alone = ALONE.blocking_lock();
    let seed = number("TL_SOAK_SEED").unwrap_or(0x0050_a4ed);
    let seconds = number("TL_SOAK");
    println!("TL_SOAK_SEED={seed}");

    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    // The files of a long run do not all stay with the server, or its memory would grow; but those that a reader has not fetched
    // do.
    let settings = Settings { file_memory: 32 << 20, ..Settings::default() };
    let server = runtime.block_on(Server::start(settings)).unwrap();
    let place = Place::of(&server, directory.path());
    let homes = [0, 1, 2].map(|number| Home::new(&place, number));
    let chats = runtime.block_on(user::begin(&homes));
    let ledger = Arc::new(Ledger::new(&chats));

    ledger.extend(if seconds.is_some() { Amount::ENDLESS } else { SHORT });
    let mut memory = Memory::default();
    let mut mischief = Mischief::new(server, ChaCha20Rng::seed_from_u64(seed));
    let applications: Vec<_> =
        homes.into_iter().map(|home| Application::new(home, &chats, seed, Arc::clone(&ledger))).collect();
    let applications = together(applications, true, || {
        runtime.block_on(storm(&ledger, &mut mischief, &mut memory, seconds.map(Duration::from_secs)));
    });
    memory.end();

    ledger.extend(LAST_WORDS);
    together(applications, false, || runtime.block_on(until_done(&ledger)));
    println!("{ledger}\n{mischief}\n{memory}");
    assert!(ledger.replaced_keys() > 0, "no chat has agreed on a new key");
    let (crashes, repeats) = (ledger.crashes(), ledger.repeats());
    assert!(crashes > 0 && repeats >= crashes, "each of {crashes} crashes has an event to tell again, not {repeats}");
    assert!(memory.growth() <= GROWTH, "{memory}");
    runtime.block_on(mischief.stop());
}

/// Lets every user live in a thread of its own until the ledger has everything, `meanwhile` runs here.
fn together(applications: Vec<Application>, crashes: bool, meanwhile: impl FnOnce()) -> Vec<Application> {
    thread::scope(|scope| {
        let threads: Vec<_> = applications
            .into_iter()
            .map(|mut application| {
                scope.spawn(move || {
                    application.run(crashes);
                    application
                })
            })
            .collect();
        meanwhile();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Does mischief while messages go out, and waits until all are there.
async fn storm(ledger: &Ledger, mischief: &mut Mischief, memory: &mut Memory, limit: Option<Duration>) {
    let start = Instant::now();
    let warm = ledger.goal() / 2;
    mischief.begin();
    loop {
        let received = ledger.received();
        if limit.map_or(received >= warm, |_| start.elapsed() >= WARM_UP) {
            memory.warm();
        }
        if limit.is_some_and(|limit| start.elapsed() >= limit) {
            ledger.close();
        }
        if !step(ledger).await {
            return;
        }
        if ledger.is_answered() {
            mischief.calm();
        } else {
            mischief.after(ledger.received()).await;
        }
    }
}

async fn until_done(ledger: &Ledger) {
    while step(ledger).await {}
}

/// Waits until something has changed; false if all is done.
async fn step(ledger: &Ledger) -> bool {
    let mut changes = ledger.changes();
    if ledger.is_done() {
        return false;
    }
    let changed = tokio::time::timeout(PATIENCE, changes.changed()).await;
    if changed.is_err() {
        ledger.fail();
        panic!("nothing happens any more:\n{ledger}");
    }
    true
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Bytes that a number stands for.
fn content(stream: usize, number: u64, len: usize) -> Vec<u8> {
    use chacha20::rand_core::Rng;
    let mut bytes = vec![0; len];
    ChaCha20Rng::seed_from_u64((stream as u64) << 48 | number).fill_bytes(&mut bytes);
    bytes
}

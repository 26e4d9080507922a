//! Runs schedules, and says what is broken and how to see it again.

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use secret_runtime::chat::{Mtproto, Suite};

use super::generate::schedule;
use super::shrink::shrink;
use super::{Dialect, Move, Setup, World};
use crate::toy::Toy;

/// Which cryptography is under the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cryptography {
    /// Arithmetic with small numbers.
    Toy,
    /// Telegram's.
    Mtproto,
}

/// Runs the schedule of a seed.
///
/// # Errors
/// What is broken, with the shortest schedule that shows it.
pub fn seed(seed: u64, dialect: Option<Dialect>, cryptography: Cryptography) -> Result<(), String> {
    match cryptography {
        Cryptography::Toy => seed_of::<Toy>(seed, dialect),
        Cryptography::Mtproto => seed_of::<Mtproto>(seed, dialect),
    }
}

fn seed_of<S: Suite>(seed: u64, dialect: Option<Dialect>) -> Result<(), String> {
    let setup = Setup::new(seed, dialect);
    let moves = schedule(&setup);
    let Err(first) = moves_of::<S>(&setup, &moves) else { return Ok(()) };
    // The same promise, not any.
    let place = |message: &str| message.lines().next().unwrap_or_default().to_owned();
    let is_same = |moves: &[Move]| moves_of::<S>(&setup, moves).is_err_and(|error| place(&error) == place(&first));
    let shortest = shrink(moves, is_same);
    if std::env::var_os("TL_SIM_TRACE").is_some() {
        eprintln!("the shortest schedule:");
    }
    let last = moves_of::<S>(&setup, &shortest).err().unwrap_or_else(|| first.clone());
    let mut text = format!("seed {seed}, peer {dialect:?}: {first}\nthe shortest schedule: {last}\n{setup:?}\n");
    shortest.iter().for_each(|one| writeln!(text, "    Move::{one:?},").unwrap());
    Err(text)
}

/// Runs a schedule to its end.
///
/// # Errors
/// The first promise that is broken.
pub fn moves_of<S: Suite>(setup: &Setup, moves: &[Move]) -> Result<(), String> {
    quietly(|| {
        let mut world = World::<S>::new(setup.clone());
        moves.iter().for_each(|one| world.make(*one));
        world.settle();
        world.judge();
    })
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: Cell<String> = const { Cell::new(String::new()) };
}

/// Runs something that may panic, and gives the panic's message instead of printing it.
fn quietly(run: impl FnOnce()) -> Result<(), String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_QUIET.get() {
                MESSAGE.set(info.to_string());
            } else {
                usual(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    IS_QUIET.set(false);
    result.map_err(|_| MESSAGE.take())
}

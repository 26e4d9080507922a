//! Two sides, the server between them, and the clock: carries out moves.

mod network;
mod updates;
mod user;

use rand_core::CryptoRng;
use secret_runtime::account::{Account, AccountError};
use secret_runtime::chat::{Command, Suite, UnixTime};

use super::disk::{Disk, Trap, Trapped};
use super::endpoint::{Endpoint, Outcome};
use super::moves::{Move, Side};
use super::peer::{Dialect, Peer};
use super::server::{Server, State};
use super::setup::Setup;
use super::tap::Tap;
use super::witness::Witness;

/// What a side is.
#[derive(Debug)]
pub enum Party<S: Suite> {
    /// Our account.
    Ours(Box<Endpoint<Tap<S>>>),
    /// Somebody else's client.
    Theirs(Box<Peer<Tap<S>>>),
}

/// Everything there is.
#[derive(Debug)]
pub struct World<S: Suite> {
    /// What the seed stands for.
    pub setup: Setup,
    /// The time.
    pub now: UnixTime,
    /// The server.
    pub server: Server,
    /// The sides.
    pub sides: [Party<S>; 2],
    /// What is promised.
    pub witness: Witness,
    /// The id of the chat.
    pub chat: Option<i32>,
    /// Whether a side's user ended the chat.
    pub discarded: [bool; 2],
    /// Whether an error that ends the chat was answered.
    pub was_refused: bool,
    /// How many texts were written.
    pub texts: u32,
}

impl<S: Suite> World<S> {
    /// The world before the first move.
    pub fn new(setup: Setup) -> Self {
        super::tap::forget();
        let ours = |side: u64| Party::Ours(Box::new(Endpoint::new(setup.settings.clone(), setup.seed * 4 + side)));
        let theirs = |dialect| Party::Theirs(Box::new(Peer::new(dialect, setup.seed * 4 + 3)));
        Self {
            now: UnixTime(1_700_000_000),
            server: Server::new(setup.dedups, setup.new_config),
            sides: [ours(1), setup.dialect.map_or_else(|| ours(2), theirs)],
            witness: Witness { is_lying: setup.dialect == Some(Dialect::Liar), ..Witness::default() },
            chat: None,
            discarded: [false; 2],
            was_refused: false,
            texts: 0,
            setup,
        }
    }

    /// Carries out a move, and looks after every commit whether everything is as promised.
    ///
    /// # Panics
    /// If it is not.
    pub fn make(&mut self, one: Move) {
        match one {
            Move::Establish => self.establish(),
            Move::Request => self.request(),
            Move::Accept => self.accept(),
            Move::Text { side, length } => self.text(side, length.into()),
            Move::File { side } => self.file(side),
            Move::Service { side, action } => self.service(side, action),
            Move::Delete { side, back } => self.delete(side, back),
            Move::Passing { side } => {
                self.command(side, Command::SetTyping(true));
                self.command(side, Command::ReadHistory { max_date: 1 });
            }
            Move::Discard { side } => self.discard(side),
            Move::Call { side, index, fate } => drop(self.call(side, index.into(), fate)),
            Move::Answer { side, index } => drop(self.answer(side, index.into())),
            Move::Haunt { side } => self.haunt(side),
            Move::Pump { side } => self.pump(side),
            Move::Push { side, index, way } => drop(self.push(side, index.into(), way)),
            Move::Difference { side } => self.difference(side),
            Move::Lose { side, index } => self.lose(side, index.into()),
            Move::Read { side } => drop(self.read(side)),
            Move::Wait { seconds } => self.now = self.now.after(seconds),
            Move::Tick { side } => self.tick(side),
            Move::Lay { side, trap } => self.lay(side, trap),
            Move::Crash { side } => {
                if let Party::Ours(ours) = &mut self.sides[side] {
                    ours.crash();
                }
            }
            Move::Start { side } => self.start(side),
            Move::Peer { whim } => {
                let now = self.now;
                if let Party::Theirs(peer) = &mut self.sides[1] {
                    peer.whim(whim, now);
                }
                self.relay(1);
            }
        }
    }

    pub(super) fn ours(&mut self, side: Side) -> Option<&mut Endpoint<Tap<S>>> {
        match &mut self.sides[side] {
            Party::Ours(ours) => Some(ours),
            Party::Theirs(_) => None,
        }
    }

    fn step<T>(
        &mut self,
        side: Side,
        stage: impl FnOnce(&mut Account<Disk, Tap<S>>, UnixTime, &mut dyn CryptoRng) -> Result<T, AccountError<Trapped>>,
    ) -> Outcome<T> {
        let now = self.now;
        let Some(ours) = self.ours(side) else { return Outcome::Dead };
        let outcome = ours.step(|account, rng| stage(account, now, rng));
        self.watch();
        outcome
    }

    pub(super) fn tick(&mut self, side: Side) {
        self.step(side, |account, now, rng| account.tick(now, rng));
    }

    fn lay(&mut self, side: Side, trap: Trap) {
        if let Some(account) = self.ours(side).and_then(|ours| ours.account.as_mut()) {
            account.store().trap = Some(trap);
        }
    }

    pub(super) fn start(&mut self, side: Side) {
        let now = self.now;
        if let Some(ours) = self.ours(side) {
            ours.start(now);
        }
        self.watch();
    }

    /// Whether the server passes messages on.
    pub fn is_open(&self) -> bool {
        self.server.chat.as_ref().is_some_and(|chat| !matches!(chat.state, State::Discarded(_)))
    }
}

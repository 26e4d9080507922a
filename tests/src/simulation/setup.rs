//! What a seed stands for before anything happens: the sorts of sides, their settings, and what goes wrong how often.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use secret_runtime::account::AccountSettings;

use super::moves::Side;
use super::peer::Dialect;

/// Numbers out of a seed.
#[derive(Debug)]
pub struct Dice(ChaCha20Rng);

impl Dice {
    /// The numbers of a seed; `stream` tells apart what must not depend on one another.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed.wrapping_mul(16).wrapping_add(stream)))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Whether something of so many in a thousand happens.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// How often what goes wrong, in a thousand.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Calls that come to something else than they should.
    pub calls: u32,
    /// Updates that do not arrive as they should.
    pub pushes: u32,
    /// Messages that the server loses for good.
    pub losses: u32,
    /// Programs that die, and disks that are full.
    pub crashes: u32,
}

/// What a seed stands for.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The seed, with the sort of peer.
    pub seed: u64,
    /// What sort side 1 is; `None` if it is ours as well.
    pub dialect: Option<Dialect>,
    /// Who requests the chat.
    pub originator: Side,
    /// Of the accounts.
    pub settings: AccountSettings,
    /// Whether errors that end the chat occur.
    pub may_close: bool,
    /// See [`super::server::Server::dedups`].
    pub dedups: bool,
    /// Whether the answer to a question about the configuration repeats it.
    pub new_config: bool,
    /// Whether everything that is fetched at once is committed at once.
    pub groups: bool,
    /// What goes wrong.
    pub weather: Weather,
}

impl Setup {
    /// The setup of a seed, with that sort of peer.
    pub fn new(seed: u64, dialect: Option<Dialect>) -> Self {
        // Another world for each sort of peer.
        let seed = seed | dialect.map_or(0, |dialect| (dialect as u64 + 1) << 32);
        let mut dice = Dice::new(seed, 0);
        let weather = Weather {
            calls: dice.pick(&[0, 100, 300, 600]),
            pushes: dice.pick(&[0, 100, 300]),
            losses: dice.pick(&[0, 0, 5, 20]),
            crashes: dice.pick(&[0, 10, 40]),
        };
        Self {
            seed,
            dialect,
            originator: dice.below(2) as usize,
            settings: settings(&mut dice),
            may_close: dice.chance(100),
            dedups: dice.chance(200),
            new_config: dice.chance(300),
            groups: dice.chance(500),
            weather,
        }
    }
}

fn settings(dice: &mut Dice) -> AccountSettings {
    let mut settings = AccountSettings::default();
    settings.idle_in_memory = dice.pick(&[0, 1000]);
    let chat = &mut settings.chat;
    chat.repeat_resend_after = dice.pick(&[60, 3600]);
    chat.longest_backoff = dice.pick(&[10, 300]);
    chat.rekey.uses = dice.pick(&[3, 5, 12, 100]);
    chat.rekey.seconds = dice.pick(&[8 * 3600, 7 * 24 * 3600]);
    chat.limits.in_flight = dice.pick(&[1, 4, 32]);
    chat.limits.waiting = dice.pick(&[2, 8, 1000]);
    chat.limits.resend = dice.pick(&[3, 1000]);
    chat.limits.unconfirmed = dice.pick(&[20, 100, 1000]);
    chat.limits.events = dice.pick(&[30, 10_000]);
    chat.limits.early = dice.pick(&[2, 100]);
    settings
}

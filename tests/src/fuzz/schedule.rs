//! Bytes that become sends, losses, crashes and jumps of the clock between two sides.

use super::bytes::Bytes;
use crate::simulation::disk::Trap;
use crate::simulation::moves::{Fate, Move, Way};
use crate::simulation::{Dialect, Setup, World};
use crate::toy::Toy;

/// What the second side is. Mostly another of ours.
const DIALECTS: [Option<Dialect>; 8] = [
    None,
    None,
    None,
    Some(Dialect::Android),
    Some(Dialect::Ios),
    Some(Dialect::Tdlib),
    Some(Dialect::Layer46),
    Some(Dialect::Liar),
];

/// Moves of one schedule. What more bytes would do is done by another input sooner.
const LONGEST: usize = 300;

/// Whatever happens between two sides, the server and their disks, every promise of the simulation is kept.
///
/// The first two bytes are the seed of the settings, the third chooses what the second side is. Every move has a byte of its own, whose highest bit is the side,
/// and those that it needs behind it.
///
/// # Panics
/// If not.
pub fn schedule(data: &[u8]) {
    let mut bytes = Bytes(data);
    let Some(seed) = bytes.pair() else { return };
    let Some(dialect) = bytes.byte() else { return };
    let mut setup = Setup::new(seed.into(), DIALECTS[usize::from(dialect) % DIALECTS.len()]);
    // A request that an iOS peer passes over is made again after another term; that has to come before the verdict.
    let uses = &mut setup.settings.chat.rekey.uses;
    *uses = (*uses).min(12);
    let mut world = World::<Toy>::new(setup);
    for _ in 0..LONGEST {
        let Some(next) = next(&mut bytes) else { break };
        world.make(next);
    }
    world.settle();
    world.judge();
}

fn next(bytes: &mut Bytes<'_>) -> Option<Move> {
    let code = bytes.byte()?;
    let side = usize::from(code >> 7);
    let mut more = || bytes.byte().unwrap_or_default();
    if code & 0x60 == 0x60 {
        return Some(Move::Peer { whim: more() });
    }
    // Texts, calls and answers have several codes, since the other moves do nothing without them.
    Some(match code & 0x1f {
        0 => Move::Establish,
        1 => Move::Request,
        2 => Move::Accept,
        3 => Move::File { side },
        4 => Move::Service { side, action: more() },
        5 => Move::Delete { side, back: more() },
        6 => Move::Passing { side },
        7 if more() == 0 => Move::Discard { side },
        7..=10 => Move::Text { side, length: 0 },
        11 => Move::Text { side, length: 9000 },
        12..=14 => Move::Call { side, index: 0, fate: Fate::Done },
        15 => Move::Call { side, index: more(), fate: fate(&mut more) },
        16 | 17 => Move::Answer { side, index: 0 },
        18 => Move::Answer { side, index: more() },
        19 => Move::Haunt { side },
        20 => Move::Pump { side },
        21 | 22 => Move::Push { side, index: 0, way: Way::Checked },
        23 => Move::Push { side, index: more(), way: way(&mut more) },
        24 => Move::Difference { side },
        25 => Move::Lose { side, index: more() },
        26 => Move::Read { side },
        27 => Move::Wait { seconds: [1, 5, 30, 400, 4000, 90_000, 8 * 24 * 3600][usize::from(more()) % 7] },
        28 => Move::Tick { side },
        29 => Move::Lay { side, trap: [Trap::Full, Trap::Before, Trap::After][usize::from(more()) % 3] },
        30 => Move::Crash { side },
        _ => Move::Start { side },
    })
}

fn fate(more: &mut impl FnMut() -> u8) -> Fate {
    let code = more();
    let (which, carried_out) = (code >> 4, code & 8 != 0);
    match code & 7 {
        0 | 1 => Fate::Lost,
        2 => Fate::Unheard,
        3 => Fate::Late,
        4 | 5 => Fate::Passing { which, carried_out },
        6 => Fate::Refused { which, carried_out },
        _ => Fate::Closing { which },
    }
}

fn way(more: &mut impl FnMut() -> u8) -> Way {
    let code = more();
    match code % 5 {
        0 => Way::Twice,
        1 => Way::Dropped,
        2 => Way::Corrupted { bit: u16::from(code) << 3 | u16::from(more()) },
        3 => Way::Unchecked,
        _ => Way::Checked,
    }
}

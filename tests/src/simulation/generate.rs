//! A seed becomes a schedule.

use super::disk::Trap;
use super::moves::{Fate, Move, Side, Way};
use super::setup::{Dice, Setup};

/// The schedule of a seed.
pub fn schedule(setup: &Setup) -> Vec<Move> {
    let mut dice = Dice::new(setup.seed, 1);
    let length = 40 + dice.below(260);
    let mut moves = Vec::new();
    if dice.chance(750) {
        moves.push(Move::Establish);
    }
    moves.extend((0..length).map(|_| one(setup, &mut dice)));
    moves
}

fn one(setup: &Setup, dice: &mut Dice) -> Move {
    let side: Side = dice.below(2) as usize;
    let weather = setup.weather;
    if dice.chance(weather.crashes) {
        return match dice.below(8) {
            0 | 1 => Move::Crash { side },
            2 | 3 => Move::Lay { side, trap: Trap::Before },
            4 | 5 => Move::Lay { side, trap: Trap::After },
            _ => Move::Lay { side, trap: Trap::Full },
        };
    }
    if dice.chance(weather.losses) {
        return Move::Lose { side, index: few(dice) };
    }
    match dice.below(100) {
        0..16 => Move::Text { side, length: if dice.chance(30) { 9000 } else { 0 } },
        16..18 => Move::File { side },
        18..21 => Move::Service { side, action: dice.byte() },
        21..23 => Move::Delete { side, back: few(dice) },
        23 => Move::Passing { side },
        24..46 => Move::Call { side, index: few(dice), fate: fate(setup, dice) },
        46..64 => Move::Answer { side, index: few(dice) },
        64 => Move::Haunt { side },
        65..68 => Move::Pump { side },
        68..80 => Move::Push { side, index: few(dice), way: way(setup, dice) },
        80..84 => Move::Difference { side },
        84..90 => Move::Read { side },
        90..92 => Move::Wait { seconds: dice.pick(&[1, 1, 5, 30, 400, 4000]) },
        92..94 => Move::Tick { side },
        94..96 => Move::Start { side },
        96 => Move::Request,
        97 => Move::Accept,
        98 if dice.chance(20) => dice.pick(&[Move::Discard { side }, Move::Wait { seconds: 8 * 24 * 3600 }]),
        98 => Move::Tick { side },
        _ => Move::Peer { whim: dice.byte() },
    }
}

/// Mostly the first.
fn few(dice: &mut Dice) -> u8 {
    if dice.chance(700) { 0 } else { dice.below(4) as u8 }
}

fn fate(setup: &Setup, dice: &mut Dice) -> Fate {
    if !dice.chance(setup.weather.calls) {
        return Fate::Done;
    }
    let (which, carried_out) = (dice.byte(), dice.chance(400));
    match dice.below(20) {
        0..4 => Fate::Lost,
        4..8 => Fate::Unheard,
        8..10 => Fate::Late,
        10..16 => Fate::Passing { which, carried_out },
        16..19 => Fate::Refused { which, carried_out },
        _ => Fate::Closing { which },
    }
}

fn way(setup: &Setup, dice: &mut Dice) -> Way {
    if !dice.chance(setup.weather.pushes) {
        return Way::Checked;
    }
    match dice.below(8) {
        0..2 => Way::Twice,
        2..4 => Way::Dropped,
        4..6 => Way::Corrupted { bit: (dice.byte() as u16) << 3 | dice.below(8) as u16 },
        _ if setup.weather.losses > 0 => Way::Unchecked,
        _ => Way::Dropped,
    }
}

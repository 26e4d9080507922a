//! The shortest part of a schedule that still fails.

use super::Move;

/// Leaves out as much as possible: halves, quarters, and so on down to single moves.
pub fn shrink(mut moves: Vec<Move>, fails: impl Fn(&[Move]) -> bool) -> Vec<Move> {
    let mut size = moves.len() / 2;
    while size > 0 {
        let before = moves.len();
        let mut at = 0;
        while at < moves.len() {
            let mut fewer = moves.clone();
            fewer.drain(at..(at + size).min(moves.len()));
            if fails(&fewer) {
                moves = fewer;
            } else {
                at += size;
            }
        }
        if size > 1 || moves.len() == before {
            size /= 2;
        }
    }
    moves
}

//! Checks the brackets of a declaration before the grammar sees it.
//!
//! The grammar calls itself for what stands in brackets and behind `%` and `!`, so their depth is bounded here, where
//! counting needs no stack. It also makes for better messages: a bracket knows its partner.

use crate::diagnostic::Diagnostic;
use crate::tree::Span;

/// How deep types may nest. Telegram's schemas stay below five.
pub const MAX_NESTING: usize = 64;

struct Open {
    bracket: u8,
    at: usize,
    /// How many levels closing it takes away: its own and those of the prefixes in front of it.
    levels: usize,
}

/// Finds the first bracket without a partner, or the place where `text` nests too deep. `base` is where `text` starts
/// in the file.
pub(crate) fn check(text: &str, base: usize) -> Result<(), Diagnostic> {
    let mut open: Vec<Open> = Vec::new();
    let mut depth = 0;
    let mut prefixes = 0;
    for (at, byte) in text.bytes().enumerate() {
        let place = |start: usize| Span { start: base + start, end: base + start + 1 };
        match byte {
            b'%' | b'!' => prefixes += 1,
            b'(' | b'[' | b'{' | b'<' => {
                open.push(Open { bracket: byte, at, levels: prefixes + 1 });
                depth += prefixes + 1;
                prefixes = 0;
            }
            b')' | b']' | b'}' | b'>' => {
                prefixes = 0;
                let Some(last) = open.pop() else {
                    return Err(Diagnostic::error(place(at), format!("unmatched `{}`", char::from(byte)))
                        .with_label("no bracket is open here"));
                };
                depth -= last.levels;
                let expected = closing(last.bracket);
                if byte != expected {
                    return Err(Diagnostic::error(place(at), format!("mismatched `{}`", char::from(byte)))
                        .with_label(format!("expected `{}`", char::from(expected)))
                        .with_note(place(last.at), format!("`{}` was opened here", char::from(last.bracket))));
                }
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => prefixes = 0,
        }
        if depth + prefixes > MAX_NESTING {
            return Err(Diagnostic::error(place(at), "this type nests too deep")
                .with_label(format!("level {}", MAX_NESTING + 1))
                .with_hint(format!("brackets, `%` and `!` may nest {MAX_NESTING} levels deep")));
        }
    }
    match open.pop() {
        None => Ok(()),
        Some(last) => Err(Diagnostic::error(
            Span { start: base + last.at, end: base + last.at + 1 },
            format!("unclosed `{}`", char::from(last.bracket)),
        )
        .with_label(format!("no `{}` follows in this declaration", char::from(closing(last.bracket))))),
    }
}

fn closing(bracket: u8) -> u8 {
    match bracket {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => b'>',
    }
}

//! Where a text is cut. One pass: going back to a border re-reads no more than one piece.

use std::ops::Range;

use unicode_segmentation::{Graphemes, UnicodeSegmentation};

use super::entity::utf16_len;

/// A part of a text, without the white space at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// Its place in the whole text, in UTF-16 code units.
    pub(super) span: Range<usize>,
}

impl Piece<'_> {
    pub(super) const EMPTY: Self = Self { text: "", span: 0..0 };
}

/// Cuts one piece after the other from a text.
pub(super) struct Cutter<'a, 'w, C> {
    text: &'a str,
    cursor: Cursor<'w, C>,
}

impl<'a, 'w> Cutter<'a, 'w, Graphemes<'a>> {
    /// No cut falls into a range of `whole` (in the order in which they begin) that is at most `longest_whole` units long.
    pub(super) fn new(text: &'a str, whole: &'w [Range<usize>], longest_whole: usize) -> Self {
        Self::over(text.graphemes(true), text, whole, longest_whole)
    }
}

impl<'a, 'w, C: Iterator<Item = &'a str> + Clone> Cutter<'a, 'w, C> {
    fn over(clusters: C, text: &'a str, whole: &'w [Range<usize>], longest_whole: usize) -> Self {
        Self { text, cursor: Cursor { clusters, pending: None, at: Position::START, whole, longest_whole } }
    }

    /// The next piece of at most `limit` units, at least 2; empty if it were all white space. `None` after the last.
    pub(super) fn next_piece(&mut self, limit: usize) -> Option<Piece<'a>> {
        let start = self.cursor.at;
        if start.byte == self.text.len() {
            return None;
        }
        let mut end = start;
        let mut line: Option<Border<'w, C>> = None;
        let mut word: Option<Border<'w, C>> = None;
        while let Some(atom) = self.cursor.next_atom() {
            let fits = self.cursor.at.unit - start.unit <= limit;
            if !atom.is_blank() && fits {
                end = self.cursor.at.before(atom.len).after(atom.solid);
                continue;
            }
            // White space over the limit still ends the piece, since it goes.
            if atom.is_blank() && end != start {
                let border = Border { end, cursor: self.cursor.clone() };
                if atom.line && end.unit - start.unit >= limit / 2 {
                    line = Some(border.clone());
                }
                word = Some(border);
            }
            if fits {
                continue;
            }
            if let Some(border) = line.or(word) {
                end = border.end;
                self.cursor = border.cursor;
            } else if !atom.is_blank() {
                self.cursor.give_back(atom);
                if self.cursor.at == start {
                    end = self.cut_inside(limit);
                }
            }
            break;
        }
        let text = self.text.get(start.byte..end.byte).unwrap_or_default();
        Some(Piece { text, span: start.unit..end.unit })
    }

    /// Cuts the next atom, which is longer than `limit`, between two code points; gives the end of the piece.
    fn cut_inside(&mut self, limit: usize) -> Position {
        let start = self.cursor.at;
        let Some(atom) = self.cursor.next_atom() else { return start };
        let text = self.text.get(start.byte..self.cursor.at.byte).unwrap_or_default();
        let (mut cut, mut solid) = (Position::START, Position::START);
        for code_point in text.chars() {
            let next = cut.after(Position { byte: code_point.len_utf8(), unit: code_point.len_utf16() });
            if next.unit > limit {
                break;
            }
            cut = next;
            if !code_point.is_whitespace() {
                solid = cut;
            }
        }
        let len = atom.len.before(cut);
        let blank = text.get(cut.byte..).unwrap_or_default().chars().all(char::is_whitespace);
        let rest = Atom { len, solid: if blank { Position::START } else { len }, line: false };
        self.cursor.at = start.after(atom.len);
        self.cursor.give_back(rest);
        start.after(solid)
    }
}

/// A place where a piece may end.
#[derive(Clone)]
struct Border<'w, C> {
    /// The end of the piece; white space may follow it.
    end: Position,
    /// Where the next piece begins.
    cursor: Cursor<'w, C>,
}

/// A place in a text, or the way between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    byte: usize,
    unit: usize,
}

impl Position {
    const START: Self = Self { byte: 0, unit: 0 };

    fn after(self, way: Self) -> Self {
        Self { byte: self.byte + way.byte, unit: self.unit + way.unit }
    }

    fn before(self, way: Self) -> Self {
        Self { byte: self.byte - way.byte, unit: self.unit - way.unit }
    }
}

/// What is not divided: a grapheme cluster, or several of them under one entity.
#[derive(Clone, Copy, Debug)]
struct Atom {
    len: Position,
    /// Up to where it is more than white space.
    solid: Position,
    /// Ends a line, if it is white space.
    line: bool,
}

impl Atom {
    fn of(cluster: &str) -> Self {
        let len = Position { byte: cluster.len(), unit: utf16_len(cluster) };
        let blank = cluster.chars().all(char::is_whitespace);
        let line = cluster.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        Self { len, solid: if blank { Position::START } else { len }, line }
    }

    fn joined(self, next: Self) -> Self {
        let solid = if next.is_blank() { self.solid } else { self.len.after(next.solid) };
        Self { len: self.len.after(next.len), solid, line: self.line || next.line }
    }

    fn is_blank(&self) -> bool {
        self.solid == Position::START
    }
}

#[derive(Clone)]
struct Cursor<'w, C> {
    clusters: C,
    /// An atom that was given back, or the rest of one.
    pending: Option<Atom>,
    at: Position,
    whole: &'w [Range<usize>],
    longest_whole: usize,
}

impl<'a, C: Iterator<Item = &'a str> + Clone> Cursor<'_, C> {
    fn next_atom(&mut self) -> Option<Atom> {
        let atom = match self.pending.take() {
            Some(atom) => atom,
            None => self.read_atom()?,
        };
        self.at = self.at.after(atom.len);
        Some(atom)
    }

    fn read_atom(&mut self) -> Option<Atom> {
        let mut atom = Atom::of(self.clusters.next()?);
        while self.is_inside_whole(self.at.unit + atom.len.unit) {
            let mut ahead = self.clusters.clone();
            let Some(next) = ahead.next().map(Atom::of) else { break };
            if atom.len.unit + next.len.unit > self.longest_whole {
                break;
            }
            self.clusters = ahead;
            atom = atom.joined(next);
        }
        Some(atom)
    }

    fn give_back(&mut self, atom: Atom) {
        self.at = self.at.before(atom.len);
        self.pending = Some(atom);
    }

    fn is_inside_whole(&mut self, unit: usize) -> bool {
        while let [first, rest @ ..] = self.whole
            && first.end <= unit
        {
            self.whole = rest;
        }
        self.whole.first().is_some_and(|range| range.start < unit)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Clone)]
    struct Counted<'c, I> {
        clusters: I,
        reads: &'c Cell<usize>,
    }

    impl<I: Iterator> Iterator for Counted<'_, I> {
        type Item = I::Item;

        fn next(&mut self) -> Option<I::Item> {
            self.reads.set(self.reads.get() + 1);
            self.clusters.next()
        }
    }

    /// How many clusters are read while a text is cut, and how many pieces that gives.
    fn work(text: &str, whole: &[Range<usize>], limit: usize) -> (usize, usize) {
        let reads = Cell::new(0);
        let clusters = Counted { clusters: text.graphemes(true), reads: &reads };
        let mut cutter = Cutter::over(clusters, text, whole, limit);
        let pieces = std::iter::from_fn(|| cutter.next_piece(limit)).count();
        (reads.get(), pieces)
    }

    #[track_caller]
    fn check_linear(name: &str, text: &str, whole: &[Range<usize>]) {
        let (limit, units) = (64, utf16_len(text));
        let (reads, pieces) = work(text, whole, limit);
        assert!(reads <= 4 * units + 4, "{name}: {reads} clusters read for {units} units");
        assert!(pieces <= 3 * units / limit + 3, "{name}: {pieces} pieces of {units} units");
    }

    #[test]
    fn work_and_pieces_grow_with_the_text_and_not_faster() {
        let one_early_border = format!("a {}", "x".repeat(63));
        let ranges: Vec<_> = (0..20_000).step_by(10).map(|at| at..at + 7).collect();
        for (name, pattern) in [
            ("words", "four five "),
            ("no border", "x"),
            ("lines", "a\n"),
            ("white space", " "),
            ("early borders", one_early_border.as_str()),
            ("a line, then words", "a\nb c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l\n"),
            ("one cluster", "\u{301}"),
            ("flags", "🇩🇪"),
            ("families", "👨‍👩‍👧‍👦"),
        ] {
            let text = pattern.repeat(20_000 / pattern.len() + 1);
            check_linear(name, &text, &[]);
            check_linear(name, &text, &ranges);
        }
    }

    #[test]
    fn a_cluster_of_a_megabyte_is_read_a_few_times_only() {
        let text = format!("word {}", "\u{301}".repeat(500_000));
        let (reads, pieces) = work(&text, &[], 4096);
        assert!(reads <= 16, "{reads}");
        assert_eq!(pieces, 1 + 500_000usize.div_ceil(4096));
    }
}

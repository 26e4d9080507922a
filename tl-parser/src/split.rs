//! Cuts a file into pieces: comments, marks, declarations.
//!
//! One pass over the bytes, no recursion, no grammar: only comments, semicolons, marks and line breaks matter here.
//! Whatever is wrong inside a piece, the scan finds the border of the next one.

use crate::tree::Span;

/// How long a declaration, or a line of documentation, may be in bytes. The longest of Telegram's takes two thousand;
/// the limit keeps what a hostile text costs in proportion to its length.
pub const MAX_DECLARATION: usize = 64 * 1024;

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// One or more blank lines.
    BlankLine,
    /// A comment with its markers.
    Comment(Span),
    /// A comment that the file ends in.
    UnclosedComment(Span),
    /// `---types---` or `===8===`.
    Mark(Span),
    /// Anything else up to its semicolon.
    Declaration(Chunk),
}

/// The text of one declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// From the first token to the last, the semicolon included.
    pub(crate) span: Span,
    /// The comments between its tokens, and between the last token and the border.
    pub(crate) comments: Vec<Span>,
    /// What ends it.
    pub(crate) border: Border,
}

/// What ends a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Its semicolon, as it should be.
    Semicolon,
    /// A mark.
    Mark,
    /// A line that opens another declaration.
    NextDeclaration,
    /// A comment that is never closed.
    UnclosedComment,
    /// The end of the file.
    EndOfFile,
}

/// Walks over a text piece by piece.
pub(crate) struct Pieces<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// How far the search for a forgotten semicolon has come: a second `=` proves that one is missing, and the first line
/// break behind a complete result is where it must have been.
#[derive(Clone, Copy)]
enum Progress {
    BeforeEquals,
    BehindEquals,
    InResult,
    OnNextLine(Restart),
}

/// Where the declaration that follows a forgotten semicolon would begin.
#[derive(Clone, Copy)]
struct Restart {
    at: usize,
    end_of_previous: usize,
    comments_of_previous: usize,
}

impl<'a> Pieces<'a> {
    /// Starts at `at`, behind a byte order mark.
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Self { bytes: text.as_bytes(), at }
    }

    /// Skips blanks; tells how many lines end in them.
    fn skip_blanks(&mut self) -> usize {
        let mut line_breaks = 0;
        while let Some(&byte) = self.bytes.get(self.at).filter(|byte| is_blank(**byte)) {
            line_breaks += usize::from(byte == b'\n');
            self.at += 1;
        }
        line_breaks
    }

    /// Whether `sign` stands at `at`.
    fn looking_at(&self, at: usize, sign: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(sign))
    }

    /// The comment that opens at `at`: its span, or `Err` if it is never closed.
    fn comment(&self, at: usize) -> Option<Result<Span, Span>> {
        let rest = self.bytes.get(at..).filter(|rest| rest.first() == Some(&b'/'))?;
        if rest.starts_with(b"//") {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(rest);
            return Some(Ok(Span { start: at, end: at + line.len() }));
        }
        if !rest.starts_with(b"/*") {
            return None;
        }
        let inside = rest.get(2..)?;
        Some(match inside.windows(2).position(|pair| pair == b"*/") {
            Some(length) => Ok(Span { start: at, end: at + length + 4 }),
            None => Err(Span { start: at, end: self.bytes.len() }),
        })
    }

    /// The mark at the current place: from its first run of signs to the next one on the line, or to the line's end.
    fn mark(&self) -> Option<Span> {
        let sign = [b'-', b'='].into_iter().find(|sign| self.looking_at(self.at, &[*sign; 3]))?;
        let run = |from: usize| self.bytes.iter().skip(from).take_while(|byte| **byte == sign).count();
        let name = self.at + run(self.at);
        let mut at = name;
        // Only as far as the next run: a line may hold many marks.
        while self.bytes.get(at).is_some_and(|byte| *byte != b'\n') {
            if self.looking_at(at, &[sign; 3]) {
                return Some(Span { start: self.at, end: at + run(at) });
            }
            at += 1;
        }
        let blanks = self.bytes.get(name..at)?.iter().rev().take_while(|byte| is_blank(**byte)).count();
        Some(Span { start: self.at, end: at - blanks })
    }

    /// The declaration at the current place, where a token stands.
    fn declaration(&mut self) -> Chunk {
        let start = self.at;
        let mut end = start;
        let mut comments = Vec::new();
        let mut progress = Progress::BeforeEquals;
        let mut new_line = false;
        let border = loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                break Border::EndOfFile;
            };
            match self.comment(self.at) {
                Some(Ok(comment)) => {
                    self.at = comment.end;
                    comments.push(comment);
                    continue;
                }
                Some(Err(_)) => break Border::UnclosedComment,
                None => {}
            }
            if self.looking_at(self.at, b"---") || self.looking_at(self.at, b"===") {
                break Border::Mark;
            }
            if is_blank(byte) {
                new_line |= byte == b'\n';
                self.at += 1;
                continue;
            }
            progress = match (progress, byte) {
                (Progress::OnNextLine(restart), b'=') => {
                    self.at = restart.at;
                    end = restart.end_of_previous;
                    comments.truncate(restart.comments_of_previous);
                    break Border::NextDeclaration;
                }
                (_, b'=') => Progress::BehindEquals,
                (Progress::BehindEquals, _) => Progress::InResult,
                (Progress::InResult, _) if new_line && byte.is_ascii_alphabetic() => Progress::OnNextLine(Restart {
                    at: self.at,
                    end_of_previous: end,
                    comments_of_previous: comments.len(),
                }),
                (progress, _) => progress,
            };
            new_line = false;
            self.at += 1;
            end = self.at;
            if byte == b';' {
                break Border::Semicolon;
            }
        };
        Chunk { span: Span { start, end }, comments, border }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let line_breaks = self.skip_blanks();
        if self.at >= self.bytes.len() {
            return None;
        }
        if line_breaks > 1 {
            return Some(Piece::BlankLine);
        }
        if let Some(comment) = self.comment(self.at) {
            let (Ok(span) | Err(span)) = comment;
            self.at = span.end;
            return Some(if comment.is_ok() { Piece::Comment(span) } else { Piece::UnclosedComment(span) });
        }
        if let Some(span) = self.mark() {
            self.at = span.end;
            return Some(Piece::Mark(span));
        }
        Some(Piece::Declaration(self.declaration()))
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0B | 0x0C)
}

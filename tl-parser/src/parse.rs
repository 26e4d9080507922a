//! From the pieces of a file to its tree.

use std::borrow::Cow;

use crate::brackets;
use crate::comments::PendingComments;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::encoding;
use crate::explain;
use crate::lower;
use crate::split::{Border, Chunk, MAX_DECLARATION, Piece, Pieces};
use crate::tree::{File, Item, SectionKind, Span};

/// A tree and what is wrong with the text it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Everything that is valid.
    pub file: File,
    /// Everything that is not, in the order of the text: the first [`MAX_DIAGNOSTICS`](crate::MAX_DIAGNOSTICS), then one
    /// that counts the others. Empty if the tree is the whole file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a schema. Never fails as a whole: a declaration with an error is left out of the tree, and the next one is
/// parsed again.
///
/// Takes time in proportion to the length of the text, whatever the text is.
pub fn parse(text: &str) -> Parsed {
    Assembly::default().run(text)
}

/// Parses a schema from bytes, which may be anything; what is not UTF-8 is reported with its place.
pub fn parse_bytes(bytes: &[u8]) -> Parsed {
    let decoded = encoding::decode(bytes);
    let mut assembly = Assembly::default();
    for diagnostic in decoded.diagnostics(bytes) {
        assembly.diagnostics.push(diagnostic);
    }
    assembly.run(&decoded.text)
}

#[derive(Default)]
struct Assembly {
    items: Vec<Item>,
    comments: PendingComments,
    diagnostics: Diagnostics,
    section: Option<SectionKind>,
    layer: Option<u32>,
}

impl Assembly {
    fn run(mut self, text: &str) -> Parsed {
        for piece in Pieces::new(text, encoding::byte_order_mark(text)) {
            match piece {
                Piece::BlankLine => {
                    self.comments.cut_off(&mut self.items);
                    self.blank_line();
                }
                Piece::Comment(span) => self.comment(text, span),
                Piece::UnclosedComment(span) => self.diagnostics.push(explain::unclosed_comment(span)),
                Piece::Mark(span) => self.mark(text, span),
                Piece::Declaration(chunk) => self.declaration(text, &chunk),
            }
        }
        self.comments.cut_off(&mut self.items);
        if self.items.last() == Some(&Item::BlankLine) {
            self.items.pop();
        }
        Parsed { file: File { items: self.items }, diagnostics: self.diagnostics.finish() }
    }

    fn blank_line(&mut self) {
        // What failed in between leaves no item, so that two could meet.
        if !matches!(self.items.last(), None | Some(Item::BlankLine)) {
            self.items.push(Item::BlankLine);
        }
    }

    fn comment(&mut self, text: &str, span: Span) {
        if let Err(diagnostic) = self.comments.push(text, span) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn mark(&mut self, text: &str, span: Span) {
        match lower::mark(slice(text, span), span.start) {
            Ok(item) => {
                match &item {
                    Item::Section(section) => self.section = Some(section.kind),
                    Item::Separator(separator) => self.layer = Some(separator.layer),
                    _ => {}
                }
                self.comments.cut_off(&mut self.items);
                self.items.push(item);
            }
            Err(errors) => {
                self.comments.undocument(&mut self.items);
                self.report(errors);
            }
        }
    }

    fn declaration(&mut self, text: &str, chunk: &Chunk) {
        for comment in &chunk.comments {
            self.comment(text, *comment);
        }
        let read = read(text, chunk);
        let missing = missing_semicolon(chunk).filter(|_| read.is_ok());
        match read {
            Ok(Item::Combinator(mut combinator)) => {
                combinator.docs = self.comments.document(&mut self.items);
                combinator.section = self.section.unwrap_or(SectionKind::Types);
                combinator.layer = self.layer;
                self.items.push(Item::Combinator(combinator));
            }
            Ok(item) => {
                self.comments.cut_off(&mut self.items);
                self.items.push(item);
            }
            Err(errors) => {
                self.comments.undocument(&mut self.items);
                // An unclosed comment is reported by itself; what it swallowed is not missing.
                let swallowed =
                    |error: &Diagnostic| chunk.border == Border::UnclosedComment && error.span.start >= chunk.span.end;
                self.report(errors.into_iter().filter(|error| !swallowed(error)));
            }
        }
        self.report(missing);
    }

    fn report(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.diagnostics.push(diagnostic);
        }
    }
}

fn read(text: &str, chunk: &Chunk) -> Result<Item, Vec<Diagnostic>> {
    let span = chunk.span;
    if span.end - span.start > MAX_DECLARATION {
        return Err(vec![explain::too_long(span, "this declaration")]);
    }
    let declaration = without_comments(text, chunk);
    if declaration == ";" {
        return Err(vec![explain::empty_declaration(span)]);
    }
    brackets::check(&declaration, span.start).map_err(|diagnostic| vec![diagnostic])?;
    lower::declaration(&declaration, span.start)
}

/// The declaration with blanks in place of its comments.
fn without_comments<'a>(text: &'a str, chunk: &Chunk) -> Cow<'a, str> {
    if chunk.comments.is_empty() {
        return Cow::Borrowed(slice(text, chunk.span));
    }
    let mut declaration = String::with_capacity(chunk.span.end - chunk.span.start);
    let mut at = chunk.span.start;
    for comment in chunk.comments.iter().filter(|comment| comment.end <= chunk.span.end) {
        declaration.push_str(slice(text, Span { start: at, end: comment.start }));
        declaration.extend(std::iter::repeat_n(' ', comment.end - comment.start));
        at = comment.end;
    }
    declaration.push_str(slice(text, Span { start: at, end: chunk.span.end }));
    Cow::Owned(declaration)
}

/// The error that a border other than a semicolon is.
fn missing_semicolon(chunk: &Chunk) -> Option<Diagnostic> {
    let follows = match chunk.border {
        Border::Semicolon | Border::UnclosedComment => return None,
        Border::Mark => "a mark follows",
        Border::NextDeclaration => "another declaration follows",
        Border::EndOfFile => "the file ends here",
    };
    Some(explain::missing_semicolon(chunk.span, follows))
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}

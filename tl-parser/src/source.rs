//! A text with a name, for saying where in it something is.

use std::fmt::Write as _;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, Severity};
use crate::encoding;
use crate::tree::Span;

/// How many characters of a long line an excerpt shows in front of the place.
const EXCERPT_LEAD: usize = 60;
/// How many characters an excerpt shows at most.
const EXCERPT_WIDTH: usize = 140;
/// How many bytes lie between two counts of characters, which bounds the work for one column.
const COUNTED_BYTES: usize = 1024;

/// A source text with the name of its file: tells lines and columns, and renders diagnostics.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: String,
    text: String,
    /// Where each line starts.
    lines: Vec<usize>,
    /// How many characters start in front of every [`COUNTED_BYTES`]th byte.
    counts: Vec<usize>,
}

impl SourceText {
    /// Takes the text that was given to [`parse`](crate::parse), and the name to call it by.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let first = encoding::byte_order_mark(&text);
        let behind_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(first).chain(behind_breaks).collect();
        let mut total = 0;
        let counts = text
            .as_bytes()
            .chunks(COUNTED_BYTES)
            .map(|chunk| {
                let before = total;
                total += characters(chunk);
                before
            })
            .collect();
        Self { name: name.into(), text, lines, counts }
    }

    /// Takes the bytes that were given to [`parse_bytes`](crate::parse_bytes). Bytes that are not UTF-8 show as blanks.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self::new(name, encoding::decode(bytes).text)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and the column of a byte offset, both counted from 1, the column in characters. An offset inside a
    /// character or past the end is moved back to the next place that exists.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.place(offset);
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.line_start(line).min(offset);
        (line, self.characters_before(offset) - self.characters_before(start) + 1)
    }

    /// The diagnostic as a person reads it: the message, the place, the line with the place underlined, then the hint
    /// and the notes. Every line ends in a line break.
    ///
    /// ```
    /// use tl_parser::{Diagnostic, SourceText, Span};
    ///
    /// let source = SourceText::new("api.tl", "boolTrue#997275b5 = Boole;\n");
    /// let diagnostic = Diagnostic::error(Span { start: 20, end: 25 }, "unknown type `Boole`")
    ///     .with_label("not declared")
    ///     .with_hint("did you mean `Bool`?");
    /// assert_eq!(
    ///     source.render(&diagnostic),
    ///     "error: unknown type `Boole`
    ///  --> api.tl:1:21
    ///   |
    /// 1 | boolTrue#997275b5 = Boole;
    ///   |                     ^^^^^ not declared
    ///   = hint: did you mean `Bool`?
    /// "
    /// );
    /// ```
    pub fn render(&self, diagnostic: &Diagnostic) -> String {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut output = format!("{severity}: {}\n", diagnostic.message);
        let margin = self.render_place(&mut output, diagnostic.span, diagnostic.label.as_deref());
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(output, "{margin} = hint: {hint}");
        }
        for (span, text) in &diagnostic.notes {
            let _ = writeln!(output, "note: {text}");
            self.render_place(&mut output, *span, None);
        }
        output
    }

    /// Appends where `span` is and the line it starts on; gives the margin in front of what follows.
    fn render_place(&self, output: &mut String, span: Span, label: Option<&str>) -> String {
        let (line, column) = self.line_column(span.start);
        let margin = " ".repeat(line.to_string().len());
        let excerpt = self.excerpt(line, span);
        let marks =
            format!("{}{} {}", " ".repeat(excerpt.indent), "^".repeat(excerpt.width), label.unwrap_or_default());
        let _ = write!(
            output,
            "{margin}--> {}:{line}:{column}\n{margin} |\n{line} | {}\n{margin} | {}\n",
            self.name,
            excerpt.text.trim_end(),
            marks.trim_end(),
        );
        margin
    }

    /// What to show of a line so that `span` is in sight.
    fn excerpt(&self, line: usize, span: Span) -> Excerpt {
        let whole = self.line(line);
        let start = self.place(span.start).clamp(whole.start, whole.end);
        let end = self.place(span.end).clamp(start, whole.end);
        let before = self.text.get(whole.start..start).unwrap_or_default();
        let from = before.char_indices().rev().nth(EXCERPT_LEAD - 1).map_or(whole.start, |(at, _)| whole.start + at);
        let visible = self.text.get(from..whole.end).unwrap_or_default();

        let mut excerpt = Excerpt::default();
        if from > whole.start {
            excerpt.text.push('…');
            excerpt.indent += 1;
        }
        let mut characters = visible.char_indices();
        for (at, character) in characters.by_ref().take(EXCERPT_WIDTH) {
            let shown = excerpt.push(character);
            if from + at < start {
                excerpt.indent += shown;
            } else if from + at < end {
                excerpt.width += shown;
            }
        }
        if characters.next().is_some() {
            excerpt.text.push('…');
        }
        excerpt.width = excerpt.width.max(1);
        excerpt
    }

    /// The bytes of a line, without its line break.
    fn line(&self, line: usize) -> Range<usize> {
        let start = self.line_start(line);
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }

    fn line_start(&self, line: usize) -> usize {
        self.lines.get(line - 1).copied().unwrap_or_default()
    }

    /// The nearest place at or before `offset` where a character starts or the text ends.
    fn place(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }

    fn characters_before(&self, offset: usize) -> usize {
        let counted = self.counts.get(offset / COUNTED_BYTES).copied();
        // Without a count at the very end of the text, the count before it serves.
        let index = counted.map_or(self.counts.len().saturating_sub(1), |_| offset / COUNTED_BYTES);
        let count = self.counts.get(index).copied().unwrap_or_default();
        count + characters(self.text.as_bytes().get(index * COUNTED_BYTES..offset).unwrap_or_default())
    }
}

/// A line, cut to size, and where in it the marks go.
#[derive(Default)]
struct Excerpt {
    text: String,
    indent: usize,
    width: usize,
}

impl Excerpt {
    /// Appends a character in a form that takes one place on a terminal and steers nothing; a tab takes four places.
    /// Gives the number of places.
    fn push(&mut self, character: char) -> usize {
        match character {
            '\t' => {
                self.text.push_str("    ");
                return 4;
            }
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
            character if character.is_control() => self.text.push(char::REPLACEMENT_CHARACTER),
            character => self.text.push(character),
        }
        1
    }
}

/// How many characters start in these bytes of a UTF-8 text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

//! From bytes to text, without moving anything: an offset into the bytes is the same offset into the text.

use crate::diagnostic::Diagnostic;
use crate::tree::Span;

/// A text and what was wrong with its bytes.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// The places that are not UTF-8; the text has as many blanks there.
    pub(crate) invalid: Vec<Span>,
    /// The file is UTF-16, and all of it is invalid.
    pub(crate) utf_16: bool,
}

/// Reads UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let utf_16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    if utf_16 {
        let all = Span { start: 0, end: bytes.len() };
        return Decoded { text: " ".repeat(bytes.len()), invalid: vec![all], utf_16 };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut invalid: Vec<Span> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let length = chunk.invalid().len();
        if length == 0 {
            continue;
        }
        let start = text.len();
        text.extend(std::iter::repeat_n(' ', length));
        match invalid.last_mut() {
            Some(last) if last.end == start => last.end = text.len(),
            _ => invalid.push(Span { start, end: text.len() }),
        }
    }
    Decoded { text, invalid, utf_16 }
}

impl Decoded {
    /// One diagnostic for each invalid place.
    pub(crate) fn diagnostics<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Diagnostic> + 'a {
        self.invalid.iter().map(move |span| {
            if self.utf_16 {
                return Diagnostic::error(Span { start: 0, end: 2 }, "this file is UTF-16")
                    .with_hint("schemas are UTF-8: save the file in that encoding");
            }
            let first = bytes.get(span.start).copied().unwrap_or_default();
            let label = match span.end - span.start {
                1 => format!("the byte 0x{first:02X}"),
                length => format!("{length} bytes, the first is 0x{first:02X}"),
            };
            Diagnostic::error(*span, "this is not UTF-8").with_label(label)
        })
    }
}

/// The length of the byte order mark that `text` starts with.
pub(crate) fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 }
}

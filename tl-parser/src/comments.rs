//! Which comments document a declaration, and where the others go.
//!
//! The lines `//@…`, and the lines `//-…` right below them, document the next declaration. Everything else in front of
//! it stays in front of it. A blank line, a mark or the end of the file cuts documentation off from what follows: then
//! it is plain comments, as in the files that describe a type in a paragraph of its own.

use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::lower::{self, CommentContent};
use crate::split;
use crate::tree::{Comment, DocEntry, Item, Span};

/// The comments since the last declaration, in order.
#[derive(Default)]
pub(crate) struct PendingComments {
    pending: Vec<Pending>,
}

struct Pending {
    content: CommentContent,
    comment: Comment,
}

impl PendingComments {
    /// Takes the comment at `span`.
    pub(crate) fn push(&mut self, source: &str, span: Span) -> Result<(), Diagnostic> {
        let text = source.get(span.start..span.end).unwrap_or_default().trim_end();
        let span = Span { start: span.start, end: span.start + text.len() };
        let documents = text.starts_with("//@") || text.starts_with("//-") && self.continues();
        if documents && text.len() > split::MAX_DECLARATION {
            return Err(explain::too_long(span, "this line of documentation"));
        }
        let content = match lower::comment(text, span.start) {
            CommentContent::Continuation(..) if !self.continues() => CommentContent::Plain,
            content => content,
        };
        self.pending.push(Pending { content, comment: Comment { text: text.to_owned(), span } });
        Ok(())
    }

    /// Whether the last comment is documentation, so that `//-` can go on with it.
    fn continues(&self) -> bool {
        let last = self.pending.last().map(|pending| &pending.content);
        matches!(last, Some(CommentContent::Documentation(_) | CommentContent::Continuation(..)))
    }

    /// Nothing that these could document follows.
    pub(crate) fn cut_off(&mut self, items: &mut Vec<Item>) {
        items.extend(self.pending.drain(..).map(|pending| match pending.content {
            CommentContent::Layer(mark) => Item::Layer(mark),
            _ => Item::Comment(pending.comment),
        }));
    }

    /// A declaration follows: gives its documentation.
    pub(crate) fn document(&mut self, items: &mut Vec<Item>) -> Vec<DocEntry> {
        let mut docs: Vec<DocEntry> = Vec::new();
        for Pending { content, comment } in self.pending.drain(..) {
            match content {
                CommentContent::Plain => items.push(Item::Comment(comment)),
                CommentContent::Layer(mark) => items.push(Item::Layer(mark)),
                CommentContent::Documentation(entries) => docs.extend(entries),
                CommentContent::Continuation(text, entries) => {
                    if let (Some(text), Some(last)) = (text, docs.last_mut()) {
                        last.text.push('\n');
                        last.text.push_str(&text);
                        last.span.end = comment.span.end;
                    }
                    docs.extend(entries);
                }
            }
        }
        docs
    }

    /// Something that is not in the tree follows. Its documentation goes with it: as comments in front of the next
    /// declaration they would document that one when the tree is printed and parsed again.
    pub(crate) fn undocument(&mut self, items: &mut Vec<Item>) {
        self.document(items);
    }
}

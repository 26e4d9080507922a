//! What is wrong with a text, and where.

use crate::tree::Span;

/// How many diagnostics are kept; the others are only counted.
pub const MAX_DIAGNOSTICS: usize = 100;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The text is not valid, and what it says there is not in the tree.
    Error,
    /// The text is valid, but looks like a mistake.
    Warning,
}

/// A message about a place in the text. [`SourceText::render`](crate::SourceText::render) makes it readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// The place.
    pub span: Span,
    /// What to say at the place itself.
    pub label: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Other places that have to do with it, and why.
    pub notes: Vec<(Span, String)>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message.into())
    }

    /// A warning at `span`.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message.into())
    }

    fn new(severity: Severity, span: Span, message: String) -> Self {
        Self { severity, message, span, label: None, hint: None, notes: Vec::new() }
    }

    /// Says `label` at the place itself.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds another place that has to do with it.
    #[must_use]
    pub fn with_note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push((span, text.into()));
        self
    }
}

/// Collects the diagnostics of one text, up to the limit.
#[derive(Default)]
pub(crate) struct Diagnostics {
    kept: Vec<Diagnostic>,
    first_dropped: Option<Span>,
    dropped: usize,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < MAX_DIAGNOSTICS {
            self.kept.push(diagnostic);
        } else {
            self.first_dropped.get_or_insert(diagnostic.span);
            self.dropped += 1;
        }
    }

    /// What was kept, in the order of the text, and behind it how many were not.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.kept.sort_by_key(|diagnostic| diagnostic.span.start);
        if let Some(span) = self.first_dropped {
            let errors = if self.dropped == 1 { "error" } else { "errors" };
            self.kept.push(
                Diagnostic::error(span, format!("{} more {errors}", self.dropped))
                    .with_label("the first of them")
                    .with_hint(format!("the first {MAX_DIAGNOSTICS} are shown in full")),
            );
        }
        self.kept
    }
}

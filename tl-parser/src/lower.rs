//! From the text of a piece to its part of the tree, by way of pest. The only module that knows the rules of the grammar.
//!
//! Each function takes the text of one piece and `base`, the offset at which it starts in the file.

mod tree;

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use self::grammar::{Grammar, Rule};
use self::tree::Lowering;
use crate::diagnostic::Diagnostic;
use crate::explain::{self, A_FIELD, A_NAME, A_NUMBER, A_TYPE};
use crate::tree::{DocEntry, Item, LayerMark, Span};

mod grammar {
    #![allow(missing_docs, unreachable_pub, reason = "pest_derive writes the items of this module")]

    #[derive(pest_derive::Parser)]
    #[grammar = "grammar.pest"]
    pub struct Grammar;
}

/// The errors in one piece, at least one.
type Errors = Vec<Diagnostic>;

/// Reads a declaration. A combinator comes without docs, section and layer, which are around it.
pub(crate) fn declaration(text: &str, base: usize) -> Result<Item, Errors> {
    item(Rule::declaration, text, base, Lowering::declaration)
}

/// Reads `---types---` or `===8===`.
pub(crate) fn mark(text: &str, base: usize) -> Result<Item, Errors> {
    item(Rule::mark, text, base, Lowering::mark)
}

fn item(
    rule: Rule,
    text: &str,
    base: usize,
    lower: fn(&mut Lowering, Pair<'_, Rule>) -> Option<Item>,
) -> Result<Item, Errors> {
    let mut pairs = parse(rule, text, base)?;
    let mut lowering = lowering(text, base);
    let item = pairs.next().and_then(|pair| lower(&mut lowering, pair));
    match item {
        Some(item) if lowering.errors.is_empty() => Ok(item),
        _ if lowering.errors.is_empty() => Err(vec![explain::gave_up(base, "the grammar promises more")]),
        _ => Err(lowering.errors),
    }
}

/// What a comment is about.
pub(crate) enum CommentContent {
    Plain,
    Layer(LayerMark),
    Documentation(Vec<DocEntry>),
    /// Text for the last entry above, then entries of its own.
    Continuation(Option<String>, Vec<DocEntry>),
}

/// Reads a comment, markers included and blanks at its end excluded.
pub(crate) fn comment(text: &str, base: usize) -> CommentContent {
    // Most comments are plain, and what they open with tells so at once.
    let rule = match text.as_bytes() {
        [b'/', b'/', b'@', ..] => Rule::documentation,
        [b'/', b'/', b'-', ..] => Rule::continuation,
        [b'/', b'/', ..] => Rule::layer_comment,
        _ => return CommentContent::Plain,
    };
    let pair = Grammar::parse(rule, text).ok().and_then(|mut pairs| pairs.next());
    let Some(pair) = pair else {
        return CommentContent::Plain;
    };
    let mut lowering = lowering(text, base);
    if rule == Rule::layer_comment {
        // A number too large for a layer is just a word of the comment.
        let mark = pair.into_inner().next().and_then(|number| lowering.layer(&number));
        return mark.map_or(CommentContent::Plain, CommentContent::Layer);
    }
    let mut continued = None;
    let mut entries = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::documentation_text => continued = Some(part.as_str().to_owned()),
            Rule::documentation_entry => entries.extend(lowering.documentation_entry(part)),
            _ => {}
        }
    }
    if rule == Rule::documentation {
        return CommentContent::Documentation(entries);
    }
    // `//-` alone is an empty line of the text above.
    let continued = if entries.is_empty() { Some(continued.unwrap_or_default()) } else { continued };
    CommentContent::Continuation(continued, entries)
}

fn lowering(text: &str, base: usize) -> Lowering {
    Lowering { whole: Span { start: base, end: base + text.len() }, errors: Vec::new() }
}

fn parse(rule: Rule, text: &str, base: usize) -> Result<Pairs<'_, Rule>, Errors> {
    Grammar::parse(rule, text).map_err(|error| {
        let (InputLocation::Pos(offset) | InputLocation::Span((offset, _))) = error.location;
        vec![match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                let expected = positives.iter().filter_map(|rule| words(*rule)).collect();
                explain::unexpected(text, offset, base, expected)
            }
            // pest stops by itself when the thread's stack is nearly used up.
            ErrorVariant::CustomError { message } => explain::gave_up(base + offset, message),
        }]
    })
}

/// A rule in words for a message, or nothing if it would not help to know it.
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::combinator | Rule::combinator_name | Rule::path | Rule::name => A_NAME,
        Rule::optional_argument => "an optional argument such as `{X:Type}`",
        Rule::named_field | Rule::field_group | Rule::anonymous_field => A_FIELD,
        Rule::counted_or_plain
        | Rule::result
        | Rule::expression
        | Rule::argument
        | Rule::nat
        | Rule::bare
        | Rule::exclamation
        | Rule::application
        | Rule::parenthesised => A_TYPE,
        Rule::number => A_NUMBER,
        Rule::repetition | Rule::open_bracket => "`[`",
        Rule::equals => "`=`",
        Rule::semicolon | Rule::EOI => "`;`",
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::close_brace => "`}`",
        Rule::close_parenthesis => "`)`",
        Rule::close_bracket => "`]`",
        Rule::close_angle => "`>`",
        Rule::section_name => "`types` or `functions`",
        Rule::dashes => "`---`",
        Rule::double_lines => "`===`",
        _ => return None,
    })
}

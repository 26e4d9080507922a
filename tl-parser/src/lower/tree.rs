//! From pairs to nodes of the tree.
//!
//! A method gives `None` only if a pair lacks a part that its rule always has.

use pest::iterators::{Pair, Pairs};

use super::grammar::Rule;
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::tree::{
    Combinator, Condition, ConstructorId, DocEntry, Field, FinalDeclaration, FinalKind, Generic, Ident, Item,
    LayerMark, PartialApplication, Path, Section, SectionKind, Span, Type, TypeKind,
};

/// How many bytes a type may take when it is written out for each of the names that share it.
const MAX_SHARED: usize = 1024;

/// Turns the pairs of one piece into nodes.
pub(super) struct Lowering {
    /// The piece.
    pub(super) whole: Span,
    /// What is wrong in it, although the grammar lets it in.
    pub(super) errors: Vec<Diagnostic>,
}

impl Lowering {
    /// A combinator without docs, section and layer, or one of the rarer declarations.
    pub(super) fn declaration(&mut self, pair: Pair<'_, Rule>) -> Option<Item> {
        Some(match pair.as_rule() {
            Rule::combinator => Item::Combinator(Box::new(self.combinator(pair)?)),
            Rule::final_declaration => Item::Final(self.final_declaration(pair)?),
            _ => Item::Partial(PartialApplication {
                application: self.applied(pair.into_inner(), self.whole)?,
                span: self.whole,
            }),
        })
    }

    fn combinator(&mut self, pair: Pair<'_, Rule>) -> Option<Combinator> {
        let mut parts = pair.into_inner();
        let mut full_name = parts.next()?.into_inner();
        let mut combinator = Combinator {
            docs: Vec::new(),
            section: SectionKind::Types,
            layer: None,
            name: self.path(&full_name.next()?),
            id: full_name.next().and_then(|id| self.id(&id)),
            generics: Vec::new(),
            fields: Vec::new(),
            builtin: false,
            result: self.term(parts.next_back()?)?,
            span: self.whole,
        };
        for part in parts {
            match part.as_rule() {
                Rule::optional_argument => self.optional_argument(part, &mut combinator.generics)?,
                Rule::builtin => combinator.builtin = true,
                Rule::equals => {}
                _ => self.field(part, &mut combinator.fields)?,
            }
        }
        Some(combinator)
    }

    fn final_declaration(&self, pair: Pair<'_, Rule>) -> Option<FinalDeclaration> {
        let mut parts = pair.into_inner();
        let kind = match parts.next()?.as_str() {
            "New" => FinalKind::New,
            "Final" => FinalKind::Final,
            _ => FinalKind::Empty,
        };
        Some(FinalDeclaration { kind, name: self.path(&parts.next()?), span: self.whole })
    }

    /// `---types---` or `===8===`.
    pub(super) fn mark(&mut self, pair: Pair<'_, Rule>) -> Option<Item> {
        let rule = pair.as_rule();
        let content = pair.into_inner().nth(1)?;
        if rule == Rule::separator {
            return Some(Item::Separator(self.layer(&content)?));
        }
        let kind = match content.as_str() {
            "types" => SectionKind::Types,
            "functions" => SectionKind::Functions,
            other => {
                self.errors.push(explain::unknown_section(other, self.span(&content)));
                return None;
            }
        };
        Some(Item::Section(Section { kind, span: self.whole }))
    }

    /// The layer that a mark or a comment names.
    pub(super) fn layer(&mut self, number: &Pair<'_, Rule>) -> Option<LayerMark> {
        Some(LayerMark { layer: self.number(number)?, span: self.whole })
    }

    /// `@field` and its text.
    pub(super) fn documentation_entry(&self, pair: Pair<'_, Rule>) -> Option<DocEntry> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let tag = parts.next()?.as_str().to_owned();
        let text = parts.next().map_or_else(String::new, |text| text.as_str().to_owned());
        Some(DocEntry { tag, text, span })
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        // A rule that ends in something optional has taken the blanks in front of it even where it is not there.
        let start = self.whole.start + pair.as_span().start();
        Span { start, end: start + pair.as_str().trim_end().len() }
    }

    /// An id, or an error and nothing.
    fn id(&mut self, pair: &Pair<'_, Rule>) -> Option<ConstructorId> {
        let span = self.span(pair);
        let digits = pair.as_str().trim_start_matches('#');
        match (u32::from_str_radix(digits, 16), u8::try_from(digits.len())) {
            (Ok(value), Ok(length @ 1..=8)) => Some(ConstructorId { value, digits: length, span }),
            _ => {
                self.errors.push(explain::bad_id(digits, span));
                None
            }
        }
    }

    /// Appends an optional argument, or several of one kind.
    fn optional_argument(&mut self, pair: Pair<'_, Rule>, generics: &mut Vec<Generic>) -> Option<()> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|part| !is_sign(part.as_rule()));
        let kind = parts.next_back()?;
        self.shared(parts.clone().count(), &kind)?;
        let kind = self.term(kind)?;
        generics.extend(parts.map(|name| Generic { name: self.ident(&name), kind: kind.clone(), span }));
        Some(())
    }

    /// Appends a field, or the fields of a group.
    fn field(&mut self, pair: Pair<'_, Rule>, fields: &mut Vec<Field>) -> Option<()> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|part| !is_sign(part.as_rule())).peekable();
        let mut names = Vec::new();
        while let Some(name) = parts.next_if(|part| matches!(part.as_rule(), Rule::name | Rule::underscore)) {
            names.push((name.as_rule() == Rule::name).then(|| self.ident(&name)));
        }
        if names.is_empty() {
            names.push(None);
        }
        let condition = match parts.next_if(|part| part.as_rule() == Rule::condition) {
            Some(condition) => Some(self.condition(condition)?),
            None => None,
        };
        let ty = parts.next()?;
        self.shared(names.len(), &ty)?;
        let ty = self.field_type(ty)?;
        let field = |name| Field { name, condition: condition.clone(), ty: ty.clone(), span };
        fields.extend(names.into_iter().map(field));
        Some(())
    }

    /// Bounds what it costs that several names share a type, which the tree gives to each of them.
    fn shared(&mut self, names: usize, ty: &Pair<'_, Rule>) -> Option<()> {
        let span = self.span(ty);
        if names > 1 && names * (span.end - span.start) > MAX_SHARED {
            self.errors.push(explain::too_much_shared(names, span));
            return None;
        }
        Some(())
    }

    fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<Condition> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let field = self.ident(&parts.next()?);
        let Some(number) = parts.next() else {
            return Some(Condition { field, bit: None, span });
        };
        let Ok(bit) = number.as_str().parse() else {
            self.errors.push(explain::bit_too_large(self.span(&number)));
            return None;
        };
        Some(Condition { field, bit: Some(bit), span })
    }

    fn field_type(&mut self, pair: Pair<'_, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::repetition => self.repetition(None, pair, span),
            Rule::counted_or_plain => {
                let mut parts = pair.into_inner();
                let ty = self.term(parts.next()?)?;
                match parts.next() {
                    Some(repetition) => self.repetition(Some(Box::new(ty)), repetition, span),
                    None => Some(ty),
                }
            }
            Rule::vector_application => self.applied(pair.into_inner(), span),
            _ => self.term(pair),
        }
    }

    fn repetition(&mut self, count: Option<Box<Type>>, pair: Pair<'_, Rule>, span: Span) -> Option<Type> {
        let mut fields = Vec::new();
        for part in pair.into_inner().filter(|part| !is_sign(part.as_rule())) {
            self.field(part, &mut fields)?;
        }
        Some(Type { kind: TypeKind::Repetition { count, fields }, span })
    }

    /// A head and what it is applied to, if anything.
    fn applied(&mut self, parts: Pairs<'_, Rule>, span: Span) -> Option<Type> {
        let mut terms = self.terms(parts)?.into_iter();
        let head = terms.next()?;
        if terms.len() == 0 {
            return Some(head);
        }
        Some(Type { kind: TypeKind::Apply { head: Box::new(head), arguments: terms.collect() }, span })
    }

    // A loop, because the closures of an iterator would take several times the stack at every level of nesting.
    fn terms(&mut self, parts: Pairs<'_, Rule>) -> Option<Vec<Type>> {
        let mut terms = Vec::new();
        for part in parts {
            if !is_sign(part.as_rule()) {
                terms.push(self.term(part)?);
            }
        }
        Some(terms)
    }

    fn term(&mut self, pair: Pair<'_, Rule>) -> Option<Type> {
        let pair = unwrapped(pair);
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::nat => TypeKind::Nat,
            Rule::number => TypeKind::Number(self.number(&pair)?),
            Rule::path | Rule::vector => TypeKind::Name(self.path(&pair)),
            Rule::bare => TypeKind::Bare(Box::new(self.applied(pair.into_inner(), span)?)),
            Rule::exclamation => TypeKind::Exclamation(Box::new(self.applied(pair.into_inner(), span)?)),
            Rule::argument => TypeKind::Sum(self.terms(pair.into_inner())?),
            _ => return self.applied(pair.into_inner(), span),
        };
        Some(Type { kind, span })
    }

    /// A number, or an error and nothing.
    fn number(&mut self, pair: &Pair<'_, Rule>) -> Option<u32> {
        let number = pair.as_str().parse().ok();
        if number.is_none() {
            self.errors.push(explain::number_too_large(self.span(pair)));
        }
        number
    }

    fn ident(&self, pair: &Pair<'_, Rule>) -> Ident {
        Ident { text: pair.as_str().to_owned(), span: self.span(pair) }
    }

    fn path(&self, pair: &Pair<'_, Rule>) -> Path {
        let (namespace, name) = pair.as_str().rsplit_once('.').unwrap_or(("", pair.as_str()));
        let namespace = namespace.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Path { namespace, name: name.to_owned(), span: self.span(pair) }
    }
}

/// What is inside parentheses and the like that hold just one thing. A loop, so that only what nests in the tree nests
/// on the stack.
fn unwrapped(mut pair: Pair<'_, Rule>) -> Pair<'_, Rule> {
    while let Rule::result | Rule::expression | Rule::argument | Rule::parenthesised | Rule::application =
        pair.as_rule()
    {
        let mut parts = pair.clone().into_inner().filter(|part| !is_sign(part.as_rule()));
        match (parts.next(), parts.next()) {
            (Some(only), None) => pair = only,
            _ => break,
        }
    }
    pair
}

/// Signs are pairs only so that messages can name them.
fn is_sign(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::colon
            | Rule::comma
            | Rule::plus
            | Rule::open_bracket
            | Rule::close_angle
            | Rule::close_brace
            | Rule::close_bracket
            | Rule::close_parenthesis
            | Rule::semicolon
            | Rule::EOI
    )
}

//! Trees without their places, to compare what two texts say.

use crate::tree::{Combinator, DocEntry, Field, File, Generic, Ident, Item, Path, Span, Type, TypeKind};

impl File {
    /// The same file with every span empty.
    ///
    /// ```
    /// let [one, other] = ["true#3fedd339=True;", "true#3fedd339 = True;\n"].map(|text| tl_parser::parse(text).file);
    /// assert_ne!(one, other);
    /// assert_eq!(one.without_spans(), other.without_spans());
    /// ```
    #[must_use]
    pub fn without_spans(mut self) -> Self {
        self.items.iter_mut().for_each(item);
        self
    }
}

const NOWHERE: Span = Span { start: 0, end: 0 };

fn item(item: &mut Item) {
    match item {
        Item::BlankLine => {}
        Item::Comment(comment) => comment.span = NOWHERE,
        Item::Layer(mark) | Item::Separator(mark) => mark.span = NOWHERE,
        Item::Section(section) => section.span = NOWHERE,
        Item::Combinator(declaration) => combinator(declaration),
        Item::Final(declaration) => {
            declaration.span = NOWHERE;
            path(&mut declaration.name);
        }
        Item::Partial(declaration) => {
            declaration.span = NOWHERE;
            ty(&mut declaration.application);
        }
    }
}

fn combinator(combinator: &mut Combinator) {
    let Combinator { docs, section: _, layer: _, name, id, generics, fields, builtin: _, result, span } = combinator;
    for DocEntry { span, .. } in docs {
        *span = NOWHERE;
    }
    path(name);
    if let Some(id) = id {
        id.span = NOWHERE;
    }
    for Generic { name, kind, span } in generics {
        ident(name);
        ty(kind);
        *span = NOWHERE;
    }
    fields.iter_mut().for_each(field);
    ty(result);
    *span = NOWHERE;
}

fn field(field: &mut Field) {
    let Field { name, condition, ty: field_type, span } = field;
    if let Some(name) = name {
        ident(name);
    }
    if let Some(condition) = condition {
        ident(&mut condition.field);
        condition.span = NOWHERE;
    }
    ty(field_type);
    *span = NOWHERE;
}

fn ty(Type { kind, span }: &mut Type) {
    *span = NOWHERE;
    match kind {
        TypeKind::Nat | TypeKind::Number(_) => {}
        TypeKind::Name(name) => path(name),
        TypeKind::Bare(inner) | TypeKind::Exclamation(inner) => ty(inner),
        TypeKind::Apply { head, arguments } => {
            ty(head);
            arguments.iter_mut().for_each(ty);
        }
        TypeKind::Sum(summands) => summands.iter_mut().for_each(ty),
        TypeKind::Repetition { count, fields } => {
            if let Some(count) = count {
                ty(count);
            }
            fields.iter_mut().for_each(field);
        }
    }
}

fn ident(Ident { span, .. }: &mut Ident) {
    *span = NOWHERE;
}

fn path(Path { span, .. }: &mut Path) {
    *span = NOWHERE;
}

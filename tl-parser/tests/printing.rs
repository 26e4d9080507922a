//! Printing a tree and parsing the text gives the tree again, and canonical text stays as it is.

use proptest::prelude::*;
use tl_parser::{
    Combinator, Comment, Condition, ConstructorId, DocEntry, Field, File, FinalDeclaration, FinalKind, Generic, Ident,
    Item, LayerMark, PartialApplication, Path, Section, SectionKind, Span, Type, TypeKind, parse, print,
};

const NOWHERE: Span = Span { start: 0, end: 0 };

/// Both promises, for a text without errors.
#[track_caller]
fn check_text(text: &str) {
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, []);
    let printed = print(&parsed.file);
    let again = parse(&printed);
    assert_eq!(again.diagnostics, []);
    assert_eq!(print(&again.file), printed);
    assert!(again.file.without_spans() == parsed.file.without_spans());
}

#[test]
fn the_schemas_survive_printing() {
    check_text(tl_schema::API);
    check_text(tl_schema::MTPROTO);
    check_text(tl_schema::SECRET);
}

#[test]
fn the_schema_of_the_api_is_printed_as_it_stands() {
    let printed = print(&parse(tl_schema::API).file);
    let changed: Vec<&str> =
        tl_schema::API.lines().zip(printed.lines()).filter(|(one, other)| one != other).map(|(line, _)| line).collect();
    assert_eq!(changed, [""; 0]);
}

#[test]
fn a_combinator_prints_as_its_declaration() {
    let file = parse("//@description d\na.b#0f\n{X:Type} x:flags.0?(Vector X)=A").file;
    let printed: Vec<String> = file.combinators().map(Combinator::to_string).collect();
    assert_eq!(printed, ["a.b#0f {X:Type} x:flags.0?Vector<X> = A;"]);
}

#[test]
fn parts_of_a_combinator_print_by_themselves() {
    let file = parse("a.b#0f x:flags.0?Vector<X> = Map A B;").file;
    let combinator = file.combinators().next();
    let parts = combinator.map(|combinator| {
        let field = &combinator.fields[0];
        (combinator.name.to_string(), field.to_string(), field.ty.to_string(), combinator.result.to_string())
    });
    let expected = ("a.b", "x:flags.0?Vector<X>", "Vector<X>", "Map<A, B>");
    assert_eq!(parts, Some((expected.0.into(), expected.1.into(), expected.2.into(), expected.3.into())));
}

fn ident() -> impl Strategy<Value = Ident> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,4}",
        "[a-zA-Z][a-zA-Z0-9_]{0,4}",
        prop::sample::select(vec!["vector", "Vector", "New", "Final", "type"]).prop_map(str::to_owned)
    ]
    .prop_map(|text| Ident { text, span: NOWHERE })
}

fn path() -> impl Strategy<Value = Path> {
    prop::collection::vec(ident(), 1..4).prop_map(|idents| {
        let mut namespace: Vec<String> = idents.into_iter().map(|ident| ident.text).collect();
        let name = namespace.pop().unwrap_or_default();
        Path { namespace, name, span: NOWHERE }
    })
}

fn ty(kind: TypeKind) -> Type {
    Type { kind, span: NOWHERE }
}

fn term() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(ty(TypeKind::Nat)),
        any::<u32>().prop_map(|number| ty(TypeKind::Number(number))),
        path().prop_map(|path| ty(TypeKind::Name(path))),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| ty(TypeKind::Bare(Box::new(inner)))),
            inner.clone().prop_map(|inner| ty(TypeKind::Exclamation(Box::new(inner)))),
            (inner.clone(), prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(head, arguments)| ty(TypeKind::Apply { head: Box::new(head), arguments })),
            prop::collection::vec(inner, 2..4).prop_map(|summands| ty(TypeKind::Sum(summands))),
        ]
    })
}

/// A vector without its argument takes the next field for it, which no tree that was parsed can say.
fn is_lone_vector(ty: &Type) -> bool {
    matches!(&ty.kind, TypeKind::Name(path) if path.namespace.is_empty() && path.name.eq_ignore_ascii_case("vector"))
}

fn field() -> impl Strategy<Value = Field> {
    let condition =
        (ident(), prop::option::of(any::<u32>())).prop_map(|(field, bit)| Condition { field, bit, span: NOWHERE });
    let plain = (prop::option::of(ident()), prop::option::of(condition), term())
        .prop_filter("a lone vector", |(_, _, ty)| !is_lone_vector(ty))
        .prop_map(|(name, condition, ty)| Field { name, condition, ty, span: NOWHERE });
    plain.prop_recursive(3, 12, 3, |inner| {
        (prop::option::of(ident()), prop::option::of(term()), prop::collection::vec(inner, 0..4)).prop_map(
            |(name, count, fields)| {
                let ty = ty(TypeKind::Repetition { count: count.map(Box::new), fields });
                Field { name, condition: None, ty, span: NOWHERE }
            },
        )
    })
}

fn docs() -> impl Strategy<Value = Vec<DocEntry>> {
    let line = "([a-zé@,]{1,4}@?( [b-z.]{1,4}){0,2})?";
    let entry = ("[a-z_0-9]{1,5}", prop::collection::vec(line, 1..4)).prop_filter_map(
        "an entry inside a text",
        |(tag, lines)| {
            let text = lines.join("\n");
            let opens_entry = lines.iter().any(|line| line.starts_with('@'));
            (!opens_entry).then_some(DocEntry { tag, text, span: NOWHERE })
        },
    );
    prop::collection::vec(entry, 0..3)
}

fn combinator() -> impl Strategy<Value = Item> {
    let id = (1_u8..=8, any::<u32>()).prop_map(|(digits, value)| ConstructorId {
        value: value >> (32 - 4 * u32::from(digits)),
        digits,
        span: NOWHERE,
    });
    let generics =
        prop::collection::vec((ident(), term()).prop_map(|(name, kind)| Generic { name, kind, span: NOWHERE }), 0..3);
    (docs(), path(), prop::option::of(id), generics, prop::collection::vec(field(), 0..5), any::<bool>(), term())
        .prop_map(|(docs, name, id, generics, fields, builtin, result)| {
            let builtin = builtin && fields.is_empty();
            let (section, layer, span) = (SectionKind::Types, None, NOWHERE);
            Item::Combinator(Box::new(Combinator {
                docs,
                section,
                layer,
                name,
                id,
                generics,
                fields,
                builtin,
                result,
                span,
            }))
        })
}

fn other_item() -> impl Strategy<Value = Item> {
    let mark = || any::<u32>().prop_map(|layer| LayerMark { layer, span: NOWHERE });
    let comment = prop_oneof!["//( [a-zé;=-]{1,8})?", "/\\*[a-z;\n/-]{0,8}\\*/"];
    let sections = prop::sample::select(vec![SectionKind::Types, SectionKind::Functions]);
    let kinds = prop::sample::select(vec![FinalKind::New, FinalKind::Final, FinalKind::Empty]);
    prop_oneof![
        Just(Item::BlankLine),
        comment.prop_map(|text| Item::Comment(Comment { text, span: NOWHERE })),
        mark().prop_map(Item::Layer),
        mark().prop_map(Item::Separator),
        sections.prop_map(|kind| Item::Section(Section { kind, span: NOWHERE })),
        (kinds, path()).prop_map(|(kind, name)| Item::Final(FinalDeclaration { kind, name, span: NOWHERE })),
        (path(), prop::collection::vec(term(), 1..3)).prop_map(|(head, arguments)| {
            let head = Box::new(ty(TypeKind::Name(head)));
            let application = ty(TypeKind::Apply { head, arguments });
            Item::Partial(PartialApplication { application, span: NOWHERE })
        }),
    ]
}

/// Trees as parsing gives them: sections and layers fit, and blank lines stand alone and between items.
fn file() -> impl Strategy<Value = File> {
    prop::collection::vec(prop_oneof![combinator(), other_item()], 0..8).prop_map(|mut items| {
        items.dedup_by(|next, item| *next == Item::BlankLine && *item == Item::BlankLine);
        let start = items.iter().take_while(|item| **item == Item::BlankLine).count();
        items.drain(..start);
        if items.last() == Some(&Item::BlankLine) {
            items.pop();
        }
        let (mut section, mut layer) = (SectionKind::Types, None);
        for item in &mut items {
            match item {
                Item::Section(mark) => section = mark.kind,
                Item::Separator(mark) => layer = Some(mark.layer),
                Item::Combinator(combinator) => (combinator.section, combinator.layer) = (section, layer),
                _ => {}
            }
        }
        File { items }
    })
}

proptest! {
    #[test]
    fn any_tree_survives_printing(file in file()) {
        let text = print(&file);
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.diagnostics, &[], "{}", text);
        prop_assert_eq!(print(&parsed.file), text);
        prop_assert_eq!(parsed.file.without_spans(), file);
    }

    #[test]
    fn blanks_and_comments_between_tokens_change_nothing_but_comments(file in file(), blank in "[ \t\r\n]{1,3}|/\\*;\\*/| // ;\n") {
        let mut combinators: Vec<Combinator> = file.combinators().cloned().collect();
        for combinator in &mut combinators {
            combinator.docs.clear();
            (combinator.section, combinator.layer) = (SectionKind::Types, None);
        }
        let text: String = combinators.iter().map(|combinator| combinator.to_string().replace(' ', &blank)).collect();
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.diagnostics, &[], "{}", text);
        let again: Vec<Combinator> = parsed.file.without_spans().combinators().cloned().collect();
        prop_assert_eq!(again, combinators);
    }
}

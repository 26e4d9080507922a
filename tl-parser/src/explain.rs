//! Words for syntax errors: what was found, what was expected, and what the writer probably meant.

use crate::diagnostic::Diagnostic;
use crate::split::MAX_DECLARATION;
use crate::tree::Span;

/// How many characters of the text a message repeats at most.
const MAX_QUOTE: usize = 40;

// Expectations that take part in decisions here.
pub(crate) const A_NAME: &str = "a name";
pub(crate) const A_FIELD: &str = "a field";
pub(crate) const A_TYPE: &str = "a type";
pub(crate) const A_NUMBER: &str = "a number";

/// An error at `offset` in the text of a piece that starts at `base`. `expected` says in words what could stand there.
pub(crate) fn unexpected(text: &str, offset: usize, base: usize, expected: Vec<&'static str>) -> Diagnostic {
    let before = text.get(..offset).unwrap_or(text);
    let rest = text.get(offset..).unwrap_or_default();
    let found = token(rest);
    let span = Span { start: base + offset, end: base + offset + found.len() };
    let expected = tidy(expected);

    let diagnostic = match found.chars().next() {
        None => Diagnostic::error(span, "something is missing at the end"),
        Some(character) if !character.is_ascii() => {
            let diagnostic = Diagnostic::error(span, format!("unexpected character `{}`", character.escape_debug()))
                .with_label(format!("U+{:04X}", u32::from(character)));
            return match foreign_hint(character) {
                Some(hint) => diagnostic.with_hint(hint),
                None => diagnostic.with_hint("outside comments a schema is ASCII"),
            };
        }
        Some(character) if character.is_control() => {
            return Diagnostic::error(span, "unexpected control character")
                .with_label(format!("U+{:04X}", u32::from(character)));
        }
        Some(_) => Diagnostic::error(span, format!("unexpected `{}`", shorten(found))),
    };
    let diagnostic = match list(&expected) {
        Some(words) => diagnostic.with_label(format!("expected {words}")),
        None => diagnostic,
    };
    match hint(before, rest, &expected) {
        Some(hint) => diagnostic.with_hint(hint),
        None => diagnostic,
    }
}

/// The grammar could not be applied, which is not the fault of the text.
pub(crate) fn gave_up(at: usize, reason: &str) -> Diagnostic {
    Diagnostic::error(Span { start: at, end: at }, format!("could not read on: {reason}"))
        .with_hint("the parser needs a thread with a larger stack")
}

/// An id of something else than 1 to 8 hexadecimal digits.
pub(crate) fn bad_id(digits: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(span, format!("`#{}` is not a constructor id", shorten(digits)));
    let stranger = digits.chars().find(|digit| !digit.is_ascii_hexdigit());
    let label = match stranger {
        Some(character) => format!("`{character}` is not a hexadecimal digit"),
        None => format!("{} digits", digits.len()),
    };
    diagnostic.with_label(label).with_hint("an id is 32 bits, written as 1 to 8 hexadecimal digits")
}

/// A number that does not fit.
pub(crate) fn number_too_large(span: Span) -> Diagnostic {
    Diagnostic::error(span, "this number is too large")
        .with_label("more than 32 bits")
        .with_hint("a number goes up to 4294967295")
}

/// A section that TL does not have.
pub(crate) fn unknown_section(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("unknown section `{}`", shorten(name)))
        .with_hint("the sections are `---types---` and `---functions---`")
}

/// A type that is long and stands for many fields.
pub(crate) fn too_much_shared(names: usize, span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("too long a type for {names} names to share"))
        .with_hint("give each of them its own type")
}

/// A bit that cannot be one.
pub(crate) fn bit_too_large(span: Span) -> Diagnostic {
    Diagnostic::error(span, "no flags field has this bit").with_hint("the bits are 0 to 31")
}

/// A declaration that ends without its semicolon, `follows` saying in what.
pub(crate) fn missing_semicolon(declaration: Span, follows: &str) -> Diagnostic {
    let end = declaration.end;
    Diagnostic::error(Span { start: end, end }, "missing semicolon").with_label(format!("expected `;`, but {follows}"))
}

/// A semicolon with nothing in front of it.
pub(crate) fn empty_declaration(span: Span) -> Diagnostic {
    Diagnostic::error(span, "unexpected `;`")
        .with_label("no declaration stands in front of it")
        .with_hint("remove the semicolon")
}

/// A block comment that runs to the end of the file.
pub(crate) fn unclosed_comment(span: Span) -> Diagnostic {
    let opening = Span { start: span.start, end: span.start + 2 };
    Diagnostic::error(opening, "unclosed comment")
        .with_label("everything from here on is a comment")
        .with_hint("close it with `*/`")
}

/// Something longer than a piece may be.
pub(crate) fn too_long(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(Span { start: span.start, end: span.start + 1 }, format!("{what} is too long"))
        .with_label(format!("{} bytes from here on", span.end - span.start))
        .with_hint(format!("the limit is {MAX_DECLARATION} bytes; is a semicolon missing?"))
}

/// The start of `text`, if it is too long to repeat in a message.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The word at the start of `rest`, or else its first character.
fn token(rest: &str) -> &str {
    let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let first = rest.chars().next().map_or(0, char::len_utf8);
    rest.get(..word.max(first)).unwrap_or_default()
}

/// Each expectation once, things before signs, and without those that another one includes.
fn tidy(mut expected: Vec<&'static str>) -> Vec<&'static str> {
    expected.sort_unstable_by_key(|words| (words.starts_with('`'), *words));
    expected.dedup();
    let included: &[&str] = if expected.contains(&A_FIELD) {
        // In front of the first field a partial application would still be possible, but is hardly ever meant.
        &[A_TYPE, A_NUMBER, "`;`"]
    } else if expected.contains(&A_TYPE) {
        &[A_NAME, A_NUMBER, "`[`"]
    } else {
        &[]
    };
    expected.retain(|words| !included.contains(words));
    expected
}

/// `a, b or c`.
fn list(expected: &[&str]) -> Option<String> {
    let (last, others) = expected.split_last()?;
    Some(if others.is_empty() { (*last).to_owned() } else { format!("{} or {last}", others.join(", ")) })
}

/// What the writer probably meant.
fn hint(before: &str, rest: &str, expected: &[&str]) -> Option<&'static str> {
    let has_equals = before.contains('=');
    let in_name = before.ends_with(|character: char| character.is_ascii_alphanumeric() || character == '_');
    Some(match rest.bytes().next() {
        Some(b';') | None if expected.contains(&"`=`") => "a declaration ends in `= ResultType;`",
        Some(b'=') if has_equals => "is a semicolon missing between two declarations?",
        Some(b'{') => "optional arguments stand in front of all fields",
        Some(b'-') if in_name => "names are made of letters, digits and underscores",
        Some(b'?') => "a condition is written `name:flags.0?type`",
        Some(b'.') => "a dot stands between two names or in `flags.0?`, with no blanks around it",
        Some(b'/') => "a comment opens with `//` or `/*`",
        Some(b'*') if rest.starts_with("*/") => "no comment is open here",
        Some(b'*') => "a repetition is written `name:count*[ fields ]`",
        Some(b',') => "fields are separated by blanks; commas stand only between `<` and `>`",
        Some(b':') if has_equals => "is a semicolon missing in front of this declaration?",
        Some(b':') => "a field is written `name:type`, and namespaces are separated by dots",
        Some(b'0'..=b'9' | b'_') if [A_NAME, A_FIELD].iter().any(|words| expected.contains(words)) => {
            "a name starts with a letter"
        }
        _ => return None,
    })
}

/// What a character from another alphabet was probably meant to be.
fn foreign_hint(character: char) -> Option<String> {
    let latin = match character {
        '\u{FEFF}' => {
            return Some("a byte order mark belongs to the start of a file only".to_owned());
        }
        '\u{A0}' | '\u{2000}'..='\u{200F}' | '\u{202F}' | '\u{2060}' | '\u{3000}' => {
            return Some("this is a blank, but not an ASCII one".to_owned());
        }
        '‐'..='―' | '−' => '-',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        'а' | 'α' => 'a',
        'с' => 'c',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'х' | 'χ' => 'x',
        'у' => 'y',
        '：' => ':',
        '；' | '\u{37E}' => ';',
        '＝' => '=',
        '＃' => '#',
        '？' => '?',
        _ => return None,
    };
    Some(format!("it looks like `{latin}`, but is not ASCII"))
}

//! Whatever the bytes are: a tree or errors, no panic, no overflow of the stack, in linear time.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tl_parser::{MAX_DIAGNOSTICS, MAX_NESTING, SourceText, parse, parse_bytes, print};

/// Parses, renders and prints; gives the number of diagnostics.
fn use_everything(bytes: &[u8]) -> usize {
    let parsed = parse_bytes(bytes);
    let source = SourceText::from_bytes("x.tl", bytes);
    for diagnostic in &parsed.diagnostics {
        assert!(source.render(diagnostic).contains('^'));
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= bytes.len());
    }
    assert!(parsed.diagnostics.len() <= MAX_DIAGNOSTICS + 1);
    let text = print(&parsed.file);
    let again = parse(&text);
    // The canonical form of a declaration can be longer and deeper than what was written.
    let beyond_limits = ["this declaration is too long", "this type nests too deep"];
    if again.diagnostics.iter().all(|diagnostic| !beyond_limits.contains(&diagnostic.message.as_str())) {
        assert_eq!(again.diagnostics, [], "{text}");
        assert_eq!(again.file.without_spans(), parsed.file.without_spans());
    }
    parsed.diagnostics.len()
}

/// The shortest of some runs, so that a busy machine does not count.
fn time(text: &str) -> Duration {
    let run = || {
        let start = Instant::now();
        use_everything(text.as_bytes());
        start.elapsed()
    };
    (0..3).map(|_| run()).min().unwrap_or_default()
}

/// Thirty-two times the text takes about as many times as long; quadratic time would be a thousand times. The bound is
/// in between, far from both, because other work on the machine makes single measurements several times too long.
#[track_caller]
fn check_linear(unit: &str) {
    const SMALL: usize = 4 * 1024;
    const FACTOR: usize = 32;
    let small = time(&unit.repeat(SMALL / unit.len()));
    let large = time(&unit.repeat(FACTOR * SMALL / unit.len()));
    assert!(large < small * 160 + Duration::from_millis(200), "{unit:?}: {small:?}, then {large:?}");
}

#[test]
fn time_is_linear_in_declarations() {
    for unit in [
        "a#1 x:int=A;\n",
        "a=A;",
        "a=A\n",
        "a;",
        ";",
        "a=b;a(b;",
        "New a;",
        "a = A\nb",
        "---types---",
        "===1===",
        "===1",
        "---a",
        "---\n",
    ] {
        check_linear(unit);
    }
}

#[test]
fn time_is_linear_in_one_endless_declaration() {
    for unit in [
        "a ",
        "a:a:",
        "a:a ",
        "1+",
        "a.",
        "a.b",
        "?",
        "= ",
        "a,",
        "a#1",
        "x:Vector ",
        "Vector(",
        "a:b.1?",
        "_ ",
        "-",
        "é",
    ] {
        check_linear(unit);
    }
}

#[test]
fn time_is_linear_in_brackets() {
    for unit in ["(", "[", "{", "<", "%", "!", ")", "()", "(a", "a<", "x:(", "x:[", "(x:", "[a]", "a*[", "{a:a}"] {
        check_linear(unit);
    }
}

#[test]
fn time_is_linear_in_comments() {
    for unit in [
        "/*",
        "*/",
        "/",
        "/**/",
        "a/**/",
        "//\n",
        "a//\n",
        "//@a b\n",
        "//-\n",
        "//@a @a ",
        "//@a\n//-b\n",
        "//@a      ",
    ] {
        check_linear(unit);
    }
}

#[test]
fn time_is_linear_in_blanks() {
    for unit in [" ", "\n", "\t", "\r\n", "\u{FEFF}", "\0", "//a\n\n"] {
        check_linear(unit);
    }
}

/// Ten megabytes of each, which quadratic time would turn into hours.
#[test]
fn ten_megabytes_are_no_problem() {
    for unit in ["a ", "(", "<", "a:a:", "/*/", "=", "é", "//@a ", "// comment\n/* comment */\n"] {
        parse(&unit.repeat(10_000_000 / unit.len()));
    }
}

/// Ten megabytes of what takes longest, a declaration with every byte counting.
#[test]
#[ignore = "takes minutes without optimization"]
fn ten_megabytes_of_short_declarations_are_no_problem() {
    for unit in ["a=A;", "a;", "a=A\n", "//@a b\n", "a#1 x:flags.0?Vector<int>=A;\n"] {
        parse(&unit.repeat(10_000_000 / unit.len()));
    }
}

/// `levels` of nesting in every way there is, with `core` in the middle.
fn nested(opening: &str, core: &str, closing: &str, levels: usize) -> String {
    format!("a x:{}{core}{} = A;", opening.repeat(levels), closing.repeat(levels))
}

const NESTING: [(&str, &str, usize); 9] = [
    ("(", ")", 1),
    ("Vector<", ">", 1),
    ("[ x:", " ]", 1),
    ("n*[ ", " ]", 1),
    ("%", "", 1),
    ("!", "", 1),
    ("%(", ")", 2),
    ("(Vector ", ")", 1),
    ("[ x:Vector (y) x:(a)*[ z:", " ] ]", 2),
];

#[test]
fn types_nest_as_deep_as_documented_and_no_deeper() {
    for (opening, closing, levels) in NESTING {
        // The small type in some of the openings is one level more.
        let parsed = parse(&nested(opening, "int", closing, MAX_NESTING / levels - 1));
        assert_eq!(parsed.diagnostics, [], "{opening}");
        assert_eq!(parsed.file.combinators().count(), 1, "{opening}");
        let parsed = parse(&nested(opening, "int", closing, MAX_NESTING + 1));
        assert_eq!(parsed.diagnostics.len(), 1, "{opening}");
        assert_eq!(parsed.diagnostics[0].message, "this type nests too deep", "{opening}");
    }
    assert_eq!(parse(&nested("(", "int", ")", MAX_NESTING)).diagnostics, []);
}

/// A grammar that tries two readings of a bracket doubles its time with every level.
#[test]
fn an_error_at_the_bottom_of_a_deep_type_is_found_at_once() {
    let start = Instant::now();
    for (opening, closing, levels) in NESTING {
        for core in ["", "= ", "x:", "int,", "1 + ", "a:b:c", "#?"] {
            use_everything(nested(opening, core, closing, MAX_NESTING / levels - 1).as_bytes());
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn types_that_many_names_share_do_not_multiply() {
    assert_eq!(use_everything(b"a {t u v w:Type} (x y z _:Vector t) = A;"), 0);
    for nested in ["[ (x y:", "(x y:[ ", "{x y:"] {
        assert_eq!(use_everything(format!("a {}int = A;", nested.repeat(30)).as_bytes()), 1, "{nested}");
    }
    let names = "x ".repeat(1_000);
    for text in [format!("a ({names}:Vector<int>) = A;"), format!("a {{{names}:Vector<int>}} = A;")] {
        let parsed = parse(&text);
        assert_eq!(parsed.diagnostics.len(), 1);
        assert_eq!(parsed.diagnostics[0].message, "too long a type for 1000 names to share");
    }
}

#[test]
fn ten_thousand_brackets_are_one_error() {
    for bracket in ["(", "[", "<", "{", "%", "!", "(%", "[x:(", "Vector<", "n*["] {
        assert_eq!(use_everything(format!("a x:{} = A;", bracket.repeat(10_000)).as_bytes()), 1, "{bracket}");
    }
}

#[test]
fn the_deepest_type_fits_a_small_stack() {
    // Without optimization, and in a quarter of what Rust gives a thread.
    let run = || {
        for (opening, closing, levels) in NESTING {
            assert_eq!(
                use_everything(nested(opening, "int", closing, MAX_NESTING / levels - 1).as_bytes()),
                0,
                "{opening}"
            );
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn every_prefix_of_a_schema_is_a_tree_or_errors() {
    let text = "\u{FEFF}//@a é\n//-b\na.b#1f {X:Type} # f:f.3?Vector<%T> /*;*/ 4*[ x:(T 1+n) ] !X = V X;\n---functions---\n===8===\nNew A;";
    for end in 0..=text.len() {
        use_everything(&text.as_bytes()[..end]);
    }
}

#[test]
fn a_wrong_byte_anywhere_is_a_tree_or_errors() {
    let text = b"a#1f {X:Type} # f:f.3?Vector<%T> /*;*/ 4*[ x:(T 1+n) ] !X = V X; // c\n---types---\n";
    for at in 0..text.len() {
        for byte in *b"\0\n /;:=#?<>()[]{}%!.,*-_a1\x80\xC3\xFF" {
            let mut bytes = text.to_vec();
            bytes[at] = byte;
            use_everything(&bytes);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_tree_or_errors(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        use_everything(&bytes);
    }

    #[test]
    fn any_text_is_a_tree_or_errors(text in any::<String>()) {
        use_everything(text.as_bytes());
    }

    #[test]
    fn any_row_of_tokens_is_a_tree_or_errors(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..80)) {
        use_everything(tokens.concat().as_bytes());
    }
}

const TOKENS: &[&str] = &[
    "a",
    "B",
    "x:",
    "flags.3?",
    "n?",
    "Vector",
    "vector",
    "int",
    "#",
    "#1f",
    "{",
    "}",
    "X:Type",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ",",
    "*",
    "%",
    "!",
    "?",
    "=",
    "=",
    ";",
    ";",
    "\n",
    "\n\n",
    " ",
    " ",
    " ",
    "\r\n",
    "\t",
    "_",
    "_:",
    ".",
    "4",
    "+",
    "---",
    "===",
    "---types---",
    "---functions---\n",
    "===8===",
    "// c\n",
    "//@a b\n",
    "//- d\n",
    "// LAYER 7\n",
    "/*",
    "*/",
    "/* c */",
    "//",
    "New",
    "Final ",
    "Empty ",
    "é",
    "\u{FEFF}",
    "\0",
    "a = A;",
    "a = A;\n",
    "b x:int = B\n",
    "//@a @b c\n",
];

//! A schema that somebody else wrote, in the one form in which schemas are kept here.
//!
//! Two forms are read: TL, and the JSON of <https://core.telegram.org/schema/json>. What comes out depends on what is
//! declared and in which order, not on how it was laid out, so that a new layer differs from the old one by its
//! declarations alone:
//!
//! - `// LAYER N` stands at the top;
//! - ids have no leading zeros;
//! - blank lines part constructors of different types, functions of different namespaces, and layers;
//! - comments stay where they were.

mod changes;
mod json;
mod layout;

use std::fmt;

use tl_parser::tree::{Item, SectionKind};
use tl_parser::{File, SourceText};

pub use changes::{Changes, Difference};

use crate::resolve::Problems;

/// A schema in the form in which it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The TL text.
    pub text: String,
    /// Its `// LAYER`.
    pub layer: Option<u32>,
    /// How many constructors it declares, every form of each.
    pub constructors: usize,
    /// How many functions it declares.
    pub functions: usize,
}

/// Why a schema was not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The text is wrong.
    Problems(Problems),
    /// The text says that it is of another layer.
    OtherLayer {
        /// What was asked for.
        asked: u32,
        /// What the text says.
        found: u32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => f.write_str(&problems.errors.join("\n")),
            Self::OtherLayer { asked, found } => write!(f, "the schema says that it is of layer {found}, not {asked}"),
        }
    }
}

impl std::error::Error for Error {}

/// Reads TL or JSON; what the text begins with tells which.
///
/// ```
/// use tl_parser::SourceText;
///
/// let json = r#"{"constructors": [{"id": "-1132882121", "predicate": "boolFalse", "params": [], "type": "Bool"}]}"#;
/// let imported = tl_codegen::import::read(&SourceText::new("api.json", json), Some(230))?;
/// assert_eq!(imported.text, "// LAYER 230\n\nboolFalse#bc799737 = Bool;\n");
/// # Ok::<(), tl_codegen::import::Error>(())
/// ```
///
/// # Errors
/// Everything that is wrong with the text; [`Error::OtherLayer`] if it contradicts `layer`.
pub fn read(source: &SourceText, layer: Option<u32>) -> Result<Imported, Error> {
    let file = match is_json(source.text()) {
        true => json::read(source),
        false => read_tl(source),
    };
    let file = file.map_err(Error::Problems)?;
    let declared = declarations(&file);
    let layer = match (layer, layer_of(&file)) {
        (Some(asked), Some(found)) if asked != found => return Err(Error::OtherLayer { asked, found }),
        (asked, found) => asked.or(found),
    };
    let text = tl_parser::print(&layout::arrange(file, layer));

    // The text that is kept is the one that counts, so it is read once more.
    let parsed = tl_parser::parse(&text).file;
    let kept = declarations(&parsed);
    if kept != declared {
        let lost = declared.iter().filter(|one| !kept.contains(one)).map(|(_, _, line)| line.as_str());
        let lost: Vec<&str> = lost.collect();
        let problem = format!("error: taking the schema over would change what it declares: {}", lost.join(" "));
        return Err(Error::Problems(Problems { errors: vec![problem], warnings: Vec::new() }));
    }
    let functions = parsed.combinators().filter(|combinator| combinator.section == SectionKind::Functions).count();
    Ok(Imported { constructors: parsed.combinators().count() - functions, functions, layer, text })
}

/// What `// LAYER` says, or else the highest separator.
fn layer_of(file: &File) -> Option<u32> {
    let marked = file.items.iter().find_map(|item| if let Item::Layer(mark) = item { Some(mark.layer) } else { None });
    let separators =
        file.items.iter().filter_map(|item| if let Item::Separator(mark) = item { Some(mark.layer) } else { None });
    marked.or(separators.max())
}

fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

fn read_tl(source: &SourceText) -> Result<File, Problems> {
    let parsed = tl_parser::parse(source.text());
    let mut problems = Problems::default();
    problems.add(source, &parsed.diagnostics);
    if problems.errors.is_empty() { Ok(parsed.file) } else { Err(problems) }
}

/// A declaration with all that gives it its meaning: its section, its layer, its documentation and its line.
type Declaration = (SectionKind, Option<u32>, String);

/// What a file declares, in its order, whatever its layout.
fn declarations(file: &File) -> Vec<Declaration> {
    let declaration = |item: &Item| match item {
        Item::Combinator(combinator) => {
            let (section, layer) = (combinator.section, combinator.layer);
            Some((section, layer, Item::Combinator(Box::new(layout::shorten_id(combinator))).to_string()))
        }
        Item::Final(_) | Item::Partial(_) => Some((SectionKind::Types, None, item.to_string())),
        Item::Comment(_) | Item::BlankLine | Item::Layer(_) | Item::Separator(_) | Item::Section(_) => None,
    };
    file.items.iter().filter_map(declaration).collect()
}

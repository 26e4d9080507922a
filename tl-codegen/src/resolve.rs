//! From the syntax tree to the intermediate schema, with every check that does not depend on Rust.
//!
//! All errors of a file are found in one run. A schema comes out only if there is none, so that nothing is ever
//! generated from half of a file.

mod collect;
mod fields;
mod finite;
mod ids;
mod review;

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use tl_parser::tree::{self, Item};
use tl_parser::{Diagnostic, Severity, SourceText};

use crate::rules::{self, Rules};
use crate::schema::{CombinatorIndex, Origin, Schema, TypeIndex};

/// A schema file with its rules.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name of the schema and of its module: `api`.
    pub name: String,
    /// The TL file.
    pub text: SourceText,
    /// The rules beside it, if there are any.
    pub rules: Option<SourceText>,
}

/// A schema that passed every check, with the decisions that were made beside it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The schema.
    pub schema: Schema,
    /// The rules.
    pub rules: Rules,
    /// The declarations that the core of the runtime builds in, as lines.
    pub builtins: Vec<String>,
    /// What is worth a look, rendered, but no error.
    pub warnings: Vec<String>,
}

/// What is wrong with a schema: rendered diagnostics, in the order of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// Each with file, line, column, excerpt and hint.
    pub errors: Vec<String>,
    /// What is worth a look, but no error.
    pub warnings: Vec<String>,
}

/// Checks a schema file.
///
/// # Errors
/// All errors of the file and of its rules.
pub fn check(source: &Source) -> Result<Checked, Problems> {
    let parsed = tl_parser::parse(source.text.text());
    let mut diagnostics = parsed.diagnostics;
    let (rules, mut rule_diagnostics) =
        source.rules.as_ref().map(|rules| rules::parse_all(rules.text())).unwrap_or_default();
    let mut resolver = Resolver::new(source, &rules, &parsed.file);
    resolver.run(&parsed.file);
    diagnostics.append(&mut resolver.diagnostics);
    rule_diagnostics.append(&mut resolver.rule_diagnostics);
    let (schema, builtins) = (resolver.schema, resolver.builtins);

    let mut problems = Problems::default();
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    problems.add(&source.text, &diagnostics);
    rule_diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    if let Some(rules) = &source.rules {
        problems.add(rules, &rule_diagnostics);
    }
    if problems.errors.is_empty() {
        Ok(Checked { schema, rules, builtins, warnings: problems.warnings })
    } else {
        Err(problems)
    }
}

impl Problems {
    pub(crate) fn add(&mut self, text: &SourceText, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let list = match diagnostic.severity {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
            };
            list.push(text.render(diagnostic));
        }
    }
}

/// Resolves one file. The steps are in the submodules, in the order in which they run.
struct Resolver<'a> {
    rules: &'a Rules,
    schema: Schema,
    builtins: Vec<String>,
    /// The declaration behind each combinator of the schema.
    declarations: Vec<&'a tree::Combinator>,
    types: HashMap<String, TypeIndex>,
    /// The forms of each constructor.
    constructors: HashMap<String, Vec<CombinatorIndex>>,
    diagnostics: Vec<Diagnostic>,
    rule_diagnostics: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    fn new(source: &Source, rules: &'a Rules, file: &'a tree::File) -> Self {
        let mut layers: Vec<u32> = file
            .items
            .iter()
            .filter_map(|item| if let Item::Separator(mark) = item { Some(mark.layer) } else { None })
            .collect();
        layers.sort_unstable();
        layers.dedup();
        let mark =
            file.items.iter().find_map(|item| if let Item::Layer(mark) = item { Some(mark.layer) } else { None });
        let origin = Origin {
            name: source.name.clone(),
            file: source.text.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            layer: mark.or(layers.last().copied()).unwrap_or_default(),
            sha256: Sha256::digest(source.text.text()).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        Self {
            rules,
            schema: Schema { origin, layers, types: Vec::new(), combinators: Vec::new() },
            builtins: Vec::new(),
            declarations: Vec::new(),
            types: HashMap::new(),
            constructors: HashMap::new(),
            diagnostics: Vec::new(),
            rule_diagnostics: Vec::new(),
        }
    }

    fn run(&mut self, file: &'a tree::File) {
        self.collect(file);
        self.resolve_fields();
        self.check_finite();
        self.check_ids();
        self.review_rules();
    }
}

/// The path in TL's spelling.
fn spell(path: &tree::Path) -> String {
    path.namespace.iter().chain([&path.name]).map(String::as_str).collect::<Vec<_>>().join(".")
}

//! `cargo tl lint`: everything that can be found out about schemas without generating anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tl_codegen::errors::ErrorTable;
use tl_codegen::redaction::Redaction;
use tl_codegen::resolve::{self, Source};
use tl_codegen::schema::{Combinator, Field, Schema};
use tl_parser::{Diagnostic, SourceText};

use super::{
    Failure, Outcome, Workspace, check, count, encoding_problems, folder_of, read, read_if_present, schema_files,
    schema_name,
};

const EXAMPLES: &str = "\
Examples:
  cargo tl lint                    every schema of the workspace
  cargo tl lint my/schema.tl       one file, with my/schema.rules and the tables in my/

The tables are redaction.tsv and, for `api`, errors.tsv; the checks of one that is missing are skipped.
Errors end the command with 1; warnings do not.";

/// Finds mistakes in schemas, in their rules, and in the tables beside them
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// TL files [default: every schema of the workspace]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How many declarations one message names.
const NAMED: usize = 4;

#[derive(Default)]
struct Lint {
    outcome: Outcome,
    errors: usize,
    warnings: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let files = match arguments.files.is_empty() {
        true => Workspace::require("name the files")?.schema_files()?,
        false => arguments.files.clone(),
    };
    let mut folders = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
    for file in files {
        folders.entry(folder_of(&file)).or_default().push(file);
    }
    let mut lint = Lint::default();
    for (folder, files) in folders {
        lint.folder(&folder, &files)?;
    }
    let Lint { mut outcome, errors, warnings } = lint;
    outcome.say(format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
    Ok(outcome)
}

impl Lint {
    fn errors(&mut self, rendered: &[String]) {
        self.errors += rendered.len();
        self.outcome.find(rendered);
    }

    fn warning(&mut self, rendered: &str) {
        self.warnings += 1;
        self.outcome.diagnose(rendered);
    }

    /// The files of one folder share its tables.
    fn folder(&mut self, folder: &Path, files: &[PathBuf]) -> Result<(), Failure> {
        let redaction = self.redaction(folder)?;
        let mut is_complete = true;
        let mut schemas = Vec::new();
        for file in files {
            match self.schema(file)? {
                None => is_complete = false,
                Some((source, schema)) => {
                    if schema.origin.name == "api" {
                        self.error_table(folder, &schema)?;
                    }
                    if let Some(redaction) = &redaction {
                        self.unreviewed(redaction, &source, &schema);
                    }
                    schemas.push(schema);
                }
            }
        }
        if let Some(redaction) = redaction.filter(|_| is_complete) {
            self.strangers(&redaction, folder, files, schemas)?;
        }
        Ok(())
    }

    fn schema(&mut self, file: &Path) -> Result<Option<(SourceText, Schema)>, Failure> {
        let encoding = encoding_problems(file)?;
        self.errors(&encoding.errors);
        let source = source(file)?;
        match check(&source) {
            Ok(checked) => {
                checked.warnings.iter().for_each(|warning| self.warning(warning));
                Ok(Some((source.text, checked.schema)))
            }
            Err(problems) => {
                self.errors(&problems.errors);
                problems.warnings.iter().for_each(|warning| self.warning(warning));
                Ok(None)
            }
        }
    }

    fn redaction(&mut self, folder: &Path) -> Result<Option<Redaction>, Failure> {
        let Some(source) = self.table(folder, "redaction.tsv", "what `Debug` hides")? else { return Ok(None) };
        match Redaction::parse(&source) {
            Ok(redaction) => Ok(Some(redaction)),
            Err(problems) => {
                self.errors(&problems.errors);
                Ok(None)
            }
        }
    }

    fn error_table(&mut self, folder: &Path, schema: &Schema) -> Result<(), Failure> {
        let Some(source) = self.table(folder, "errors.tsv", "what functions raise")? else { return Ok(()) };
        match ErrorTable::parse(&source) {
            Ok(table) => table.review(schema).iter().for_each(|line| self.warning(&format!("warning: {line}"))),
            Err(problems) => self.errors(&problems.errors),
        }
        Ok(())
    }

    fn table(&mut self, folder: &Path, name: &str, what: &str) -> Result<Option<SourceText>, Failure> {
        let table = read_if_present(&folder.join(name))?;
        if table.is_none() {
            let missing = folder.join(name);
            self.outcome.say(format!("note: there is no {}; {what} was not checked", missing.display()));
        }
        Ok(table)
    }

    /// One error for each name of a field, since the same name mostly means the same everywhere.
    fn unreviewed(&mut self, redaction: &Redaction, source: &SourceText, schema: &Schema) {
        let mut fields = BTreeMap::<&str, Vec<(&Combinator, &Field)>>::new();
        for (combinator, field) in redaction.unreviewed(schema) {
            fields.entry(&field.name).or_default().push((combinator, field));
        }
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for (name, places) in fields {
            let Some((combinator, first)) = places.first() else { continue };
            let where_else = if places.len() == 1 { combinator.name.to_string() } else { "*".to_owned() };
            let problem = Diagnostic::error(first.span, format!("may `Debug` show `{name}`?"))
                .with_label(format!("it looks sensitive; in {}", some(&places)))
                .with_hint(format!(
                    "decide it in redaction.tsv: `show` or `hide`, `{where_else}`, `{name}`, the reason"
                ));
            diagnostics.push(problem);
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.errors(&diagnostics.iter().map(|diagnostic| source.render(diagnostic)).collect::<Vec<_>>());
    }

    /// A row speaks of all schemas of the folder, so those that are not linted are looked at as well.
    fn strangers(
        &mut self,
        redaction: &Redaction,
        folder: &Path,
        files: &[PathBuf],
        mut schemas: Vec<Schema>,
    ) -> Result<(), Failure> {
        let linted: BTreeSet<String> = files.iter().map(|file| schema_name(file)).collect();
        for file in schema_files(folder)?.into_iter().filter(|file| !linted.contains(&schema_name(file))) {
            match resolve::check(&source(&file)?) {
                Ok(checked) => schemas.push(checked.schema),
                Err(_) => return Ok(()),
            }
        }
        let schemas: Vec<&Schema> = schemas.iter().collect();
        redaction.strangers(&schemas).iter().for_each(|line| self.warning(&format!("warning: {line}")));
        Ok(())
    }
}

fn source(file: &Path) -> Result<Source, Failure> {
    let name = schema_name(file);
    let rules = read_if_present(&file.with_extension("rules"))?;
    Ok(Source { text: read(file)?, rules, name })
}

/// The first few declarations of a field.
fn some(places: &[(&Combinator, &Field)]) -> String {
    let names: Vec<String> =
        places.iter().take(NAMED).map(|(combinator, _)| format!("`{}`", combinator.name)).collect();
    match places.len() - names.len() {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

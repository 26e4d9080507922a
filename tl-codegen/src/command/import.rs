//! `cargo tl import`: takes a new copy of a schema over.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tl_codegen::import::{self, Changes, Difference, Imported};
use tl_codegen::resolve::Source;
use tl_parser::SourceText;

use super::{Failure, Outcome, Workspace, check, count, encoding_problems, read, read_if_present, replace};

const EXAMPLES: &str = "\
Examples:
  cargo tl import api.tl --as api                     TL; its `// LAYER N` is kept
  cargo tl import schema.json --as api --layer 231    JSON, which does not say its layer
  cargo tl import end-to-end.json --as secret         JSON with a `layer` in every constructor

The JSON is that of https://core.telegram.org/schema/json. The file is read, laid out anew, and
checked with DIR/NAME.rules before it replaces DIR/NAME.tl; if anything is wrong, nothing is written.";

/// Takes a new copy of a schema over, from TL or JSON
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// TL text, or the JSON form
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name of the schema: `api`, `mtproto`, `secret`
    #[arg(long = "as", value_name = "NAME", value_parser = schema_name)]
    name: String,
    /// The folder of the schemas [default: the workspace's `schema`]
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// The layer, if the file does not say it
    #[arg(long, value_name = "N")]
    layer: Option<u32>,
}

/// How many names of each kind of change are printed.
const NAMED: usize = 20;

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let folder = match &arguments.schema {
        Some(folder) => folder.clone(),
        None => Workspace::require("name the folder with `--schema DIR`")?.shared.schemas,
    };
    let target = folder.join(format!("{}.tl", arguments.name));
    let mut outcome = Outcome::default();
    let Some(imported) = read_new(arguments, &mut outcome)? else { return Ok(outcome) };

    let old = read_if_present(&target)?;
    let changes = Changes::between(old.as_ref().map(SourceText::text).unwrap_or_default(), &imported.text);
    if changes.old_layer.is_some() && changes.new_layer.is_none() {
        let file = arguments.file.display();
        return Err(Failure::Usage(format!("{file} does not say its layer; add `--layer N`")));
    }
    let source = Source {
        name: arguments.name.clone(),
        text: SourceText::new(format!("{} (laid out anew)", arguments.file.display()), &*imported.text),
        rules: read_if_present(&target.with_extension("rules"))?,
    };
    if let Err(problems) = check(&source) {
        return Ok(refuse(outcome, &problems.errors));
    }
    if old.is_none_or(|old| old.text() != imported.text) {
        replace(&target, &imported.text)?;
    }
    let is_listed = update_sum(&folder, &arguments.name, &imported.text)?;
    report(&target, &imported, &changes, &mut outcome);
    next(&folder, is_listed, &mut outcome);
    Ok(outcome)
}

/// Reads the new copy; if it cannot be read, says so and gives none.
fn read_new(arguments: &Arguments, outcome: &mut Outcome) -> Result<Option<Imported>, Failure> {
    let mut errors = encoding_problems(&arguments.file)?.errors;
    match import::read(&read(&arguments.file)?, arguments.layer) {
        Ok(imported) if errors.is_empty() => return Ok(Some(imported)),
        Ok(_) => {}
        Err(import::Error::Problems(problems)) => errors.extend(problems.errors),
        Err(other) => return Err(Failure::Usage(format!("{}: {other}", arguments.file.display()))),
    }
    *outcome = refuse(std::mem::take(outcome), &errors);
    Ok(None)
}

fn refuse(mut outcome: Outcome, errors: &[String]) -> Outcome {
    outcome.find(errors);
    outcome.say(format!("{}; nothing was written", count(errors.len(), "error")));
    outcome
}

/// Puts the new sum into the table of the folder's README.md; answers whether the table lists the schema.
fn update_sum(folder: &Path, name: &str, text: &str) -> Result<bool, Failure> {
    let path = folder.join("README.md");
    let Some(readme) = read_if_present(&path)? else { return Ok(false) };
    let sum: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut is_listed = false;
    let mut updated = String::with_capacity(readme.text().len());
    for line in readme.text().split_inclusive('\n') {
        match sum_in(line, name) {
            Some(old) => {
                is_listed = true;
                updated.push_str(&line.replace(old, &sum));
            }
            None => updated.push_str(line),
        }
    }
    if updated != readme.text() {
        replace(&path, &updated)?;
    }
    Ok(is_listed)
}

/// The sum in a row of the table, if the row is that of the schema.
fn sum_in<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(&format!("| `{name}.tl` | `"))?;
    let (sum, _) = rest.split_once('`')?;
    (sum.len() == 64 && sum.chars().all(|digit| digit.is_ascii_hexdigit())).then_some(sum)
}

fn report(target: &Path, imported: &Imported, changes: &Changes, outcome: &mut Outcome) {
    let layer = match (changes.old_layer, changes.new_layer) {
        (Some(old), Some(new)) if old != new => format!("layer {old} -> {new}, "),
        (_, Some(new)) => format!("layer {new}, "),
        _ => String::new(),
    };
    let constructors = count(imported.constructors, "constructor");
    let functions = count(imported.functions, "function");
    outcome.say(format!("{}: {layer}{constructors}, {functions}", target.display()));
    for (what, difference) in [("constructors", &changes.constructors), ("functions", &changes.functions)] {
        let Difference { added, removed, changed } = difference;
        outcome.say(format!("{what}: {} added, {} removed, {} changed", added.len(), removed.len(), changed.len()));
        for (sign, names) in [('+', added), ('-', removed), ('~', changed)] {
            names.iter().take(NAMED).for_each(|name| outcome.say(format!("  {sign} {name}")));
            if let Some(more) = names.len().checked_sub(NAMED).filter(|more| *more > 0) {
                outcome.say(format!("  {sign} and {more} more"));
            }
        }
    }
}

fn next(folder: &Path, is_listed: bool, outcome: &mut Outcome) {
    let mut text = String::from("next:\n");
    if is_listed {
        let readme = folder.join("README.md");
        let _ = writeln!(text, "  correct the counts in {}; its sum is up to date", readme.display());
    }
    text.push_str("  cargo tl lint\n  cargo tl generate\n  cargo test");
    outcome.say(text);
}

/// A name that can be a file's and a module's.
fn schema_name(name: &str) -> Result<String, String> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    match starts_well && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        true => Ok(name.to_owned()),
        false => Err("a name is made of lower-case letters, digits and `_`".to_owned()),
    }
}

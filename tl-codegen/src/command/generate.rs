//! `cargo tl generate`: brings the bindings of all schemas up to date, or none.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tl_codegen::errors::ErrorTable;
use tl_codegen::files::{self, Changes};
use tl_codegen::redaction::Redaction;
use tl_codegen::schema::Kind;
use tl_codegen::{Bindings, Checked, Files, Problems};
use tl_parser::SourceText;

use super::{
    Failure, Outcome, Pair, Workspace, count, encoding_problems, read_if_present, schema_files, schema_name, unreadable,
};

const EXAMPLES: &str = "\
Examples:
  cargo tl generate                                  schema/*.tl to tl-types/src/generated, and what a crate
                                                     of the workspace has for itself
  cargo tl generate --check                          what continuous integration runs
  cargo tl generate --schema my/tl --out src/tl      other folders

Each NAME.tl becomes a folder NAME. Beside it NAME.rules, redaction.tsv and, for `api`, errors.tsv
are read. Nothing is written unless every schema is free of errors. Files that were not generated
are left alone.";

/// Writes the Rust bindings of every schema
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Write nothing; list what is stale, and exit with 1 if anything is
    #[arg(long)]
    check: bool,
    /// The folder of the schemas [default: the workspace's `schema`]
    // The folder that is written is brought in line with this one, so naming one alone would mix the two up.
    #[arg(long, value_name = "DIR", requires = "out")]
    schema: Option<PathBuf>,
    /// The folder of the bindings [default: the workspace's `tl-types/src/generated`]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Arguments {
    /// The command that does what `--check` only compares.
    fn spell(&self) -> String {
        let folders = [("schema", &self.schema), ("out", &self.out)].into_iter();
        let options = folders.filter_map(|(name, folder)| Some(format!(" --{name} {}", folder.as_ref()?.display())));
        options.fold("cargo tl generate".to_owned(), |command, option| command + &option)
    }
}

/// The bindings of one schema, in memory.
struct Emitted {
    name: String,
    summary: String,
    files: Files,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let pairs = match (&arguments.schema, &arguments.out) {
        (Some(schemas), Some(out)) => {
            vec![Pair { schemas: schemas.clone(), bindings: out.clone(), runtime: "crate" }]
        }
        (_, Some(out)) => {
            let workspace = Workspace::require("name the folders with `--schema DIR --out DIR`")?;
            vec![Pair { bindings: out.clone(), ..workspace.shared }]
        }
        _ => {
            let workspace = Workspace::require("name the folders with `--schema DIR --out DIR`")?;
            [workspace.shared].into_iter().chain(workspace.own).collect()
        }
    };
    let mut outcome = Outcome::default();
    let (mut emitted, mut errors) = (Vec::new(), Vec::new());
    for pair in &pairs {
        match emit(pair)? {
            Ok(schemas) => emitted.push(schemas),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        outcome.find(&errors);
        outcome.say(format!("{}; nothing was written", count(errors.len(), "error")));
        return Ok(outcome);
    }
    for (pair, emitted) in pairs.iter().zip(&emitted) {
        bring_all_up(&pair.bindings, emitted, arguments.check, &mut outcome)?;
    }
    if outcome.has_findings {
        outcome.say(format!("run `{}` and commit the result", arguments.spell()));
    }
    Ok(outcome)
}

/// Brings the bindings of a folder's schemas up to date, and removes those of schemas that are gone.
fn bring_all_up(out: &Path, emitted: &[Emitted], only_check: bool, outcome: &mut Outcome) -> Result<(), Failure> {
    for schema in emitted {
        let folder = out.join(&schema.name);
        let changes = bring_up(&folder, &schema.files, only_check)?;
        report(&schema.name, &schema.summary, &folder, &changes, only_check, outcome);
    }
    for name in folders_without_schema(out, emitted)? {
        let folder = out.join(&name);
        let changes = bring_up(&folder, &Files::new(), only_check)?;
        report(&name, "no schema any more", &folder, &changes, only_check, outcome);
        if !only_check {
            // It stays while something is in it that was not generated.
            let _ = fs::remove_dir(&folder);
        }
    }
    Ok(())
}

/// Emits every schema of a folder, or gives all that is wrong with any of them.
fn emit(pair: &Pair) -> Result<Result<Vec<Emitted>, Vec<String>>, Failure> {
    let schemas = &pair.schemas;
    let errors = read_if_present(&schemas.join("errors.tsv"))?;
    let redaction = read_if_present(&schemas.join("redaction.tsv"))?;
    let mut found: Vec<Problems> = Vec::new();
    // The schemas share these two, whose errors are to be reported even if no schema comes as far as to use them.
    found.extend(errors.as_ref().and_then(|source| ErrorTable::parse(source).err()));
    found.extend(redaction.as_ref().and_then(|source| Redaction::parse(source).err()));
    let shared_are_right = found.is_empty();

    let mut emitted = Vec::new();
    for path in schema_files(schemas)? {
        let name = schema_name(&path);
        let of_bytes = encoding_problems(&path)?;
        if !of_bytes.errors.is_empty() {
            found.push(of_bytes);
            continue;
        }
        let mut bindings = Bindings::from_file(&path).map_err(unreadable)?.runtime(pair.runtime);
        if shared_are_right {
            bindings = with_shared(bindings, &name, errors.as_ref(), redaction.as_ref());
        }
        match bindings.check().and_then(|checked| bindings.emit_checked(&checked).map(|files| (checked, files))) {
            Ok((checked, files)) => emitted.push(Emitted { summary: summary(&checked), name, files }),
            Err(tl_codegen::Error::Problems(problems)) => found.push(problems),
            Err(error) => return Err(unreadable(error)),
        }
    }
    let errors: Vec<String> = found.into_iter().flat_map(|problems| problems.errors).collect();
    Ok(if errors.is_empty() { Ok(emitted) } else { Err(errors) })
}

fn with_shared(
    mut bindings: Bindings,
    name: &str,
    errors: Option<&SourceText>,
    redaction: Option<&SourceText>,
) -> Bindings {
    if let Some(errors) = errors.filter(|_| name == "api") {
        bindings = bindings.errors(errors.name(), errors.text());
    }
    if let Some(redaction) = redaction {
        bindings = bindings.redaction(redaction.name(), redaction.text());
    }
    bindings
}

/// `layer 230, 1704 constructors, 850 functions`: everything that the file declares, with what is built in.
fn summary(checked: &Checked) -> String {
    let schema = &checked.schema;
    let functions = schema.combinators.iter().filter(|combinator| combinator.kind == Kind::Function).count();
    let constructors = schema.combinators.len() - functions + checked.builtins.len();
    let declared = format!("{}, {}", count(constructors, "constructor"), count(functions, "function"));
    match schema.origin.layer {
        0 => declared,
        layer => format!("layer {layer}, {declared}"),
    }
}

fn bring_up(folder: &Path, files: &Files, only_check: bool) -> Result<Changes, Failure> {
    let changes = match only_check {
        true => files::compare(folder, files),
        false => files::write(folder, files),
    };
    changes.map_err(Failure::at(folder))
}

fn report(name: &str, summary: &str, folder: &Path, changes: &Changes, only_check: bool, outcome: &mut Outcome) {
    let Changes { written, removed, unchanged } = changes;
    if !only_check {
        let written = count(written.len(), "file");
        outcome.say(format!("{name}: {summary}; {written} written, {} removed, {unchanged} unchanged", removed.len()));
        return;
    }
    let stale = written.len() + removed.len();
    outcome.say(format!("{name}: {summary}; {} stale, {unchanged} up to date", count(stale, "file")));
    for (why, paths) in [("stale", written), ("to be removed", removed)] {
        for path in paths {
            outcome.say(format!("  {}: {why}", folder.join(path).display()));
        }
    }
    outcome.has_findings |= !changes.is_empty();
}

/// The folders of bindings whose schema is gone: those with a generated file at their root.
fn folders_without_schema(out: &Path, emitted: &[Emitted]) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::at(out)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Failure::at(out))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if emitted.iter().any(|schema| schema.name == name) || !entry.path().join("mod.rs").is_file() {
            continue;
        }
        let removable = files::compare(&entry.path(), &Files::new()).map_err(Failure::at(entry.path()))?.removed;
        if removable.iter().any(|path| path == Path::new("mod.rs")) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

//! `cargo tl fmt`: TL in its canonical spelling.

use std::path::PathBuf;

use super::{Failure, Outcome, Workspace, count, encoding_problems, read, replace};

const EXAMPLES: &str = "\
Examples:
  cargo tl fmt                     every schema of the workspace
  cargo tl fmt --check             what continuous integration runs
  cargo tl fmt my/schema.tl        one file

A file with errors is reported and left as it is; the others are still formatted.";

/// Puts every declaration on one line, with single blanks; comments stay
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Write nothing; list the files that differ, and exit with 1 if any does
    #[arg(long)]
    check: bool,
    /// TL files [default: every schema of the workspace]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let files = match arguments.files.is_empty() {
        true => Workspace::require("name the files")?.schema_files()?,
        false => arguments.files.clone(),
    };
    let mut outcome = Outcome::default();
    let (mut changed, mut unchanged) = (0, 0);
    for file in files {
        let mut errors = encoding_problems(&file)?.errors;
        let source = read(&file)?;
        let parsed = tl_parser::parse(source.text());
        errors.extend(parsed.diagnostics.iter().map(|diagnostic| source.render(diagnostic)));
        if !errors.is_empty() {
            outcome.find(&errors);
            outcome.say(format!("{}: has errors, left as it is", file.display()));
            continue;
        }
        let text = tl_parser::print(&parsed.file);
        if text == source.text() {
            unchanged += 1;
            continue;
        }
        changed += 1;
        if arguments.check {
            outcome.has_findings = true;
            outcome.say(format!("{}: not formatted", file.display()));
        } else {
            replace(&file, &text)?;
            outcome.say(format!("{}: formatted", file.display()));
        }
    }
    let verb = if arguments.check { "to be formatted" } else { "formatted" };
    outcome.say(format!("{} {verb}, {unchanged} unchanged", count(changed, "file")));
    Ok(outcome)
}

//! `cargo tl`: from the command line to one of the subcommands, and back to an exit code.

mod command;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use command::{Failure, Outcome, fmt, generate, import, lint, show};

const EXAMPLES: &str = "\
Examples:
  cargo tl lint                            check every schema of the workspace
  cargo tl generate                        bring the bindings up to date
  cargo tl show messages.sendEncrypted     look a declaration up
  cargo tl import new.tl --as api          take a new layer over

Exit codes: 0 all is well, 1 something is wrong or stale, 2 the command could not do its work";

/// Checks TL schemas, looks things up in them, and generates Rust bindings.
#[derive(Parser)]
#[command(name = "cargo-tl", bin_name = "cargo tl", version, after_help = EXAMPLES, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(generate::Arguments),
    Lint(lint::Arguments),
    Fmt(fmt::Arguments),
    Show(show::Arguments),
    Import(import::Arguments),
}

impl Command {
    fn run(&self) -> Result<Outcome, Failure> {
        match self {
            Self::Generate(arguments) => generate::run(arguments),
            Self::Lint(arguments) => lint::run(arguments),
            Self::Fmt(arguments) => fmt::run(arguments),
            Self::Show(arguments) => show::run(arguments),
            Self::Import(arguments) => import::run(arguments),
        }
    }
}

fn main() -> ExitCode {
    let outcome = CommandLine::parse_from(arguments()).command.run();
    match outcome.and_then(|outcome| print(&outcome).map_err(Failure::at("standard output")).map(|()| outcome)) {
        Ok(outcome) => ExitCode::from(u8::from(outcome.has_findings)),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// The arguments, without the `tl` that cargo puts in front when it runs an installed `cargo-tl`.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "tl") {
        arguments.remove(1);
    }
    arguments
}

/// Diagnostics come first, so that the summary is what a terminal ends with.
fn print(outcome: &Outcome) -> io::Result<()> {
    io::stderr().write_all(outcome.diagnostics.as_bytes())?;
    let mut output = io::stdout().lock();
    match output.write_all(outcome.output.as_bytes()).and_then(|()| output.flush()) {
        // Whoever reads has read enough: `cargo tl show … | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

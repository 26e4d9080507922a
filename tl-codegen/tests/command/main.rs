//! The command `cargo tl`, as a person or a script meets it: what it prints, what it writes, and how it ends.

#![allow(clippy::unwrap_used)]

mod fmt;
mod generate;
mod help;
mod import;
mod lint;
mod show;

use std::fmt as format;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A small schema with the name of the main one.
const API: &str = "\
// LAYER 5

boolFalse#bc799737 = Bool;
boolTrue#997275b5 = Bool;

inputUserEmpty#b98886cf = InputUser;
inputUserSelf#f7c1b13f = InputUser;
inputUser#f21158c6 user_id:long access_hash:long = InputUser;

nearestDc#8e1a1775 country:string this_dc:int nearest_dc:int = NearestDc;

---functions---

help.getNearestDc#1fb33026 = NearestDc;
";

const REDACTION: &str = "hide\t*\taccess_hash\tgrants access\n";

const ERRORS: &str = "\
error\t400\tUSER_BAD\t-\tNobody has this id.\thelp.getNearestDc
error\t420\tFLOOD_WAIT_%d\tseconds\tToo many calls; wait.\t*
function\thelp.getNearestDc\tboth
";

/// An empty folder to run the command in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A workspace with [`API`], and with the tables that it needs.
    fn workspace() -> Self {
        let folder = Self::new();
        folder.write("schema/api.tl", API);
        folder.write("schema/errors.tsv", ERRORS);
        folder.write("schema/redaction.tsv", REDACTION);
        folder.write("tl-types/src/lib.rs", "");
        folder
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_below("", arguments)
    }

    fn run_below(&self, below: &str, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-tl"))
            .args(arguments)
            .current_dir(self.path(below))
            .env_remove("COLUMNS")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap(),
            output: String::from_utf8(output.stdout).unwrap(),
            diagnostics: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// How a run went. Displayed as snapshots have it.
struct Run {
    code: i32,
    output: String,
    diagnostics: String,
}

impl format::Display for Run {
    fn fmt(&self, f: &mut format::Formatter<'_>) -> format::Result {
        let Self { code, output, diagnostics } = self;
        writeln!(f, "exit code {code}")?;
        for (stream, text) in [("standard output", output), ("standard error", diagnostics)] {
            if !text.is_empty() {
                write!(f, "\n[{stream}]\n{text}")?;
            }
        }
        Ok(())
    }
}

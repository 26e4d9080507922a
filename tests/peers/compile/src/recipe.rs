//! Calls of rustc: noted while Cargo builds, repeated to be measured.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde::{Deserialize, Serialize};
use wait4::Wait4;

use crate::Error;
use crate::stage::Cost;

/// Where the wrapper is to note what it sees; the program is the wrapper if it is set.
const FOLDER: &str = "COMPILE_BENCH_FOLDER";

/// The crates whose calls are noted.
const NOTED: [&str; 4] = ["tl_types", "grammers_tl_types", "consumer_ours", "consumer_grammers"];
/// The build script among them is known by its package.
const GENERATOR: &str = "grammers-tl-types";

/// A call of rustc.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Recipe {
    program: String,
    arguments: Vec<String>,
    folder: PathBuf,
    /// What Cargo sets for the crate; the rest is inherited.
    environment: BTreeMap<String, String>,
}

/// The folder for notes, if Cargo runs this program as its wrapper.
pub(crate) fn folder_to_note() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Runs rustc as Cargo asks, and notes the call if it is for one of the crates that count.
pub(crate) fn wrap(folder: &Path) -> Result<ExitCode, Error> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (program, arguments) = arguments.split_first().ok_or("Cargo names no rustc")?;
    if let Some(name) = name_to_note(arguments) {
        let text = |text: &OsString| text.to_string_lossy().into_owned();
        let is_cargos = |name: &str| name == "OUT_DIR" || name.starts_with("CARGO") && name != "CARGO_MAKEFLAGS";
        let recipe = Recipe {
            program: text(program),
            arguments: arguments.iter().map(text).collect(),
            folder: std::env::current_dir()?,
            environment: std::env::vars().filter(|(name, _)| is_cargos(name)).collect(),
        };
        fs::create_dir_all(folder)?;
        fs::write(folder.join(format!("{name}.json")), serde_json::to_vec_pretty(&recipe)?)?;
    }
    let status = Command::new(program).args(arguments).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name_to_note(arguments: &[OsString]) -> Option<&str> {
    let position = arguments.iter().position(|argument| argument == "--crate-name")?;
    let name = arguments.get(position + 1)?.to_str()?;
    let is_generator =
        name == "build_script_build" && std::env::var("CARGO_PKG_NAME").is_ok_and(|package| package == GENERATOR);
    (NOTED.contains(&name) || is_generator).then_some(name)
}

/// Runs Cargo with this program as the wrapper that notes to `folder`.
pub(crate) fn build(arguments: &[&str], target: &Path, folder: &Path) -> Result<(), Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RUSTC_WRAPPER", std::env::current_exe()?)
        .env("CARGO_INCREMENTAL", "0")
        .env(FOLDER, folder)
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", arguments.join(" ")).into()) }
}

impl Recipe {
    /// The call that was noted for a crate.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{name}.json"));
        let bytes = fs::read(&path).map_err(|error| {
            format!("{}: {error}; without target/compile-bench, everything is built and noted again", path.display())
        })?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Repeats the call.
    ///
    /// Lints are capped as Cargo caps them for crates of the registry: ours is one to its users, but not here.
    pub(crate) fn run(&self) -> Result<Cost, Error> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg("--cap-lints=allow").current_dir(&self.folder).envs(&self.environment);
        cost(&mut command)
    }

    /// Runs the build script that the call made, and says how many seconds of CPU it took.
    pub(crate) fn run_generator(&self) -> Result<f64, Error> {
        let after = |option: &str| self.arguments.iter().skip_while(move |argument| *argument != option).nth(1);
        let folder = after("--out-dir").ok_or("the build script has no folder")?;
        let suffix =
            self.arguments.iter().find_map(|argument| argument.strip_prefix("extra-filename=")).unwrap_or_default();
        let output = Path::new(folder).join("measured");
        fs::create_dir_all(&output)?;
        let mut command = Command::new(Path::new(folder).join(format!("build_script_build{suffix}")));
        command.current_dir(&self.folder).envs(&self.environment).env("OUT_DIR", &output);
        if let Some(folder) = self.environment.get("CARGO_MANIFEST_DIR") {
            command.current_dir(folder);
        }
        Ok(cost(&mut command)?.seconds)
    }
}

fn cost(command: &mut Command) -> Result<Cost, Error> {
    // Without Cargo's job server, rustc makes one of its own, always of the same size.
    command.env_remove("CARGO_MAKEFLAGS").env_remove("MAKEFLAGS");
    let used = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?.wait4()?;
    if !used.status.success() {
        return Err(format!("{:?} failed when it was repeated", command.get_program()).into());
    }
    let seconds = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Cost { seconds, megabytes: used.rusage.maxrss as f64 / 1e6 })
}

//! The subcommands, one a file, and what they share: how they end, and where the schemas are.

pub(crate) mod fmt;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod lint;
pub(crate) mod show;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use tl_codegen::layers::Layers;
use tl_codegen::names::Names;
use tl_codegen::resolve::{self, Checked, Problems, Source};
use tl_parser::{Diagnostic, SourceText};

/// What a command that did its work has to say.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The result, for standard output.
    pub(crate) output: String,
    /// Rendered diagnostics, for standard error.
    pub(crate) diagnostics: String,
    /// Whether something was found that should not be so.
    pub(crate) has_findings: bool,
}

impl Outcome {
    /// Adds a line of the result.
    pub(crate) fn say(&mut self, line: impl AsRef<str>) {
        self.output.push_str(line.as_ref());
        self.output.push('\n');
    }

    /// Adds a diagnostic, set off by a blank line.
    pub(crate) fn diagnose(&mut self, rendered: impl AsRef<str>) {
        self.diagnostics.push_str(rendered.as_ref().trim_end());
        self.diagnostics.push_str("\n\n");
    }

    /// Adds errors.
    pub(crate) fn find(&mut self, errors: &[String]) {
        self.has_findings |= !errors.is_empty();
        errors.iter().for_each(|error| self.diagnose(error));
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was called in a way that makes no sense.
    Usage(String),
    /// A file cannot be read or written.
    Io(PathBuf, io::Error),
}

impl Failure {
    /// Turns an I/O error at `path` into a failure.
    pub(crate) fn at(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |error| Self::Io(path, error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

/// A folder of schemas, the folder of their bindings, and the path by which these reach the codec.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The schemas.
    pub(crate) schemas: PathBuf,
    /// A folder for the bindings of each schema.
    pub(crate) bindings: PathBuf,
    /// The crate that holds the codec.
    pub(crate) runtime: &'static str,
}

/// Below the root of the workspace, the schemas and bindings that a crate has for itself.
const OF_A_CRATE: &str = "secret-runtime/src/loopback";

/// The workspace around the current directory: where schemas and bindings are if no option says so.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The schemas that everybody shares, and `tl-types`.
    pub(crate) shared: Pair,
    /// The schemas of one crate alone, if it is there.
    pub(crate) own: Option<Pair>,
}

impl Workspace {
    /// Looks for it upwards. Paths stay relative, so that messages are short and the same on every machine.
    pub(crate) fn find() -> Result<Option<Self>, Failure> {
        let here = env::current_dir().map_err(Failure::at("."))?;
        let mut root = PathBuf::new();
        for folder in here.ancestors() {
            if folder.join("schema").is_dir() && folder.join("tl-types/src").is_dir() {
                let pair = |schemas, bindings, runtime| Pair { schemas, bindings, runtime };
                let own = folder.join(OF_A_CRATE).is_dir().then(|| root.join(OF_A_CRATE));
                return Ok(Some(Self {
                    shared: pair(root.join("schema"), root.join("tl-types/src/generated"), "crate"),
                    own: own.map(|own| pair(own.clone(), own.join("generated"), "::tl_types")),
                }));
            }
            root.push("..");
        }
        Ok(None)
    }

    /// The workspace, or how to do without one.
    pub(crate) fn require(options: &str) -> Result<Self, Failure> {
        let missing =
            || Failure::Usage(format!("no workspace with `schema` and `tl-types/src` around here; {options}"));
        Self::find()?.ok_or_else(missing)
    }

    /// Every schema of the workspace.
    pub(crate) fn schema_files(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut files = schema_files(&self.shared.schemas)?;
        if let Some(own) = &self.own {
            files.extend(schema_files(&own.schemas)?);
        }
        Ok(files)
    }
}

/// The schemas in a folder, by name.
pub(crate) fn schema_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::at(folder))? {
        let path = entry.map_err(Failure::at(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "tl") {
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(Failure::Usage(format!("{}: no `.tl` file", folder.display()))),
        false => Ok(files),
    }
}

/// The name of the schema in a file: `api` for `schema/api.tl`.
pub(crate) fn schema_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Reads a file. What is not UTF-8 shows as blanks, so that places can be named; [`encoding_problems`] reports it.
pub(crate) fn read(path: &Path) -> Result<SourceText, Failure> {
    let bytes = fs::read(path).map_err(Failure::at(path))?;
    Ok(SourceText::from_bytes(path.to_string_lossy(), &bytes))
}

/// Reads a file that need not be there.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<SourceText>, Failure> {
    match path.exists() {
        true => read(path).map(Some),
        false => Ok(None),
    }
}

/// Replaces a file as a whole, so that nobody ever sees half of it.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, text).map_err(Failure::at(&unfinished))?;
    fs::rename(&unfinished, path).map_err(Failure::at(path))
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Everything that can be wrong with a schema and its rules.
pub(crate) fn check(source: &Source) -> Result<Checked, Problems> {
    let checked = resolve::check(source)?;
    let Checked { schema, rules, .. } = &checked;
    let mut errors = Vec::new();
    let mut add = |text: &SourceText, found: &[Diagnostic]| errors.extend(found.iter().map(|one| text.render(one)));
    if let Err(clashes) = Names::new(schema, rules) {
        add(&source.text, &clashes);
    }
    if let Err(steps) = Layers::new(schema, rules) {
        add(&source.text, &steps.schema);
        source.rules.iter().for_each(|rules| add(rules, &steps.rules));
    }
    match errors.is_empty() {
        true => Ok(checked),
        false => Err(Problems { errors, warnings: checked.warnings }),
    }
}

/// What in a file is not UTF-8: everything else takes such bytes for blanks.
pub(crate) fn encoding_problems(path: &Path) -> Result<Problems, Failure> {
    let bytes = fs::read(path).map_err(Failure::at(path))?;
    let mut problems = Problems::default();
    if std::str::from_utf8(&bytes).is_ok() {
        return Ok(problems);
    }
    let source = SourceText::from_bytes(path.to_string_lossy(), &bytes);
    let others = tl_parser::parse(source.text()).diagnostics;
    let of_bytes = tl_parser::parse_bytes(&bytes).diagnostics;
    problems.errors = of_bytes.iter().filter(|one| !others.contains(one)).map(|one| source.render(one)).collect();
    Ok(problems)
}

/// A failure of the library that is no problem of a schema.
pub(crate) fn unreadable(error: tl_codegen::Error) -> Failure {
    match error {
        tl_codegen::Error::Io { path, error } => Failure::Io(path, error),
        other => Failure::Usage(other.to_string()),
    }
}

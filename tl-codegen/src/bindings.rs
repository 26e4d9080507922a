//! From a schema file to a folder of bindings, in one call: what the command does, and what a build script can do.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use tl_parser::SourceText;

use crate::emit::{self, Context, Files};
use crate::errors::ErrorTable;
use crate::files::{self, Changes};
use crate::layers::{LayerProblems, Layers};
use crate::names::Names;
use crate::reach;
use crate::redaction::Redaction;
use crate::resolve::{self, Checked, Problems, Source};

/// Bindings for one schema.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), tl_codegen::Error> {
///     let out = std::env::var_os("OUT_DIR").unwrap_or_default();
///     tl_codegen::Bindings::from_text("api", "api.tl", tl_schema::API)
///         .roots(["messages.sendEncrypted"])
///         .write(std::path::Path::new(&out).join("api"))?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Bindings {
    source: Source,
    errors: Option<SourceText>,
    redaction: Option<SourceText>,
    roots: Vec<String>,
    runtime: String,
}

/// Why there are no bindings.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The schema, or what stands beside it, is wrong; nothing was written.
    Problems(Problems),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "error: {}: {error}", path.display()),
            Self::Problems(problems) => {
                for problem in &problems.errors {
                    writeln!(f, "{problem}\n")?;
                }
                let count = problems.errors.len();
                write!(f, "{count} error{}; nothing was written", if count == 1 { "" } else { "s" })
            }
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

impl Bindings {
    /// Bindings for a schema as text; `file` is named in messages and in what is generated.
    pub fn from_text(name: &str, file: &str, text: &str) -> Self {
        Self {
            source: Source { name: name.to_owned(), text: SourceText::new(file, text), rules: None },
            errors: None,
            redaction: None,
            roots: Vec::new(),
            runtime: "::tl_types".to_owned(),
        }
    }

    /// Bindings for a schema file, with the `.rules` file beside it if there is one. The file's name names the schema.
    ///
    /// # Errors
    /// If a file cannot be read, or is not UTF-8.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(path).map_err(Error::io(path))?;
        let mut bindings = Self::from_text(&name, "", "");
        bindings.source.text = SourceText::from_bytes(path.to_string_lossy(), &bytes);
        if std::str::from_utf8(&bytes).is_err() {
            return Err(bindings.problems(&tl_parser::parse_bytes(&bytes).diagnostics));
        }
        bindings.source.rules = read_beside(path, &format!("{name}.rules"))?;
        Ok(bindings)
    }

    /// Adds rules as text; see [`rules`](crate::rules).
    #[must_use]
    pub fn rules(mut self, file: &str, text: &str) -> Self {
        self.source.rules = Some(SourceText::new(file, text));
        self
    }

    /// Adds a table of RPC errors; see [`errors`](crate::errors).
    #[must_use]
    pub fn errors(mut self, file: &str, text: &str) -> Self {
        self.errors = Some(SourceText::new(file, text));
        self
    }

    /// Adds the reviewed list of what `Debug` hides; see [`redaction`](crate::redaction).
    #[must_use]
    pub fn redaction(mut self, file: &str, text: &str) -> Self {
        self.redaction = Some(SourceText::new(file, text));
        self
    }

    /// Emits only these functions, constructors and types, and what they reach. Without roots, everything is emitted.
    #[must_use]
    pub fn roots<T: Into<String>>(mut self, roots: impl IntoIterator<Item = T>) -> Self {
        self.roots = roots.into_iter().map(Into::into).collect();
        self
    }

    /// The path of the crate that holds the codec, `::tl_types` unless it is renamed.
    #[must_use]
    pub fn runtime(mut self, path: &str) -> Self {
        self.runtime = path.to_owned();
        self
    }

    /// Checks the schema.
    ///
    /// # Errors
    /// [`Error::Problems`] with everything that is wrong.
    pub fn check(&self) -> Result<Checked, Error> {
        let mut checked = resolve::check(&self.source).map_err(Error::Problems)?;
        if !self.roots.is_empty() {
            checked.schema = reach::prune(&checked.schema, &self.roots)
                .map_err(|errors| Error::Problems(Problems { errors, warnings: Vec::new() }))?;
        }
        Ok(checked)
    }

    /// The files, by their path below the folder that they belong into.
    ///
    /// # Errors
    /// [`Error::Problems`] with everything that is wrong.
    pub fn emit(&self) -> Result<Files, Error> {
        self.emit_checked(&self.check()?)
    }

    /// The files of a schema that [`Bindings::check`] gave.
    ///
    /// # Errors
    /// [`Error::Problems`] with what is wrong beside the schema, and with names that would be the same in Rust.
    pub fn emit_checked(&self, checked: &Checked) -> Result<Files, Error> {
        let errors = self.errors.as_ref().map(ErrorTable::parse).transpose().map_err(Error::Problems)?;
        let redaction = self.redaction.as_ref().map(Redaction::parse).transpose().map_err(Error::Problems)?;
        let names = Names::new(&checked.schema, &checked.rules).map_err(|diagnostics| self.problems(&diagnostics))?;
        let layers = Layers::new(&checked.schema, &checked.rules).map_err(|problems| self.layer_problems(&problems))?;
        let context = Context {
            checked,
            names: &names,
            layers: &layers,
            errors: errors.as_ref(),
            redaction: &redaction.unwrap_or_default(),
            runtime: &self.runtime,
        };
        Ok(emit::emit(context))
    }

    /// Brings the folder up to date.
    ///
    /// # Errors
    /// [`Error::Problems`] with everything that is wrong, before anything is written; [`Error::Io`] if the folder cannot
    /// be written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<Changes, Error> {
        let folder = folder.as_ref();
        let files = self.emit()?;
        files::write(folder, &files).map_err(Error::io(folder))
    }

    /// What [`Bindings::write`] would change.
    ///
    /// # Errors
    /// As [`Bindings::write`].
    pub fn compare(&self, folder: impl AsRef<Path>) -> Result<Changes, Error> {
        let folder = folder.as_ref();
        let files = self.emit()?;
        files::compare(folder, &files).map_err(Error::io(folder))
    }

    fn layer_problems(&self, found: &LayerProblems) -> Error {
        let mut problems = Problems::default();
        problems.add(&self.source.text, &found.schema);
        if let Some(rules) = &self.source.rules {
            problems.add(rules, &found.rules);
        }
        Error::Problems(problems)
    }

    fn problems(&self, diagnostics: &[tl_parser::Diagnostic]) -> Error {
        let mut problems = Problems::default();
        problems.add(&self.source.text, diagnostics);
        Error::Problems(problems)
    }
}

/// The text of a file that may stand beside another.
pub(crate) fn read_beside(path: &Path, name: &str) -> Result<Option<SourceText>, Error> {
    let beside = path.with_file_name(name);
    match fs::read(&beside) {
        Ok(bytes) => Ok(Some(SourceText::from_bytes(beside.to_string_lossy(), &bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&beside)(error)),
    }
}

//! `cargo tl show`: looks declarations up.

use std::path::{Path, PathBuf};

use tl_codegen::errors::ErrorTable;
use tl_codegen::resolve::{self, Source};
use tl_codegen::show::{Catalogue, Length};
use tl_parser::SourceText;

use super::{Failure, Outcome, Workspace, encoding_problems, read, read_if_present, schema_files, schema_name};

const EXAMPLES: &str = "\
Examples:
  cargo tl show messages.sendEncrypted     a function: answer, callers, errors
  cargo tl show decryptedMessage           a constructor: Rust paths, fields, older forms
  cargo tl show InputPeer                  a type: constructors and uses
  cargo tl show dde8a54c 0xdde8a54c        an id in hex; in a shell, `#` needs quotes
  cargo tl show -1132882121                an id in decimal, with a sign or without

Outside of a workspace with schemas, and without `--schema`, the built-in ones are searched: api,
mtproto and secret.";

/// Says what a name or an id stands for
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Constructors, functions, types, or ids
    #[arg(value_name = "NAME|ID", required = true, allow_negative_numbers = true)]
    queries: Vec<String>,
    /// The folder of the schemas [default: the workspace's `schema`, or the built-in ones]
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// List every use, however many there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let folder = match &arguments.schema {
        Some(folder) => Some(folder.clone()),
        None => Workspace::find()?.map(|workspace| workspace.shared.schemas),
    };
    let mut outcome = Outcome::default();
    let (sources, errors) = match &folder {
        Some(folder) => from_folder(folder, &mut outcome)?,
        None => built_in(),
    };
    let Some(catalogue) = catalogue(&sources, errors.as_ref(), &mut outcome) else { return Ok(outcome) };
    let length = if arguments.all { Length::Full } else { Length::Short };
    let mut pages = Vec::new();
    for query in &arguments.queries {
        let found = catalogue.find(query, length);
        if found.is_empty() {
            outcome.find(&[unknown(&catalogue, query)]);
        }
        pages.extend(found);
    }
    outcome.output.push_str(&pages.join("\n"));
    Ok(outcome)
}

fn from_folder(folder: &Path, outcome: &mut Outcome) -> Result<(Vec<Source>, Option<SourceText>), Failure> {
    let mut sources = Vec::new();
    for file in schema_files(folder)? {
        outcome.find(&encoding_problems(&file)?.errors);
        let rules = read_if_present(&file.with_extension("rules"))?;
        sources.push(Source { name: schema_name(&file), text: read(&file)?, rules });
    }
    Ok((sources, read_if_present(&folder.join("errors.tsv"))?))
}

fn built_in() -> (Vec<Source>, Option<SourceText>) {
    let source = |name: &str, text: &str, rules: Option<&str>| Source {
        name: name.to_owned(),
        text: SourceText::new(format!("{name}.tl"), text),
        rules: rules.map(|rules| SourceText::new(format!("{name}.rules"), rules)),
    };
    let sources = vec![
        source("api", tl_schema::API, None),
        source("mtproto", tl_schema::MTPROTO, Some(tl_schema::MTPROTO_RULES)),
        source("secret", tl_schema::SECRET, Some(tl_schema::SECRET_RULES)),
    ];
    (sources, Some(SourceText::new("errors.tsv", tl_schema::ERRORS)))
}

/// Of what has errors nothing can be said, so they are reported instead.
fn catalogue(sources: &[Source], errors: Option<&SourceText>, outcome: &mut Outcome) -> Option<Catalogue> {
    let mut schemas = Vec::new();
    for source in sources {
        match resolve::check(source) {
            Ok(checked) => schemas.push(checked),
            Err(problems) => outcome.find(&problems.errors),
        }
    }
    let table = match errors.map(ErrorTable::parse).transpose() {
        Ok(table) => table,
        Err(problems) => {
            outcome.find(&problems.errors);
            None
        }
    };
    (!outcome.has_findings).then(|| Catalogue::new(schemas, table))
}

fn unknown(catalogue: &Catalogue, query: &str) -> String {
    let hint = match &*catalogue.similar(query) {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("\n  = hint: did you mean {}?", names.join(" or "))
        }
    };
    format!("error: no schema has `{query}`{hint}")
}

//! What functions raise, and who may call them: `errors.tsv` beside the main schema.

use std::collections::{BTreeMap, BTreeSet};

use tl_parser::tree::Span;
use tl_parser::{Diagnostic, SourceText};

use crate::resolve::Problems;
use crate::schema::{Kind, Schema};

/// The table of RPC errors.
#[derive(Clone, Debug, Default)]
pub struct ErrorTable {
    /// The errors, by name and code.
    pub errors: Vec<ErrorRow>,
    callers: BTreeMap<String, Callers>,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// `error_code` of `rpc_error`.
    pub code: i32,
    /// `error_message`, with `%d` for a number.
    pub pattern: String,
    /// What the number is.
    pub value_name: Option<String>,
    /// What the error means.
    pub description: String,
    /// Which functions raise it.
    pub raised_by: RaisedBy,
}

/// Which functions raise an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaisedBy {
    /// Any function can.
    Any,
    /// These are known to.
    Only(BTreeSet<String>),
}

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Users only.
    Users,
    /// Bots only.
    Bots,
    /// Both.
    Both,
    /// No source says.
    Unknown,
}

impl ErrorTable {
    /// Reads the table.
    ///
    /// # Errors
    /// A diagnostic for each row that is not as the table's head says.
    pub fn parse(source: &SourceText) -> Result<Self, Problems> {
        let mut table = Self::default();
        let mut diagnostics = Vec::new();
        let mut offset = 0;
        for line in source.text().split_inclusive('\n') {
            let row = line.trim_end_matches(['\n', '\r']);
            let span = Span { start: offset, end: offset + row.len() };
            offset += line.len();
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            if let Err(message) = table.add(row) {
                let hint = "the head of the file says which columns a row has";
                diagnostics.push(Diagnostic::error(span, message).with_hint(hint));
            }
        }
        table.errors.sort_by(|a, b| (&a.pattern, a.code).cmp(&(&b.pattern, b.code)));
        let mut problems = Problems::default();
        problems.add(source, &diagnostics);
        if problems.errors.is_empty() { Ok(table) } else { Err(problems) }
    }

    fn add(&mut self, row: &str) -> Result<(), String> {
        let columns: Vec<&str> = row.split('\t').collect();
        match *columns {
            ["error", code, pattern, value, description, functions] => {
                let code = code.parse().map_err(|_| format!("`{code}` is no error code"))?;
                let numbers = pattern.matches("%d").count();
                if numbers > 1 || (numbers == 1) != (value != "-") {
                    return Err(format!("`{pattern}` needs one `%d` and a name for it, or neither"));
                }
                let raised_by = match functions {
                    "*" => RaisedBy::Any,
                    "-" => RaisedBy::Only(BTreeSet::new()),
                    names => RaisedBy::Only(names.split(' ').map(str::to_owned).collect()),
                };
                self.errors.push(ErrorRow {
                    code,
                    pattern: pattern.to_owned(),
                    value_name: (value != "-").then(|| value.to_owned()),
                    description: description.to_owned(),
                    raised_by,
                });
            }
            ["function", name, callers] => {
                let callers = match callers {
                    "users" => Callers::Users,
                    "bots" => Callers::Bots,
                    "both" => Callers::Both,
                    "unknown" => Callers::Unknown,
                    other => return Err(format!("`{other}` is none of users, bots, both, unknown")),
                };
                if self.callers.insert(name.to_owned(), callers).is_some() {
                    return Err(format!("a second row for `{name}`"));
                }
            }
            _ => return Err("neither an error of six columns nor a function of three".to_owned()),
        }
        Ok(())
    }

    /// Who may call the function.
    pub fn callers(&self, function: &str) -> Callers {
        self.callers.get(function).copied().unwrap_or(Callers::Unknown)
    }

    /// The errors that the function is known to raise, besides those that any function can.
    pub fn raised_by<'a>(&'a self, function: &'a str) -> impl Iterator<Item = &'a ErrorRow> {
        self.errors
            .iter()
            .filter(move |row| matches!(&row.raised_by, RaisedBy::Only(names) if names.contains(function)))
    }

    /// What the table says of functions that the schema does not have, and does not say of those that it has.
    pub fn review(&self, schema: &Schema) -> Vec<String> {
        let functions: BTreeSet<String> = schema
            .combinators
            .iter()
            .filter(|combinator| combinator.kind == Kind::Function)
            .map(|combinator| combinator.name.to_string())
            .collect();
        let named = self.errors.iter().filter_map(|row| match &row.raised_by {
            RaisedBy::Only(names) => Some(names.iter().map(move |name| (name, &row.pattern))),
            RaisedBy::Any => None,
        });
        let strangers = named
            .flatten()
            .filter(|(name, _)| !functions.contains(*name))
            .map(|(name, pattern)| format!("errors.tsv: {pattern} names `{name}`, which the schema does not have"));
        let gone = self
            .callers
            .keys()
            .filter(|name| !functions.contains(*name))
            .map(|name| format!("errors.tsv: a row for `{name}`, which the schema does not have"));
        let missing = functions
            .iter()
            .filter(|name| !self.callers.contains_key(*name))
            .map(|name| format!("errors.tsv: no row says who may call `{name}`"));
        strangers.chain(gone).chain(missing).collect()
    }
}

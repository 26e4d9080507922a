//! Looking declarations up, by name and by id.

mod page;

use std::collections::BTreeSet;

use crate::errors::ErrorTable;
use crate::names::Names;
use crate::resolve::Checked;
use crate::schema::{CombinatorIndex, Kind, Schema, TypeIndex};
use crate::similar::distance;

/// How many names are suggested for one that does not exist.
const SUGGESTED: usize = 3;

/// Schemas to look things up in.
///
/// ```
/// use tl_codegen::Bindings;
/// use tl_codegen::show::{Catalogue, Length};
///
/// let api = Bindings::from_text("api", "api.tl", tl_schema::API).check()?;
/// let catalogue = Catalogue::new([api], None);
/// let pages = catalogue.find("#f7c1b13f", Length::Short);
/// assert!(pages[0].starts_with("constructor inputUserSelf\n"));
/// assert_eq!(catalogue.similar("sendEncrypted"), ["messages.sendEncrypted"]);
/// # Ok::<(), tl_codegen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// One schema.
#[derive(Clone, Debug)]
struct Entry {
    checked: Checked,
    /// None if names clash: then there are no Rust paths.
    names: Option<Names>,
    /// What is known of the functions of the schema that is called `api`.
    errors: Option<ErrorTable>,
}

/// How long a page may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The first uses of what is used often.
    Short,
    /// Every use.
    Full,
}

/// What a query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found<'a> {
    Combinator(CombinatorIndex),
    Type(TypeIndex),
    /// A declaration that the core of the runtime builds in.
    Builtin(&'a str),
}

impl Catalogue {
    /// Takes checked schemas, and what is known of the functions of the one called `api`.
    pub fn new(schemas: impl IntoIterator<Item = Checked>, errors: Option<ErrorTable>) -> Self {
        let entry = |checked: Checked| Entry {
            names: Names::new(&checked.schema, &checked.rules).ok(),
            errors: errors.clone().filter(|_| checked.schema.origin.name == "api"),
            checked,
        };
        Self { entries: schemas.into_iter().map(entry).collect() }
    }

    /// A page of text for everything that has the name, or the id: hex with `#`, `0x` or nothing in front, or decimal,
    /// with a sign or without.
    pub fn find(&self, query: &str, length: Length) -> Vec<String> {
        let pages = |ids: &[u32]| {
            let found = self.entries.iter().map(|entry| (entry, entry.find(query, ids)));
            let pages =
                found.flat_map(|(entry, found)| found.into_iter().map(move |found| page::page(entry, found, length)));
            pages.collect::<Vec<_>>()
        };
        // A name goes before an id that is spelled alike.
        let by_name = pages(&[]);
        if by_name.is_empty() { pages(&ids(query)) } else { by_name }
    }

    /// Names close to one that does not exist, the closest first.
    pub fn similar(&self, query: &str) -> Vec<String> {
        let names: BTreeSet<String> = self.entries.iter().flat_map(Entry::all_names).collect();
        let far = |name: &str| {
            let short = name.rsplit('.').next().unwrap_or(name);
            distance(name, query).min(distance(short, query))
        };
        let limit = (query.chars().count() / 4).min(2);
        let mut close: Vec<(usize, String)> =
            names.into_iter().map(|name| (far(&name), name)).filter(|(far, _)| *far <= limit).collect();
        close.sort();
        close.into_iter().take(SUGGESTED).map(|(_, name)| name).collect()
    }
}

impl Entry {
    fn schema(&self) -> &Schema {
        &self.checked.schema
    }

    /// Everything with one of the ids, or else with the name: of several forms the newest, which lists the others.
    fn find(&self, query: &str, ids: &[u32]) -> Vec<Found<'_>> {
        let schema = self.schema();
        let builtins = self.checked.builtins.iter().map(String::as_str);
        if !ids.is_empty() {
            let with_id = schema.indexed().filter(|(_, combinator)| ids.contains(&combinator.id));
            let built_in = builtins.filter(|line| builtin_id(line).is_some_and(|id| ids.contains(&id)));
            return with_id.map(|(index, _)| Found::Combinator(index)).chain(built_in.map(Found::Builtin)).collect();
        }
        let constructors = schema.forms().into_iter().filter(|(name, _)| name.to_string() == query);
        let constructors = constructors.filter_map(|(_, forms)| forms.last().copied()).map(Found::Combinator);
        let functions = schema
            .indexed()
            .filter(|(_, combinator)| combinator.kind == Kind::Function && combinator.name.to_string() == query);
        let mut found: Vec<Found<'_>> =
            constructors.chain(functions.map(|(index, _)| Found::Combinator(index))).collect();
        found.extend(
            builtins.filter(|line| builtin_name(line) == query || builtin_type(line) == query).map(Found::Builtin),
        );
        if found.is_empty() {
            let types = schema.types.iter().enumerate().filter(|(_, ty)| ty.name.to_string() == query);
            found.extend(types.map(|(index, _)| Found::Type(TypeIndex(index))));
        }
        found
    }

    fn all_names(&self) -> impl Iterator<Item = String> {
        let combinators = self.schema().combinators.iter().map(|combinator| combinator.name.to_string());
        let types = self.schema().types.iter().map(|ty| ty.name.to_string());
        let builtins = self.checked.builtins.iter().map(|line| builtin_name(line).to_owned());
        combinators.chain(types).chain(builtins)
    }
}

/// The ids that the query may mean.
fn ids(query: &str) -> Vec<u32> {
    let digits = query.strip_prefix('#').or_else(|| query.strip_prefix("0x")).unwrap_or(query);
    let hex = u32::from_str_radix(digits, 16).ok().filter(|_| digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    let decimal = query.parse::<u32>().ok().or_else(|| query.parse::<i32>().ok().map(i32::cast_unsigned));
    let mut ids: Vec<u32> = decimal.into_iter().chain(hex).collect();
    ids.dedup();
    ids
}

fn builtin_name(line: &str) -> &str {
    let head = line.split(' ').next().unwrap_or(line);
    head.split('#').next().unwrap_or(head)
}

fn builtin_type(line: &str) -> &str {
    let result = line.rsplit(" = ").next().unwrap_or(line);
    result.split(['<', ' ']).next().unwrap_or(result)
}

fn builtin_id(line: &str) -> Option<u32> {
    let (_, id) = line.split(' ').next()?.split_once('#')?;
    u32::from_str_radix(id, 16).ok()
}

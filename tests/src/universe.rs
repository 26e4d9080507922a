//! The three schemas, each seen from two sides: the generator's intermediate schema, from which bytes are made, and the
//! generated crate, which has to read them.

use std::collections::HashMap;
use std::sync::LazyLock;

use tl_codegen::Bindings;
use tl_codegen::layers::Layers;
use tl_codegen::schema::{Combinator, CombinatorIndex, Schema};
use tl_codegen::view::View;
use tl_types::DecodeError;

use crate::agreement;
use crate::random::{Generator, Mode};
use crate::registry::{self, Forms, Row};
use crate::shallow::Shallow;

/// One schema.
#[derive(Debug)]
pub struct Universe {
    /// The name of its module: `api`.
    pub name: &'static str,
    /// The generator's schema.
    pub schema: &'static Schema,
    /// The generated table, for decoding without static types.
    pub table: &'static tl_types::Schema,
    newest: (View<'static>, Shallow),
    every: (View<'static>, Shallow),
    rows: HashMap<u32, Vec<&'static Row>>,
}

static API: LazyLock<Universe> = LazyLock::new(|| Universe::load("api", &tl_types::api::SCHEMA, registry::API));
static MTPROTO: LazyLock<Universe> =
    LazyLock::new(|| Universe::load("mtproto", &tl_types::mtproto::SCHEMA, registry::MTPROTO));
static SECRET: LazyLock<Universe> =
    LazyLock::new(|| Universe::load("secret", &tl_types::secret::SCHEMA, registry::SECRET));

impl Universe {
    /// Telegram's API.
    pub fn api() -> &'static Self {
        &API
    }

    /// The service messages of MTProto.
    pub fn mtproto() -> &'static Self {
        &MTPROTO
    }

    /// The messages of secret chats.
    pub fn secret() -> &'static Self {
        &SECRET
    }

    /// All three.
    pub fn all() -> [&'static Self; 3] {
        [Self::api(), Self::mtproto(), Self::secret()]
    }

    /// # Panics
    /// If the schema has an error; the build script would have found it.
    fn load(name: &'static str, table: &'static tl_types::Schema, rows: &'static [Row]) -> Self {
        let path = format!("{}/../schema/{name}.tl", env!("CARGO_MANIFEST_DIR"));
        let checked = Bindings::from_file(path).and_then(|bindings| bindings.check()).unwrap();
        let layers = Layers::new(&checked.schema, &checked.rules).unwrap();
        // There is one for the whole run, and views borrow it.
        let schema: &'static Schema = Box::leak(Box::new(checked.schema));
        let mut by_id = HashMap::<u32, Vec<_>>::new();
        for row in rows {
            by_id.entry(row.id).or_default().push(row);
        }
        let with_shallow = |view: View<'static>| {
            let shallow = Shallow::new(&view);
            (view, shallow)
        };
        let newest = with_shallow(View::newest(schema));
        let every = with_shallow(View::every(schema, &layers.several));
        Self { name, schema, table, newest, every, rows: by_id }
    }

    fn side(&self, forms: Forms) -> &(View<'static>, Shallow) {
        match forms {
            Forms::Newest => &self.newest,
            Forms::Every => &self.every,
        }
    }

    /// The constructors that each type has, among those `forms`.
    pub fn view(&self, forms: Forms) -> &View<'static> {
        &self.side(forms).0
    }

    /// The simplest constructor of each type, among those `forms`.
    pub fn shallow(&self, forms: Forms) -> &Shallow {
        &self.side(forms).1
    }

    /// The ways to decode the combinator with this id.
    pub fn rows(&self, id: u32) -> &[&'static Row] {
        self.rows.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every row with its combinator, in the order of the schema.
    pub fn cases(&'static self) -> impl Iterator<Item = Case> {
        let case = move |(index, combinator): (CombinatorIndex, &Combinator)| {
            self.rows(combinator.id).iter().map(move |&row| Case { universe: self, index, row })
        };
        self.schema.indexed().flat_map(case)
    }
}

/// One combinator, and one way to decode it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The schema that declares it.
    pub universe: &'static Universe,
    /// Which combinator of that schema it is.
    pub index: CombinatorIndex,
    /// The way.
    pub row: &'static Row,
}

impl Case {
    /// The cases of all three schemas.
    pub fn all() -> Vec<Self> {
        Universe::all().into_iter().flat_map(Universe::cases).collect()
    }

    /// A generator of what the case's Rust type can hold, in little more than `budget` bytes.
    pub fn generator(&self, mode: Mode, budget: usize) -> Generator<'static> {
        Generator::new(self.universe, self.row.forms, mode, budget)
    }

    /// Decodes the bytes, and compares with what the table says if it knows the same forms.
    ///
    /// # Errors
    /// A description of the difference.
    pub fn agree(&self, bytes: &[u8]) -> Result<Result<(), DecodeError>, String> {
        let by_type = (self.row.codec.decode)(bytes);
        if self.row.forms == Forms::Every || self.universe.schema.layers.is_empty() {
            agreement::compare(&by_type, self.universe.table, bytes)?;
        }
        Ok(by_type)
    }

    /// The declaration.
    pub fn combinator(&self) -> &'static Combinator {
        self.universe.schema.combinator(self.index)
    }
}

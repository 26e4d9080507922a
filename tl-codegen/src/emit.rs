//! Rust from a checked schema: one file of this module for each kind of thing that is emitted.
//!
//! Nothing is written here; [`files`](crate::files) does that, once everything is known to be right.

mod boxed;
mod carry;
mod codec;
mod combinator;
mod docs;
mod errors;
mod exact;
mod lower;
mod module;
mod raise;
mod rust;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::ErrorTable;
use crate::layers::Layers;
use crate::names::Names;
use crate::redaction::Redaction;
use crate::resolve::Checked;
use crate::schema::{CombinatorIndex, Kind, Name, TypeIndex};
use crate::view::View;

/// What the generated code stands on, and what goes into it besides the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The schema.
    pub checked: &'a Checked,
    /// Its names.
    pub names: &'a Names,
    /// Its forms, if it has layers.
    pub layers: &'a Layers,
    /// What functions raise and who may call them, for the main schema.
    pub errors: Option<&'a ErrorTable>,
    /// What `Debug` hides.
    pub redaction: &'a Redaction,
    /// The path of the crate that holds the codec: `crate` or `::tl_types`.
    pub runtime: &'a str,
}

/// Modules that hold nothing but implementations.
const PRIVATE: [&str; 2] = ["carry", "raise"];

/// The files of one schema, by their path below its folder.
pub type Files = BTreeMap<String, String>;

/// Emits everything.
pub(crate) fn emit(context: Context<'_>) -> Files {
    let schema = &context.checked.schema;
    let newest = Emitter { context, view: View::newest(schema), side: Side::Newest };
    let mut files = Files::new();
    newest.types(&mut files);
    newest.constructors(&mut files);
    newest.functions(&mut files);
    newest.errors(&mut files);
    if !schema.layers.is_empty() {
        let exact = Emitter { context, view: View::every(schema, &context.layers.several), side: Side::Exact };
        exact.exact_types(&mut files);
        exact.layer_modules(&mut files);
        newest.raise(&exact, &mut files);
        newest.carry(&exact, &mut files);
    }
    newest.root(&mut files);
    files
}

struct Emitter<'a> {
    context: Context<'a>,
    view: View<'a>,
    side: Side,
}

/// Which of a layered schema's two universes is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// What users build.
    Newest,
    /// What decodes exactly what was sent.
    Exact,
}

/// Items of one namespace, in the order in which they are printed.
#[derive(Default)]
struct Items(BTreeMap<Vec<String>, Vec<TokenStream>>);

impl Items {
    fn add(&mut self, name: &Name, item: TokenStream) {
        self.0.entry(crate::names::modules(name)).or_default().push(item);
    }
}

impl Emitter<'_> {
    fn types(&self, files: &mut Files) {
        let mut items = Items::default();
        for index in (0..self.view.schema.types.len()).map(TypeIndex) {
            if !self.view.constructors(index).is_empty() {
                items.add(&self.view.schema.boxed(index).name, self.boxed(index));
            }
        }
        self.modules("types", "Boxed types.", items, files);
    }

    fn constructors(&self, files: &mut Files) {
        let mut items = Items::default();
        let types = (0..self.view.schema.types.len()).map(TypeIndex);
        let mut constructors: Vec<(CombinatorIndex, TypeIndex)> =
            types.flat_map(|ty| self.view.constructors(ty).iter().map(move |&constructor| (constructor, ty))).collect();
        constructors.sort_unstable();
        for (constructor, ty) in constructors {
            if self.view.has_struct(ty, constructor) {
                items.add(&self.view.schema.combinator(constructor).name, self.constructor(constructor, ty));
            }
        }
        self.modules("constructors", "Constructors that have fields, or a type to themselves.", items, files);
    }

    fn functions(&self, files: &mut Files) {
        let mut items = Items::default();
        for (index, combinator) in self.view.schema.indexed() {
            if combinator.kind == Kind::Function {
                items.add(&combinator.name, self.function(index));
            }
        }
        self.modules("functions", "Functions.", items, files);
    }

    /// The file of the schema's own module.
    fn root(&self, files: &mut Files) {
        let origin = &self.view.schema.origin;
        let modules: BTreeSet<&str> = files
            .keys()
            .filter_map(|path| path.split('/').next())
            .map(|module| module.trim_end_matches(".rs"))
            .collect();
        let declared = modules.iter().map(|module| {
            let ident = crate::names::word(module);
            if PRIVATE.contains(module) {
                quote! { mod #ident; }
            } else {
                quote! { pub mod #ident; }
            }
        });
        let written = self.written_layers();
        let written = (!written.is_empty()).then(|| {
            quote! {
                #[doc = " The layers at which what is written changes, rising; nothing is written below the first."]
                pub const LAYERS: &[u32] = &[#(#written),*];
            }
        });
        let (name, layer) = (&origin.name, proc_macro2::Literal::u32_unsuffixed(origin.layer));
        let body = quote! {
            #(#declared)*

            #[doc = " The layer of the schema."]
            pub const LAYER: u32 = #layer;

            #written

            #[doc = " The declarations of the schema, for look-up by id and by name."]
            pub static SCHEMA: Schema = Schema::new(#name, LAYER, DECLARATIONS, index);

            const DECLARATIONS: &str = include_str!("schema.tl");

            fn index() -> &'static Index {
                static INDEX: OnceLock<Index> = OnceLock::new();
                INDEX.get_or_init(|| Index::parse(DECLARATIONS))
            }
        };
        let text = self.file(&[], None, body);
        files.insert("mod.rs".into(), text);
        files.insert("schema.tl".into(), self.declarations());
    }
}

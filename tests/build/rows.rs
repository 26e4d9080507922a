//! The rows of one schema.

use std::error::Error;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tl_codegen::Bindings;
use tl_codegen::layers::Layers;
use tl_codegen::names::{self, Names};
use tl_codegen::schema::{CombinatorIndex, Field, Kind, Name, Type, TypeIndex};
use tl_codegen::view::View;

use crate::parts;

/// The table, as items of a module: `ROWS`, and a function for each struct.
pub(crate) fn table(universe: &str) -> Result<String, Box<dyn Error>> {
    let bindings = Bindings::from_file(format!("../schema/{universe}.tl")).map_err(|error| error.to_string())?;
    let checked = bindings.check().map_err(|error| error.to_string())?;
    let schema = &checked.schema;
    let names = Names::new(schema, &checked.rules).map_err(|problems| format!("{problems:?}"))?;
    let layers = Layers::new(schema, &checked.rules).map_err(|problems| format!("{problems:?}"))?;
    let universe = format_ident!("{universe}");
    let table = |view, is_every| Table { universe: &universe, names: &names, layers: &layers, view, is_every };

    let newest = table(View::newest(schema), false);
    let mut rows = newest.constructors();
    rows.extend(newest.functions());
    if !schema.layers.is_empty() {
        rows.extend(table(View::every(schema, &layers.several), true).constructors());
    }
    // Functions rather than closures: the compiler takes minutes for a table with thousands of bodies in it.
    let (rows, functions): (Vec<TokenStream>, Vec<TokenStream>) = rows.into_iter().unzip();
    Ok(quote!(pub(super) static ROWS: &[Row] = &[#(#rows),*]; #(#functions)*).to_string())
}

/// The rows for one view of the schema.
struct Table<'a> {
    universe: &'a Ident,
    names: &'a Names,
    layers: &'a Layers,
    view: View<'a>,
    /// Whether the view is the one of all forms.
    is_every: bool,
}

impl Table<'_> {
    /// Each constructor: as one of its type, and on its own if it has a struct.
    fn constructors(&self) -> Vec<(TokenStream, TokenStream)> {
        let mut rows = Vec::new();
        for ty in (0..self.view.schema.types.len()).map(TypeIndex) {
            for &constructor in self.view.constructors(ty) {
                rows.push(self.row(constructor, &self.boxed(ty), None));
                if self.view.has_struct(ty, constructor) {
                    let parts = parts::of(&self.view, Some(ty), constructor);
                    rows.push(self.row(constructor, &self.structure(ty, constructor), Some(parts)));
                }
            }
        }
        rows
    }

    fn functions(&self) -> Vec<(TokenStream, TokenStream)> {
        let functions = self.view.schema.indexed().filter(|(_, combinator)| combinator.kind == Kind::Function);
        let row = |(index, combinator): (CombinatorIndex, &tl_codegen::schema::Combinator)| {
            let path = path(&["functions"], &combinator.name, self.names.combinator(index));
            self.row(index, &path, Some(parts::of(&self.view, None, index)))
        };
        functions.map(row).collect()
    }

    /// The path of a boxed type.
    fn boxed(&self, ty: TypeIndex) -> TokenStream {
        let top = if self.has_several(ty) { "exact" } else { "types" };
        path(&[top], &self.view.schema.boxed(ty).name, self.names.boxed(ty))
    }

    /// The path of a constructor's struct.
    fn structure(&self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        let combinator = self.view.schema.combinator(constructor);
        let layer = combinator.layer.filter(|_| self.has_several(ty)).map(|layer| format!("layer_{layer}"));
        let top: Vec<&str> = layer.as_deref().into_iter().chain(["constructors"]).collect();
        path(&top, &combinator.name, self.names.combinator(constructor))
    }

    /// Whether the type that holds all forms is another than the one that holds the newest.
    fn has_several(&self, ty: TypeIndex) -> bool {
        self.is_every && self.layers.several.contains(&ty)
    }

    /// A row, and the function that it refers to, if the combinator can be taken apart.
    fn row(
        &self,
        index: CombinatorIndex,
        path: &TokenStream,
        parts: Option<TokenStream>,
    ) -> (TokenStream, TokenStream) {
        let combinator = self.view.schema.combinator(index);
        let (id, name, universe) = (combinator.id, combinator.name.to_string(), &self.universe);
        let rust = format!("{universe}::{path}").replace(' ', "");
        let forms = format_ident!("{}", if self.is_every { "Every" } else { "Newest" });
        let arguments = combinator.open_field().map(|field| self.argument(field));
        let path = quote!(#universe::#path #arguments);
        let function = format_ident!("{}_{id:08x}", if self.is_every { "every" } else { "newest" });
        let (parts, function) = match parts {
            None => (quote!(None), quote!()),
            Some(parts) => (quote!(Some(#function)), parts::function(&function, &path, &parts)),
        };
        let row = quote! {
            Row { id: #id, name: #name, rust: #rust, forms: Forms::#forms, codec: Codec::of::<#path>(), parts: #parts }
        };
        (row, function)
    }

    /// The caller's type, where the schema leaves one open: `Raw`, or the type that the schema names there.
    fn argument(&self, field: &Field) -> TokenStream {
        let Type::Open { default: Some(ty), .. } = field.ty else { return quote!(<Raw>) };
        let (universe, path) = (&self.universe, self.boxed(ty));
        quote!(<#universe::#path>)
    }
}

fn path(top: &[&str], name: &Name, ident: &Ident) -> TokenStream {
    let namespace = names::modules(name);
    let modules = top.iter().copied().chain(namespace.iter().map(|module| module.trim_start_matches("r#")));
    let modules = modules.map(names::word);
    quote!(#(#modules::)* #ident)
}

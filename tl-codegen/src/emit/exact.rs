//! The exact forms: a choice of all of them for each type, and a module for each layer with those in force at it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitter, Files, Items};
use crate::schema::{Combinator, CombinatorIndex, TypeIndex};

impl Emitter<'_> {
    /// `exact`: for each type that has several forms, the choice of all.
    pub(super) fn exact_types(&self, files: &mut Files) {
        let mut items = Items::default();
        for &index in &self.context.layers.several {
            items.add(&self.view.schema.boxed(index).name, self.enumeration(index));
        }
        self.modules("exact", "Types as they were sent: a choice of every form of every layer.", items, files);
    }

    /// `layer_N` for each layer: the forms in force at it. A form is defined where it came in.
    pub(super) fn layer_modules(&self, files: &mut Files) {
        for &layer in &self.view.schema.layers {
            let mut constructors = Items::default();
            let mut types = Items::default();
            for index in (0..self.view.schema.types.len()).map(TypeIndex) {
                let in_force = self.in_force(index, layer);
                for &constructor in &in_force {
                    let combinator = self.view.schema.combinator(constructor);
                    if self.view.has_struct(index, constructor) {
                        constructors.add(&combinator.name, self.at_layer(index, constructor, combinator, layer));
                    }
                }
                if !in_force.is_empty() {
                    let path = self.boxed_path(index);
                    types.add(&self.view.schema.boxed(index).name, quote!(pub use #path;));
                }
            }
            let top = format!("layer_{layer}");
            self.modules(
                &format!("{top}/constructors"),
                &format!("Constructors as layer {layer} has them."),
                constructors,
                files,
            );
            self.modules(&format!("{top}/types"), &format!("Types as layer {layer} has them."), types, files);
            let children = ["constructors", "types"]
                .into_iter()
                .filter(|child| files.keys().any(|path| path.starts_with(&format!("{top}/{child}"))));
            let children = children.map(|child| {
                let child = crate::names::word(child);
                quote!(pub mod #child;)
            });
            let doc = format!("The forms in force at layer {layer}.");
            let text = self.file(std::slice::from_ref(&top), Some(&doc), quote!(#(#children)*));
            files.insert(format!("{top}/mod.rs"), text);
        }
    }

    /// The forms of a type's constructors that are in force at a layer.
    fn in_force(&self, ty: TypeIndex, layer: u32) -> Vec<CombinatorIndex> {
        let schema = self.view.schema;
        let since = |constructor: CombinatorIndex| schema.combinator(constructor).layer;
        let constructors =
            self.view.constructors(ty).iter().copied().filter(|&constructor| since(constructor) <= Some(layer));
        schema.newest(&constructors.collect::<Vec<_>>())
    }

    /// The struct, or where it is.
    fn at_layer(
        &self,
        ty: TypeIndex,
        constructor: CombinatorIndex,
        combinator: &Combinator,
        layer: u32,
    ) -> TokenStream {
        if self.is_exact(ty) && combinator.layer == Some(layer) {
            return self.constructor(constructor, ty);
        }
        let path = self.constructor_path(constructor);
        quote!(pub use #path;)
    }

    /// The layers at which something that is written changes.
    pub(super) fn written_layers(&self) -> Vec<proc_macro2::Literal> {
        let layers = &self.view.schema.layers;
        let floor = self.context.layers.floor;
        let first = layers.iter().copied().filter(|&layer| layer <= floor).max().map(|_| floor);
        let written = first.into_iter().chain(layers.iter().copied().filter(|&layer| layer > floor));
        written.map(proc_macro2::Literal::u32_unsuffixed).collect()
    }
}

//! Rust types of TL types.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Emitter, Side};
use crate::names;
use crate::schema::{CombinatorIndex, Field, Name, Type, TypeIndex};

impl Emitter<'_> {
    /// The path of a boxed type.
    pub(super) fn boxed_path(&self, index: TypeIndex) -> TokenStream {
        let top = match self.is_exact(index) {
            true => "exact",
            false => "types",
        };
        path(&[top], &self.view.schema.boxed(index).name, self.context.names.boxed(index))
    }

    /// The path of a constructor's struct.
    pub(super) fn constructor_path(&self, index: CombinatorIndex) -> TokenStream {
        let combinator = self.view.schema.combinator(index);
        let ident = self.context.names.combinator(index);
        match (self.view.owner(index), combinator.layer) {
            (Some(owner), Some(layer)) if self.is_exact(owner) => {
                path(&[&format!("layer_{layer}"), "constructors"], &combinator.name, ident)
            }
            _ => path(&["constructors"], &combinator.name, ident),
        }
    }

    /// The name of a constructor's variant; among several forms it tells the layer.
    pub(super) fn variant_ident(&self, index: CombinatorIndex) -> Ident {
        let variant = self.context.names.variant(index);
        match (self.view.owner(index), self.view.schema.combinator(index).layer) {
            (Some(owner), Some(layer)) if self.is_exact(owner) => names::of_layer(variant, layer),
            _ => variant.clone(),
        }
    }

    /// Whether the type here is the one of all forms, and differs from the newest one.
    pub(super) fn is_exact(&self, index: TypeIndex) -> bool {
        self.side == Side::Exact && self.context.layers.is_exact(index)
    }
    /// The type of a value.
    pub(super) fn rust(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Nat => quote!(u32),
            Type::Int => quote!(i32),
            Type::Long => quote!(i64),
            Type::Double => quote!(f64),
            Type::String => quote!(String),
            Type::Bytes => quote!(Vec<u8>),
            Type::Int128 => quote!([u8; 16]),
            Type::Int256 => quote!([u8; 32]),
            Type::Bool | Type::True => quote!(bool),
            Type::Vector { item, .. } => {
                let item = self.rust(item);
                quote!(Vec<#item>)
            }
            Type::Boxed(index) => self.boxed_path(*index),
            Type::Bare(index) => self.constructor_path(*index),
            Type::Open { .. } => quote!(X),
            Type::Answer => quote!(X::Response),
        }
    }

    /// The type of a field, with its `Option` and its `Box`.
    pub(super) fn field_type(&self, owner: Option<TypeIndex>, field: &Field) -> TokenStream {
        if field.is_flag() {
            return quote!(bool);
        }
        let mut rust = self.rust(&field.ty);
        if self.view.is_field_boxed(owner, field) {
            rust = quote!(Box<#rust>);
        }
        if field.is_optional() {
            rust = quote!(Option<#rust>);
        }
        rust
    }

    /// How a field is passed to `new` and to its setter: the parameter's type, and the value made of `argument`.
    pub(super) fn argument(
        &self,
        owner: Option<TypeIndex>,
        field: &Field,
        argument: &TokenStream,
    ) -> (TokenStream, TokenStream) {
        let rust = self.rust(&field.ty);
        let converts = match &field.ty {
            Type::String | Type::Bytes => true,
            Type::Boxed(index) => self.view.only(*index).is_none(),
            _ => false,
        };
        let (parameter, value) = match converts {
            true => (quote!(impl Into<#rust>), quote!(#argument.into())),
            false => (rust, argument.clone()),
        };
        match self.view.is_field_boxed(owner, field) {
            true => (parameter, quote!(Box::new(#value))),
            false => (parameter, value),
        }
    }
}

/// `top::namespace::Name`.
pub(super) fn path(top: &[&str], name: &Name, ident: &Ident) -> TokenStream {
    let top = top.iter().map(|module| names::word(module));
    let modules = names::modules(name).into_iter().map(|module| names::word(module.trim_start_matches("r#")));
    let modules = top.chain(modules);
    quote!(#(#modules::)* #ident)
}

/// Whether values of the type are copied rather than borrowed.
pub(super) fn is_copy(ty: &Type) -> bool {
    matches!(ty, Type::Nat | Type::Int | Type::Long | Type::Double | Type::Bool | Type::True)
}

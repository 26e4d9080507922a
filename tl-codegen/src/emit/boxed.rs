//! A boxed type: an enum of its constructors, or the struct of its only one.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emitter;
use super::combinator::{generics, hex};
use crate::schema::{CombinatorIndex, TypeIndex};

impl Emitter<'_> {
    /// The type.
    pub(super) fn boxed(&self, index: TypeIndex) -> TokenStream {
        match self.view.only(index) {
            Some(only) => self.alias(index, only),
            None => self.enumeration(index),
        }
    }

    /// A type with one constructor is that constructor.
    fn alias(&self, index: TypeIndex, only: CombinatorIndex) -> TokenStream {
        let ident = self.context.names.boxed(index);
        let docs = self.boxed_docs(index);
        let combinator = self.view.schema.combinator(only);
        let (_, arguments) = generics(combinator, quote!());
        let declared = self.declared_parameter(combinator);
        let path = self.constructor_path(only);
        quote! {
            #docs
            pub type #ident #declared = #path #arguments;
        }
    }

    pub(super) fn enumeration(&self, index: TypeIndex) -> TokenStream {
        let ident = self.context.names.boxed(index);
        let docs = self.boxed_docs(index);
        let name = self.view.schema.boxed(index).name.to_string();
        let constructors = self.view.constructors(index);
        let variants = constructors.iter().map(|&constructor| self.variant(index, constructor));
        let encode = constructors.iter().map(|&constructor| {
            let variant = self.variant_ident(constructor);
            let id = hex(self.view.schema.combinator(constructor).id);
            match self.view.has_struct(index, constructor) {
                true => quote!(Self::#variant(fields) => fields.encode(sink)),
                false => quote!(Self::#variant => sink.id(#id)),
            }
        });
        let decode = constructors.iter().map(|&constructor| {
            let id = hex(self.view.schema.combinator(constructor).id);
            let value = self.decode_variant(index, constructor);
            quote!(#id => #value)
        });
        let placeholder = self.view.shallowest(index).map(|constructor| self.decode_variant(index, constructor));
        let conversions = constructors
            .iter()
            .filter(|&&constructor| self.view.has_struct(index, constructor))
            .map(|&constructor| self.conversions(index, constructor));
        let non_exhaustive = self.view.schema.layers.is_empty().then(|| quote!(#[non_exhaustive]));
        quote! {
            #docs
            #[derive(Clone, PartialEq)]
            #non_exhaustive
            pub enum #ident { #(#variants),* }

            impl Encode for #ident {
                fn encode<S: Sink>(&self, sink: &mut S) {
                    match self { #(#encode),* }
                }
            }

            impl Decode for #ident {
                const SHAPE: Shape = Shape::Boxed(&SCHEMA, #name);

                #[inline]
                fn decode(reader: &mut Reader<'_>) -> Self {
                    match reader.id() {
                        #(#decode,)*
                        id => {
                            reader.unknown(id);
                            #placeholder
                        }
                    }
                }
            }

            impl fmt::Debug for #ident {
                #[inline]
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { debug(&SCHEMA, self, f) }
            }

            #(#conversions)*
        }
    }

    fn variant(&self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        let variant = self.variant_ident(constructor);
        let docs = self.variant_docs(constructor);
        let path = self.constructor_path(constructor);
        match (self.view.has_struct(ty, constructor), self.view.is_variant_boxed(constructor)) {
            (false, _) => quote!(#docs #variant),
            (true, false) => quote!(#docs #variant(#path)),
            (true, true) => quote!(#docs #variant(Box<#path>)),
        }
    }

    /// Reads the fields into the variant.
    fn decode_variant(&self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        let variant = self.variant_ident(constructor);
        match (self.view.has_struct(ty, constructor), self.view.is_variant_boxed(constructor)) {
            (false, _) => quote!(Self::#variant),
            (true, false) => quote!(Self::#variant(Combinator::decode_fields(reader))),
            (true, true) => quote!(Self::#variant(reader.boxed_fields())),
        }
    }

    /// From a constructor to its type, and back if it is that one.
    fn conversions(&self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        let boxed = self.context.names.boxed(ty);
        let variant = self.variant_ident(constructor);
        let path = self.constructor_path(constructor);
        let (into, from) = match self.view.is_variant_boxed(constructor) {
            true => (quote!(Box::new(fields)), quote!(*fields)),
            false => (quote!(fields), quote!(fields)),
        };
        let others = (self.view.constructors(ty).len() > 1).then(|| quote!(other => Err(other),));
        quote! {
            impl From<#path> for #boxed {
                #[inline]
                fn from(fields: #path) -> Self { Self::#variant(#into) }
            }

            impl TryFrom<#boxed> for #path {
                type Error = #boxed;

                #[inline]
                fn try_from(value: #boxed) -> Result<Self, #boxed> {
                    match value {
                        #boxed::#variant(fields) => Ok(#from),
                        #others
                    }
                }
            }
        }
    }
}

//! A combinator's struct: its fields, how it is built, and both directions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::Emitter;
use crate::names;
use crate::schema::{Combinator, CombinatorIndex, Type, TypeIndex};

impl Emitter<'_> {
    /// The struct of a constructor, and how it goes into its type and comes out of it.
    pub(super) fn constructor(&self, index: CombinatorIndex, ty: TypeIndex) -> TokenStream {
        let ident = self.context.names.combinator(index);
        let item = self.structure(index, Some(ty));
        let (parameters, arguments) = generics(self.view.schema.combinator(index), quote!(Encode + Decode));
        let boxed = match self.view.only(ty) {
            Some(_) => quote!(Self),
            None => self.boxed_path(ty),
        };
        quote! {
            #item
            impl #parameters Constructor for #ident #arguments { type Type = #boxed; }
        }
    }

    /// The struct of a function, and what it answers.
    pub(super) fn function(&self, index: CombinatorIndex) -> TokenStream {
        let ident = self.context.names.combinator(index);
        let combinator = self.view.schema.combinator(index);
        let item = self.structure(index, None);
        let bound = match combinator.result {
            Type::Answer => quote!(Function),
            _ => quote!(Encode + Decode),
        };
        let (parameters, arguments) = generics(combinator, bound);
        let response = match combinator.result {
            Type::Open { .. } => quote!(Raw),
            ref result => self.rust(result),
        };
        let (callers, errors) = self.function_facts(combinator);
        quote! {
            #item
            impl #parameters Function for #ident #arguments {
                type Response = #response;
                const CALLERS: Callers = Callers::#callers;
                const ERRORS: &'static [&'static str] = &[#(#errors),*];
            }
        }
    }

    /// What both have in common.
    fn structure(&self, index: CombinatorIndex, owner: Option<TypeIndex>) -> TokenStream {
        let combinator = self.view.schema.combinator(index);
        let ident = self.context.names.combinator(index);
        let docs = self.combinator_docs(index);
        let (parameters, arguments) = generics(combinator, quote!(Encode + Decode));
        let open = combinator.open_field().map(|_| quote!(<X>));
        let declared = self.declared_parameter(combinator);
        let fields = combinator.value_fields().map(|field| {
            let (name, ty) = (names::field(&field.name), self.field_type(owner, field));
            quote!(pub #name: #ty)
        });
        let methods = self.methods(combinator, owner);
        let (id, name) = (hex(combinator.id), combinator.name.to_string());
        let encode = self.encode_fields(combinator);
        let sink = if encode.is_empty() { quote!(_) } else { quote!(sink) };
        let decode = self.decode_fields(owner, combinator);
        let reader = if combinator.fields.is_empty() { quote!(_) } else { quote!(reader) };
        quote! {
            #docs
            #[derive(Clone, PartialEq)]
            #[non_exhaustive]
            pub struct #ident #declared { #(#fields),* }

            impl #open #ident #arguments { #methods }

            impl #parameters Combinator for #ident #arguments {
                const ID: u32 = #id;
                const NAME: &'static str = #name;
                const SCHEMA: &'static Schema = &SCHEMA;

                fn encode_fields<S: Sink>(&self, #sink: &mut S) { #encode }

                #[inline]
                fn decode_fields(#reader: &mut Reader<'_>) -> Self { #decode }
            }

            impl #parameters fmt::Debug for #ident #arguments {
                #[inline]
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { debug(&SCHEMA, self, f) }
            }
        }
    }

    /// The declaration of the type parameter of a combinator with an open field, with its default.
    pub(super) fn declared_parameter(&self, combinator: &Combinator) -> Option<TokenStream> {
        combinator.open_field().map(|field| match field.ty {
            Type::Open { default: Some(ty), .. } => {
                let default = self.boxed_path(ty);
                quote!(<X = #default>)
            }
            _ => quote!(<X = Raw>),
        })
    }

    /// `new` with what is required, and a setter for each field that is not.
    fn methods(&self, combinator: &Combinator, owner: Option<TypeIndex>) -> TokenStream {
        let mut parameters = Vec::new();
        let mut members = Vec::new();
        let mut setters = Vec::new();
        for field in combinator.value_fields() {
            let name = names::field(&field.name);
            let (parameter, value) = self.argument(owner, field, &quote!(#name));
            if !field.is_optional() {
                parameters.push(quote!(#name: #parameter));
                let is_shorthand = name == value.to_string();
                members.push(if is_shorthand { quote!(#name) } else { quote!(#name: #value) });
                continue;
            }
            members.push(if field.is_flag() { quote!(#name: false) } else { quote!(#name: None) });
            let setter = names::setter(&field.name);
            let value = if field.is_flag() { quote!(#name) } else { quote!(Some(#value)) };
            let doc = match field.is_flag() {
                true => format!(" Says whether `{}` is set.", field.name),
                false => format!(" Sets `{}`.", field.name),
            };
            setters.push(quote! {
                #[doc = #doc]
                #[inline]
                #[must_use]
                pub fn #setter(mut self, #name: #parameter) -> Self {
                    self.#name = #value;
                    self
                }
            });
        }
        let new = match parameters.is_empty() {
            true if setters.is_empty() => " The value.",
            true => " A value without any of the optional fields.",
            false if setters.is_empty() => " A value of its fields.",
            false => " A value of its required fields.",
        };
        quote! {
            #[doc = #new]
            #[inline]
            pub fn new(#(#parameters),*) -> Self { Self { #(#members),* } }
            #(#setters)*
        }
    }
}

/// The type parameter of a combinator with an open field: declared with its bound, and named.
pub(super) fn generics(combinator: &Combinator, bound: TokenStream) -> (TokenStream, TokenStream) {
    match combinator.open_field() {
        Some(_) => (quote!(<X: #bound>), quote!(<X>)),
        None => (quote!(), quote!()),
    }
}

/// An id as it is written in TL.
pub(super) fn hex(id: u32) -> TokenStream {
    let literal: Literal = format!("0x{id:08x}").parse().unwrap_or_else(|_| Literal::u32_unsuffixed(id));
    quote!(#literal)
}

//! Functions that encode each field of a struct on its own, so that what is in a field can be compared with what
//! the schema says belongs there.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use tl_codegen::names;
use tl_codegen::schema::{CombinatorIndex, Field, Type, TypeIndex};
use tl_codegen::view::View;

/// The function that decodes a `path` and takes it apart with these statements.
pub(crate) fn function(ident: &Ident, path: &TokenStream, statements: &TokenStream) -> TokenStream {
    let value = if statements.is_empty() { quote!(_) } else { quote!(value) };
    let parts = if statements.is_empty() { quote!(parts) } else { quote!(mut parts) };
    quote! {
        fn #ident(bytes: &[u8]) -> Result<Parts, DecodeError> {
            let #value = <#path as Decode>::from_bytes(bytes)?;
            let #parts = Parts::default();
            #statements
            Ok(parts)
        }
    }
}

/// For each field of the combinator, a statement about `value` and `parts`.
pub(crate) fn of(view: &View<'_>, owner: Option<TypeIndex>, index: CombinatorIndex) -> TokenStream {
    let fields = view.schema.combinator(index).value_fields().filter(|field| has_boxed_form(&field.ty));
    fields.map(|field| part(field, view.is_field_boxed(owner, field))).collect()
}

/// Bare values and bare vectors implement only the boxed form by themselves.
fn has_boxed_form(ty: &Type) -> bool {
    match ty {
        Type::Bare(_) | Type::Vector { bare: true, .. } => false,
        Type::Vector { item, .. } => has_boxed_form(item),
        _ => true,
    }
}

fn part(field: &Field, is_boxed: bool) -> TokenStream {
    let (name, ident) = (&field.name, names::field(&field.name));
    match (field.is_flag(), field.is_optional()) {
        (true, _) => quote!(parts.flag(#name, value.#ident);),
        (false, true) if field.ty == Type::Nat => {
            quote!(parts.optional(#name, value.#ident.map(u32::cast_signed).as_ref());)
        }
        (false, true) if is_boxed => quote!(parts.optional(#name, value.#ident.as_deref());),
        (false, true) => quote!(parts.optional(#name, value.#ident.as_ref());),
        (false, false) if field.ty == Type::Nat => quote!(parts.required(#name, &value.#ident.cast_signed());),
        (false, false) if is_boxed => quote!(parts.required(#name, &*value.#ident);),
        (false, false) => quote!(parts.required(#name, &value.#ident);),
    }
}

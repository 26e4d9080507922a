//! From each form to the newest one.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::quote;

use super::{Emitter, Files};
use crate::layers::Origin;
use crate::names;
use crate::rules::Value;
use crate::schema::{CombinatorIndex, Field, Type, TypeIndex};

impl Emitter<'_> {
    /// `raise.rs`: `Raise` for each type of several forms and for each form.
    pub(super) fn raise(&self, exact: &Self, files: &mut Files) {
        let types = self.context.layers.several.iter();
        let items: Vec<TokenStream> = types.map(|&ty| self.raise_type(exact, ty)).collect();
        if !items.is_empty() {
            let doc = "From every form to the newest one, in one step.";
            files.insert("raise.rs".into(), self.file(&["raise".to_owned()], Some(doc), quote!(#(#items)*)));
        }
    }

    fn raise_type(&self, exact: &Self, ty: TypeIndex) -> TokenStream {
        let (from, to) = (exact.boxed_path(ty), self.boxed_path(ty));
        let forms = exact.view.constructors(ty);
        let arms = forms.iter().map(|&form| {
            let variant = exact.variant_ident(form);
            match (exact.view.has_struct(ty, form), exact.view.is_variant_boxed(form)) {
                (true, false) => quote!(Self::#variant(fields) => fields.raise_into(trace)),
                (true, true) => quote!(Self::#variant(fields) => (*fields).raise_into(trace)),
                (false, _) => {
                    let value = self.raised(exact, ty, form);
                    quote!(Self::#variant => #value)
                }
            }
        });
        let structs = forms.iter().filter(|&&form| exact.view.has_struct(ty, form)).map(|&form| {
            let path = exact.constructor_path(form);
            let value = self.raised(exact, ty, form);
            let trace = if mentions(&value, "trace") { quote!(trace) } else { quote!(_) };
            quote! {
                impl Raise for #path {
                    type Newest = #to;

                    fn raise_into(self, #trace: &mut Trace) -> #to { #value }
                }
            }
        });
        quote! {
            impl Raise for #from {
                type Newest = #to;

                fn raise_into(self, trace: &mut Trace) -> #to { match self { #(#arms),* } }
            }

            #(#structs)*
        }
    }

    /// The expression that makes the newest form of `self`.
    fn raised(&self, exact: &Self, ty: TypeIndex, form: CombinatorIndex) -> TokenStream {
        let Some(step) = self.context.layers.steps.get(&form) else { return quote!() };
        let (old, new) = (self.view.schema.combinator(form), self.view.schema.combinator(step.newest));
        let losses = step.lost.iter().filter_map(|(index, nothing)| {
            let field = old.fields.get(*index)?;
            let (ident, name) = (names::field(&field.name), &field.name);
            let held = match nothing {
                Value::Absent if field.is_flag() => quote!(self.#ident),
                Value::Absent => quote!(self.#ident.is_some()),
                Value::Empty | Value::EmptyVector => quote!(!self.#ident.is_empty()),
                value => {
                    let nothing = exact.literal(value, field);
                    quote!(self.#ident != #nothing)
                }
            };
            Some(quote!(trace.lose_if(#held, #name);))
        });
        let members = step.fields.iter().filter_map(|(index, origin)| {
            let field = new.fields.get(*index)?;
            let ident = names::field(&field.name);
            let value = self.raised_field(exact, ty, form, field, origin);
            Some(quote!(#ident: #value))
        });
        let value = match self.view.has_struct(ty, step.newest) {
            true => {
                let path = self.constructor_path(step.newest);
                self.wrap(ty, step.newest, quote!(#path { #(#members),* }))
            }
            false => {
                let (path, variant) = (self.boxed_path(ty), self.variant_ident(step.newest));
                quote!(#path::#variant)
            }
        };
        quote!(#(#losses)* #value)
    }

    fn raised_field(
        &self,
        exact: &Self,
        ty: TypeIndex,
        form: CombinatorIndex,
        field: &Field,
        origin: &Origin,
    ) -> TokenStream {
        let schema = self.view.schema;
        match origin {
            Origin::Added if field.is_flag() => quote!(false),
            Origin::Added => quote!(None),
            Origin::New(value) => self.boxed_if_so(ty, field, self.literal(value, field)),
            Origin::Moved { old, constructor } => {
                let newest = self.context.layers.steps.get(constructor).map_or(*constructor, |step| step.newest);
                let path = self.constructor_path(newest);
                let old = schema.combinator(form).fields.get(*old).map(|field| names::field(&field.name));
                quote!(vec![#path::new(self.#old).into()])
            }
            Origin::Field { old, widened, default } => {
                let Some(old) = schema.combinator(form).fields.get(*old) else { return quote!() };
                let ident = names::field(&old.name);
                let mut value = quote!(self.#ident);
                let several = self.has_several(&field.ty);
                let boxed = exact.view.is_field_boxed(Some(ty), old);
                let stays = old.is_optional() == field.is_optional();
                let rebox = boxed != self.view.is_field_boxed(Some(ty), field) || !stays;
                if boxed && rebox {
                    value = if old.is_optional() { quote!(#value.map(|value| *value)) } else { quote!(*#value) };
                }
                if several {
                    let name = &field.name;
                    value = quote!(trace.raise(#name, #value));
                }
                if *widened {
                    value = if old.is_optional() { quote!(#value.map(i64::from)) } else { quote!(i64::from(#value)) };
                }
                if let Some(default) = default {
                    let default = self.literal(default, field);
                    value = quote!(#value.unwrap_or(#default));
                }
                if rebox {
                    value = match (old.is_optional(), self.view.is_field_boxed(Some(ty), field)) {
                        (_, false) => value,
                        (true, true) if field.is_optional() => quote!(#value.map(Box::new)),
                        (_, true) => quote!(Box::new(#value)),
                    };
                }
                if field.is_optional() && !old.is_optional() {
                    value = quote!(Some(#value));
                }
                value
            }
        }
    }

    /// Whether raising changes values of the type.
    pub(super) fn has_several(&self, ty: &Type) -> bool {
        matches!(ty.innermost(), Type::Boxed(index) if self.context.layers.several.contains(index))
    }

    /// A constructor's struct as a value of its type.
    pub(super) fn wrap(&self, ty: TypeIndex, constructor: CombinatorIndex, fields: TokenStream) -> TokenStream {
        if self.view.only(ty).is_some() {
            return fields;
        }
        let (path, variant) = (self.boxed_path(ty), self.variant_ident(constructor));
        match self.view.is_variant_boxed(constructor) {
            true => quote!(#path::#variant(Box::new(#fields))),
            false => quote!(#path::#variant(#fields)),
        }
    }

    fn boxed_if_so(&self, ty: TypeIndex, field: &Field, value: TokenStream) -> TokenStream {
        if self.view.is_field_boxed(Some(ty), field) { quote!(Box::new(#value)) } else { value }
    }

    /// A value that the rules name, in the field.
    pub(super) fn literal(&self, value: &Value, field: &Field) -> TokenStream {
        match value {
            Value::Number(number) => {
                let number = Literal::i64_unsuffixed(*number);
                quote!(#number)
            }
            Value::Empty if field.ty == Type::String => quote!(String::new()),
            Value::Empty | Value::EmptyVector => quote!(Vec::new()),
            Value::Absent if field.is_flag() => quote!(false),
            Value::Absent => quote!(None),
            Value::Constructor(name) => self.unit(name, &field.ty),
        }
    }

    /// A constructor without fields, as a value of its type.
    fn unit(&self, name: &str, ty: &Type) -> TokenStream {
        let Type::Boxed(ty) = *ty else { return quote!() };
        let is_named = |form: &&CombinatorIndex| {
            let form = self.view.schema.combinator(**form);
            form.name.to_string() == name && form.fields.is_empty()
        };
        let Some(&form) = self.view.constructors(ty).iter().find(is_named) else { return quote!() };
        let path = self.boxed_path(ty);
        if self.view.has_struct(ty, form) {
            return quote!(#path::new());
        }
        let variant = self.variant_ident(form);
        quote!(#path::#variant)
    }
}

/// Whether the tokens use the variable; a field of that name is none.
pub(super) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    let mut before = None;
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(tree) = tokens.next() {
        let is_punct =
            |tree: Option<&TokenTree>, sign| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let found = match &tree {
            TokenTree::Group(group) => mentions(&group.stream(), name),
            TokenTree::Ident(ident) => {
                *ident == name && !is_punct(before.as_ref(), '.') && !is_punct(tokens.peek(), ':')
            }
            _ => false,
        };
        if found {
            return true;
        }
        before = Some(tree);
    }
    false
}

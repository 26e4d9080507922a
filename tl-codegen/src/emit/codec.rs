//! The two directions of a field.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::Emitter;
use super::combinator::hex;
use super::rust::is_copy;
use crate::names;
use crate::schema::{Combinator, Condition, Field, Role, Type, TypeIndex};

/// The id of `Vector`.
const VECTOR_ID: u32 = 0x1cb5_c415;

impl Emitter<'_> {
    /// The statements that write the fields.
    pub(super) fn encode_fields(&self, combinator: &Combinator) -> TokenStream {
        let statements = combinator.fields.iter().enumerate().map(|(index, field)| match field.role {
            Role::Flags => {
                let groups = groups(combinator, index);
                let checks = groups
                    .iter()
                    .filter(|(_, members)| members.len() > 1)
                    .map(|(_, members)| shared(combinator, members));
                let flags = flags(&groups);
                quote! { #(#checks)* sink.nat(#flags); }
            }
            Role::Length => quote!(),
            Role::Value if field.is_flag() => quote!(),
            Role::Value => {
                let name = names::field(&field.name);
                let copy = is_copy(&field.ty);
                if field.is_optional() {
                    let write = write(&field.ty, &quote!(value), false);
                    let value = if copy { quote!(self.#name) } else { quote!(&self.#name) };
                    quote! { if let Some(value) = #value { #write } }
                } else {
                    write(&field.ty, &quote!(self.#name), true)
                }
            }
        });
        quote!(#(#statements)*)
    }

    /// The expression that reads the fields and makes the struct of them.
    pub(super) fn decode_fields(&self, owner: Option<TypeIndex>, combinator: &Combinator) -> TokenStream {
        let is_statement = |field: &Field| field.role == Role::Flags;
        // Flags are read where they stand; so what stands in front of the last of them is read before the struct is made.
        let first_in_place = combinator.fields.iter().rposition(is_statement).map_or(0, |last| last + 1);
        let mut statements = Vec::new();
        let mut members = Vec::new();
        for (index, field) in combinator.fields.iter().enumerate() {
            let name = names::field(&field.name);
            match field.role {
                Role::Length => continue,
                Role::Flags => {
                    let local = local(field);
                    statements.push(quote! { let #local = reader.nat(); });
                }
                Role::Value => {
                    let value = self.read_field(owner, combinator, field);
                    if index < first_in_place {
                        let local = local(field);
                        statements.push(quote! { let #local = #value; });
                        members.push(if local == name { quote!(#name) } else { quote!(#name: #local) });
                    } else {
                        members.push(quote!(#name: #value));
                    }
                }
            }
        }
        quote! { #(#statements)* Self { #(#members),* } }
    }

    fn read_field(&self, owner: Option<TypeIndex>, combinator: &Combinator, field: &Field) -> TokenStream {
        let present = field.condition.map(|condition| {
            let flags = combinator.fields.get(condition.flags).map(local);
            let mask = hex(1 << condition.bit);
            quote!(#flags & #mask != 0)
        });
        let read = read(&field.ty, self.view.is_field_boxed(owner, field));
        match present {
            None => read,
            Some(present) if field.is_flag() => present,
            Some(present) => quote! { if #present { Some(#read) } else { None } },
        }
    }
}

/// The statement that writes a value; `place` says whether `value` is the place itself and not a reference to it.
fn write(ty: &Type, value: &TokenStream, place: bool) -> TokenStream {
    let borrowed = if place { quote!(&#value) } else { quote!(#value) };
    match ty {
        Type::Nat => quote!(sink.nat(#value);),
        Type::Int => quote!(sink.int(#value);),
        Type::Long => quote!(sink.long(#value);),
        Type::Double => quote!(sink.double(#value);),
        Type::Bool => quote!(sink.bool(#value);),
        Type::True => quote!(),
        Type::String => quote!(sink.string(#borrowed);),
        Type::Bytes => quote!(sink.bytes(#borrowed);),
        Type::Int128 | Type::Int256 => quote!(sink.put(#borrowed);),
        Type::Boxed(_) => quote!(#value.encode(sink);),
        Type::Bare(_) => quote!(#value.encode_fields(sink);),
        Type::Open { sized: true, .. } => quote!(sink.sized(#borrowed);),
        Type::Open { sized: false, .. } | Type::Answer => quote!(#value.encode(sink);),
        Type::Vector { bare, item } => {
            let id = Literal::u32_unsuffixed(VECTOR_ID);
            if holds_bare_items(item) {
                let (id, write) = ((!bare).then(|| quote!(sink.id(#id);)), write(item, &quote!(item), false));
                return quote! { #id sink.count(#value.len()); for item in #borrowed { #write } };
            }
            match (bare, matches!(**item, Type::Bare(_))) {
                (false, false) => quote!(sink.vector(#borrowed);),
                (true, true) => quote!(sink.bare_vector(#borrowed);),
                (false, true) => quote!(sink.id(#id); sink.bare_vector(#borrowed);),
                (true, false) => quote! { sink.count(#value.len()); for item in #borrowed { item.encode(sink); } },
            }
        }
    }
}

/// The expression that reads a value.
fn read(ty: &Type, boxed: bool) -> TokenStream {
    match ty {
        Type::Nat => quote!(reader.nat()),
        Type::Int => quote!(reader.int()),
        Type::Long => quote!(reader.long()),
        Type::Double => quote!(reader.double()),
        Type::Bool => quote!(reader.bool()),
        Type::True => quote!(true),
        Type::String => quote!(reader.string()),
        Type::Bytes => quote!(reader.bytes()),
        Type::Int128 => quote!(reader.int128()),
        Type::Int256 => quote!(reader.int256()),
        Type::Boxed(_) if boxed => quote!(reader.boxed()),
        Type::Boxed(_) => quote!(Decode::decode(reader)),
        Type::Bare(_) if boxed => quote!(reader.boxed_fields()),
        Type::Bare(_) => quote!(Combinator::decode_fields(reader)),
        Type::Open { sized: true, .. } => quote!(reader.sized()),
        Type::Open { sized: false, .. } | Type::Answer => quote!(Decode::decode(reader)),
        Type::Vector { bare, item } => {
            let id = Literal::u32_unsuffixed(VECTOR_ID);
            if holds_bare_items(item) {
                let item = read(item, false);
                return match bare {
                    true => quote!(reader.items(|reader| #item)),
                    false => quote!({ reader.expect(#id); reader.items(|reader| #item) }),
                };
            }
            match (bare, matches!(**item, Type::Bare(_))) {
                (false, false) => quote!(reader.vector()),
                (true, true) => quote!(reader.bare_vector()),
                (false, true) => quote!({ reader.expect(#id); reader.bare_vector() }),
                (true, false) => quote!(reader.items(Decode::decode)),
            }
        }
    }
}

/// Whether the items are vectors that the codec's own `Vec` does not write: bare ones, or those of bare values.
fn holds_bare_items(item: &Type) -> bool {
    match item {
        Type::Vector { bare, item } => *bare || matches!(**item, Type::Bare(_)) || holds_bare_items(item),
        _ => false,
    }
}

/// The local variable that holds a field until the struct is made.
fn local(field: &Field) -> Ident {
    match names::field(&field.name) {
        name if name == "reader" => names::word("reader_"),
        name => name,
    }
}

/// The fields behind each bit of a flags field, by bit.
fn groups(combinator: &Combinator, flags: usize) -> Vec<(u8, Vec<&Field>)> {
    let mut groups: Vec<(u8, Vec<&Field>)> = Vec::new();
    for field in &combinator.fields {
        let Some(Condition { bit, .. }) = field.condition.filter(|condition| condition.flags == flags) else {
            continue;
        };
        match groups.iter_mut().find(|(other, _)| *other == bit) {
            Some((_, members)) => members.push(field),
            None => groups.push((bit, vec![field])),
        }
    }
    groups.sort_by_key(|(bit, _)| *bit);
    groups
}

/// The value of a flags field.
fn flags(groups: &[(u8, Vec<&Field>)]) -> TokenStream {
    let bits = groups.iter().map(|(bit, members)| {
        let bit = Literal::u8_unsuffixed(*bit);
        let set = members.iter().map(|field| presence(field));
        quote!(bit(#bit, #(#set)||*))
    });
    quote!(#(#bits)|*)
}

fn presence(field: &Field) -> TokenStream {
    let name = names::field(&field.name);
    if field.is_flag() { quote!(self.#name) } else { quote!(self.#name.is_some()) }
}

/// Fields that share a bit are there together or not at all; anything else has no form on the wire.
fn shared(combinator: &Combinator, members: &[&Field]) -> TokenStream {
    let values: Vec<&&Field> = members.iter().filter(|field| !field.is_flag()).collect();
    if values.is_empty() {
        return quote!();
    }
    let set = members.iter().map(|field| presence(field));
    let missing = values.iter().map(|field| {
        let name = names::field(&field.name);
        quote!(self.#name.is_none())
    });
    let name = combinator.name.to_string();
    let fields = members.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
    quote! {
        if (#(#set)||*) && (#(#missing)||*) {
            sink.incomplete(#name, #fields);
        }
    }
}

//! The RPC errors of the main schema: their table, and a kind for each name.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, Literal};
use quote::quote;

use super::docs::doc;
use super::{Emitter, Files};
use crate::errors::{ErrorRow, ErrorTable};
use crate::names;

impl Emitter<'_> {
    /// `errors.rs`, if there is a table.
    pub(super) fn errors(&self, files: &mut Files) {
        let Some(table) = self.context.errors else { return };
        let rows = table.errors.iter().map(|row| {
            let (code, pattern, description) = (Literal::i32_unsuffixed(row.code), &row.pattern, &row.description);
            let value_name = row.value_name.as_deref().unwrap_or_default();
            quote!(ErrorPattern { code: #code, pattern: #pattern, value_name: #value_name, description: #description })
        });
        let kinds = kinds(table);
        let variants = kinds.iter().map(|(ident, rows)| {
            let docs: Vec<String> =
                rows.iter().map(|row| format!("`{} {}`: {}", row.code, row.pattern, row.description)).collect();
            let docs = doc(&docs);
            quote!(#docs #ident)
        });
        let patterns = table.errors.iter().zip(table.errors.iter().skip(1).map(Some).chain([None]));
        let patterns =
            patterns.filter(|(row, next)| next.is_none_or(|next| next.pattern != row.pattern)).map(|(row, _)| {
                let (pattern, ident) = (&row.pattern, kind(&row.pattern));
                quote!((#pattern, ErrorKind::#ident))
            });
        let body = quote! {
            #[doc = " Every error that is known, by name and code."]
            pub static ERRORS: &[ErrorPattern] = &[#(#rows),*];

            #[doc = " What went wrong: the name of an error without its number."]
            #[derive(Clone, Copy, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum ErrorKind { #(#variants),* }

            impl ErrorKind {
                #[doc = " The kind of an error, and the number in its name; `None` if the name is not known."]
                pub fn of(error: &RpcError) -> Option<(Self, Option<i64>)> {
                    let (row, value) = error.matched(ERRORS)?;
                    Some((Self::from_pattern(row.pattern)?, value))
                }

                #[doc = " The kind of a name as the table has it, with `%d` for the number."]
                pub fn from_pattern(pattern: &str) -> Option<Self> {
                    let index = KINDS.binary_search_by(|(other, _)| (*other).cmp(pattern)).ok()?;
                    KINDS.get(index).map(|(_, kind)| *kind)
                }

                #[doc = " The name, with `%d` for the number."]
                pub fn pattern(self) -> &'static str {
                    KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(pattern, _)| pattern)
                }
            }

            impl fmt::Debug for ErrorKind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.pattern()) }
            }

            static KINDS: &[(&str, ErrorKind)] = &[#(#patterns),*];
        };
        files.insert("errors.rs".into(), self.file(&["errors".to_owned()], Some("RPC errors."), body));
    }
}

/// The kinds with their rows, in the order of the table. Names that differ only in case are of one kind.
fn kinds(table: &ErrorTable) -> Vec<(Ident, Vec<&ErrorRow>)> {
    let mut kinds: Vec<(Ident, Vec<&ErrorRow>)> = Vec::new();
    for row in &table.errors {
        let ident = kind(&row.pattern);
        match kinds.iter_mut().find(|(other, _)| *other == ident) {
            Some((_, rows)) => rows.push(row),
            None => kinds.push((ident, vec![row])),
        }
    }
    kinds
}

/// `FLOOD_WAIT_%d` is `FloodWaitX`.
fn kind(pattern: &str) -> Ident {
    names::word(&pattern.replace("%d", "X").to_upper_camel_case())
}

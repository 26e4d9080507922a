//! What goes where a layer does not carry the whole of a value.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::Emitter;
use super::carry::Written;
use crate::layers::Origin;
use crate::names;
use crate::schema::{CombinatorIndex, Field, Type};

impl Emitter<'_> {
    /// The statements that drop what `layer` does not carry.
    pub(super) fn lowered(&self, constructor: CombinatorIndex) -> TokenStream {
        let forms = self.written(constructor);
        let mut statements = TokenStream::new();
        for written in &forms {
            let Some(until) = written.until else { continue };
            let Some(step) = self.context.layers.steps.get(&written.form) else { continue };
            let newest = self.view.schema.combinator(step.newest);
            let old = self.view.schema.combinator(written.form);
            let drops = step.fields.iter().filter_map(|(index, origin)| {
                let field = newest.fields.get(*index)?;
                let old = match origin {
                    Origin::Field { old: index, .. } => old.fields.get(*index),
                    _ => None,
                };
                self.drop_field(constructor, field, origin, old, self.needs(*index, &forms, *written))
            });
            let drops: Vec<TokenStream> = drops.collect();
            if !drops.is_empty() {
                let range = self.range(written.since, until);
                statements.extend(quote!(if #range { #(#drops)* }));
            }
        }
        for (index, field) in self.view.schema.combinator(constructor).fields.iter().enumerate() {
            if matches!(field.ty.innermost(), Type::Boxed(ty) if self.context.layers.layered.contains(ty)) {
                statements.extend(self.lower_nested(constructor, (index, field), &forms));
            }
        }
        statements
    }

    /// Whether `layer` is one of those at which a form is in force.
    fn range(&self, since: u32, until: u32) -> TokenStream {
        let (first, end) = (Literal::u32_unsuffixed(since), Literal::u32_unsuffixed(until));
        match since <= self.context.layers.floor {
            true => quote!(layer < #end),
            false => quote!((#first..#end).contains(&layer)),
        }
    }

    /// The statement that lowers what lies in a field, at the layers whose form has that field.
    fn lower_nested(
        &self,
        constructor: CombinatorIndex,
        (index, field): (usize, &Field),
        forms: &[Written],
    ) -> TokenStream {
        let (ident, name) = (names::field(&field.name), &field.name);
        let (mut elsewhere, mut insisting) = (Vec::new(), Vec::new());
        for written in forms {
            let Some((until, step)) = written.until.zip(self.context.layers.steps.get(&written.form)) else { continue };
            let old = self.view.schema.combinator(written.form);
            let origin = step.fields.iter().find(|(position, _)| *position == index).map(|(_, origin)| origin);
            match origin {
                Some(Origin::New(_) | Origin::Moved { .. }) => elsewhere.push(self.range(written.since, until)),
                Some(Origin::Field { old: index, .. })
                    if field.is_optional() && old.fields.get(*index).is_some_and(|old| !old.is_optional()) =>
                {
                    insisting.push(self.range(written.since, until));
                }
                _ => {}
            }
        }
        let insist = quote!(if let Some(held) = &mut self.#ident { trace.lower(#name, held, layer)?; });
        let lower = match field.is_optional() {
            false => quote!(trace.lower(#name, &mut self.#ident, layer)?;),
            true if self.is_kept(constructor, field) => insist,
            true => {
                let drop = quote!(trace.lower_option(#name, &mut self.#ident, layer)?;);
                if insisting.is_empty() { drop } else { quote!(if #(#insisting)||* { #insist } else { #drop }) }
            }
        };
        if elsewhere.is_empty() { lower } else { quote!(if !(#(#elsewhere)||*) { #lower }) }
    }

    fn is_kept(&self, constructor: CombinatorIndex, field: &Field) -> bool {
        let name = self.view.schema.combinator(constructor).name.to_string();
        self.context.checked.rules.keep.iter().any(|rule| rule.value == (name.clone(), field.name.clone()))
    }

    fn drop_field(
        &self,
        constructor: CombinatorIndex,
        field: &Field,
        origin: &Origin,
        old: Option<&Field>,
        needs: Literal,
    ) -> Option<TokenStream> {
        let (ident, name) = (names::field(&field.name), &field.name);
        let kept = self.is_kept(constructor, field);
        if kept && let Some(check) = self.check_absent(constructor, field, origin, needs.clone()) {
            return Some(check);
        }
        match origin {
            Origin::Added if field.is_flag() => Some(quote!(trace.drop_flag(#name, &mut self.#ident);)),
            Origin::Added => Some(quote!(trace.drop_option(#name, &mut self.#ident);)),
            Origin::New(value) => {
                let nothing = self.literal(value, field);
                let place = match self.view.is_field_boxed(self.view.owner(constructor), field) {
                    true => quote!(&mut *self.#ident),
                    false => quote!(&mut self.#ident),
                };
                Some(quote!(trace.reset(#name, #place, #nothing);))
            }
            Origin::Moved { .. } => {
                let (pattern, _) = self.item(field, origin, &quote!(_))?;
                let is_one = match pattern.to_string().as_str() {
                    "_" => quote!(|_| true),
                    _ => quote!(|item| matches!(item, #pattern)),
                };
                Some(quote! {
                    if !trace.keep_one(#name, &mut self.#ident, #is_one) {
                        return Err(NotCarried::field(#name, layer, Absence::Until(#needs)));
                    }
                })
            }
            Origin::Field { widened, .. } => {
                let insists = field.is_optional() && old.is_some_and(|old| !old.is_optional());
                let present = insists.then(|| quote!(required(#name, self.#ident.as_ref(), layer, #needs)?;));
                let fits = match (widened, field.is_optional()) {
                    (false, _) => None,
                    (true, false) => Some(quote!(narrow(#name, self.#ident, layer, #needs)?;)),
                    (true, true) if insists || kept => Some(quote!(narrow_option(#name, self.#ident, layer, #needs)?;)),
                    (true, true) => Some(quote! {
                        if narrow_option(#name, self.#ident, layer, #needs).is_err() {
                            trace.drop_option(#name, &mut self.#ident);
                        }
                    }),
                };
                (present.is_some() || fits.is_some()).then(|| quote!(#present #fits))
            }
        }
    }
}

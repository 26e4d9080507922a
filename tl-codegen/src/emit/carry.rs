//! From the newest form to those of the layers that are written.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::raise::mentions;
use super::rust::is_copy;
use super::{Emitter, Files};
use crate::layers::{Origin, Step, is_receive_only};
use crate::names;
use crate::schema::{CombinatorIndex, Field, Role, Type, TypeIndex};

/// A form that is written: since which layer, which form, and until which layer.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) since: u32,
    pub(super) form: CombinatorIndex,
    pub(super) until: Option<u32>,
}

impl Emitter<'_> {
    /// `carry.rs`: `Layered` for each type whose values have not the same form at every layer, and for its constructors.
    pub(super) fn carry(&self, exact: &Self, files: &mut Files) {
        let mut items = Vec::new();
        for &ty in &self.context.layers.layered {
            if self.view.only(ty).is_none() {
                items.push(self.carry_type(exact, ty));
            }
            for &constructor in self.view.constructors(ty) {
                if self.view.has_struct(ty, constructor) {
                    items.push(self.carry_constructor(exact, ty, constructor));
                }
            }
        }
        if !items.is_empty() {
            let doc = "From the newest form to those of the layers that are written.";
            files.insert("carry.rs".into(), self.file(&["carry".to_owned()], Some(doc), quote!(#(#items)*)));
        }
    }

    fn carry_type(&self, exact: &Self, ty: TypeIndex) -> TokenStream {
        let (path, to) = (self.boxed_path(ty), exact.boxed_path(ty));
        let constructors = self.view.constructors(ty);
        let pattern = |constructor: CombinatorIndex| {
            let variant = self.variant_ident(constructor);
            if self.view.has_struct(ty, constructor) { quote!(Self::#variant(_)) } else { quote!(Self::#variant) }
        };
        let absences = constructors.iter().filter_map(|&constructor| {
            let absence = self.absence(constructor)?;
            let pattern = pattern(constructor);
            Some(quote!(#pattern => #absence))
        });
        let absences: Vec<TokenStream> = absences.collect();
        let other = (absences.len() < constructors.len()).then(|| quote!(_ => None));
        let exacts = constructors.iter().map(|&constructor| {
            let variant = self.variant_ident(constructor);
            if self.view.has_struct(ty, constructor) {
                return quote!(Self::#variant(fields) => fields.exact_at(layer));
            }
            let value = self.carried(exact, ty, constructor);
            quote!(Self::#variant => { #value })
        });
        let lowers =
            constructors.iter().filter(|&&constructor| self.view.has_struct(ty, constructor)).map(|&constructor| {
                let variant = self.variant_ident(constructor);
                quote!(Self::#variant(fields) => fields.lower(layer, trace))
            });
        let lowers: Vec<TokenStream> = lowers.collect();
        let unchanged = (lowers.len() < constructors.len()).then(|| quote!(_ => Ok(())));
        let (absence, exact_at) = (quote!(#(#absences,)* #other), quote!(#(#exacts),*));
        let lower = quote!(#(#lowers,)* #unchanged);
        let (absent_at, carried_at) = (parameter("layer", &absence), parameter("layer", &exact_at));
        let (lowered_at, trace) = (parameter("layer", &lower), parameter("trace", &lower));
        let absence = if absences.is_empty() { quote!(None) } else { quote!(match self { #absence }) };
        let lower = if lowers.is_empty() { quote!(Ok(())) } else { quote!(match self { #lower }) };
        quote! {
            impl Layered for #path {
                type Exact = #to;
                const LAYERS: &'static [u32] = LAYERS;

                fn absence(&self, #absent_at: u32) -> Option<Absence> { #absence }

                fn exact_at(&self, #carried_at: u32) -> Result<Self::Exact, NotCarried> { match self { #exact_at } }

                fn lower(&mut self, #lowered_at: u32, #trace: &mut Trace) -> Result<(), NotCarried> { #lower }
            }
        }
    }

    fn carry_constructor(&self, exact: &Self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        let (path, to) = (self.constructor_path(constructor), exact.boxed_path(ty));
        let absence = self.absence(constructor).unwrap_or_else(|| quote!(None));
        let carried = self.carried(exact, ty, constructor);
        let lowered = self.lowered(constructor);
        let (absent_at, carried_at) = (parameter("layer", &absence), parameter("layer", &carried));
        let (lowered_at, trace) = (parameter("layer", &lowered), parameter("trace", &lowered));
        quote! {
            impl Layered for #path {
                type Exact = #to;
                const LAYERS: &'static [u32] = LAYERS;

                fn absence(&self, #absent_at: u32) -> Option<Absence> { #absence }

                fn exact_at(&self, #carried_at: u32) -> Result<Self::Exact, NotCarried> { #carried }

                fn lower(&mut self, #lowered_at: u32, #trace: &mut Trace) -> Result<(), NotCarried> { #lowered Ok(()) }
            }
        }
    }

    /// The forms that are written, oldest first.
    pub(super) fn written(&self, constructor: CombinatorIndex) -> Vec<Written> {
        let forms = self.context.layers.written(self.view.schema, constructor);
        let next = forms.iter().skip(1).map(|(since, _)| Some(*since)).chain([None]);
        forms.iter().zip(next).map(|(&(since, form), until)| Written { since, form, until }).collect()
    }

    /// The expression that tells whether the constructor is absent at `layer`; nothing if it never is.
    fn absence(&self, constructor: CombinatorIndex) -> Option<TokenStream> {
        if is_receive_only(&self.context.checked.rules, self.view.schema.combinator(constructor)) {
            return Some(quote!(Some(Absence::Never)));
        }
        let since = self.written(constructor).first().map(|first| first.since)?;
        let number = Literal::u32_unsuffixed(since);
        (since > self.context.layers.floor).then(|| quote!((layer < #number).then_some(Absence::Until(#number))))
    }

    /// The body that makes the exact form in force at `layer`, or says what that does not carry.
    fn carried(&self, exact: &Self, ty: TypeIndex, constructor: CombinatorIndex) -> TokenStream {
        if is_receive_only(&self.context.checked.rules, self.view.schema.combinator(constructor)) {
            return quote!(Err(NotCarried::new(layer, Absence::Never)));
        }
        let forms = self.written(constructor);
        let mut body = TokenStream::new();
        for written in forms.iter().rev() {
            let (checks, value) = self.carried_in(exact, ty, *written, &forms);
            if written.since <= self.context.layers.floor {
                return quote!(#body #checks Ok(#value));
            }
            let since = Literal::u32_unsuffixed(written.since);
            body.extend(quote!(if layer >= #since { #checks return Ok(#value); }));
        }
        let first = Literal::u32_unsuffixed(forms.first().map(|first| first.since).unwrap_or_default());
        quote!(#body Err(NotCarried::new(layer, Absence::Until(#first))))
    }

    /// What is to be checked for one form, and the value in it.
    fn carried_in(
        &self,
        exact: &Self,
        ty: TypeIndex,
        written: Written,
        forms: &[Written],
    ) -> (TokenStream, TokenStream) {
        let Some(step) = self.context.layers.steps.get(&written.form) else { return Default::default() };
        let (old, new) = (self.view.schema.combinator(written.form), self.view.schema.combinator(step.newest));
        let checks = step.fields.iter().filter_map(|(index, origin)| {
            let field = new.fields.get(*index)?;
            self.check_absent(step.newest, field, origin, self.needs(*index, forms, written))
        });
        let checks: Vec<TokenStream> = checks.collect();
        let members =
            old.fields.iter().enumerate().filter(|(_, field)| field.role == Role::Value).map(|(index, field)| {
                let ident = names::field(&field.name);
                let value = self.carried_field(exact, ty, step, (index, field), written, forms);
                quote!(#ident: #value)
            });
        let value = match exact.view.has_struct(ty, written.form) {
            true => {
                let path = exact.constructor_path(written.form);
                exact.wrap(ty, written.form, quote!(#path { #(#members),* }))
            }
            false => {
                let (path, variant) = (exact.boxed_path(ty), exact.variant_ident(written.form));
                quote!(#path::#variant)
            }
        };
        (quote!(#(#checks)*), value)
    }

    /// Whether a field that the form does not have says nothing.
    pub(super) fn check_absent(
        &self,
        constructor: CombinatorIndex,
        field: &Field,
        origin: &Origin,
        needs: Literal,
    ) -> Option<TokenStream> {
        let (ident, name) = (names::field(&field.name), &field.name);
        let nothing = match origin {
            Origin::Added if field.is_flag() => quote!(!self.#ident),
            Origin::Added => quote!(self.#ident.is_none()),
            Origin::New(crate::rules::Value::Empty | crate::rules::Value::EmptyVector) => {
                quote!(self.#ident.is_empty())
            }
            Origin::New(value) => {
                let nothing = self.literal(value, field);
                match self.view.is_field_boxed(self.view.owner(constructor), field) {
                    true => quote!(*self.#ident == #nothing),
                    false => quote!(self.#ident == #nothing),
                }
            }
            _ => return None,
        };
        Some(quote!(absent(#name, #nothing, layer, #needs)?;))
    }

    /// The value of a field of an older form.
    fn carried_field(
        &self,
        exact: &Self,
        ty: TypeIndex,
        step: &Step,
        (index, old): (usize, &Field),
        written: Written,
        forms: &[Written],
    ) -> TokenStream {
        if let Some((_, nothing)) = step.lost.iter().find(|(lost, _)| *lost == index) {
            return exact.literal(nothing, old);
        }
        let from = step.fields.iter().find(|(_, origin)| match origin {
            Origin::Field { old, .. } | Origin::Moved { old, .. } => *old == index,
            _ => false,
        });
        let newest = self.view.schema.combinator(step.newest);
        let Some((position, origin)) = from else { return quote!() };
        let Some(field) = newest.fields.get(*position) else { return quote!() };
        let (ident, name) = (names::field(&field.name), &field.name);
        let needs = self.needs(*position, forms, written);
        let Origin::Field { widened, .. } = origin else {
            return self.carried_item(field, origin, &needs);
        };
        let (boxed, optional) = (self.view.is_field_boxed(Some(ty), field), field.is_optional() && !field.is_flag());
        let layered = matches!(field.ty.innermost(), Type::Boxed(index) if self.context.layers.layered.contains(index));
        let mut value = match (layered, optional) {
            (true, true) if boxed => quote!(carry_option(#name, self.#ident.as_deref(), layer)?),
            (true, true) => quote!(carry_option(#name, self.#ident.as_ref(), layer)?),
            (true, false) => quote!(carry(#name, &self.#ident, layer)?),
            (false, true) if *widened => quote!(narrow_option(#name, self.#ident, layer, #needs)?),
            (false, false) if *widened => quote!(narrow(#name, self.#ident, layer, #needs)?),
            (false, true) if boxed => quote!(self.#ident.as_deref().cloned()),
            (false, false) if boxed => quote!((*self.#ident).clone()),
            (false, _) if is_copy(&field.ty) => quote!(self.#ident),
            (false, _) => quote!(self.#ident.clone()),
        };
        if optional && !old.is_optional() {
            value = quote!(required(#name, #value, layer, #needs)?);
        }
        let becomes_optional = !optional && old.is_optional() && !old.is_flag();
        if exact.view.is_field_boxed(Some(ty), old) {
            value = if optional && old.is_optional() { quote!(#value.map(Box::new)) } else { quote!(Box::new(#value)) };
        }
        if becomes_optional { quote!(Some(#value)) } else { value }
    }

    /// The field that became an item of a vector, if it is the only item.
    fn carried_item(&self, vector: &Field, origin: &Origin, needs: &Literal) -> TokenStream {
        let Some((pattern, held)) = self.item(vector, origin, &quote!(only)) else { return quote!() };
        let (ident, name) = (names::field(&vector.name), &vector.name);
        quote! {
            match self.#ident.as_slice() {
                [#pattern] => only.#held.clone(),
                _ => return Err(NotCarried::field(#name, layer, Absence::Until(#needs))),
            }
        }
    }

    /// The pattern of a moved field's item, which binds its fields to `binding`, and the item's field.
    pub(super) fn item(
        &self,
        vector: &Field,
        origin: &Origin,
        binding: &TokenStream,
    ) -> Option<(TokenStream, proc_macro2::Ident)> {
        let (Origin::Moved { constructor, .. }, Type::Boxed(ty)) = (origin, vector.ty.innermost()) else { return None };
        let newest = self.context.layers.steps.get(constructor).map_or(*constructor, |step| step.newest);
        let held = self.view.schema.combinator(newest).value_fields().next()?;
        let (path, variant) = (self.boxed_path(*ty), self.variant_ident(newest));
        let pattern = if self.view.only(*ty).is_some() { binding.clone() } else { quote!(#path::#variant(#binding)) };
        Some((pattern, names::field(&held.name)))
    }

    /// The first later layer whose form has the newest form's field as it is now.
    pub(super) fn needs(&self, position: usize, forms: &[Written], written: Written) -> Literal {
        // A form that insists on the field helps as little as this one if it is absent here.
        let origin_in = |form: CombinatorIndex| {
            let step = self.context.layers.steps.get(&form)?;
            let (_, origin) = step.fields.iter().find(|(index, _)| *index == position)?;
            let Origin::Field { old, widened, .. } = origin else { return None };
            Some((*widened, self.view.schema.combinator(form).fields.get(*old)?.is_optional()))
        };
        let insists = matches!(origin_in(written.form), Some((_, false)));
        let is_optional =
            origin_in(forms.last().map_or(written.form, |newest| newest.form)).is_some_and(|(_, optional)| optional);
        let carries = |later: &&Written| match origin_in(later.form) {
            Some((widened, optional)) => !widened && (optional || !insists || !is_optional),
            None => false,
        };
        let later = forms.iter().filter(|later| later.since > written.since).find(carries);
        Literal::u32_unsuffixed(later.map_or(written.since, |later| later.since))
    }
}

/// The parameter, or a blank if the body does not use it.
fn parameter(name: &str, body: &TokenStream) -> TokenStream {
    let ident = names::word(name);
    if mentions(body, name) { quote!(#ident) } else { quote!(_) }
}

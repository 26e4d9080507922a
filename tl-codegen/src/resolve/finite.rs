//! Whether every type has a value of finite size.

use tl_parser::Diagnostic;

use super::Resolver;
use crate::schema::{Combinator, CombinatorIndex, Type};
use crate::view;

impl Resolver<'_> {
    /// Checks that no constructor lies within itself, and that every type has a value that ends.
    pub(super) fn check_finite(&mut self) {
        if !self.diagnostics.is_empty() {
            return; // A field that did not resolve would be missing here.
        }
        for (index, combinator) in self.schema.indexed() {
            if self.lies_within(index, combinator, &mut Vec::new()) {
                let problem = Diagnostic::error(combinator.span, format!("`{}` lies within itself", combinator.name))
                    .with_hint("a bare value has a fixed shape; use the boxed type");
                self.diagnostics.push(problem);
            }
        }
        if !self.diagnostics.is_empty() {
            return;
        }
        let newest: Vec<_> = self.schema.types.iter().map(|ty| self.schema.newest(&ty.constructors)).collect();
        let heights = view::heights(&self.schema, &newest);
        for (index, ty) in self.schema.types.iter().enumerate() {
            if heights.contains_key(&crate::schema::TypeIndex(index)) {
                continue;
            }
            let place = ty.constructors.first().map(|&first| self.schema.combinator(first).span).unwrap_or_default();
            let problem = Diagnostic::error(place, format!("no value of `{}` ever ends", ty.name))
                .with_label("every constructor contains another value of the type".to_owned())
                .with_hint("make one of the fields optional or a vector, or add a constructor without it");
            self.diagnostics.push(problem);
        }
    }

    /// Whether following bare fields leads back to `start`.
    fn lies_within(&self, start: CombinatorIndex, at: &Combinator, seen: &mut Vec<CombinatorIndex>) -> bool {
        at.fields.iter().any(|field| {
            let Type::Bare(next) = field.ty else { return false };
            if next == start {
                return true;
            }
            if seen.contains(&next) {
                return false;
            }
            seen.push(next);
            self.lies_within(start, self.schema.combinator(next), seen)
        })
    }
}

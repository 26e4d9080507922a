//! Whether ids are unique, and whether they are what their lines sum up to.

use std::collections::HashMap;

use tl_parser::Diagnostic;
use tl_parser::tree::Span;

use super::{Resolver, spell};
use crate::checksum::{self, Dialect};

impl Resolver<'_> {
    /// Checks every id.
    pub(super) fn check_ids(&mut self) {
        let mut places = HashMap::<u32, (Span, String)>::new();
        for (combinator, declaration) in self.schema.combinators.iter().zip(&self.declarations) {
            let name = spell(&declaration.name);
            let span = declaration.id.map_or(declaration.name.span, |id| id.span);
            if combinator.id == 0 {
                let problem = Diagnostic::error(span, "#00000000 is no id".to_owned())
                    .with_hint("it stands for \"nothing was read\"; give the combinator another");
                self.diagnostics.push(problem);
                continue;
            }
            if let Some((first, other)) = places.get(&combinator.id) {
                let problem = Diagnostic::error(span, format!("#{:08x} is already the id of `{other}`", combinator.id))
                    .with_note(*first, "here")
                    .with_hint("ids tell combinators apart on the wire; one of the two must be wrong");
                self.diagnostics.push(problem);
                continue;
            }
            places.insert(combinator.id, (span, name.clone()));
            let excepted = self.rules.ids.contains_key(&(name.clone(), combinator.id));
            let verifies = checksum::verifies(declaration, combinator.id);
            if !verifies && !excepted {
                let expected = checksum::checksum(declaration, Dialect::BytesAsString);
                let problem = Diagnostic::error(span, format!("#{:08x} is not the CRC-32 of the line", combinator.id))
                    .with_label(format!("the line sums up to #{expected:08x}"))
                    .with_hint(format!(
                        "correct the line; if the published id is the truth, add `id {name}#{:08x} REASON` to the \
                             rules",
                        combinator.id
                    ));
                self.diagnostics.push(problem);
            }
        }
        for ((name, id), rule) in &self.rules.ids {
            let declaration = self
                .schema
                .combinators
                .iter()
                .zip(&self.declarations)
                .find(|(combinator, _)| combinator.id == *id && combinator.name.to_string() == *name);
            let problem = match declaration {
                None => format!("there is no `{name}#{id:08x}`"),
                Some((_, declaration)) if checksum::verifies(declaration, *id) => {
                    format!("#{id:08x} is the CRC-32 of `{name}`")
                }
                Some(_) => continue,
            };
            let problem = Diagnostic::error(rule.span, problem).with_hint("remove the exception");
            self.rule_diagnostics.push(problem);
        }
    }
}

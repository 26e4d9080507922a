//! Whether the rules speak of what there is, and those of them that change the schema itself.

use tl_parser::Diagnostic;
use tl_parser::tree::Span;

use super::Resolver;
use crate::schema::{Combinator, Field, Type};

impl Resolver<'_> {
    /// Checks the names in the rules, and opens the fields that they leave open.
    pub(super) fn review_rules(&mut self) {
        let rules = self.rules;
        for rule in &rules.receive_only {
            self.expect(&rule.value, rule.span, |_| true);
        }
        for (name, rule) in &rules.rename {
            if !self.types.contains_key(name) {
                self.expect(name, rule.span, |_| true);
            }
        }
        for rule in &rules.keep {
            let (constructor, field) = &rule.value;
            self.expect(constructor, rule.span, |form| form.fields.iter().any(|other| other.name == *field));
        }
        for ((name, layer), rule) in &rules.steps {
            self.expect(name, rule.span, |form| form.layer == Some(*layer));
        }
        for rule in &rules.open {
            let (constructor, field) = &rule.value;
            if self.expect(constructor, rule.span, |form| can_be_opened(form, field)) {
                self.open(constructor, field);
            }
        }
    }

    /// Looks for a form of `name` that `holds`, and says so if there is none.
    fn expect(&mut self, name: &str, span: Span, holds: impl Fn(&Combinator) -> bool) -> bool {
        let mut forms =
            self.schema.combinators.iter().filter(|combinator| combinator.name.to_string() == name).peekable();
        let problem = if forms.peek().is_none() {
            format!("there is no `{name}`")
        } else if forms.any(holds) {
            return true;
        } else {
            format!("no form of `{name}` is as this rule says")
        };
        self.rule_diagnostics.push(Diagnostic::error(span, problem).with_hint("correct the name, or remove the rule"));
        false
    }

    /// Leaves the type of the last field to the caller.
    fn open(&mut self, constructor: &str, field: &str) {
        for combinator in &mut self.schema.combinators {
            if combinator.name.to_string() == constructor
                && can_be_opened(combinator, field)
                && let Some(field) = combinator.fields.last_mut()
                && let Type::Boxed(ty) = field.ty
            {
                field.ty = Type::Open { default: Some(ty), sized: false };
            }
        }
    }
}

/// Whether the field is the last, holds a boxed value in any case, and no other is open.
fn can_be_opened(form: &Combinator, field: &str) -> bool {
    let is_boxed = |last: &Field| last.name == field && !last.is_optional() && matches!(last.ty, Type::Boxed(_));
    form.open_field().is_none() && form.fields.last().is_some_and(is_boxed)
}

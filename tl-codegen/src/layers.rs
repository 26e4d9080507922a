//! The forms of a layered schema: which types have several, and how each historic form becomes the newest one.
//!
//! A step goes from a form to the newest at once, field by field. Where the fields decide, it is derived: the same field,
//! a wider number, a required field that became optional, an optional field that was added. Where meaning decides, the
//! rules must say; a step that neither explains is an error.

use std::collections::{BTreeMap, BTreeSet};

use tl_parser::Diagnostic;

use crate::rules::{FieldRule, Placed, Rules, Value};
use crate::schema::{Combinator, CombinatorIndex, Field, Role, Schema, Type, TypeIndex};

/// What is to be known of a layered schema besides the schema.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The lowest layer that is written.
    pub floor: u32,
    /// Types some constructor of which has several forms, in itself or inside.
    pub several: BTreeSet<TypeIndex>,
    /// Types whose values may lack a form at some layer that is written.
    pub layered: BTreeSet<TypeIndex>,
    /// How each form of a constructor becomes the newest one; the newest itself included.
    pub steps: BTreeMap<CombinatorIndex, Step>,
    /// Forms of each constructor, oldest first, by any of them.
    pub forms: BTreeMap<CombinatorIndex, Vec<CombinatorIndex>>,
}

/// How a form becomes the newest one.
#[derive(Clone, Debug)]
pub struct Step {
    /// The newest form.
    pub newest: CombinatorIndex,
    /// Where each field of the newest form comes from, in its order, flags left out.
    pub fields: Vec<(usize, Origin)>,
    /// The fields of this form that the newest does not have, and what says nothing in them.
    pub lost: Vec<(usize, Value)>,
}

/// Where a field of the newest form comes from. Numbers are indices of this form's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a field.
    Field {
        /// Which.
        old: usize,
        /// A number of 32 bits became one of 64.
        widened: bool,
        /// What stands in for an optional field that is absent and must now be there.
        default: Option<Value>,
    },
    /// It was added, and is optional.
    Added,
    /// It was added, and this says nothing.
    New(Value),
    /// It is a vector, and the field became an item of it.
    Moved {
        /// Which.
        old: usize,
        /// The constructor of the item.
        constructor: CombinatorIndex,
    },
}

impl Layers {
    /// Finds the forms and the steps.
    ///
    /// # Errors
    /// A diagnostic for each step that nothing explains, and for each rule that explains nothing.
    pub fn new(schema: &Schema, rules: &Rules) -> Result<Self, LayerProblems> {
        let mut layers = Self { floor: rules.floor.unwrap_or_default(), ..Self::default() };
        if schema.layers.is_empty() {
            return Ok(layers);
        }
        let mut problems = LayerProblems::default();
        for forms in schema.forms().into_values() {
            let Some(&newest) = forms.last() else { continue };
            for &form in &forms {
                layers.forms.insert(form, forms.clone());
                let combinator = schema.combinator(form);
                let key = (combinator.name.to_string(), combinator.layer.unwrap_or_default());
                let rules = rules.steps.get(&key).map(|placed| placed.value.as_slice()).unwrap_or_default();
                let step =
                    Planner { schema, form: combinator, newest: schema.combinator(newest), rules }.plan(&mut problems);
                layers.steps.insert(form, Step { newest, ..step });
            }
        }
        layers.several = closure(schema, |form| layers.forms.get(&form).is_some_and(|forms| forms.len() > 1));
        let late = |form: CombinatorIndex| {
            let combinator = schema.combinator(form);
            let since = layers
                .forms
                .get(&form)
                .and_then(|forms| forms.first())
                .and_then(|&first| schema.combinator(first).layer);
            since > Some(layers.floor) || is_receive_only(rules, combinator)
        };
        let late = closure(schema, late);
        layers.layered = late.union(&layers.several).copied().collect();
        for combinator in &schema.combinators {
            for field in &combinator.fields {
                if let Type::Bare(form) = field.ty.innermost()
                    && layers.layered.iter().any(|&ty| schema.boxed(ty).constructors.contains(form))
                {
                    let problem =
                        Diagnostic::error(field.span, "a bare value that is not the same at every layer".to_owned())
                            .with_hint("nothing on the wire would tell which form it has; use the boxed type");
                    problems.schema.push(problem);
                }
            }
        }
        if problems.schema.is_empty() && problems.rules.is_empty() { Ok(layers) } else { Err(problems) }
    }

    /// The forms of the constructor that are in force at some layer that is written, oldest first, with the layer from
    /// which each is.
    pub fn written<'a>(&'a self, schema: &'a Schema, form: CombinatorIndex) -> Vec<(u32, CombinatorIndex)> {
        let forms = self.forms.get(&form).map(Vec::as_slice).unwrap_or_default();
        let since = |form: &CombinatorIndex| schema.combinator(*form).layer.unwrap_or_default();
        let first = forms.iter().rposition(|form| since(form) <= self.floor).unwrap_or_default();
        forms.iter().skip(first).map(|form| (since(form), *form)).collect()
    }

    /// Whether the form has a struct of its own, besides the one that users build.
    pub fn is_exact(&self, owner: TypeIndex) -> bool {
        self.several.contains(&owner)
    }
}

/// Whether the rules say that the constructor is never sent.
pub fn is_receive_only(rules: &Rules, combinator: &Combinator) -> bool {
    rules.receive_only.iter().any(|name| name.value == combinator.name.to_string())
}

/// What is wrong, in the schema and in its rules.
#[derive(Clone, Debug, Default)]
pub struct LayerProblems {
    /// Places in the schema.
    pub schema: Vec<Diagnostic>,
    /// Places in the rules.
    pub rules: Vec<Diagnostic>,
}

/// The types that have a constructor for which `holds`, or contain such a type.
fn closure(schema: &Schema, holds: impl Fn(CombinatorIndex) -> bool) -> BTreeSet<TypeIndex> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (index, ty) in schema.types.iter().enumerate() {
            let contains = |&constructor: &CombinatorIndex| {
                holds(constructor)
                    || schema
                        .combinator(constructor)
                        .fields
                        .iter()
                        .any(|field| matches!(field.ty.innermost(), Type::Boxed(inner) if found.contains(inner)))
            };
            if ty.constructors.iter().any(contains) {
                found.insert(TypeIndex(index));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Plans one step.
struct Planner<'a> {
    schema: &'a Schema,
    form: &'a Combinator,
    newest: &'a Combinator,
    rules: &'a [Placed<FieldRule>],
}

impl Planner<'_> {
    fn plan(&self, problems: &mut LayerProblems) -> Step {
        let mut step = Step { newest: CombinatorIndex(0), fields: Vec::new(), lost: Vec::new() };
        let mut used = BTreeSet::new();
        for (index, field) in self.newest.fields.iter().enumerate().filter(|(_, field)| field.role == Role::Value) {
            match self.origin(field) {
                Ok(origin) => {
                    if let Origin::Field { old, .. } | Origin::Moved { old, .. } = origin {
                        used.insert(old);
                    }
                    step.fields.push((index, origin));
                }
                Err(problem) => {
                    problems.schema.push(problem);
                    // One complaint about a field is enough.
                    used.extend(self.spoken_for(field));
                }
            }
        }
        for (index, field) in self.form.fields.iter().enumerate().filter(|(_, field)| field.role == Role::Value) {
            if used.contains(&index) {
                continue;
            }
            match self.lost(field) {
                Some(value) if fits(&value, field, |ty| self.schema.boxed(ty).constructors.clone(), self.schema) => {
                    step.lost.push((index, value));
                }
                Some(_) => problems.schema.push(self.problem(field, "the rule's value is not of the field's type")),
                None => {
                    problems.schema.push(self.problem(field, "the newest form has no such field").with_hint(format!(
                        "add `lost {} = VALUE` or `move …` under {}",
                        field.name,
                        self.heading()
                    )))
                }
            }
        }
        self.review(&step, problems);
        step
    }

    /// Whether the step does what the rule says.
    fn serves(&self, rule: &FieldRule, step: &Step) -> bool {
        let name_in = |form: &Combinator, index: usize, name: &str| {
            form.fields.get(index).is_some_and(|field| field.name == name)
        };
        match rule {
            FieldRule::Lost { field, .. } => step.lost.iter().any(|(index, _)| name_in(self.form, *index, field)),
            FieldRule::New { field, .. } => step.fields.iter().any(|(index, origin)| {
                let decides = matches!(origin, Origin::New(_) | Origin::Field { default: Some(_), .. });
                decides && name_in(self.newest, *index, field)
            }),
            FieldRule::Rename { new, .. } => step
                .fields
                .iter()
                .any(|(index, origin)| matches!(origin, Origin::Field { .. }) && name_in(self.newest, *index, new)),
            FieldRule::Move { vector, .. } => step
                .fields
                .iter()
                .any(|(index, origin)| matches!(origin, Origin::Moved { .. }) && name_in(self.newest, *index, vector)),
        }
    }

    /// Where the field of the newest form comes from.
    fn origin(&self, field: &Field) -> Result<Origin, Diagnostic> {
        let default = self.rules.iter().find_map(|rule| match &rule.value {
            FieldRule::New { field: name, value } if *name == field.name => Some(value.clone()),
            _ => None,
        });
        let moved = self.rules.iter().find_map(|rule| match &rule.value {
            FieldRule::Move { field: old, vector, constructor } if *vector == field.name => Some((old, constructor)),
            _ => None,
        });
        if let Some((old, constructor)) = moved {
            return self.moved(field, old, constructor);
        }
        let old_name = self.rules.iter().find_map(|rule| match &rule.value {
            FieldRule::Rename { old, new } if *new == field.name => Some(old.as_str()),
            _ => None,
        });
        let old_name = old_name.unwrap_or(&field.name);
        let replaced = default.is_some() && self.lost_rule(old_name);
        let old = self.form.fields.iter().position(|old| old.name == old_name && old.role == Role::Value && !replaced);
        let Some((index, old)) = old.and_then(|index| Some((index, self.form.fields.get(index)?))) else {
            return match default {
                Some(value) if self.fits_newest(&value, field) => Ok(Origin::New(value)),
                Some(_) => Err(self.problem(field, "the rule's value is not of the field's type")),
                None if field.is_optional() => Ok(Origin::Added),
                None => Err(self
                    .problem(field, &format!("the form of layer {} has no such field", self.layer()))
                    .with_hint(format!("add `new {} = VALUE` under {}", field.name, self.heading()))),
            };
        };
        let widened = match (&old.ty, &field.ty) {
            (old, new) if old == new => false,
            (Type::Int, Type::Long) => true,
            // What was there is lost by a rule, and an optional field can be left out.
            _ if field.is_optional() && self.lost_rule(old_name) => return Ok(Origin::Added),
            _ if field.is_optional() => {
                return Err(self
                    .problem(field, "its type is another")
                    .with_note(old.span, "it was this")
                    .with_hint(format!("add `lost {}` under {}", old_name, self.heading())));
            }
            _ => {
                return Err(self.problem(field, "its type is another").with_note(old.span, "it was this").with_hint(
                    format!("add `lost {0} = VALUE` and `new {0} = VALUE` under {1}", field.name, self.heading()),
                ));
            }
        };
        let disappears = old.is_optional() && !field.is_optional() && !old.is_flag();
        if disappears && default.is_none() {
            return Err(self.problem(field, "it was optional").with_note(old.span, "here").with_hint(format!(
                "add `new {} = VALUE` under {}: what an absent one becomes",
                field.name,
                self.heading()
            )));
        }
        let default = default.filter(|_| disappears);
        if default.as_ref().is_some_and(|value| !self.fits_newest(value, field)) {
            return Err(self.problem(field, "the rule's value is not of the field's type"));
        }
        Ok(Origin::Field { old: index, widened, default })
    }

    /// The fields of this form that would have become the field.
    fn spoken_for(&self, field: &Field) -> impl Iterator<Item = usize> {
        let olds = self.form.fields.iter().enumerate().filter(|(_, old)| {
            let becomes = |rule: &Placed<FieldRule>| match &rule.value {
                FieldRule::Rename { old: from, new: to } | FieldRule::Move { field: from, vector: to, .. } => {
                    *from == old.name && *to == field.name
                }
                _ => false,
            };
            old.name == field.name || self.rules.iter().any(becomes)
        });
        olds.map(|(index, _)| index)
    }

    fn fits_newest(&self, value: &Value, field: &Field) -> bool {
        fits(value, field, |ty| self.schema.newest(&self.schema.boxed(ty).constructors), self.schema)
    }

    fn moved(&self, field: &Field, old: &str, constructor: &str) -> Result<Origin, Diagnostic> {
        let Type::Vector { item, .. } = &field.ty else {
            return Err(self.problem(field, "a rule moves a field into it, but it is no vector"));
        };
        if field.is_optional() {
            return Err(self.problem(field, "a rule moves a field into it, but it is optional"));
        }
        let old = self.form.fields.iter().enumerate().find(|(_, field)| field.name == old);
        let forms: Vec<_> = self.schema.indexed().filter(|(_, form)| form.name.to_string() == constructor).collect();
        let of_item = |form: CombinatorIndex| match **item {
            Type::Boxed(ty) => self.schema.boxed(ty).constructors.contains(&form),
            _ => false,
        };
        match (old, forms.last()) {
            (Some((index, old)), Some(&(form, combinator))) if of_item(form) => {
                let fields: Vec<_> = combinator.value_fields().collect();
                match *fields {
                    [only] if only.ty == old.ty && !only.is_optional() && !old.is_optional() => {
                        Ok(Origin::Moved { old: index, constructor: form })
                    }
                    _ => Err(self.problem(field, &format!("`{constructor}` has not just the field that is moved"))),
                }
            }
            _ => Err(self.problem(field, &format!("a rule moves a field into it as `{constructor}`, which cannot be"))),
        }
    }

    fn lost(&self, field: &Field) -> Option<Value> {
        self.rules.iter().find_map(|rule| match &rule.value {
            FieldRule::Lost { field: name, value } if *name == field.name => Some(value.clone()),
            _ => None,
        })
    }

    fn lost_rule(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| matches!(&rule.value, FieldRule::Lost { field, .. } if field == name))
    }

    /// Rules that speak of fields that there are not, or that decide nothing.
    fn review(&self, step: &Step, problems: &mut LayerProblems) {
        let has = |form: &Combinator, name: &str| form.fields.iter().any(|field| field.name == name);
        for rule in self.rules {
            let stranger = match &rule.value {
                FieldRule::Lost { field, .. } => (!has(self.form, field)).then_some(field),
                FieldRule::New { field, .. } => (!has(self.newest, field)).then_some(field),
                FieldRule::Rename { old, new } => [(self.form, old), (self.newest, new)]
                    .into_iter()
                    .find(|(form, name)| !has(form, name))
                    .map(|(_, name)| name),
                FieldRule::Move { field, vector, .. } => [(self.form, field), (self.newest, vector)]
                    .into_iter()
                    .find(|(form, name)| !has(form, name))
                    .map(|(_, name)| name),
            };
            if let Some(stranger) = stranger {
                let problem = Diagnostic::error(rule.span, format!("`{}` has no field `{stranger}`", self.form.name))
                    .with_hint(
                        "`lost` and the left side name fields of the old form, `new` and the right side of the newest",
                    );
                problems.rules.push(problem);
            } else if problems.schema.is_empty() && !self.serves(&rule.value, step) {
                let problem = Diagnostic::error(rule.span, format!("nothing in `{}` needs this rule", self.form.name))
                    .with_hint("the fields decide by themselves; remove it");
                problems.rules.push(problem);
            }
        }
    }

    fn layer(&self) -> u32 {
        self.form.layer.unwrap_or_default()
    }

    fn heading(&self) -> String {
        format!("`step {}@{}` in the rules", self.form.name, self.layer())
    }

    fn problem(&self, field: &Field, what: &str) -> Diagnostic {
        let message = format!(
            "how does `{}` of layer {} become the newest `{0}`? `{}` does not say",
            self.form.name,
            self.layer(),
            field.name
        );
        Diagnostic::error(field.span, message).with_label(what.to_owned())
    }
}

/// Whether the value can stand in the field; `forms` are the constructors of a type on the field's side of the step.
fn fits(value: &Value, field: &Field, forms: impl Fn(TypeIndex) -> Vec<CombinatorIndex>, schema: &Schema) -> bool {
    match (value, &field.ty) {
        (Value::Absent, _) => field.is_optional(),
        (_, _) if field.is_optional() => false,
        (Value::Number(number), Type::Int) => i32::try_from(*number).is_ok(),
        (Value::Number(_), Type::Long) | (Value::Empty, Type::String | Type::Bytes) => true,
        (Value::EmptyVector, Type::Vector { .. }) => true,
        (Value::Constructor(name), Type::Boxed(ty)) => forms(*ty).into_iter().any(|form| {
            let form = schema.combinator(form);
            form.name.to_string() == *name && form.fields.is_empty()
        }),
        _ => false,
    }
}

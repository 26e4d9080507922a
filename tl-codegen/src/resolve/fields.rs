//! What the fields are.

use tl_parser::Diagnostic;
use tl_parser::tree::{self, Span, Type as TypeTree, TypeKind};

use super::{Resolver, spell};
use crate::schema::{CombinatorIndex, Condition, Field, Role, Type};
use crate::similar::distance;

impl Resolver<'_> {
    /// Resolves fields and results of every combinator.
    pub(super) fn resolve_fields(&mut self) {
        for index in 0..self.declarations.len() {
            let Some(&declaration) = self.declarations.get(index) else { continue };
            let mut fields = Vec::with_capacity(declaration.fields.len());
            for field in &declaration.fields {
                if let Some(field) = self.resolve_field(declaration, field, &fields) {
                    fields.push(field);
                }
            }
            assign_roles(&mut fields);
            self.check_field_names(&fields);
            self.check_open(declaration, &fields);
            let result = self.resolve_result(declaration);
            if let Some(combinator) = self.schema.combinators.get_mut(index) {
                combinator.fields = fields;
                combinator.result = result.unwrap_or(Type::Nat);
            }
        }
    }

    fn resolve_field(&mut self, of: &tree::Combinator, field: &tree::Field, before: &[Field]) -> Option<Field> {
        let Some(name) = &field.name else {
            self.unsupported(&field.ty, "a field needs a name");
            return None;
        };
        let condition = match &field.condition {
            None => None,
            Some(condition) => Some(self.resolve_condition(of, condition, before)?),
        };
        let ty = self.resolve_type(of, &field.ty)?;
        if ty == Type::True && condition.is_none() {
            let problem = Diagnostic::error(field.span, format!("`{}` has no value", name.text))
                .with_hint("`true` takes no bytes; it makes sense behind a flag: `flags.0?true`");
            self.diagnostics.push(problem);
        }
        Some(Field { name: name.text.clone(), ty, condition, role: Role::Value, span: field.span })
    }

    fn resolve_condition(
        &mut self,
        of: &tree::Combinator,
        condition: &tree::Condition,
        before: &[Field],
    ) -> Option<Condition> {
        let name = &condition.field.text;
        let Some((flags, field)) = before.iter().enumerate().find(|(_, field)| field.name == *name) else {
            let later = of.fields.iter().find(|field| field.name.as_ref().is_some_and(|ident| ident.text == *name));
            let problem = match later {
                Some(later) => {
                    Diagnostic::error(condition.span, format!("`{name}` comes after the field that depends on it"))
                        .with_note(later.span, "declared here")
                        .with_hint(format!("move `{name}:#` in front"))
                }
                None => Diagnostic::error(condition.span, format!("there is no field `{name}`"))
                    .with_hint(format!("declare `{name}:#` in front of this field")),
            };
            self.diagnostics.push(problem);
            return None;
        };
        if field.ty != Type::Nat {
            let problem = Diagnostic::error(condition.span, format!("`{name}` holds no flags"))
                .with_note(field.span, "its type is not `#`");
            self.diagnostics.push(problem);
            return None;
        }
        match condition.bit {
            Some(bit @ 0..=31) => Some(Condition { flags, bit: u8::try_from(bit).unwrap_or_default() }),
            Some(bit) => {
                let problem = Diagnostic::error(condition.span, format!("`{name}` has no bit {bit}"))
                    .with_hint("flags have 32 bits: 0 to 31");
                self.diagnostics.push(problem);
                None
            }
            None => {
                let problem = Diagnostic::error(condition.span, "a condition needs a bit".to_owned())
                    .with_hint(format!("write `{name}.0?`"));
                self.diagnostics.push(problem);
                None
            }
        }
    }

    fn resolve_type(&mut self, of: &tree::Combinator, ty: &TypeTree) -> Option<Type> {
        match &ty.kind {
            TypeKind::Nat => Some(Type::Nat),
            TypeKind::Name(path) => self.resolve_name(of, path, ty.span),
            TypeKind::Bare(inner) => self.resolve_bare(of, inner),
            TypeKind::Exclamation(inner) => match &inner.kind {
                TypeKind::Name(path) if is_variable(of, path) => Some(Type::Open { default: None, sized: false }),
                _ => {
                    self.unsupported(inner, "`!` stands in front of a type variable declared as `{X:Type}`");
                    None
                }
            },
            TypeKind::Apply { head, arguments } => self.resolve_vector(of, head, arguments),
            TypeKind::Number(_) | TypeKind::Sum(_) | TypeKind::Repetition { .. } => {
                self.unsupported(ty, "natural numbers and repetitions are for the built-in types");
                None
            }
        }
    }

    fn resolve_name(&mut self, of: &tree::Combinator, path: &tree::Path, span: Span) -> Option<Type> {
        let name = spell(path);
        if let Some(builtin) = builtin(&name) {
            return Some(builtin);
        }
        if name == "vector" || name == "Vector" {
            let problem =
                Diagnostic::error(span, format!("`{name}` takes one type")).with_hint(format!("write `{name}<T>`"));
            self.diagnostics.push(problem);
            return None;
        }
        if let Some(&ty) = self.types.get(&name) {
            return Some(Type::Boxed(ty));
        }
        if let Some(forms) = self.constructors.get(&name) {
            let in_force = |layer: Option<u32>| layer <= of.layer;
            let form = forms
                .iter()
                .rev()
                .find(|index| self.schema.combinators.get(index.0).is_some_and(|form| in_force(form.layer)));
            return form.or(forms.first()).copied().map(Type::Bare);
        }
        if is_variable(of, path) {
            let problem = Diagnostic::error(span, format!("`{name}` is a type variable"))
                .with_hint(format!("write `!{name}` for a call whose answer is `{name}`"));
            self.diagnostics.push(problem);
            return None;
        }
        let mut problem = Diagnostic::error(span, format!("there is no type `{name}`"));
        problem = match self.similar(&name) {
            Some(similar) => problem.with_hint(format!("did you mean `{similar}`?")),
            None => problem.with_hint(format!("declare a constructor: `… = {name};`")),
        };
        self.diagnostics.push(problem);
        None
    }

    /// `%T`: the only constructor of `T`, without its id.
    fn resolve_bare(&mut self, of: &tree::Combinator, inner: &TypeTree) -> Option<Type> {
        match self.resolve_type(of, inner)? {
            Type::Boxed(ty) => {
                let boxed = self.schema.types.get(ty.0)?;
                match *self.schema.newest(&boxed.constructors) {
                    [only] => Some(Type::Bare(only)),
                    ref several => {
                        let problem = Diagnostic::error(inner.span, format!("`%{}` is ambiguous", boxed.name))
                            .with_label(format!("the type has {} constructors", several.len()))
                            .with_hint("name the constructor instead");
                        self.diagnostics.push(problem);
                        None
                    }
                }
            }
            Type::Vector { item, .. } => Some(Type::Vector { bare: true, item }),
            other => Some(other),
        }
    }

    fn resolve_vector(&mut self, of: &tree::Combinator, head: &TypeTree, arguments: &[TypeTree]) -> Option<Type> {
        let TypeKind::Name(path) = &head.kind else {
            self.unsupported(head, "only vectors take arguments");
            return None;
        };
        let name = spell(path);
        let bare = match name.as_str() {
            "Vector" => false,
            "vector" => true,
            _ => {
                let problem = Diagnostic::error(head.span, format!("`{name}` takes no arguments"))
                    .with_hint("only `Vector<T>` and `vector<T>` do");
                self.diagnostics.push(problem);
                return None;
            }
        };
        let [item] = arguments else {
            let problem = Diagnostic::error(head.span, format!("`{name}` takes one type, not {}", arguments.len()))
                .with_hint("put nested types into angle brackets: `Vector<Vector<int>>`");
            self.diagnostics.push(problem);
            return None;
        };
        let resolved = self.resolve_type(of, item)?;
        if self.takes_no_bytes(&resolved, &mut Vec::new()) {
            let problem = Diagnostic::error(item.span, "items that take no bytes".to_owned())
                .with_hint("four bytes could announce billions of them; use the boxed type");
            self.diagnostics.push(problem);
            return None;
        }
        Some(Type::Vector { bare, item: Box::new(resolved) })
    }

    /// Whether a value may take no bytes: `true`, or a bare constructor that holds nothing else. What lies `within` is
    /// looked up by name, since it may not be resolved yet.
    fn takes_no_bytes(&self, ty: &Type, within: &mut Vec<CombinatorIndex>) -> bool {
        let Type::Bare(index) = *ty else { return *ty == Type::True };
        let Some(declaration) = self.declarations.get(index.0).filter(|_| !within.contains(&index)) else {
            return false;
        };
        within.push(index);
        let takes_none = declaration.fields.iter().all(|field| {
            let bare = |path| self.constructors.get(&spell(path)).and_then(|forms| forms.last()).copied();
            let held = match &field.ty.kind {
                TypeKind::Name(path) => bare(path),
                TypeKind::Bare(inner) => match &inner.kind {
                    TypeKind::Name(path) => self.only(path).or_else(|| bare(path)),
                    _ => None,
                },
                _ => None,
            };
            field.condition.is_some() || held.is_some_and(|held| self.takes_no_bytes(&Type::Bare(held), within))
        });
        within.pop();
        takes_none
    }

    /// The only constructor of a boxed type.
    fn only(&self, path: &tree::Path) -> Option<CombinatorIndex> {
        let boxed = self.types.get(&spell(path)).and_then(|ty| self.schema.types.get(ty.0))?;
        match *self.schema.newest(&boxed.constructors) {
            [only] => Some(only),
            _ => None,
        }
    }

    fn resolve_result(&mut self, of: &tree::Combinator) -> Option<Type> {
        match &of.result.kind {
            TypeKind::Name(path) if of.section == tree::SectionKind::Functions && is_variable(of, path) => {
                Some(Type::Answer)
            }
            TypeKind::Name(path) if spell(path) == "Object" => Some(Type::Open { default: None, sized: false }),
            _ => self.resolve_type(of, &of.result),
        }
    }

    fn check_field_names(&mut self, fields: &[Field]) {
        for (index, field) in fields.iter().enumerate() {
            let first = fields.iter().take(index).find(|first| first.name == field.name);
            if let Some(first) = first {
                let problem = Diagnostic::error(field.span, format!("a second field `{}`", field.name))
                    .with_note(first.span, "the first one")
                    .with_hint("give it another name");
                self.diagnostics.push(problem);
            }
        }
    }

    /// At most one field may be open, since it takes whatever is left.
    fn check_open(&mut self, of: &tree::Combinator, fields: &[Field]) {
        let open: Vec<_> = fields.iter().filter(|field| matches!(field.ty.innermost(), Type::Open { .. })).collect();
        let wrong = match *open {
            [] => None,
            [field] if field.condition.is_some() || matches!(field.ty, Type::Vector { .. }) => Some(field),
            [_] => None,
            [_, second, ..] => Some(second),
        };
        if let Some(field) = wrong {
            let problem = Diagnostic::error(field.span, "an object of any type must be the only one".to_owned())
                .with_label(format!("in `{}`", spell(&of.name)))
                .with_hint("one field, unconditional and outside a vector, may be `Object` or `!X`");
            self.diagnostics.push(problem);
        }
    }

    /// A name that differs from `name` only in a little.
    fn similar(&self, name: &str) -> Option<String> {
        let known = self.types.keys().chain(self.constructors.keys());
        known
            .map(|known| (distance(known, name), known))
            .min()
            .filter(|&(far, _)| far <= 2)
            .map(|(_, name)| name.clone())
    }
}

/// Which fields follow from others.
fn assign_roles(fields: &mut [Field]) {
    let flags: Vec<usize> =
        fields.iter().filter_map(|field| field.condition.map(|condition| condition.flags)).collect();
    for index in flags {
        if let Some(field) = fields.get_mut(index) {
            field.role = Role::Flags;
        }
    }
    for index in 1..fields.len() {
        let Some([length, object]) = fields.get_mut(index - 1..=index) else { continue };
        if let Type::Open { sized, .. } = &mut object.ty
            && length.name == "bytes"
            && length.ty == Type::Int
            && length.condition.is_none()
        {
            *sized = true;
            length.role = Role::Length;
        }
    }
}

fn is_variable(of: &tree::Combinator, path: &tree::Path) -> bool {
    path.namespace.is_empty() && of.generics.iter().any(|generic| generic.name.text == path.name)
}

fn builtin(name: &str) -> Option<Type> {
    Some(match name {
        "int" => Type::Int,
        "long" => Type::Long,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "int128" => Type::Int128,
        "int256" => Type::Int256,
        "true" => Type::True,
        "Bool" => Type::Bool,
        "Object" => Type::Open { default: None, sized: false },
        _ => return None,
    })
}

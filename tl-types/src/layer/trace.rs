//! Where in a value one is while it changes its form, and what it lost so far.

use std::fmt;

use super::{Absence, Layered, NotCarried, Raise};

/// A field or an item that has no place in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    path: String,
}

impl Loss {
    /// The field, from the value that changed its form: `media.attributes[2]`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// The path to the value at hand, and the losses so far. Generated code writes it.
#[derive(Debug, Default)]
pub struct Trace {
    path: Vec<Step>,
    losses: Vec<Loss>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Field(&'static str),
    Item(usize),
}

impl Trace {
    pub(super) fn into_losses(self) -> Vec<Loss> {
        self.losses
    }

    /// Notes that `field` of the value at hand is lost.
    pub fn lose(&mut self, field: &'static str) {
        self.path.push(Step::Field(field));
        self.lose_here();
        self.path.pop();
    }

    /// Notes that `field` is lost if it holds anything.
    pub fn lose_if(&mut self, held: bool, field: &'static str) {
        if held {
            self.lose(field);
        }
    }

    fn lose_here(&mut self) {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
                Step::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        self.losses.push(Loss { path });
    }

    fn within<T>(&mut self, step: Step, run: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = run(self);
        self.path.pop();
        result
    }

    /// Raises the value of a field.
    pub fn raise<T: Raise>(&mut self, field: &'static str, value: T) -> T::Newest {
        self.within(Step::Field(field), |trace| value.raise_into(trace))
    }

    /// Lowers the value of a required field.
    ///
    /// # Errors
    /// [`NotCarried`] if it has no form at `layer`.
    pub fn lower<T: Layered>(&mut self, field: &'static str, value: &mut T, layer: u32) -> Result<(), NotCarried> {
        if let Some(absence) = value.absence(layer) {
            return Err(NotCarried::field(field, layer, absence));
        }
        self.within(Step::Field(field), |trace| value.lower(layer, trace)).map_err(|error| error.within(field))
    }

    /// Lowers the value of an optional field, or drops it if it has no form at `layer`.
    ///
    /// # Errors
    /// [`NotCarried`] if something in it must be there and has no form.
    pub fn lower_option<T: Layered>(
        &mut self,
        field: &'static str,
        value: &mut Option<T>,
        layer: u32,
    ) -> Result<(), NotCarried> {
        match value {
            Some(held) if held.absence(layer).is_none() => self.lower(field, held, layer),
            _ => {
                self.drop_option(field, value);
                Ok(())
            }
        }
    }

    /// Drops an optional field.
    pub fn drop_option<T>(&mut self, field: &'static str, value: &mut Option<T>) {
        self.lose_if(value.take().is_some(), field);
    }

    /// Clears a flag.
    pub fn drop_flag(&mut self, field: &'static str, value: &mut bool) {
        self.lose_if(std::mem::take(value), field);
    }

    /// Puts what stands for "nothing" in place of a value.
    pub fn reset<T: PartialEq>(&mut self, field: &'static str, value: &mut T, nothing: T) {
        if *value != nothing {
            *value = nothing;
            self.lose(field);
        }
    }

    /// Keeps the first of some items, and drops the others; says whether there was one.
    pub fn keep_one<T>(&mut self, field: &'static str, items: &mut Vec<T>, keep: impl Fn(&T) -> bool) -> bool {
        let kept = items.iter().position(keep);
        self.within(Step::Field(field), |trace| {
            let mut index = 0;
            items.retain(|_| {
                let stays = Some(index) == kept;
                if !stays {
                    trace.within(Step::Item(index), Self::lose_here);
                }
                index += 1;
                stays
            });
        });
        kept.is_some()
    }
}

impl<T: Raise> Raise for Vec<T> {
    type Newest = Vec<T::Newest>;

    fn raise_into(self, trace: &mut Trace) -> Self::Newest {
        let items = self.into_iter().enumerate();
        items.map(|(index, item)| trace.within(Step::Item(index), |trace| item.raise_into(trace))).collect()
    }
}

impl<T: Raise> Raise for Option<T> {
    type Newest = Option<T::Newest>;

    fn raise_into(self, trace: &mut Trace) -> Self::Newest {
        self.map(|value| value.raise_into(trace))
    }
}

impl<T: Raise> Raise for Box<T> {
    type Newest = Box<T::Newest>;

    fn raise_into(self, trace: &mut Trace) -> Self::Newest {
        Box::new((*self).raise_into(trace))
    }
}

impl<T: Layered> Layered for Vec<T> {
    type Exact = Vec<T::Exact>;
    const LAYERS: &'static [u32] = T::LAYERS;

    fn absence(&self, _: u32) -> Option<Absence> {
        None
    }

    fn exact_at(&self, layer: u32) -> Result<Self::Exact, NotCarried> {
        let items = self.iter().enumerate();
        items.map(|(index, item)| item.exact_at(layer).map_err(|error| error.within(&format!("[{index}]")))).collect()
    }

    /// Items that have no form go.
    fn lower(&mut self, layer: u32, trace: &mut Trace) -> Result<(), NotCarried> {
        let mut kept = Vec::with_capacity(self.len());
        for (index, mut item) in std::mem::take(self).into_iter().enumerate() {
            if item.absence(layer).is_some() {
                trace.within(Step::Item(index), Trace::lose_here);
                continue;
            }
            trace
                .within(Step::Item(index), |trace| item.lower(layer, trace))
                .map_err(|error| error.within(&format!("[{index}]")))?;
            kept.push(item);
        }
        *self = kept;
        Ok(())
    }
}

impl<T: Layered> Layered for Box<T> {
    type Exact = T::Exact;
    const LAYERS: &'static [u32] = T::LAYERS;

    fn absence(&self, layer: u32) -> Option<Absence> {
        (**self).absence(layer)
    }

    fn exact_at(&self, layer: u32) -> Result<Self::Exact, NotCarried> {
        (**self).exact_at(layer)
    }

    fn lower(&mut self, layer: u32, trace: &mut Trace) -> Result<(), NotCarried> {
        (**self).lower(layer, trace)
    }
}

//! Forms of one type over the layers of a schema.
//!
//! Where a schema has layer separators, a constructor may have several forms, each with its own id. Users build the
//! newest. What arrives is decoded into the *exact* form, and [raised](Raise) to the newest; what is sent is
//! [encoded at](Layered::encode_at) the layer of whoever reads it, after it was [lowered](Layered::lower_to) if need be.

use std::fmt;

use crate::codec::Encode;
use crate::error::EncodeError;

mod carry;
mod trace;

pub use carry::{absent, carry, carry_option, narrow, narrow_option, required};
pub use trace::{Loss, Trace};

/// A type whose values may have the forms of older layers.
pub trait Raise: Sized {
    /// The newest form.
    type Newest;

    /// The value in the newest form; what that has no place for is noted in `trace`.
    fn raise_into(self, trace: &mut Trace) -> Self::Newest;

    /// The value in the newest form, in one step, and what was lost on the way.
    fn raise(self) -> Raised<Self::Newest> {
        let mut trace = Trace::default();
        let value = self.raise_into(&mut trace);
        Raised { value, lost: trace.into_losses() }
    }
}

/// A raised value.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised<T> {
    /// In the newest form.
    pub value: T,
    /// The fields of the older forms that held something and have no place in the newest.
    pub lost: Vec<Loss>,
}

/// A type in its newest form, which has exact forms at the layers from a floor on.
pub trait Layered: Sized {
    /// Any form that the value may take.
    type Exact: Encode;

    /// The layers at which something changes, rising; the first is the lowest that is written at all.
    const LAYERS: &'static [u32];

    /// Why the value has no form at `layer`, whatever its fields hold; `None` if it has one.
    fn absence(&self, layer: u32) -> Option<Absence>;

    /// The exact form at `layer`, if that carries the whole value.
    ///
    /// # Errors
    /// [`NotCarried`] names the first field that it does not.
    fn exact_at(&self, layer: u32) -> Result<Self::Exact, NotCarried>;

    /// Drops what `layer` does not carry.
    ///
    /// # Errors
    /// [`NotCarried`] if a value that must be there has no form, or one that must not be lost.
    fn lower(&mut self, layer: u32, trace: &mut Trace) -> Result<(), NotCarried>;

    /// The value as `layer` has it.
    ///
    /// # Errors
    /// [`LayerError`] before any byte, if that layer does not carry the whole value. Whether it does is judged by the
    /// value: a size that fits 32 bits fits a field of 32 bits.
    fn encode_at(&self, layer: u32) -> Result<Vec<u8>, LayerError> {
        check_floor::<Self>(layer)
            .and_then(|()| self.exact_at(layer))
            .map_err(LayerError::NotCarried)?
            .to_bytes()
            .map_err(LayerError::Encode)
    }

    /// The best that `layer` can carry of the value, still in the newest form; [`Layered::encode_at`] takes it then.
    ///
    /// # Errors
    /// [`NotCarried`] if a value that must be there has no form at that layer, or one that must not be lost.
    fn lower_to(mut self, layer: u32) -> Result<Lowered<Self>, NotCarried> {
        check_floor::<Self>(layer)?;
        if let Some(absence) = self.absence(layer) {
            return Err(NotCarried::new(layer, absence));
        }
        let mut trace = Trace::default();
        self.lower(layer, &mut trace)?;
        Ok(Lowered { value: self, dropped: trace.into_losses() })
    }

    /// The lowest layer from which on every layer carries the whole value; `None` if it is never sent.
    fn min_layer(&self) -> Option<u32> {
        Self::LAYERS.iter().rev().copied().take_while(|&layer| self.exact_at(layer).is_ok()).last()
    }
}

fn check_floor<T: Layered>(layer: u32) -> Result<(), NotCarried> {
    match T::LAYERS.first() {
        Some(&floor) if layer < floor => Err(NotCarried::new(layer, Absence::Until(floor))),
        _ => Ok(()),
    }
}

/// A lowered value.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered<T> {
    /// Still in the newest form.
    pub value: T,
    /// What was dropped.
    pub dropped: Vec<Loss>,
}

/// When a value has a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// From this layer on.
    Until(u32),
    /// Never: it is decoded, but not sent.
    Never,
}

/// A layer does not carry a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCarried {
    path: String,
    layer: u32,
    absence: Absence,
}

impl NotCarried {
    /// The value itself is not carried at `layer`.
    pub fn new(layer: u32, absence: Absence) -> Self {
        Self { path: String::new(), layer, absence }
    }

    /// The value of a field is not carried at `layer`.
    pub fn field(name: &str, layer: u32, absence: Absence) -> Self {
        Self { path: name.to_owned(), layer, absence }
    }

    /// The same, seen from the value that holds it in `name`.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{separator}{}", self.path);
        self
    }

    /// The field, from the value that was to be encoded: `media.attributes[2]`; empty for that value itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The layer that does not carry it.
    pub fn layer(&self) -> u32 {
        self.layer
    }

    /// The layer that is needed; `None` if the value is never sent.
    pub fn needs(&self) -> Option<u32> {
        match self.absence {
            Absence::Until(layer) => Some(layer),
            Absence::Never => None,
        }
    }
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, layer, absence } = self;
        match path.as_str() {
            "" => f.write_str("the value")?,
            path => write!(f, "`{path}`")?,
        }
        match absence {
            Absence::Until(needed) if needed > layer => {
                write!(f, " has no form at layer {layer}; it needs layer {needed}")
            }
            Absence::Until(_) => write!(f, " has no form at layer {layer}"),
            Absence::Never => f.write_str(" is never sent, at any layer"),
        }
    }
}

impl std::error::Error for NotCarried {}

/// A value cannot be encoded at a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayerError {
    /// The layer does not carry it.
    NotCarried(NotCarried),
    /// No layer does: a string or a vector is too long for TL.
    Encode(EncodeError),
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCarried(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LayerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotCarried(error) => Some(error),
            Self::Encode(error) => Some(error),
        }
    }
}

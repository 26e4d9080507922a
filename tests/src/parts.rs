//! A value taken apart into its fields.

use tl_types::{DecodeError, Encode};

/// Decodes a value and takes it apart.
pub type TakeApart = fn(&[u8]) -> Result<Parts, DecodeError>;

/// The fields of a value by name, in the order of the schema, each encoded on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts(pub Vec<(&'static str, Option<Vec<u8>>)>);

impl Parts {
    /// Adds a field that is always there.
    pub fn required<T: Encode>(&mut self, name: &'static str, value: &T) {
        self.optional(name, Some(value));
    }

    /// Adds a field that may be absent.
    pub fn optional<T: Encode>(&mut self, name: &'static str, value: Option<&T>) {
        self.0.push((name, value.map(|value| value.to_bytes().unwrap())));
    }

    /// Adds a flag: it takes no bytes if it is set.
    pub fn flag(&mut self, name: &'static str, is_set: bool) {
        self.0.push((name, is_set.then(Vec::new)));
    }
}

//! How a field of the newest form gets into an older one. Generated code calls these.

use super::{Absence, Layered, NotCarried};

/// The exact form of a field's value.
///
/// # Errors
/// [`NotCarried`] if `layer` does not carry it.
pub fn carry<T: Layered>(field: &'static str, value: &T, layer: u32) -> Result<T::Exact, NotCarried> {
    value.exact_at(layer).map_err(|error| error.within(field))
}

/// The exact form of an optional field's value.
///
/// # Errors
/// [`NotCarried`] if `layer` does not carry it.
pub fn carry_option<T: Layered>(
    field: &'static str,
    value: Option<&T>,
    layer: u32,
) -> Result<Option<T::Exact>, NotCarried> {
    value.map(|value| carry(field, value, layer)).transpose()
}

/// A number in the 32 bits of an older form.
///
/// # Errors
/// [`NotCarried`] if it takes more.
pub fn narrow(field: &'static str, value: i64, layer: u32, needs: u32) -> Result<i32, NotCarried> {
    i32::try_from(value).map_err(|_| NotCarried::field(field, layer, Absence::Until(needs)))
}

/// An optional number in the 32 bits of an older form.
///
/// # Errors
/// [`NotCarried`] if it takes more.
pub fn narrow_option(
    field: &'static str,
    value: Option<i64>,
    layer: u32,
    needs: u32,
) -> Result<Option<i32>, NotCarried> {
    value.map(|value| narrow(field, value, layer, needs)).transpose()
}

/// The value of a field that the older form cannot leave out.
///
/// # Errors
/// [`NotCarried`] if it is absent.
pub fn required<T>(field: &'static str, value: Option<T>, layer: u32, needs: u32) -> Result<T, NotCarried> {
    value.ok_or_else(|| NotCarried::field(field, layer, Absence::Until(needs)))
}

/// Checks that a field that the older form does not have says nothing.
///
/// # Errors
/// [`NotCarried`] if it does.
pub fn absent(field: &'static str, says_nothing: bool, layer: u32, needs: u32) -> Result<(), NotCarried> {
    if says_nothing { Ok(()) } else { Err(NotCarried::field(field, layer, Absence::Until(needs))) }
}

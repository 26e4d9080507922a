//! What holds for every value of a layered schema: for values drawn from the schemas themselves, and for examples.

mod draw;
mod laws;
mod secret;
mod synthetic;

#![doc = include_str!("../README.md")]

mod bindings;
pub mod checksum;
mod emit;
pub mod errors;
pub mod files;
pub mod import;
pub mod layers;
pub mod names;
mod reach;
pub mod redaction;
pub mod resolve;
pub mod rules;
pub mod schema;
pub mod show;
mod similar;
pub mod view;

pub use bindings::{Bindings, Error};
pub use emit::Files;
pub use resolve::{Checked, Problems, Source};

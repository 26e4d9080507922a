#![doc = include_str!("../README.md")]

mod call;
mod error;
mod updates;

pub use call::Grammers;
pub use updates::{QUEUE, share};

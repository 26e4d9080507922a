#![doc = include_str!("../README.md")]

pub mod account;
pub mod chat;
#[cfg(feature = "client")]
pub mod client;
pub mod crypto;
#[cfg(feature = "loopback")]
pub mod loopback;
#[cfg(feature = "client")]
pub mod mtproto;
pub mod store;

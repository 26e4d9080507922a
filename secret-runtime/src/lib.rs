// Its examples use every feature.
#![cfg_attr(feature = "loopback", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "loopback"),
    doc = "Telegram's secret chats; README.md and the documentation of all features tell more."
)]

pub mod account;
pub mod chat;
#[cfg(feature = "client")]
pub mod client;
pub mod crypto;
#[cfg(feature = "loopback")]
pub mod loopback;
#[cfg(feature = "client")]
pub mod mtproto;
#[cfg(any(feature = "redb", feature = "client"))]
mod private;
pub mod store;

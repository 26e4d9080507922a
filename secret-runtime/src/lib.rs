#![doc = include_str!("../README.md")]

pub mod account;
pub mod chat;
pub mod crypto;
pub mod store;

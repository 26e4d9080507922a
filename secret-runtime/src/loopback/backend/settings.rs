//! What the backend can be told to be like.

use std::net::SocketAddr;

/// Limits and rules; the server's own settings are made into these.
#[derive(Clone, Debug)]
pub(in crate::loopback) struct BackendSettings {
    /// The code that every log-in takes.
    pub(in crate::loopback) code: String,
    /// An unknown number has to call `auth.signUp`; else its first log-in makes the user.
    pub(in crate::loopback) sign_up: bool,
    /// The data centres and where they are; users and their files live in the first.
    pub(in crate::loopback) data_centers: Vec<(i32, SocketAddr)>,
    /// The qts of a device's first message.
    pub(in crate::loopback) first_qts: i32,
    /// How many messages one `updates.difference` may hold.
    pub(in crate::loopback) slice: usize,
    /// How many unconfirmed messages are kept for a device.
    pub(in crate::loopback) queue: usize,
    /// How many bytes the data of an encrypted message may have.
    pub(in crate::loopback) data: usize,
    /// How many authorization keys may call.
    pub(in crate::loopback) devices: usize,
    /// How many secret chats there may be.
    pub(in crate::loopback) chats: usize,
    /// How many users there may be.
    pub(in crate::loopback) users: usize,
    /// Whether a message with a random_id that was used before is delivered again.
    pub(in crate::loopback) deliver_repeats: bool,
}

impl BackendSettings {
    /// The data centre of all users.
    pub(super) fn home(&self) -> i32 {
        self.data_centers.first().map_or(1, |(dc, _)| *dc)
    }
}

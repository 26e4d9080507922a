//! How a server can be.

use std::net::{Ipv4Addr, SocketAddr};

use super::Chaos;

/// How a server is: who may do what, how much it keeps, and what it does wrong.
///
/// ```
/// use secret_runtime::loopback::Settings;
///
/// let settings = Settings { data_centers: vec![2], ..Settings::default() };
/// assert_eq!(settings.code, "22222");
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the first data centre listens; the others take free ports of the same host. Port 0 is any free one.
    pub address: SocketAddr,
    /// The numbers of the data centres. All users and files are in the first; log-in elsewhere is answered with
    /// `PHONE_MIGRATE_%d`, and files are with `FILE_MIGRATE_%d`.
    pub data_centers: Vec<i32>,
    /// The code that every log-in takes.
    pub code: String,
    /// An unknown number has to call `auth.signUp`; else its first log-in makes the user.
    pub sign_up: bool,
    /// The qts of a device's first message.
    pub first_qts: i32,
    /// How many messages an `updates.difference` holds at most; more come in slices.
    pub difference_limit: usize,
    /// A message whose random_id was used before is delivered again at once. Else its answer is repeated, and no more, as
    /// long as the receiver has not confirmed the first; what a peer then asks for again is delivered again.
    pub deliver_repeats: bool,
    /// How many bytes of files are kept. For more, the oldest are forgotten.
    pub file_memory: usize,
    /// How many unconfirmed messages are kept for a device; a sender is told to wait when there are as many.
    pub queue_limit: usize,
    /// How many bytes an encrypted message may have.
    pub data_limit: usize,
    /// How many authorization keys, users and secret chats there may be of each.
    pub object_limit: usize,
    /// How many seconds each server salt is the newest; it is valid for twice as long.
    pub salt_period: u32,
    /// How many seconds the server's clock is ahead.
    pub clock_offset: i64,
    /// The server's RSA key in PEM (PKCS#1); the published one of this crate, if there is none.
    pub private_key_pem: Option<String>,
    /// Streams have to be obfuscated with this secret, as a proxy asks for.
    pub secret: Option<[u8; 16]>,
    /// What randomness comes from: two servers with one seed that are asked the same in the same order answer the same.
    /// Unpredictable if there is none.
    pub seed: Option<[u8; 32]>,
    /// What goes wrong at random.
    pub chaos: Chaos,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_centers: vec![1],
            code: "22222".to_owned(),
            sign_up: false,
            first_qts: 2,
            difference_limit: 100,
            deliver_repeats: false,
            file_memory: 256 * 1024 * 1024,
            queue_limit: 1_000_000,
            data_limit: 128 * 1024,
            object_limit: 100_000,
            salt_period: 1800,
            clock_offset: 0,
            private_key_pem: None,
            secret: None,
            seed: None,
            chaos: Chaos::default(),
        }
    }
}

use std::time::Duration;

use super::super::DataCenters;
use super::Clock;
use crate::mtproto::framing::{Framing, Wire};
use crate::mtproto::session::SessionSettings;

/// How to connect, and as what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// The application's number, from <https://my.telegram.org>.
    pub api_id: i32,
    /// What the user sees in the list of sessions: the device.
    pub device_model: String,
    /// The operating system.
    pub system_version: String,
    /// The application's version.
    pub app_version: String,
    /// The language of the system, as an ISO 639-1 code.
    pub system_lang_code: String,
    /// The language pack; empty for an application that has none.
    pub lang_pack: String,
    /// The language of the application, as an ISO 639-1 code.
    pub lang_code: String,
    /// Where the data centres are, in which order their addresses are tried ([`DataCenters::addresses`]), whether those count
    /// that the servers tell ([`DataCenters::with_learning`]), and their RSA keys.
    pub data_centers: DataCenters,
    /// The framing on the socket.
    pub wire: Wire,
    /// How messages are numbered, acknowledged and repeated.
    pub session: SessionSettings,
    /// A call is made again by itself after `FLOOD_WAIT`s of no more than this in all; beyond, its caller gets the error.
    pub flood_wait_limit: Duration,
    /// A call ends unanswered after this time, also while there is no connection.
    pub call_timeout: Duration,
    /// An attempt to connect, at one of the addresses, and to agree on a key fails after this time.
    pub connect_timeout: Duration,
    /// So many attempts are made until there is a first connection. Once there was one, they do not end.
    pub first_attempts: u32,
    /// Encrypt with temporary keys that live so many seconds, at least 60, for perfect forward secrecy
    /// (<https://core.telegram.org/api/pfs>). Without, the key that is kept encrypts, too.
    pub temporary_keys: Option<u32>,
    /// How many updates wait for who takes them. What comes when they are full is dropped, and
    /// [`Incoming::Reconnected`](super::super::Incoming) stands for it.
    pub updates: usize,
    /// The time.
    pub clock: Clock,
}

impl ConnectionSettings {
    /// For an application of this `api_id`, on Telegram's production servers.
    #[must_use]
    pub fn new(api_id: i32) -> Self {
        Self {
            api_id,
            device_model: "secret-runtime".to_owned(),
            system_version: std::env::consts::OS.to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            system_lang_code: "en".to_owned(),
            lang_pack: String::new(),
            lang_code: "en".to_owned(),
            data_centers: DataCenters::production(),
            wire: Wire::plain(Framing::Intermediate),
            session: SessionSettings::default(),
            flood_wait_limit: Duration::from_secs(60),
            call_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(15),
            first_attempts: 4,
            temporary_keys: None,
            updates: 1024,
            clock: Clock::system(),
        }
    }
}

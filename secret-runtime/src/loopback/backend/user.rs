//! A user or a bot.

use tl_types::api::{constructors, types};

use super::password::Password;

/// What the server knows of a user.
#[derive(Debug)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) access_hash: i64,
    /// Digits only; empty for a bot.
    pub(super) phone: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) username: Option<String>,
    pub(super) password: Option<Password>,
    /// The token of a bot.
    pub(super) token: Option<String>,
}

impl User {
    pub(super) fn new(id: i64, access_hash: i64) -> Self {
        Self {
            id,
            access_hash,
            phone: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            username: None,
            password: None,
            token: None,
        }
    }

    pub(super) fn is_bot(&self) -> bool {
        self.token.is_some()
    }

    /// The user as `viewer` sees it: the number is for oneself.
    pub(super) fn seen_by(&self, viewer: i64) -> types::User {
        let mut user = constructors::User::new(self.id);
        user.self_ = viewer == self.id;
        user.bot = self.is_bot();
        user.bot_info_version = self.is_bot().then_some(1);
        user.access_hash = Some(self.access_hash);
        user.first_name = Some(self.first_name.clone());
        user.last_name = (!self.last_name.is_empty()).then(|| self.last_name.clone());
        user.username.clone_from(&self.username);
        user.phone = (user.self_ && !self.is_bot()).then(|| self.phone.clone());
        user.into()
    }
}

//! All users, by id, phone number and username.

use std::collections::HashMap;

use tl_types::RpcError;
use tl_types::api::types;

use super::error;
use super::user::User;

/// The first user's id. Real ones are larger than 32 bits can say, and so are these.
const FIRST_ID: i64 = 5_000_000_001;

/// The users.
#[derive(Debug, Default)]
pub(super) struct Directory {
    users: HashMap<i64, User>,
    by_phone: HashMap<String, i64>,
    /// In lower case.
    by_username: HashMap<String, i64>,
    created: i64,
}

impl Directory {
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn user(&self, id: i64) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn user_mut(&mut self, id: i64) -> Option<&mut User> {
        self.users.get_mut(&id)
    }

    pub(super) fn by_phone(&self, phone: &str) -> Option<&User> {
        self.by_phone.get(phone).and_then(|id| self.users.get(id))
    }

    pub(super) fn by_username(&self, username: &str) -> Option<&User> {
        self.by_username.get(&username.to_ascii_lowercase()).and_then(|id| self.users.get(id))
    }

    /// Adds the user of a phone number.
    pub(super) fn create(&mut self, phone: &str, first_name: &str, last_name: &str, access_hash: i64) -> i64 {
        let id = FIRST_ID + self.created;
        self.created += 1;
        let mut user = User::new(id, access_hash);
        phone.clone_into(&mut user.phone);
        first_name.clone_into(&mut user.first_name);
        last_name.clone_into(&mut user.last_name);
        self.by_phone.insert(phone.to_owned(), id);
        self.users.insert(id, user);
        id
    }

    /// Adds a bot, whose id its token tells.
    pub(super) fn create_bot(&mut self, id: i64, token: &str, access_hash: i64) {
        let mut user = User::new(id, access_hash);
        user.first_name = format!("Bot {id}");
        user.token = Some(token.to_owned());
        let username = format!("number{id}_bot");
        self.by_username.insert(username.clone(), id);
        user.username = Some(username);
        self.users.insert(id, user);
    }

    /// Gives a user another username, or none.
    ///
    /// # Errors
    /// `USERNAME_NOT_MODIFIED`, or `USERNAME_OCCUPIED`.
    pub(super) fn rename(&mut self, id: i64, username: Option<&str>) -> Result<(), RpcError> {
        let user = self.users.get_mut(&id).ok_or_else(error::unregistered)?;
        if user.username.as_deref() == username {
            return Err(error::bad("USERNAME_NOT_MODIFIED"));
        }
        let key = username.map(str::to_ascii_lowercase);
        if key.as_ref().and_then(|key| self.by_username.get(key)).is_some_and(|owner| *owner != id) {
            return Err(error::bad("USERNAME_OCCUPIED"));
        }
        if let Some(former) = user.username.take() {
            self.by_username.remove(&former.to_ascii_lowercase());
        }
        user.username = username.map(str::to_owned);
        if let Some(key) = key {
            self.by_username.insert(key, id);
        }
        Ok(())
    }

    /// The user that `viewer` means.
    ///
    /// # Errors
    /// `USER_ID_INVALID` if the id or the access hash is wrong.
    pub(super) fn resolve(&self, viewer: i64, input: &types::InputUser) -> Result<&User, RpcError> {
        let user = match input {
            types::InputUser::InputUserSelf => self.users.get(&viewer),
            types::InputUser::InputUser(input) => self
                .users
                .get(&input.user_id)
                .filter(|user| user.access_hash == input.access_hash || input.user_id == viewer),
            _ => None,
        };
        user.ok_or_else(|| error::bad("USER_ID_INVALID"))
    }

    /// Several users as `viewer` sees them.
    pub(super) fn seen_by(&self, viewer: i64, ids: &[i64]) -> Vec<types::User> {
        ids.iter().filter_map(|id| self.users.get(id)).map(|user| user.seen_by(viewer)).collect()
    }
}

//! Looking users up, and usernames: <https://core.telegram.org/api/usernames>.

use tl_types::RpcError;
use tl_types::api::functions::account::{CheckUsername, UpdateUsername};
use tl_types::api::functions::contacts::{ImportContacts, ResolvePhone, ResolveUsername};
use tl_types::api::functions::users::{GetFullUser, GetUsers};
use tl_types::api::{constructors, types};

use super::error::{self, bad};
use super::user::User;
use super::{Backend, Context};

/// How many users one call may ask for.
const AT_ONCE: usize = 200;

impl Backend {
    pub(super) fn users(&self, context: &Context<'_>, call: &GetUsers) -> Result<Vec<types::User>, RpcError> {
        let viewer = self.user_of(context.caller.device)?;
        if call.id.len() > AT_ONCE {
            return Err(bad("USER_ID_INVALID"));
        }
        let found = call.id.iter().map(|input| match self.directory.resolve(viewer, input) {
            Ok(user) => user.seen_by(viewer),
            Err(_) => types::User::from(constructors::UserEmpty::new(id_of(input))),
        });
        Ok(found.collect())
    }

    pub(super) fn full_user(
        &self,
        context: &Context<'_>,
        call: &GetFullUser,
    ) -> Result<types::users::UserFull, RpcError> {
        let viewer = self.user_of(context.caller.device)?;
        let user = self.directory.resolve(viewer, &call.id)?;
        let full = constructors::UserFull::new(
            user.id,
            constructors::PeerSettings::new(),
            constructors::PeerNotifySettings::new(),
            0,
        );
        Ok(constructors::users::UserFull::new(full, Vec::new(), vec![user.seen_by(viewer)]))
    }

    pub(super) fn resolve_username(
        &self,
        context: &Context<'_>,
        call: &ResolveUsername,
    ) -> Result<types::contacts::ResolvedPeer, RpcError> {
        let viewer = self.user_of(context.caller.device)?;
        let username = call.username.trim_start_matches('@');
        if !is_username(username) {
            return Err(bad("USERNAME_INVALID"));
        }
        let user = self.directory.by_username(username).ok_or_else(|| bad("USERNAME_NOT_OCCUPIED"))?;
        Ok(peer(user, viewer))
    }

    pub(super) fn resolve_phone(
        &self,
        context: &Context<'_>,
        call: &ResolvePhone,
    ) -> Result<types::contacts::ResolvedPeer, RpcError> {
        let viewer = self.user_of(context.caller.device)?;
        let phone = super::login::digits(&call.phone)?;
        let user = self.directory.by_phone(&phone).ok_or_else(|| bad("PHONE_NOT_OCCUPIED"))?;
        Ok(peer(user, viewer))
    }

    pub(super) fn import_contacts(
        &self,
        context: &Context<'_>,
        call: &ImportContacts,
    ) -> Result<types::contacts::ImportedContacts, RpcError> {
        let viewer = self.user_of(context.caller.device)?;
        let found = call.contacts.iter().take(AT_ONCE).filter_map(|contact| {
            let phone = super::login::digits(&contact.phone).ok()?;
            Some((contact.client_id, self.directory.by_phone(&phone)?))
        });
        let (imported, users) = found
            .map(|(client_id, user)| (constructors::ImportedContact::new(user.id, client_id), user.seen_by(viewer)))
            .unzip();
        Ok(constructors::contacts::ImportedContacts::new(imported, Vec::new(), Vec::new(), users))
    }

    pub(super) fn update_username(
        &mut self,
        context: &Context<'_>,
        call: &UpdateUsername,
    ) -> Result<types::User, RpcError> {
        let user = self.user_of(context.caller.device)?;
        let username = Some(call.username.as_str()).filter(|username| !username.is_empty());
        if !username.is_none_or(is_username) {
            return Err(bad("USERNAME_INVALID"));
        }
        self.directory.rename(user, username)?;
        Ok(self.directory.user(user).ok_or_else(error::internal)?.seen_by(user))
    }

    pub(super) fn check_username(&self, context: &Context<'_>, call: &CheckUsername) -> Result<bool, RpcError> {
        self.user_of(context.caller.device)?;
        if !is_username(&call.username) {
            return Err(bad("USERNAME_INVALID"));
        }
        Ok(self.directory.by_username(&call.username).is_none())
    }
}

fn peer(user: &User, viewer: i64) -> types::contacts::ResolvedPeer {
    let peer = types::Peer::from(constructors::PeerUser::new(user.id));
    constructors::contacts::ResolvedPeer::new(peer, Vec::new(), vec![user.seen_by(viewer)])
}

fn id_of(input: &types::InputUser) -> i64 {
    match input {
        types::InputUser::InputUser(user) => user.user_id,
        types::InputUser::FromMessage(user) => user.user_id,
        _ => 0,
    }
}

/// 5 to 32 letters, digits and underscores, a letter first.
fn is_username(username: &str) -> bool {
    (5..=32).contains(&username.len())
        && username.starts_with(|first: char| first.is_ascii_alphabetic())
        && username.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

//! One user: a connection, a store, and the chats over both.

use std::path::Path;
use std::sync::Arc;

use rand_core::UnwrapErr;
use secret_runtime::client::chats::{ChatState, ChatsSettings, Events, SecretChats};
use secret_runtime::client::{Connection, ConnectionSettings, SessionFile, Transport};
use secret_runtime::store::{Redb, StoreKey};
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::contacts::ResolveUsername;
use tl_types::api::types::User as ApiUser;

use crate::Failure;

pub(crate) struct User {
    pub(crate) connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Redb>,
    pub(crate) events: Events,
}

impl User {
    /// Connects, logs in with `log_in` if nobody is, and opens the chats. All of it is kept in `directory`.
    pub(crate) async fn open(
        settings: ConnectionSettings,
        directory: &Path,
        log_in: impl AsyncFnOnce(&Connection) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        create_private(directory)?;
        let file = SessionFile::open(directory.join("session"))?;
        let (connection, incoming) = Connection::open(settings, file, rng()).await?;
        if connection.user().is_none() {
            log_in(&connection).await?;
        }
        let key = StoreKey::from_file(directory.join("chats.key"), &mut rng())?;
        let store = Redb::open(directory.join("chats.redb"), &key, rng())?;
        let connection = Arc::new(connection);
        let opened = SecretChats::open(Arc::clone(&connection), store, incoming, rng(), ChatsSettings::default());
        let (chats, events) = opened.await?;
        Ok(Self { connection, chats, events })
    }

    /// The user of a username.
    pub(crate) async fn find(&self, username: &str) -> Result<InputUser, Failure> {
        let found = self.connection.call(&ResolveUsername::new(username)).await?;
        match found.users.into_iter().next() {
            Some(ApiUser::User(user)) => Ok(InputUser::new(user.id, user.access_hash.unwrap_or_default())),
            _ => Err(format!("@{username} is no user").into()),
        }
    }

    /// What both users compare with each other, and the fingerprint of the key in use.
    pub(crate) async fn keys(&self, chat: i32) -> Result<(String, String), Failure> {
        match self.chats.chat(chat).await?.state {
            ChatState::Ready { key_hash, key_fingerprint, .. } => {
                Ok((key_hash.hex_text().join("  "), key_fingerprint.to_string()))
            }
            state => Err(format!("the chat is not ready: {state:?}").into()),
        }
    }

    /// Ends all tasks, and frees the files.
    pub(crate) async fn close(self) {
        self.chats.shutdown().await;
        self.connection.shutdown().await;
    }
}

/// A directory for its owner only: what the peer sends lands there, decrypted.
fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// The system's randomness.
pub(crate) fn rng() -> UnwrapErr<rand::rngs::SysRng> {
    UnwrapErr(rand::rngs::SysRng)
}

//! A client of grammers, and the secret chats on its session.

use std::path::Path;
use std::sync::Arc;

use grammers_client::Client;
use grammers_client::peer::Peer;
use grammers_mtsender::{SenderPool, SenderPoolFatHandle};
use grammers_session::storages::MemorySession;
use grammers_session::updates::UpdatesLike;
use grammers_tl_types::enums;
use rand_core::UnwrapErr;
use secret_runtime::client::chats::{ChatsSettings, Events, SecretChats};
use secret_runtime::store::{Redb, StoreKey};
use secret_runtime_grammers::{Grammers, share};
use tl_types::api::constructors::InputUser;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Failure;

/// A client that may have nobody logged in yet.
pub(crate) struct Start {
    pub(crate) client: Client,
    pool: SenderPoolFatHandle,
    updates: mpsc::Receiver<UpdatesLike>,
    tasks: JoinSet<()>,
}

/// One whose user is logged in.
pub(crate) struct Host {
    pub(crate) client: Client,
    pub(crate) chats: SecretChats<Grammers, Redb>,
    pub(crate) events: Events,
    /// For `Client::stream_updates`.
    pub(crate) updates: Option<mpsc::Receiver<UpdatesLike>>,
    pool: SenderPoolFatHandle,
    tasks: JoinSet<()>,
}

impl Start {
    /// All of this is as in any program that uses grammers.
    pub(crate) fn new(session: Arc<MemorySession>, api_id: i32) -> Self {
        let pool = SenderPool::new(session, api_id);
        let client = Client::new(pool.handle.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(pool.runner.run());
        Self { client, pool: pool.handle, updates: pool.updates, tasks }
    }

    /// And this adds the secret chats, which are kept in `directory`, once the user is logged in.
    pub(crate) async fn open(mut self, directory: &Path) -> Result<Host, Failure> {
        let (incoming, updates, pass_on) = share(self.updates);
        self.tasks.spawn(pass_on);
        let key = StoreKey::from_file(directory.join("chats.key"), &mut rng())?;
        let store = Redb::open(directory.join("chats.redb"), &key, rng())?;
        let transport = Arc::new(Grammers::new(&self.pool));
        let (chats, events) = SecretChats::open(transport, store, incoming, rng(), ChatsSettings::default()).await?;
        Ok(Host { client: self.client, chats, events, updates: Some(updates), pool: self.pool, tasks: self.tasks })
    }
}

impl Host {
    /// The user of a username.
    pub(crate) async fn find(&self, username: &str) -> Result<InputUser, Failure> {
        match self.client.resolve_username(username).await? {
            Some(Peer::User(user)) => match user.raw {
                enums::User::User(user) => Ok(InputUser::new(user.id, user.access_hash.unwrap_or_default())),
                enums::User::Empty(_) => Err(format!("@{username} is gone").into()),
            },
            _ => Err(format!("@{username} is no user").into()),
        }
    }

    /// Ends all tasks, and frees the store.
    pub(crate) async fn close(mut self) {
        self.chats.shutdown().await;
        self.pool.quit();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The system's randomness.
pub(crate) fn rng() -> UnwrapErr<rand::rngs::SysRng> {
    UnwrapErr(rand::rngs::SysRng)
}

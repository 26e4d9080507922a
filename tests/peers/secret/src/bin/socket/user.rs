//! A user, whose client has one thread, beside those that wait for the disk.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rand_core::UnwrapErr;
use secret_bench::disk::{self, Waits};
use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatsSettings, Events, News};
use secret_runtime::client::{Connection, ConnectionSettings, DataCenters, LogIn, SecretChats, SessionFile, Transport};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use secret_runtime::store::Redb;
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::functions::contacts::ResolveUsername;
use tl_types::api::types::User as ApiUser;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::Failure;

/// How long nothing may happen before a row fails.
const SILENCE: Duration = Duration::from_secs(60);

/// How many requests may wait to be accepted: strangers may have fewer, but here one user asks for all chats at once.
pub(crate) const REQUESTS: usize = 1000;

/// Where the server is, and where stores are.
pub(crate) struct Place {
    address: SocketAddr,
    key: RsaPublicKey,
    directory: PathBuf,
    /// The server's process.
    pub(crate) server: u32,
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Synced,
    Unsynced,
}

impl Place {
    pub(crate) fn new(address: SocketAddr, key: &str, directory: &Path, server: u32) -> Result<Self, Failure> {
        Ok(Self { address, key: RsaPublicKey::from_pem(key)?, directory: directory.to_owned(), server })
    }
}

/// A thread for one user.
pub(crate) struct Thread(Runtime);

impl Thread {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(Builder::new_multi_thread().worker_threads(1).enable_all().build()?))
    }

    /// Begins something on the thread.
    pub(crate) fn begin<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> mpsc::Receiver<T> {
        let (done, result) = mpsc::channel();
        self.0.spawn(async move { done.send(work.await) });
        result
    }

    /// Does something on the thread.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.begin(work).recv()?
    }
}

pub(crate) struct User {
    pub(crate) connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Redb>,
    pub(crate) events: Events,
    pub(crate) waits: Waits,
}

impl User {
    /// A new user. The name is its username.
    pub(crate) fn open(
        place: &Place,
        name: &'static str,
        disk: Disk,
    ) -> impl Future<Output = Result<Self, Failure>> + Send + use<> {
        let mut settings = ConnectionSettings::new(1);
        settings.data_centers = DataCenters::single(1, place.address, place.key.clone());
        let path = place.directory.join(name);
        async move {
            let (connection, incoming) = Connection::open(settings, SessionFile::in_memory(), rng()).await?;
            let phone = format!("+9996600{:03}", name.len());
            let code = connection.request_code(&phone, "hash").await?;
            let LogIn::Done(_) = connection.sign_in(&code, "22222").await? else { return Err("no log-in".into()) };
            connection.call(&UpdateUsername::new(name)).await?;
            let waits = Waits::default();
            let store = match disk {
                Disk::Synced => disk::open(&path, &waits),
                Disk::Unsynced => disk::open_without_waiting(&path, &waits),
            };
            let store = store.map_err(|error| error.to_string())?;
            let connection = Arc::new(connection);
            let mut settings = ChatsSettings::default();
            settings.account.requests = REQUESTS;
            let opened = SecretChats::open(Arc::clone(&connection), store, incoming, rng(), settings);
            let (chats, events) = opened.await?;
            Ok(Self { connection, chats, events, waits })
        }
    }

    pub(crate) async fn find(&self, name: &str) -> Result<InputUser, Failure> {
        let answer = self.connection.call(&ResolveUsername::new(name)).await?;
        let Some(ApiUser::User(user)) = answer.users.into_iter().next() else { return Err("no such user".into()) };
        Ok(InputUser::new(user.id, user.access_hash.unwrap_or_default()))
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Result<(i32, Event), Failure> {
        loop {
            let next = timeout(SILENCE, self.events.next()).await.map_err(|_| "nothing happened for a minute")?;
            match next.ok_or("the chats ended")? {
                News::Event { event: Event::Failed { why, .. }, .. } => {
                    return Err(format!("a text failed: {why}").into());
                }
                News::Event { chat, event: Event::Closed(why), .. } => {
                    return Err(format!("chat {chat} was closed: {why:?}").into());
                }
                News::Event { chat, event, .. } => return Ok((chat, event)),
                News::StoreFailed(failure) => return Err(failure.into()),
                _ => {}
            }
        }
    }

    /// Waits until so many chats are ready; accepts those that are requested.
    pub(crate) async fn ready(&mut self, count: usize) -> Result<(), Failure> {
        let mut accepts = tokio::task::JoinSet::new();
        let mut ready = 0;
        while ready < count {
            match self.event().await? {
                (chat, Event::Requested) => {
                    let chats = self.chats.clone();
                    accepts.spawn(async move { chats.accept(chat).await });
                }
                (_, Event::Ready { .. }) => ready += 1,
                _ => {}
            }
        }
        accepts.join_all().await.into_iter().collect::<Result<(), _>>()?;
        Ok(())
    }

    pub(crate) async fn close(self) {
        self.chats.shutdown().await;
        self.connection.shutdown().await;
    }
}

/// The system's randomness, as most applications have it.
pub(crate) fn rng() -> UnwrapErr<rand::rngs::SysRng> {
    UnwrapErr(rand::rngs::SysRng)
}

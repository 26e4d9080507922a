//! A user's client: opened from what is on the disk, and closed or left to die.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::rngs::SysRng;
use rand_core::UnwrapErr;
use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatsSettings, Events, News, SecretChats};
use secret_runtime::client::{
    ConnectError, Connection, ConnectionSettings, DataCenters, LogIn, SessionFile, Transport,
};
use secret_runtime::loopback::Server;
use secret_runtime::mtproto::handshake::RsaPublicKey;
use secret_runtime::store::{Redb, StoreKey};
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::functions::contacts::ResolveUsername;
use tl_types::api::types::User as ApiUser;

use crate::ledger::Pair;

/// How many messages of a chat a name is good for, after a crash too: here hundreds of others come in one commit.
const NAMES: usize = 4096;

/// Where the server is, and where users keep what they have.
#[derive(Clone)]
pub(crate) struct Place {
    address: SocketAddr,
    key: RsaPublicKey,
    directory: PathBuf,
}

impl Place {
    pub(crate) fn of(server: &Server, directory: &Path) -> Self {
        let key = RsaPublicKey::from_pem(server.public_key_pem()).unwrap();
        Self { address: server.address(), key, directory: directory.to_owned() }
    }
}

/// What a user has on the disk.
pub(crate) struct Home {
    place: Place,
    directory: PathBuf,
    /// Which of the users it is.
    pub(crate) number: usize,
    name: String,
    phone: String,
}

impl Home {
    pub(crate) fn new(place: &Place, number: usize) -> Self {
        let name = format!("soaked_{number}");
        let directory = place.directory.join(&name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { place: place.clone(), directory, number, name, phone: format!("+9996600{number:03}") }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.directory.join("chats.redb")
    }

    pub(crate) fn key(&self) -> StoreKey {
        StoreKey::from_file(self.directory.join("chats.key"), &mut rng()).unwrap()
    }

    /// Goes on where the last life ended.
    pub(crate) async fn open(&self) -> User {
        self.open_over(Redb::open(self.store(), &self.key(), rng()).unwrap()).await
    }

    pub(crate) async fn open_over(&self, store: Redb) -> User {
        let file = SessionFile::open(self.directory.join("session")).unwrap();
        let mut settings = ConnectionSettings::new(1);
        settings.data_centers = DataCenters::single(1, self.place.address, self.place.key.clone());
        // The server may be away for a moment.
        settings.first_attempts = 100;
        let opened: Result<_, Arc<ConnectError>> = Connection::open(settings, file, rng()).await;
        let (connection, incoming) = opened.unwrap();
        let connection = Arc::new(connection);
        let mut settings = ChatsSettings::default();
        settings.account.chat.limits.random_ids = NAMES;
        let opened = SecretChats::open(Arc::clone(&connection), store, incoming, rng(), settings);
        let (chats, events) = opened.await.unwrap();
        User { connection, chats, events }
    }
}

pub(crate) struct User {
    pub(crate) connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Redb>,
    pub(crate) events: Events,
}

impl User {
    pub(crate) async fn close(self) {
        self.chats.shutdown().await;
        self.connection.shutdown().await;
    }

    pub(crate) async fn log_in(&self, home: &Home) {
        let code = self.connection.request_code(&home.phone, "hash").await.unwrap();
        assert!(matches!(self.connection.sign_in(&code, "22222").await, Ok(LogIn::Done(_))));
        self.connection.call(&UpdateUsername::new(home.name.as_str())).await.unwrap();
    }

    /// Requests a chat, which the other accepts.
    pub(crate) async fn chat_with(&mut self, home: &Home, other: &mut Self) -> i32 {
        let chat = self.chats.request(self.find(home).await).await.unwrap();
        other.wait(|of, event| of == chat && matches!(event, Event::Requested)).await;
        other.chats.accept(chat).await.unwrap();
        other.wait(|of, event| of == chat && matches!(event, Event::Ready { .. })).await;
        self.wait(|of, event| of == chat && matches!(event, Event::Ready { .. })).await;
        chat
    }

    pub(crate) async fn find(&self, home: &Home) -> InputUser {
        let found = self.connection.call(&ResolveUsername::new(home.name.as_str())).await.unwrap();
        let Some(ApiUser::User(user)) = found.users.into_iter().next() else { panic!("no {}", home.name) };
        InputUser::new(user.id, user.access_hash.unwrap_or_default())
    }

    /// The chat of the next event of a sort; others are passed over.
    pub(crate) async fn wait(&mut self, is_it: impl Fn(i32, &Event) -> bool) -> i32 {
        loop {
            let news = self.events.next_unacknowledged().await.unwrap();
            self.events.acknowledge(&news);
            match news {
                News::Event { chat, event, .. } if is_it(chat, &event) => return chat,
                _ => {}
            }
        }
    }
}

/// Everybody logs in, and has a chat with everybody else.
pub(crate) async fn begin(homes: &[Home]) -> Vec<Pair> {
    let mut users = Vec::new();
    for home in homes {
        let user = home.open().await;
        user.log_in(home).await;
        users.push(user);
    }
    let mut pairs = Vec::new();
    for (other, home) in homes.iter().enumerate().skip(1) {
        let (ones, others) = users.split_at_mut(other);
        for (one, user) in ones.iter_mut().enumerate() {
            let chat = user.chat_with(home, &mut others[0]).await;
            pairs.push(Pair { chat, users: [one, other] });
        }
    }
    for user in users {
        user.close().await;
    }
    pairs
}

/// The system's randomness.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

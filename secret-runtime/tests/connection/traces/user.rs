//! A user whose secrets are known.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};

use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatsSettings, Events, News};
use secret_runtime::client::{Connection, LogIn, SecretChats, SessionFile, Transport};
use secret_runtime::loopback::{Fault, Server};
use secret_runtime::store::{Batch, Loaded, Memory, RecordKey, RecordValue, Scope, Store};
use serde::Deserialize;
use tl_types::RpcError;
use tl_types::api::constructors::{CodeSettings, InputUser};
use tl_types::api::functions::account::{GetPassword, UpdateUsername};
use tl_types::api::functions::auth::SendCode;
use tl_types::api::functions::contacts::ResolveUsername;
use tl_types::api::types;
use tracing::Instrument;

use super::leaks::{Recorded, Secrets};
use crate::setup::settings;

pub(crate) const CODE: &str = "83917";
const API_HASH: &str = "0c7ad2b1f0454e6e9d3f5a8b6c21e49d";
const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct User {
    pub(crate) connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Disk>,
    pub(crate) events: Events,
    disk: Disk,
    drawn: Vec<Arc<Mutex<Vec<Vec<u8>>>>>,
}

impl User {
    /// Connects, logs in, and opens the chats.
    pub(crate) async fn new(server: &Server, name: &str, phone: &str, file: &Path, secrets: &mut Secrets) -> Self {
        let account = tracing::info_span!("account", name);
        let seed = phone.parse().unwrap();
        let (rng, of_connection) = Recorded::new(seed);
        let session = SessionFile::open(file).unwrap();
        let opened = Connection::open(settings(server), session, rng).instrument(account.clone()).await;
        let (connection, incoming) = opened.unwrap();
        log_in(server, &connection, phone, secrets).await;
        connection.call(&UpdateUsername::new(name)).await.unwrap();

        let (rng, of_chats) = Recorded::new(seed + 1);
        let mut settings = ChatsSettings::default();
        settings.account.chat.rekey.uses = 4;
        let (connection, disk) = (Arc::new(connection), Disk::default());
        let opened = SecretChats::open(Arc::clone(&connection), disk.clone(), incoming, rng, settings);
        let (chats, events) = opened.instrument(account).await.unwrap();
        Self { connection, chats, events, disk, drawn: vec![of_connection, of_chats] }
    }

    pub(crate) async fn find(&self, name: &str, secrets: &mut Secrets) -> InputUser {
        let found = self.connection.call(&ResolveUsername::new(name)).await.unwrap();
        let [types::User::User(user)] = &found.users[..] else { panic!("{found:?}") };
        let access_hash = user.access_hash.unwrap();
        secrets.number("the access hash of a user", access_hash);
        InputUser::new(user.id, access_hash)
    }

    /// The next event of a kind.
    pub(crate) async fn expect(&mut self, is_meant: impl Fn(&Event) -> bool) -> Event {
        loop {
            match self.events.next().await.expect("the events have ended") {
                News::Event { event, .. } if is_meant(&event) => return event,
                _ => {}
            }
        }
    }

    /// Adds what is secret of the log-in and of the chats, as they are now.
    pub(crate) async fn tell_what_is_kept(&self, chat: i32, file: &Path, secrets: &mut Secrets) {
        secrets.number("the access hash of a chat", self.chats.chat(chat).await.unwrap().access_hash);
        for record in self.disk.records() {
            secrets.bytes("a record of a chat", record);
        }
        let (key, salt) = key_and_salt(&std::fs::read(file).unwrap());
        secrets.bytes("an authorization key", key);
        secrets.number("a salt", salt);
    }

    /// Logs out, and adds what was drawn.
    pub(crate) async fn end(self, secrets: &mut Secrets) {
        self.connection.log_out().await.unwrap();
        self.chats.shutdown().await;
        self.connection.shutdown().await;
        let drawn = self.drawn.iter().flat_map(|drawn| std::mem::take(&mut *drawn.lock().unwrap()));
        drawn.for_each(|bytes| secrets.bytes("randomness", bytes));
    }
}

/// Logs in with a code alone.
async fn log_in(server: &Server, connection: &Connection, phone: &str, secrets: &mut Secrets) {
    secrets.bytes("a phone number", phone);
    secrets.bytes("the code", CODE);
    secrets.bytes("the api_hash", API_HASH);
    let code = connection.request_code(phone, API_HASH).await.unwrap();
    let talkative = RpcError::new(400, format!("{phone} with {CODE} is not welcome"));
    server.fail_next("auth.signIn", Fault::Error(talkative));
    connection.sign_in(&code, CODE).await.unwrap_err();
    server.fail_next("auth.signIn", Fault::Error(RpcError::new(420, "FLOOD_WAIT_0")));
    let LogIn::Done(_) = connection.sign_in(&code, CODE).await.unwrap() else { panic!() };
}

/// Logs in with a code and a password.
pub(crate) async fn log_in_with_password(server: &Server, connection: &Connection, phone: &str, secrets: &mut Secrets) {
    server.set_password(phone, Some(PASSWORD)).unwrap();
    secrets.bytes("the password", PASSWORD);
    let sent = connection.call(&SendCode::new(phone, 1, API_HASH, CodeSettings::new())).await.unwrap();
    let types::auth::SentCode::SentCode(sent) = sent else { panic!("{sent:?}") };
    secrets.bytes("the hash of a code", sent.phone_code_hash);
    let code = connection.request_code(phone, API_HASH).await.unwrap();
    let LogIn::Password(needed) = connection.sign_in(&code, CODE).await.unwrap() else { panic!() };
    let password = connection.call(&GetPassword::new()).await.unwrap();
    secrets.bytes("the server's number for the password", password.srp_b.unwrap());
    let LogIn::Done(_) = connection.check_password(&needed, PASSWORD).await.unwrap() else { panic!() };
}

/// Of the first data centre in a session file.
fn key_and_salt(file: &[u8]) -> (Vec<u8>, i64) {
    #[derive(Deserialize)]
    struct Kept {
        _home: Option<i32>,
        _user: Option<(i64, bool)>,
        data_centers: BTreeMap<i32, (Vec<u8>, i64, i64, bool)>,
    }
    // Behind the mark and the format.
    let (kept, _) = postcard::take_from_bytes::<Kept>(&file[12..]).unwrap();
    let (key, salt, _, _) = kept.data_centers.into_values().next().unwrap();
    assert_eq!(key.len(), 256);
    (key, salt)
}

/// A store that can be looked into while it is in use.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Memory>>);

impl Disk {
    fn records(&self) -> Vec<Vec<u8>> {
        let memory = self.0.lock().unwrap();
        let scopes = memory.chats().unwrap().into_iter().map(Scope::Chat);
        let records = scopes.flat_map(|scope| memory.load(scope).unwrap().records);
        records.map(|(_, record)| record.to_vec()).collect()
    }
}

impl Store for Disk {
    type Error = Infallible;

    fn load(&self, scope: Scope) -> Result<Loaded, Infallible> {
        self.0.lock().unwrap().load(scope)
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Infallible> {
        self.0.lock().unwrap().read(key)
    }

    fn chats(&self) -> Result<Vec<i32>, Infallible> {
        self.0.lock().unwrap().chats()
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), Infallible> {
        self.0.lock().unwrap().commit(batch)
    }

    fn scrub(&mut self) -> Result<(), Infallible> {
        self.0.lock().unwrap().scrub()
    }
}

//! A server, and a client of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secret_runtime::client::{
    CallError, ConnectError, Connection, ConnectionSettings, DataCenters, Incoming, LogIn, SessionFile, SignedIn,
    Transport,
};
use secret_runtime::loopback::{Fault, Server, Settings};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use tl_types::api::functions::help::GetNearestDc;
use tl_types::api::functions::users::GetUsers;
use tl_types::api::types;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use crate::random::random;

pub(crate) const HASH: &str = "an api_hash";
pub(crate) const PHONE: &str = "+9996612345";

pub(crate) async fn server() -> Server {
    server_with(Settings::default()).await
}

pub(crate) async fn server_with(settings: Settings) -> Server {
    Server::start(Settings { seed: Some([7; 32]), ..settings }).await.unwrap()
}

/// Settings of a client that knows all data centres of the server, and its key.
pub(crate) fn settings(server: &Server) -> ConnectionSettings {
    let key = RsaPublicKey::from_pem(server.public_key_pem()).unwrap();
    let (home, address) = server.addresses()[0];
    let mut data_centers = DataCenters::single(home, address, key);
    for (dc, address) in &server.addresses()[1..] {
        data_centers = data_centers.with_address(*dc, *address);
    }
    let mut settings = ConnectionSettings::new(1);
    settings.data_centers = data_centers;
    settings.call_timeout = Duration::from_secs(20);
    settings
}

pub(crate) type Opened = Result<(Connection, Receiver<Incoming>), Arc<ConnectError>>;

pub(crate) async fn open(settings: ConnectionSettings, file: SessionFile) -> Opened {
    Connection::open(settings, file, random(1)).await
}

/// A client that is connected, and keeps nothing.
pub(crate) async fn client(server: &Server) -> (Connection, Receiver<Incoming>) {
    open(settings(server), SessionFile::in_memory()).await.unwrap()
}

/// A client that is logged in, and keeps nothing.
pub(crate) async fn user(server: &Server) -> (Connection, Receiver<Incoming>) {
    let (connection, incoming) = client(server).await;
    log_in(&connection, PHONE).await;
    (connection, incoming)
}

/// A client that is logged in, and keeps that.
pub(crate) async fn kept_user(server: &Server, path: &Path) -> (Connection, Receiver<Incoming>) {
    let (connection, incoming) = open(settings(server), SessionFile::open(path).unwrap()).await.unwrap();
    log_in(&connection, PHONE).await;
    (connection, incoming)
}

pub(crate) async fn log_in(connection: &Connection, phone: &str) -> SignedIn {
    let code = connection.request_code(phone, HASH).await.unwrap();
    match connection.sign_in(&code, "22222").await.unwrap() {
        LogIn::Done(user) => user,
        other => panic!("{other:?}"),
    }
}

/// Asks the server who we are.
pub(crate) fn who_am_i() -> GetUsers {
    GetUsers::new(vec![types::InputUser::InputUserSelf])
}

pub(crate) async fn is_logged_in(connection: &Connection) -> bool {
    match connection.call(&who_am_i()).await {
        Ok(users) => match &users[..] {
            [types::User::User(user)] => Some(user.id) == connection.user().map(|user| user.user_id),
            other => panic!("{other:?}"),
        },
        Err(_) => false,
    }
}

/// A call that the server has, and answers so much later.
pub(crate) async fn slow_call(
    server: &Server,
    connection: &Connection,
    delay: Duration,
) -> JoinHandle<Result<types::NearestDc, CallError>> {
    server.fail_next("help.getNearestDc", Fault::Delay(delay));
    let connection = connection.clone();
    let call = tokio::spawn(async move { connection.call(&GetNearestDc::new()).await });
    while server.calls("help.getNearestDc") == 0 {
        tokio::task::yield_now().await;
    }
    call
}

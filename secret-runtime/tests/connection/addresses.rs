//! Where data centres are: what the servers tell, and what is given.

use std::net::SocketAddr;
use std::path::Path;

use secret_runtime::client::{
    CallError, ConnectError, ConnectionSettings, DataCenters, SessionFile, SignedIn, Transport,
};
use secret_runtime::loopback::{Fault, Server, Settings};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use tl_types::RpcError;
use tl_types::api::functions::help::GetNearestDc;
use tokio::net::TcpListener;

use crate::setup::{PHONE, is_logged_in, log_in, open, server_with, settings};

async fn two_data_centers() -> Server {
    server_with(Settings { data_centers: vec![1, 2], ..Settings::default() }).await
}

/// Settings of a client that knows one address of one data centre.
fn knowing(server: &Server, dc: i32, address: SocketAddr, learns: bool) -> ConnectionSettings {
    let mut settings = settings(server);
    let key = RsaPublicKey::from_pem(server.public_key_pem()).unwrap();
    settings.data_centers = DataCenters::single(dc, address, key).with_learning(learns);
    settings
}

/// Where nobody listens any more.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn log_in_once(settings: ConnectionSettings, path: &Path) -> SignedIn {
    let (connection, _incoming) = open(settings, SessionFile::open(path).unwrap()).await.unwrap();
    let user = log_in(&connection, PHONE).await;
    connection.shutdown().await;
    user
}

#[tokio::test]
async fn a_data_centre_that_only_the_server_has_named_is_gone_to_and_known_after_a_restart() {
    let (server, directory) = (two_data_centers().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (_, second) = server.addresses()[1];
    let settings = knowing(&server, 2, second, true);
    // The user is at the first.
    let user = log_in_once(settings.clone(), &path).await;
    let file = SessionFile::open(&path).unwrap();
    assert_eq!((file.home(), file.user()), (Some(1), Some(user)));
    let (connection, _incoming) = open(settings, file).await.unwrap();
    assert_eq!(connection.home(), 1);
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_data_centre_that_is_not_where_it_is_given_is_found_where_it_said_that_it_is() {
    let (server, directory) = (two_data_centers().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    log_in_once(knowing(&server, 1, server.address(), true), &path).await;
    let moved = knowing(&server, 1, nobody().await, true);
    let (connection, _incoming) = open(moved, SessionFile::open(&path).unwrap()).await.unwrap();
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_data_centre_that_is_no_longer_where_it_said_is_found_where_it_is_given() {
    let (former, directory) = (two_data_centers().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (connection, _incoming) =
        open(knowing(&former, 1, former.address(), true), SessionFile::open(&path).unwrap()).await.unwrap();
    connection.shutdown().await;
    drop(connection);
    drop(former.stop().await);
    let server = two_data_centers().await;
    let settings = knowing(&server, 1, server.address(), true);
    let (connection, _incoming) = open(settings, SessionFile::open(&path).unwrap()).await.unwrap();
    connection.call(&GetNearestDc::new()).await.unwrap();
}

#[tokio::test]
async fn what_a_server_of_ones_own_says_of_addresses_does_not_count() {
    let (server, directory) = (two_data_centers().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let migrate = RpcError::new(303, "NETWORK_MIGRATE_2");
    for (learns, home) in [(false, 1), (true, 2)] {
        let settings = knowing(&server, 1, server.address(), learns);
        let (connection, _incoming) = open(settings, SessionFile::open(&path).unwrap()).await.unwrap();
        server.fail_next("help.getNearestDc", Fault::Error(migrate.clone()));
        let answer = connection.call(&GetNearestDc::new()).await.map(|nearest| nearest.this_dc);
        assert_eq!(answer, if learns { Ok(2) } else { Err(CallError::Rpc(migrate.clone())) });
        assert_eq!(connection.home(), home);
        connection.shutdown().await;
    }
    // Nor does what was kept of it before.
    let settings = knowing(&server, 1, server.address(), false);
    let error = open(settings, SessionFile::open(&path).unwrap()).await.unwrap_err();
    assert!(matches!(&*error, ConnectError::UnknownDataCenter { dc: 2 }), "{error}");
}

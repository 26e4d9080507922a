use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secret_runtime::client::{
    ConnectError, Connection, ConnectionState, DataCenters, Incoming, SessionFile, Transport,
};
use secret_runtime::loopback::{Fault, Server};
use tl_types::api::functions::help::GetNearestDc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::setup::{client, is_logged_in, open, server, settings, slow_call, user};

/// A server that is none: it answers whatever it gets with the same bytes.
async fn babbler(bytes: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // The client may be gone already.
            let _ = stream.write_all(bytes).await;
        }
    });
    address
}

#[tokio::test]
async fn a_call_is_answered_although_the_connection_is_lost_after_it_is_carried_out() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("users.getUsers", Fault::DropAfter);
    assert!(is_logged_in(&connection).await);
    assert_eq!(server.calls("users.getUsers"), 1);
}

#[tokio::test]
async fn a_call_is_answered_although_the_connection_is_lost_before_it_is_carried_out() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    for _ in 0..2 {
        server.fail_next("users.getUsers", Fault::DropBefore);
    }
    let other = GetNearestDc::new();
    let (first, second) = tokio::join!(is_logged_in(&connection), connection.call(&other));
    assert!(first && second.is_ok());
    // It was refused twice, and carried out once.
    assert_eq!((server.calls("users.getUsers"), server.calls("help.getNearestDc")), (3, 1));
}

#[tokio::test]
async fn a_call_on_its_way_survives_the_connection() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let call = slow_call(&server, &connection, Duration::from_millis(300)).await;
    server.disconnect_all();
    assert_eq!(call.await.unwrap().unwrap().this_dc, 1);
}

#[tokio::test]
async fn every_new_connection_says_that_updates_may_have_been_lost() {
    let server = server().await;
    let (connection, mut incoming) = client(&server).await;
    let limit = Duration::from_secs(20);
    assert_eq!(timeout(limit, incoming.recv()).await, Ok(Some(Incoming::Reconnected)));
    server.disconnect_all();
    assert_eq!(timeout(limit, incoming.recv()).await, Ok(Some(Incoming::Reconnected)));
    drop(connection);
}

#[tokio::test]
async fn a_server_that_starts_again_is_found_again() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    let stopped = server.stop().await;
    let call = tokio::spawn({
        let connection = connection.clone();
        async move { is_logged_in(&connection).await }
    });
    let mut waits = 0;
    while !matches!(connection.state(), ConnectionState::Connecting { failures: 1.., last: Some(_) }) {
        waits += 1;
        assert!(waits < 10_000, "the loss is not noticed");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _server = Server::resume(stopped).await.unwrap();
    assert!(call.await.unwrap());
    assert!(matches!(connection.state(), ConnectionState::Connected));
}

#[tokio::test]
async fn nobody_there_is_an_error_after_some_attempts() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.first_attempts = 2;
    drop(server.stop().await);
    let error = open(settings, SessionFile::in_memory()).await.unwrap_err();
    assert!(matches!(&*error, ConnectError::Socket { dc: 1, .. }), "{error}");
    assert!(!error.is_final());
}

#[tokio::test]
async fn garbage_on_the_socket_is_an_error_and_another_address_is_tried() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.first_attempts = 2;
    let key = settings.data_centers.keys()[0].clone();
    let garbage = babbler(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
    settings.data_centers = DataCenters::single(1, garbage, key.clone());
    let error = open(settings.clone(), SessionFile::in_memory()).await.unwrap_err();
    assert!(error.to_string().contains(&garbage.to_string()), "{error}");

    settings.data_centers = DataCenters::single(1, garbage, key).with_address(1, server.address());
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    connection.call(&GetNearestDc::new()).await.unwrap();
}

#[tokio::test]
async fn an_address_where_nobody_is_does_not_cost_an_attempt() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.first_attempts = 1;
    let key = settings.data_centers.keys()[0].clone();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    settings.data_centers = DataCenters::single(1, nobody, key).with_address(1, server.address());
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    connection.call(&GetNearestDc::new()).await.unwrap();
}

#[tokio::test]
async fn after_a_loss_the_address_where_the_server_was_heard_comes_first() {
    let server = server().await;
    let mut settings = settings(&server);
    let key = settings.data_centers.keys()[0].clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs_up = listener.local_addr().unwrap();
    let visits = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let visits = visits.clone();
        async move {
            while listener.accept().await.is_ok() {
                visits.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    settings.data_centers = DataCenters::single(1, hangs_up, key).with_address(1, server.address());
    let (connection, mut incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        connection.call(&GetNearestDc::new()).await.unwrap();
        server.disconnect_all();
    }
    assert_eq!(visits.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server().await;
    let mut settings = settings(&server);
    settings.connect_timeout = Duration::from_millis(100);
    settings.first_attempts = 1;
    let key = settings.data_centers.keys()[0].clone();
    settings.data_centers = DataCenters::single(1, listener.local_addr().unwrap(), key);
    let error: Arc<ConnectError> = open(settings, SessionFile::in_memory()).await.unwrap_err();
    assert!(matches!(&*error, ConnectError::Silent { dc: 1, .. }), "{error}");
}

#[tokio::test]
async fn calls_wait_for_the_first_connection_when_nobody_else_does() {
    let server = server().await;
    let (connection, _incoming) =
        Connection::start(settings(&server), SessionFile::in_memory(), crate::random::random(1));
    assert!(matches!(connection.state(), ConnectionState::Connecting { failures: 0, last: None }));
    assert_eq!(connection.call(&GetNearestDc::new()).await.unwrap().this_dc, 1);
}

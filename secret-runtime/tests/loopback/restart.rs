use std::collections::HashSet;
use std::time::Duration;

use chacha20::rand_core::SeedableRng;
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::mtproto::framing::TransportError;
use tl_types::api::functions;
use tokio::runtime::Builder;

use crate::chats::{Pair, send};
use crate::client::{Client, Failure, server, start};

#[tokio::test]
async fn a_server_that_was_stopped_goes_on_with_what_it_knew() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
    let address = server.address();
    let server = Server::resume(server.stop().await).await.unwrap();
    assert_eq!(server.address(), address);
    pair.ada.closed().await;
    pair.ada.reconnect().await;
    pair.bob.reconnect().await;
    assert_eq!(pair.bob.call(&functions::updates::GetState::new()).await.unwrap().qts, 2);
    let sessions = pair.bob.new_sessions;
    pair.ada.call(&send(&pair.of_ada, 2)).await.unwrap();
    while pair.bob.message().await.1 != 3 {}
    assert!(sessions > 1, "the session is new to the server");
}

#[tokio::test]
async fn the_time_never_goes_back_so_message_ids_are_never_used_twice() {
    let mut server = server().await;
    let mut seen = HashSet::new();
    let mut random = chacha20::ChaCha20Rng::seed_from_u64(1);
    for _ in 0..5 {
        for _ in 0..3 {
            let id = crate::socket::plain_message_id(&server, &mut random).await;
            assert!(seen.insert(id), "{id:x} came twice");
        }
        server = Server::resume(server.stop().await).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_is_forgotten_is_answered_with_404() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.forget_keys();
    ada.closed().await;
    ada.reconnect().await;
    let answer = ada.call(&functions::updates::GetState::new()).await;
    assert_eq!(answer.unwrap_err(), Failure::Transport(TransportError::KEY_UNKNOWN));
}

#[tokio::test]
async fn connections_are_closed_and_welcome_again() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.disconnect_all();
    ada.closed().await;
    ada.reconnect().await;
    ada.call(&functions::updates::GetState::new()).await.unwrap();
}

#[tokio::test]
async fn nothing_listens_where_a_server_was_dropped() {
    let server = start(Settings::default()).await;
    let address = server.address();
    drop(server);
    // The task of the server ends when it is its turn.
    let settings = Settings { address, ..Settings::default() };
    let mut tries = 0;
    while Server::start(settings.clone()).await.is_err() {
        tries += 1;
        assert!(tries < 100, "the address stays taken");
        tokio::task::yield_now().await;
    }
}

/// However far the server has come with a connection when it is told to stop: the connection may be accepted and its task
/// not begun. Of every two tasks this runtime lets the test go on between them.
#[test]
fn a_server_stops_with_a_connection_that_has_just_come() {
    for turns in 0..12 {
        let runtime = Builder::new_current_thread().enable_all().event_interval(1).build().unwrap();
        runtime.block_on(async {
            let server = Server::start(Settings::default()).await.unwrap();
            let _open = std::net::TcpStream::connect(server.address()).unwrap();
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            let stopped = tokio::time::timeout(Duration::from_secs(30), server.stop()).await;
            assert!(stopped.is_ok(), "it does not stop after {turns} turns");
        });
    }
}

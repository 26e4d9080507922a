use secret_runtime::client::{CallError, SessionFile, Transport};
use secret_runtime::loopback::{Fault, Server, Settings};
use tl_types::RpcError;
use tl_types::api::functions::help::GetNearestDc;

use crate::setup::{PHONE, is_logged_in, log_in, open, server_with, settings, user, who_am_i};

async fn two_data_centers() -> Server {
    server_with(Settings { data_centers: vec![1, 2], ..Settings::default() }).await
}

fn migrate(message: &str) -> Fault {
    Fault::Error(RpcError::new(303, message))
}

#[tokio::test]
async fn a_user_of_another_data_centre_logs_in_there_and_goes_there_after_a_restart() {
    let (server, directory) = (two_data_centers().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let mut elsewhere = settings(&server);
    elsewhere.data_centers = elsewhere.data_centers.with_home(2);
    let (connection, _incoming) = open(elsewhere.clone(), SessionFile::open(&path).unwrap()).await.unwrap();
    assert_eq!(connection.home(), 2);
    log_in(&connection, PHONE).await;
    assert_eq!(connection.home(), 1);
    assert!(is_logged_in(&connection).await);
    connection.shutdown().await;
    drop(connection);

    let (connection, _incoming) = open(elsewhere, SessionFile::open(&path).unwrap()).await.unwrap();
    assert_eq!(connection.home(), 1);
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn the_server_sends_who_is_not_logged_in_around() {
    let server = two_data_centers().await;
    for message in ["NETWORK_MIGRATE_2", "USER_MIGRATE_2"] {
        let (connection, _incoming) = open(settings(&server), SessionFile::in_memory()).await.unwrap();
        server.fail_next("help.getNearestDc", migrate(message));
        assert_eq!(connection.call(&GetNearestDc::new()).await.unwrap().this_dc, 2);
        assert_eq!(connection.home(), 2);
    }
}

#[tokio::test]
async fn who_is_logged_in_is_not_sent_away() {
    let server = two_data_centers().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("users.getUsers", migrate("USER_MIGRATE_2"));
    let refused = connection.call(&who_am_i()).await;
    assert_eq!(refused, Err(CallError::Rpc(RpcError::new(303, "USER_MIGRATE_2"))));
    assert_eq!(connection.home(), 1);
}

#[tokio::test]
async fn a_file_that_is_elsewhere_is_asked_for_there_and_the_user_stays() {
    let server = two_data_centers().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("users.getUsers", migrate("FILE_MIGRATE_2"));
    assert_eq!(connection.call(&who_am_i()).await.unwrap().len(), 1);
    assert_eq!((connection.home(), server.calls("auth.importAuthorization")), (1, 1));
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn the_authorization_is_taken_to_another_data_centre_once() {
    let server = two_data_centers().await;
    let (connection, _incoming) = user(&server).await;
    let call = who_am_i();
    let (first, second) = tokio::join!(connection.call_in(2, &call), connection.call_in(2, &call));
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (1, 1));
    assert_eq!(connection.call_in(2, &call).await.unwrap().len(), 1);
    assert_eq!(connection.call_in(1, &call).await.unwrap().len(), 1);
    assert_eq!(server.calls("auth.exportAuthorization"), 1);
}

#[tokio::test]
async fn an_authorization_that_was_forgotten_elsewhere_is_taken_there_again() {
    let server = two_data_centers().await;
    let (connection, _incoming) = user(&server).await;
    assert_eq!(connection.call_in(2, &who_am_i()).await.unwrap().len(), 1);
    server.fail_next("users.getUsers", Fault::Error(RpcError::new(401, "AUTH_KEY_UNREGISTERED")));
    assert_eq!(connection.call_in(2, &who_am_i()).await.unwrap().len(), 1);
    assert_eq!(server.calls("auth.exportAuthorization"), 2);
}

#[tokio::test]
async fn a_data_centre_without_an_address_is_an_error_that_the_caller_sees() {
    let server = two_data_centers().await;
    let (connection, _incoming) = open(settings(&server), SessionFile::in_memory()).await.unwrap();
    server.fail_next("help.getNearestDc", migrate("NETWORK_MIGRATE_9"));
    let refused = connection.call(&GetNearestDc::new()).await;
    assert_eq!(refused, Err(CallError::Rpc(RpcError::new(303, "NETWORK_MIGRATE_9"))));
    assert_eq!(connection.home(), 1);
}

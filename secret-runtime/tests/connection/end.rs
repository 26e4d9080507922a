use std::time::Duration;

use secret_runtime::client::{CallError, ConnectionState, Incoming, SessionFile, Transport};
use secret_runtime::loopback::Fault;
use tl_types::api::functions::help::GetNearestDc;

use crate::setup::{client, kept_user, server};

#[tokio::test]
async fn the_task_ends_with_the_last_handle() {
    let server = server().await;
    let (connection, mut incoming) = client(&server).await;
    let other = connection.clone();
    drop(connection);
    other.call(&GetNearestDc::new()).await.unwrap();
    drop(other);
    // Only the task can send something here.
    while let Some(before) = incoming.recv().await {
        assert_eq!(before, Incoming::Reconnected);
    }
}

#[tokio::test]
async fn the_task_ends_with_the_last_handle_while_there_is_no_connection() {
    let server = server().await;
    let (connection, mut incoming) = client(&server).await;
    drop(server.stop().await);
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        while !matches!(connection.state(), ConnectionState::Connecting { failures: 1.., .. }) {
            tokio::task::yield_now().await;
        }
        drop(connection);
        while let Some(before) = incoming.recv().await {
            assert_eq!(before, Incoming::Reconnected);
        }
    });
    ended.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_ends_calls_and_waits_until_the_task_is_gone() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (connection, _incoming) = kept_user(&server, &path).await;
    server.fail_next("help.getNearestDc", Fault::Silence);
    let nearest = GetNearestDc::new();
    let (answer, ()) = tokio::join!(biased; connection.call(&nearest), connection.shutdown());
    assert_eq!(answer, Err(CallError::Closed));
    assert_eq!(connection.call(&nearest).await, Err(CallError::Closed));
    assert!(matches!(connection.state(), ConnectionState::Closed));
    drop(connection);
    // Nobody has the file any more.
    assert!(SessionFile::open(&path).unwrap().user().is_some());
}

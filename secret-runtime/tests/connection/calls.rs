use std::time::{Duration, Instant};

use secret_runtime::client::{CallError, Incoming, Transport};
use secret_runtime::loopback::Fault;
use tl_types::RpcError;
use tl_types::api::functions::help::{GetConfig, GetNearestDc};
use tl_types::api::functions::messages::{GetDhConfig, RequestEncryption};
use tl_types::api::{constructors, types};

use crate::setup::{client, is_logged_in, log_in, open, server, settings, slow_call, user, who_am_i};
use secret_runtime::client::SessionFile;

fn error(code: i32, message: &str) -> Fault {
    Fault::Error(RpcError::new(code, message))
}

#[tokio::test]
async fn a_call_is_answered_with_what_its_function_answers() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    assert_eq!(connection.call(&GetConfig::new()).await.unwrap().this_dc, 1);
    assert_eq!(connection.call(&GetNearestDc::new()).await.unwrap().nearest_dc, 1);
}

#[tokio::test]
async fn the_first_call_waits_for_no_timer() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    settings.session.ack_delay = 3_600_000;
    let first = async {
        let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
        connection.call(&GetNearestDc::new()).await
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), first).await.is_ok_and(|answer| answer.is_ok()));
}

#[tokio::test]
async fn an_error_of_the_server_comes_as_its_code_and_name() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let refused = connection.call(&who_am_i()).await;
    assert_eq!(refused, Err(CallError::Rpc(RpcError::new(401, "AUTH_KEY_UNREGISTERED"))));
}

#[tokio::test]
async fn a_short_wait_that_the_server_asks_for_is_waited_out() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    server.fail_next("help.getNearestDc", error(420, "FLOOD_WAIT_1"));
    let begun = Instant::now();
    connection.call(&GetNearestDc::new()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.calls("help.getNearestDc"), 2);
}

#[tokio::test]
async fn a_long_wait_is_the_callers_to_decide_on() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    server.fail_next("help.getNearestDc", error(420, "FLOOD_WAIT_61"));
    let refused = connection.call(&GetNearestDc::new()).await;
    assert_eq!(refused, Err(CallError::Rpc(RpcError::new(420, "FLOOD_WAIT_61"))));
    assert_eq!(server.calls("help.getNearestDc"), 1);
}

#[tokio::test]
async fn a_server_that_forgot_who_we_are_is_told_again() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let introductions = server.calls("help.getConfig");
    server.fail_next("help.getNearestDc", error(400, "CONNECTION_NOT_INITED"));
    connection.call(&GetNearestDc::new()).await.unwrap();
    assert_eq!(server.calls("help.getConfig"), introductions + 1);
}

#[tokio::test]
async fn a_call_without_an_answer_ends_when_its_time_is_over() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.call_timeout = Duration::from_millis(200);
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    server.fail_next("help.getNearestDc", Fault::Silence);
    assert_eq!(connection.call(&GetNearestDc::new()).await, Err(CallError::Unanswered));
    // The connection is as good as before.
    connection.call(&GetNearestDc::new()).await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_disturb_the_others() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("help.getNearestDc", Fault::Silence);
    let nearest = GetNearestDc::new();
    let given_up = tokio::time::timeout(Duration::from_millis(50), connection.call(&nearest));
    let (given_up, logged_in) = tokio::join!(given_up, is_logged_in(&connection));
    assert!(given_up.is_err() && logged_in);
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn many_calls_are_on_their_way_at_once() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.call(&GetNearestDc::new()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().this_dc, 1);
    }
    assert_eq!(server.calls("help.getNearestDc"), 1000);
}

#[tokio::test]
async fn a_slow_call_does_not_hold_the_others_up() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    let slow = slow_call(&server, &connection, Duration::from_secs(600)).await;
    connection.call(&GetDhConfig::new(0, 256)).await.unwrap();
    assert!(!slow.is_finished());
    slow.abort();
}

#[tokio::test]
async fn updates_that_the_server_pushes_are_handed_over() {
    let server = server().await;
    let (ada, _) = user(&server).await;
    let (bob, mut incoming) = client(&server).await;
    log_in(&bob, "+9996612346").await;
    let who = bob.call(&who_am_i()).await.unwrap();
    let [types::User::User(who)] = &who[..] else { panic!("{who:?}") };
    let who = constructors::InputUser::new(who.id, who.access_hash.unwrap());
    ada.call(&RequestEncryption::new(who, 4711, vec![1; 256])).await.unwrap();
    loop {
        match incoming.recv().await.unwrap() {
            Incoming::Updates(_) => break,
            before => assert_eq!(before, Incoming::Reconnected),
        }
    }
}

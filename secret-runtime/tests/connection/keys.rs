use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use secret_runtime::client::{
    CallError, Clock, ConnectError, Connection, ConnectionState, DataCenters, SessionFile, Transport,
};
use secret_runtime::loopback::Fault;
use secret_runtime::mtproto::framing::{Framing, Obfuscation, Wire};
use secret_runtime::mtproto::handshake::HandshakeError;
use secret_runtime::mtproto::session::UnixMillis;
use tl_types::RpcError;
use tl_types::api::functions::help::GetNearestDc;

use crate::random::random;
use crate::setup::{PHONE, client, is_logged_in, kept_user, log_in, open, server, settings, slow_call};

const DAY: i64 = 86_400_000;

/// A clock that is off by so many milliseconds.
fn off_by(offset: impl Fn() -> i64 + Send + Sync + 'static) -> Clock {
    let system = Clock::system();
    Clock::new(move || UnixMillis(system.now().0 + offset()))
}

#[tokio::test]
async fn a_server_with_another_rsa_key_is_refused_and_the_error_names_its_fingerprint() {
    let server = server().await;
    let mut settings = settings(&server);
    let fingerprint = settings.data_centers.keys()[0].fingerprint();
    settings.data_centers = DataCenters::single(1, server.address(), DataCenters::production().keys()[0].clone());
    let error = open(settings, SessionFile::in_memory()).await.unwrap_err();
    let ConnectError::Handshake { source: HandshakeError::UnknownKey { offered }, .. } = &*error else {
        panic!("{error}")
    };
    assert_eq!(offered, &[fingerprint]);
    assert!(error.is_final() && error.to_string().contains(&format!("{fingerprint:016x}")), "{error}");
}

#[tokio::test]
async fn every_framing_connects() {
    let server = server().await;
    let framings = [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full];
    let plain = framings.map(Wire::plain);
    let obfuscation = Some(Obfuscation { dc: 1, secret: None });
    let obfuscated = [Framing::Abridged, Framing::PaddedIntermediate]
        .map(|framing| Wire { framing, obfuscation: obfuscation.clone() });
    for wire in plain.into_iter().chain(obfuscated) {
        let mut settings = settings(&server);
        settings.wire = wire.clone();
        let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
        assert!(connection.call(&GetNearestDc::new()).await.is_ok(), "{wire:?}");
    }
}

#[tokio::test]
async fn a_key_that_the_server_forgot_is_replaced_while_nobody_is_logged_in() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    server.forget_keys();
    // What was sent before the loss was noticed may have been carried out, as far as the client knows.
    let _ = connection.call(&GetNearestDc::new()).await;
    log_in(&connection, PHONE).await;
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_call_that_may_have_been_carried_out_before_the_server_forgot_the_key_is_not_made_again() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let call = slow_call(&server, &connection, Duration::from_secs(60)).await;
    server.forget_keys();
    assert_eq!(call.await.unwrap(), Err(CallError::Unanswered));
    assert_eq!(server.calls("help.getNearestDc"), 1);
}

#[tokio::test]
async fn a_call_that_waited_for_a_session_that_came_to_nothing_is_made_in_the_next() {
    let server = server().await;
    server.fail_next("help.getConfig", Fault::Error(RpcError::new(500, "INTERNAL")));
    let (connection, _incoming) = Connection::start(settings(&server), SessionFile::in_memory(), random(1));
    assert_eq!(connection.call(&GetNearestDc::new()).await.unwrap().this_dc, 1);
    assert_eq!((server.calls("help.getConfig"), server.calls("help.getNearestDc")), (2, 1));
}

#[tokio::test]
async fn a_key_that_the_server_forgot_is_an_error_when_a_user_is_logged_in_with_it() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (connection, mut incoming) = kept_user(&server, &path).await;
    server.forget_keys();
    assert_eq!(connection.call(&GetNearestDc::new()).await, Err(CallError::Closed));
    let ConnectionState::Failed(error) = connection.state() else { panic!("{:?}", connection.state()) };
    assert!(matches!(&*error, ConnectError::KeyRefused { dc: 1 }), "{error}");
    // Nothing is thrown away: the user may be logged in elsewhere, and the error may be the server's.
    assert!(connection.user().is_some());
    while incoming.try_recv().is_ok() {}
    connection.shutdown().await;
    drop(connection);
    let error = open(settings(&server), SessionFile::open(&path).unwrap()).await.unwrap_err();
    assert!(matches!(&*error, ConnectError::KeyRefused { dc: 1 }), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_day_does_no_harm() {
    let server = server().await;
    for offset in [-DAY, DAY] {
        let mut settings = settings(&server);
        settings.clock = off_by(move || offset);
        let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
        log_in(&connection, PHONE).await;
        assert!(is_logged_in(&connection).await);
    }
}

#[tokio::test]
async fn a_clock_that_was_changed_between_two_runs_does_no_harm() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (connection, _incoming) = kept_user(&server, &path).await;
    connection.shutdown().await;
    drop(connection);
    for offset in [-DAY, DAY] {
        let mut settings = settings(&server);
        settings.clock = off_by(move || offset);
        let (connection, _incoming) = open(settings, SessionFile::open(&path).unwrap()).await.unwrap();
        assert!(is_logged_in(&connection).await);
        connection.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_whose_clock_jumps_by_a_day_is_followed() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    log_in(&connection, PHONE).await;
    server.shift_clock(86_400);
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn temporary_keys_are_bound_to_the_one_that_is_kept() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    for run in 1..=2 {
        let (connection, _incoming) = open(settings.clone(), SessionFile::open(&path).unwrap()).await.unwrap();
        if run == 1 {
            log_in(&connection, PHONE).await;
        }
        assert!(is_logged_in(&connection).await);
        assert_eq!(server.calls("auth.bindTempAuthKey"), run);
        connection.shutdown().await;
    }
}

#[tokio::test]
async fn a_temporary_key_is_replaced_before_its_end() {
    let server = server().await;
    let jump = Arc::new(AtomicI64::new(0));
    let mut settings = settings(&server);
    settings.temporary_keys = Some(1000);
    settings.clock = off_by({
        let jump = jump.clone();
        move || jump.load(Ordering::Relaxed)
    });
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    log_in(&connection, PHONE).await;
    jump.store(901_000, Ordering::Relaxed);
    server.shift_clock(901);
    assert!(is_logged_in(&connection).await);
    assert_eq!(server.calls("auth.bindTempAuthKey"), 2);
}

#[tokio::test]
async fn a_temporary_key_that_the_server_does_not_find_bound_is_bound_again() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    let unbound = RpcError::new(401, "AUTH_KEY_PERM_EMPTY");
    server.fail_next("help.getNearestDc", Fault::Error(unbound));
    connection.call(&GetNearestDc::new()).await.unwrap();
    assert_eq!(server.calls("auth.bindTempAuthKey"), 2);
}

fn error(code: i32, message: &str) -> Fault {
    Fault::Error(RpcError::new(code, message))
}

#[tokio::test]
async fn a_permanent_key_that_takes_no_temporary_one_is_replaced_unless_a_user_is_logged_in_with_it() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    let refusal = || error(400, "ENCRYPTED_MESSAGE_INVALID");
    server.fail_next("auth.bindTempAuthKey", refusal());
    let (connection, _incoming) = open(settings.clone(), SessionFile::open(&path).unwrap()).await.unwrap();
    assert_eq!(server.calls("auth.bindTempAuthKey"), 2);
    log_in(&connection, PHONE).await;
    connection.shutdown().await;
    drop(connection);
    server.fail_next("auth.bindTempAuthKey", refusal());
    let refused = open(settings.clone(), SessionFile::open(&path).unwrap()).await.unwrap_err();
    assert!(matches!(&*refused, ConnectError::KeyRefused { dc: 1 }), "{refused}");
    // The key was kept.
    let (connection, _incoming) = open(settings, SessionFile::open(&path).unwrap()).await.unwrap();
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_server_that_does_not_bind_a_temporary_key_is_an_error() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    server.fail_next("auth.bindTempAuthKey", error(400, "EXPIRES_AT_INVALID"));
    let refused = open(settings, SessionFile::in_memory()).await.unwrap_err();
    assert!(matches!(&*refused, ConnectError::Refused { source, .. } if source.message == "EXPIRES_AT_INVALID"));
}

#[tokio::test]
async fn a_server_that_finds_a_temporary_key_unbound_at_the_introduction_has_it_bound_again() {
    let server = server().await;
    let mut settings = settings(&server);
    settings.temporary_keys = Some(3600);
    server.fail_next("help.getConfig", error(401, "AUTH_KEY_PERM_EMPTY"));
    let (connection, _incoming) = open(settings, SessionFile::in_memory()).await.unwrap();
    assert_eq!(server.calls("auth.bindTempAuthKey"), 2);
    connection.call(&GetNearestDc::new()).await.unwrap();
}

#[tokio::test]
async fn an_introduction_is_refused_for_the_application_and_not_for_the_user() {
    let server = server().await;
    for code in [401, 403, 406] {
        server.fail_next("help.getConfig", error(code, "SESSION_REVOKED"));
        let (connection, _incoming) = open(settings(&server), SessionFile::in_memory()).await.unwrap();
        connection.call(&GetNearestDc::new()).await.unwrap();
    }
    server.fail_next("help.getConfig", error(400, "CONNECTION_API_ID_INVALID"));
    let refused = open(settings(&server), SessionFile::in_memory()).await.unwrap_err();
    assert!(matches!(&*refused, ConnectError::Refused { dc: 1, source } if source.code == 400), "{refused}");
}

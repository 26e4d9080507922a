use secret_runtime::client::{CallError, LogIn, LoginError, SessionFile, Transport, srp};
use secret_runtime::loopback::{Fault, Settings};
use tl_types::RpcError;
use tl_types::api::constructors::account::PasswordInputSettings;
use tl_types::api::functions::account::{GetPassword, UpdatePasswordSettings};
use tl_types::api::types::InputCheckPasswordSrp;

use crate::random::random;
use crate::setup::{
    HASH, PHONE, client, is_logged_in, kept_user, log_in, open, server, server_with, settings, user, who_am_i,
};

#[tokio::test]
async fn a_user_logs_in_by_a_code_and_a_wrong_one_can_be_typed_again() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    assert!(matches!(connection.sign_in(&code, "11111").await, Err(LoginError::Code)));
    assert_eq!(connection.user(), None);
    assert!(matches!(connection.sign_in(&code, "22222").await, Ok(LogIn::Done(user)) if !user.bot));
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_code_is_sent_again_or_given_up() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    let code = connection.resend_code(&code).await.unwrap();
    connection.cancel_code(&code).await.unwrap();
    let refused = connection.sign_in(&code, "22222").await;
    assert!(matches!(refused, Err(LoginError::Code | LoginError::CodeExpired)), "{refused:?}");
}

#[tokio::test]
async fn a_number_without_an_account_signs_up() {
    let server = server_with(Settings { sign_up: true, ..Settings::default() }).await;
    let (connection, _incoming) = client(&server).await;
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    assert!(matches!(connection.sign_in(&code, "22222").await, Ok(LogIn::SignUp(None))));
    assert_eq!(connection.user(), None);
    assert!(matches!(connection.sign_up(&code, "Ada", "Lovelace").await, Ok(LogIn::Done(_))));
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn an_account_with_a_password_takes_only_that() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    log_in(&connection, PHONE).await;
    server.set_password(PHONE, Some("correct horse")).unwrap();

    let (connection, _incoming) = client(&server).await;
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    let Ok(LogIn::Password(needed)) = connection.sign_in(&code, "22222").await else { panic!("no password needed") };
    assert_eq!(connection.user(), None);
    assert!(matches!(connection.check_password(&needed, "wrong").await, Err(LoginError::Password)));
    // The numbers of the first attempt are used up; others are asked for.
    assert!(matches!(connection.check_password(&needed, "correct horse").await, Ok(LogIn::Done(_))));
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn a_password_that_a_user_sets_is_the_one_that_the_next_log_in_takes() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    for (old, new) in [("", "correct horse"), ("correct horse", "battery staple")] {
        let state = connection.call(&GetPassword::new()).await.unwrap();
        let proof = match (&state.current_algo, &state.srp_b, state.srp_id) {
            (Some(algorithm), Some(b), Some(id)) => {
                srp::prove(old.as_bytes(), algorithm, id, b, &mut random(5)).unwrap().into()
            }
            _ => InputCheckPasswordSrp::InputCheckPasswordEmpty,
        };
        let (algorithm, verifier) = srp::new_verifier(new.as_bytes(), &state.new_algo, &mut random(6)).unwrap();
        let settings = PasswordInputSettings::new().with_new_algo(algorithm).with_new_password_hash(verifier.to_vec());
        let update = UpdatePasswordSettings::new(proof, settings.with_hint("a horse"));
        assert!(connection.call(&update).await.unwrap());

        let (connection, _incoming) = client(&server).await;
        let code = connection.request_code(PHONE, HASH).await.unwrap();
        let Ok(LogIn::Password(needed)) = connection.sign_in(&code, "22222").await else { panic!("no password") };
        assert_eq!(needed.hint(), Some("a horse"));
        assert!(matches!(connection.check_password(&needed, new).await, Ok(LogIn::Done(_))));
    }
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_asked_for_again_and_not_for_ever() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    log_in(&connection, PHONE).await;
    server.set_password(PHONE, Some("correct horse")).unwrap();
    for message in ["SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"] {
        let (connection, _incoming) = client(&server).await;
        let code = connection.request_code(PHONE, HASH).await.unwrap();
        let Ok(LogIn::Password(needed)) = connection.sign_in(&code, "22222").await else {
            panic!("no password needed")
        };
        let asked = server.calls("account.getPassword");
        server.fail_next("auth.checkPassword", Fault::Error(RpcError::new(400, message)));
        assert!(matches!(connection.check_password(&needed, "correct horse").await, Ok(LogIn::Done(_))), "{message}");
        assert_eq!(server.calls("account.getPassword"), asked + 1);
    }
}

#[tokio::test]
async fn a_bot_logs_in_by_its_token() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    assert!(matches!(connection.sign_in_bot("no token", HASH).await, Err(LoginError::BotToken)));
    let bot = connection.sign_in_bot("12345:a-secret-of-it", HASH).await.unwrap();
    assert_eq!((bot.user_id, bot.bot), (12345, true));
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn who_logs_out_is_logged_out_after_a_restart_too() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = directory.path().join("session");
    let (connection, _incoming) = kept_user(&server, &path).await;
    connection.log_out().await.unwrap();
    assert_eq!(connection.user(), None);
    let refused = connection.call(&who_am_i()).await;
    assert!(matches!(&refused, Err(CallError::Rpc(error)) if error.code == 401), "{refused:?}");
    connection.shutdown().await;
    drop(connection);

    let (connection, _incoming) = open(settings(&server), SessionFile::open(&path).unwrap()).await.unwrap();
    assert_eq!(connection.user(), None);
    log_in(&connection, PHONE).await;
    assert!(is_logged_in(&connection).await);
}

#[tokio::test]
async fn who_was_logged_out_by_the_server_logs_out_here_and_who_cannot_stays_logged_in() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let user = log_in(&connection, PHONE).await;
    server.fail_next("auth.logOut", Fault::Error(RpcError::new(500, "INTERNAL")));
    assert!(connection.log_out().await.is_err());
    assert_eq!(connection.user(), Some(user));
    server.fail_next("auth.logOut", Fault::Error(RpcError::new(401, "SESSION_REVOKED")));
    connection.log_out().await.unwrap();
    assert_eq!(connection.user(), None);
}

#[tokio::test]
async fn what_the_server_refuses_a_log_in_for_is_told_apart() {
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    assert!(matches!(connection.request_code("nobody", HASH).await, Err(LoginError::PhoneNumber(_))));
    assert!(matches!(connection.request_code(PHONE, "").await, Err(LoginError::Application(_))));
    server.fail_next("auth.sendCode", Fault::Error(RpcError::new(420, "FLOOD_WAIT_86400")));
    let flood = connection.request_code(PHONE, HASH).await;
    assert!(matches!(flood, Err(LoginError::Flood { seconds: Some(86400) })));
    server.fail_next("auth.sendCode", Fault::Error(RpcError::new(500, "AUTH_RESTART")));
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    server.fail_next("auth.signIn", Fault::Error(RpcError::new(400, "PHONE_CODE_EXPIRED")));
    assert!(matches!(connection.sign_in(&code, "22222").await, Err(LoginError::CodeExpired)));
}

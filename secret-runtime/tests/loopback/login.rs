use secret_runtime::loopback::Settings;
use tl_types::api::{constructors, functions, types};
use tl_types::{Encode, RpcError};

use crate::client::{Client, Failure, input, server, start, user};

fn rpc(code: i32, message: &str) -> Failure {
    Failure::Rpc(RpcError::new(code, message))
}

#[tokio::test]
async fn a_number_that_nobody_had_becomes_a_user_who_is_the_same_next_time() {
    let server = server().await;
    let mut first = Client::logged_in(&server, "79990001").await;
    let mut second = Client::new(&server, 5).await;
    second.log_in("+7 999 00-01").await.unwrap();
    let (one, two) = (first.me().await, second.me().await);
    assert_eq!((one.id, one.phone.as_deref(), one.self_), (two.id, Some("79990001"), true));
}

#[tokio::test]
async fn the_code_and_its_hash_have_to_be_right() {
    let server = server().await;
    let mut client = Client::new(&server, 1).await;
    let hash = client.code("79990001").await.unwrap();
    let mut sign_in = functions::auth::SignIn::new("79990001", hash);
    assert_eq!(client.error(&sign_in).await, "400 PHONE_CODE_EMPTY");
    sign_in.phone_code = Some("11111".to_owned());
    assert_eq!(client.error(&sign_in).await, "400 PHONE_CODE_INVALID");
    let mut other = sign_in.clone();
    other.phone_code_hash.push('0');
    assert_eq!(client.error(&other).await, "400 PHONE_CODE_EXPIRED");
    for _ in 0..4 {
        assert_eq!(client.error(&sign_in).await, "400 PHONE_CODE_INVALID");
    }
    sign_in.phone_code = Some("22222".to_owned());
    assert_eq!(client.error(&sign_in).await, "400 PHONE_CODE_EXPIRED");
    assert_eq!(client.code("12").await, Err(rpc(400, "PHONE_NUMBER_INVALID")));
}

#[tokio::test]
async fn a_server_may_want_new_numbers_to_sign_up() {
    let server = start(Settings { sign_up: true, ..Settings::default() }).await;
    let mut client = Client::new(&server, 1).await;
    let hash = client.code("79990001").await.unwrap();
    let sign_up = functions::auth::SignUp::new("79990001", hash.clone(), "Ada", "Lovelace");
    assert_eq!(client.error(&sign_up).await, "400 PHONE_CODE_INVALID");
    let mut sign_in = functions::auth::SignIn::new("79990001", hash);
    sign_in.phone_code = Some("22222".to_owned());
    let answer = client.call(&sign_in).await.unwrap();
    assert!(matches!(answer, types::auth::Authorization::SignUpRequired(_)));
    let mut nameless = sign_up.clone();
    nameless.first_name = " ".to_owned();
    assert_eq!(client.error(&nameless).await, "400 FIRSTNAME_INVALID");
    client.call(&sign_up).await.unwrap();
    assert_eq!(client.me().await.last_name.as_deref(), Some("Lovelace"));
}

#[tokio::test]
async fn nothing_but_logging_in_is_open_to_strangers() {
    let server = server().await;
    let mut client = Client::new(&server, 1).await;
    assert_eq!(client.error(&functions::updates::GetState::new()).await, "401 AUTH_KEY_UNREGISTERED");
    let part = functions::upload::SaveFilePart::new(1, 0, vec![0; 1024]);
    assert_eq!(client.error(&part).await, "401 AUTH_KEY_UNREGISTERED");
    assert_eq!(client.error(&functions::auth::LogOut::new()).await, "401 AUTH_KEY_UNREGISTERED");
    let config = client.call(&functions::help::GetConfig::new()).await.unwrap();
    assert_eq!((config.this_dc, config.dc_options[0].port), (1, i32::from(server.address().port())));
}

#[tokio::test]
async fn after_logging_out_the_key_is_nobodys() {
    let server = server().await;
    let mut client = Client::logged_in(&server, "79990001").await;
    client.call(&functions::auth::LogOut::new()).await.unwrap();
    assert_eq!(client.error(&functions::updates::GetState::new()).await, "401 AUTH_KEY_UNREGISTERED");
    client.log_in("79990001").await.unwrap();
    client.call(&functions::updates::GetState::new()).await.unwrap();
}

#[tokio::test]
async fn a_bot_logs_in_with_its_token_and_may_not_have_secret_chats() {
    let server = server().await;
    let mut bot = Client::new(&server, 1).await;
    let import = |token: &str| functions::auth::ImportBotAuthorization::new(0, 1, "hash", token);
    assert_eq!(bot.error(&import("4242")).await, "400 ACCESS_TOKEN_INVALID");
    bot.call(&import("4242:abcdefgh")).await.unwrap();
    assert_eq!(bot.error(&import("4242:abcdefgX")).await, "400 ACCESS_TOKEN_EXPIRED");
    assert!(bot.me().await.bot);
    let typing = functions::messages::SetEncryptedTyping::new(constructors::InputEncryptedChat::new(1, 1), true);
    assert_eq!(bot.error(&typing).await, "400 BOT_METHOD_INVALID");
}

#[tokio::test]
async fn a_username_is_one_users_and_found_in_any_case() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let rename = |name: &str| functions::account::UpdateUsername::new(name);
    ada.call(&rename("Ada_1815")).await.unwrap();
    assert_eq!(ada.error(&rename("Ada_1815")).await, "400 USERNAME_NOT_MODIFIED");
    assert_eq!(bob.error(&rename("ada_1815")).await, "400 USERNAME_OCCUPIED");
    assert_eq!(bob.error(&rename("1abc")).await, "400 USERNAME_INVALID");
    let resolve = functions::contacts::ResolveUsername::new("aDA_1815");
    let found = user(&bob.call(&resolve).await.unwrap().users[0]);
    assert_eq!((found.id, found.self_, found.phone.clone()), (ada.me().await.id, false, None));
    let users = vec![input(&found), constructors::InputUser::new(found.id, 1).into()];
    let users = bob.call(&functions::users::GetUsers::new(users)).await.unwrap();
    assert!(matches!(users[..], [types::User::User(_), types::User::Empty(_)]));
    let wrong = functions::users::GetFullUser::new(constructors::InputUser::new(found.id, 1));
    assert_eq!(bob.error(&wrong).await, "400 USER_ID_INVALID");
    let full = bob.call(&functions::users::GetFullUser::new(input(&found))).await.unwrap();
    assert_eq!(full.full_user.id, found.id);
    ada.call(&rename("")).await.unwrap();
    assert_eq!(bob.error(&resolve).await, "400 USERNAME_NOT_OCCUPIED");
}

#[tokio::test]
async fn what_is_no_function_or_is_cut_short_is_refused_and_the_session_goes_on() {
    let server = server().await;
    let mut client = Client::logged_in(&server, "79990001").await;
    let drafts = functions::messages::GetAllDrafts::new();
    assert_eq!(client.error(&drafts).await, "400 INPUT_METHOD_INVALID");
    assert_eq!(client.raw(vec![1, 2, 3, 4]).await, Err(rpc(400, "INPUT_METHOD_INVALID")));
    let mut short = functions::messages::ReceivedQueue::new(1).to_bytes().unwrap();
    short.truncate(4);
    assert_eq!(client.raw(short).await, Err(rpc(400, "INPUT_FETCH_ERROR")));
    client.call(&functions::updates::GetState::new()).await.unwrap();
}

#[tokio::test]
async fn a_user_of_another_data_centre_is_sent_there_and_can_take_the_authorization_along() {
    let server = start(Settings { data_centers: vec![2, 4], ..Settings::default() }).await;
    let (dc, address) = server.addresses()[1];
    assert_eq!(dc, 4);
    let mut elsewhere = Client::at(&server, address, 1).await;
    assert_eq!(elsewhere.code("79990001").await, Err(rpc(303, "PHONE_MIGRATE_2")));
    let mut home = Client::logged_in(&server, "79990001").await;
    let export = functions::auth::ExportAuthorization::new;
    assert_eq!(home.error(&export(2)).await, "400 DC_ID_INVALID");
    let exported = home.call(&export(4)).await.unwrap();
    let import = functions::auth::ImportAuthorization::new(exported.id, exported.bytes);
    elsewhere.call(&import).await.unwrap();
    assert_eq!(elsewhere.me().await.id, home.me().await.id);
    assert_eq!(elsewhere.error(&import).await, "400 AUTH_BYTES_INVALID");
    let location = constructors::InputEncryptedFileLocation::new(1, 1);
    let file = functions::upload::GetFile::new(types::InputFileLocation::from(location), 0, 4096);
    assert_eq!(elsewhere.error(&file).await, "303 FILE_MIGRATE_2");
}

//! The session stays the host's.

use grammers_client::client::UpdateStream;
use grammers_client::update::Update;
use grammers_mtsender::UpdatesConfiguration;
use grammers_tl_types::{enums, functions, types};
use secret_runtime::client::Transport;
use tempfile::tempdir;
use tl_types::api::functions::users::GetUsers;
use tl_types::api::types::{InputUser, User};

use crate::host::{Host, server, start};
use crate::party::{PATIENCE, agree};

const ALICE: &str = "9996600001";
const BOB: &str = "9996600002";

#[tokio::test]
async fn the_host_still_receives_updates_and_makes_calls() {
    let (server, homes) = (server().await, [tempdir().unwrap(), tempdir().unwrap()]);
    let mut alice = Host::new(&server, ALICE, homes[0].path()).await;
    let mut bob = Host::new(&server, BOB, homes[1].path()).await;
    let updates = bob.updates.take().unwrap();
    let mut updates = bob.client.stream_updates(updates, UpdatesConfiguration { catch_up: true }).await.unwrap();

    let chat = agree(&mut alice, &mut bob, BOB).await;
    let update = next(&mut updates, |update| matches!(update, enums::Update::Encryption(_))).await;
    let enums::Update::Encryption(update) = update else { panic!("{update:?}") };
    // If grammers has asked for the difference meanwhile, it is told of the chat as it is then.
    let id = match update.chat {
        enums::EncryptedChat::Requested(chat) => chat.id,
        enums::EncryptedChat::Chat(chat) => chat.id,
        other => panic!("{other:?}"),
    };
    assert_eq!(id, chat);
    alice.chats.typing(chat, true).await.unwrap();
    let typing = next(&mut updates, |update| matches!(update, enums::Update::EncryptedChatTyping(_))).await;
    assert_eq!(typing, types::UpdateEncryptedChatTyping { chat_id: chat }.into());

    assert_eq!(bob.client.get_me().await.unwrap().phone(), Some(BOB));
    bob.client.invoke(&functions::account::UpdateUsername { username: "bob_host".into() }).await.unwrap();
    assert!(alice.client.resolve_username("bob_host").await.unwrap().is_some());
    drop(updates);
    alice.close().await;
    bob.close().await;
    server.stop().await;
}

#[tokio::test]
async fn in_another_data_centre_the_user_is_known_from_the_first_call_on() {
    let (server, home) = (start(vec![1, 2]).await, tempdir().unwrap());
    let host = Host::new(&server, ALICE, home.path()).await;
    let myself = GetUsers::new(vec![InputUser::InputUserSelf]);
    let call = || host.transport.call_in(2, &myself);
    let (one, two, three) = tokio::join!(call(), call(), call());
    for users in [one.unwrap(), two.unwrap(), three.unwrap()] {
        assert!(matches!(&users[..], [User::User(user)] if user.phone.as_deref() == Some(ALICE)));
    }
    assert_eq!(server.calls("auth.importAuthorization"), 1);
    host.close().await;
    server.stop().await;
}

/// The next update of a kind.
async fn next(updates: &mut UpdateStream, is_it: impl Fn(&enums::Update) -> bool) -> enums::Update {
    loop {
        let update = tokio::time::timeout(PATIENCE, updates.next()).await.expect("no such update");
        match update.unwrap() {
            Update::Raw(update) if is_it(&update.raw) => return update.raw,
            _ => {}
        }
    }
}

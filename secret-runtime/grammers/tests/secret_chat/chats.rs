//! Chats from their request to their end.

use secret_runtime::client::{Connection, ConnectionSettings, DataCenters, LogIn, SessionFile};
use secret_runtime::loopback::Server;
use secret_runtime::mtproto::handshake::RsaPublicKey;
use tempfile::tempdir;

use crate::host::{Host, key, server};
use crate::party::{Party, agree, part, random, tell};

const ALICE: &str = "9996600001";
const BOB: &str = "9996600002";

#[tokio::test]
async fn two_users_of_grammers_chat() {
    let (server, homes) = (server().await, [tempdir().unwrap(), tempdir().unwrap()]);
    let mut alice = Host::new(&server, ALICE, homes[0].path()).await;
    let mut bob = Host::new(&server, BOB, homes[1].path()).await;
    let chat = agree(&mut alice, &mut bob, BOB).await;
    tell(&alice, &mut bob, chat).await;
    tell(&bob, &mut alice, chat).await;
    part(&mut alice, &mut bob, chat).await;
    alice.close().await;
    bob.close().await;
    server.stop().await;
}

#[tokio::test]
async fn a_chat_goes_on_after_the_connections_were_lost() {
    let (server, homes) = (server().await, [tempdir().unwrap(), tempdir().unwrap()]);
    let mut alice = Host::new(&server, ALICE, homes[0].path()).await;
    let mut bob = Host::new(&server, BOB, homes[1].path()).await;
    let chat = agree(&mut alice, &mut bob, BOB).await;
    for text in ["after one loss", "after two losses"] {
        server.disconnect_all();
        alice.chats.send_encrypted(chat, text).await.unwrap();
        assert_eq!(bob.text(text.len()).await, text);
        bob.chats.send_encrypted(chat, text).await.unwrap();
        assert_eq!(alice.text(text.len()).await, text);
    }
    part(&mut bob, &mut alice, chat).await;
    alice.close().await;
    bob.close().await;
    server.stop().await;
}

#[tokio::test]
async fn a_user_of_grammers_chats_with_one_of_our_own_client() {
    for grammers_asks in [true, false] {
        let (server, homes) = (server().await, [tempdir().unwrap(), tempdir().unwrap()]);
        let mut alice = Host::new(&server, ALICE, homes[0].path()).await;
        let connection = connect(&server, BOB).await;
        let mut bob = Party::open(connection.0, connection.1, homes[1].path()).await;
        let chat = if grammers_asks {
            agree(&mut *alice, &mut bob, BOB).await
        } else {
            agree(&mut bob, &mut *alice, ALICE).await
        };
        tell(&alice, &mut bob, chat).await;
        tell(&bob, &mut alice, chat).await;
        part(&mut bob, &mut *alice, chat).await;
        alice.close().await;
        bob.chats.shutdown().await;
        bob.transport.shutdown().await;
        server.stop().await;
    }
}

/// What of the state of updates is durable is the chats' own: the host may have a session that says that everything was
/// received, as it does after a log-in, or one that says nothing.
#[tokio::test]
async fn after_a_restart_comes_what_was_sent_meanwhile_though_the_hosts_session_is_new() {
    let (server, homes) = (server().await, [tempdir().unwrap(), tempdir().unwrap()]);
    let mut alice = Host::new(&server, ALICE, homes[0].path()).await;
    let bobs_key = key(&server);
    let mut bob = Host::with_key(&server, bobs_key, BOB, homes[1].path()).await;
    let chat = agree(&mut alice, &mut bob, BOB).await;
    alice.chats.send_encrypted(chat, "before").await.unwrap();
    assert_eq!(bob.text(6).await, "before");
    bob.close().await;

    for text in ["one", "two", "three"] {
        alice.chats.send_encrypted(chat, text).await.unwrap();
    }
    let mut bob = Host::with_key(&server, bobs_key, BOB, homes[1].path()).await;
    assert_eq!(bob.text(11).await, "onetwothree");

    // What arrived is confirmed, and does not come again.
    alice.chats.send_encrypted(chat, "four").await.unwrap();
    assert_eq!(bob.text(4).await, "four");
    tell(&bob, &mut alice, chat).await;
    alice.close().await;
    bob.close().await;
    server.stop().await;
}

async fn connect(
    server: &Server,
    phone: &str,
) -> (Connection, tokio::sync::mpsc::Receiver<secret_runtime::client::Incoming>) {
    let mut settings = ConnectionSettings::new(1);
    let key = RsaPublicKey::from_pem(server.public_key_pem()).unwrap();
    settings.data_centers = DataCenters::single(1, server.address(), key);
    let (connection, incoming) = Connection::open(settings, SessionFile::in_memory(), random()).await.unwrap();
    let code = connection.request_code(phone, "hash").await.unwrap();
    assert!(matches!(connection.sign_in(&code, "22222").await.unwrap(), LogIn::Done(_)));
    (connection, incoming)
}

//! Two users and their server in this process.

use std::collections::HashMap;
use std::net::{SocketAddr, SocketAddrV6};
use std::path::Path;
use std::sync::Arc;

use grammers_client::update::Update;
use grammers_mtsender::UpdatesConfiguration;
use grammers_session::SessionData;
use grammers_session::storages::MemorySession;
use grammers_session::types::DcOption;
use grammers_tl_types::enums;
use grammers_tl_types::functions::account::UpdateUsername;
use rand_core::Rng;
use secret_runtime::chat::Event;
use secret_runtime::client::chats::News;
use secret_runtime::loopback::{Server, Settings};

use crate::Failure;
use crate::host::{Host, Start, rng};

/// From log-in to the end of a chat.
pub(crate) async fn show() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(Settings::default()).await?;
    let mut alice = open(&server, &directory.path().join("alice"), "9996600001").await?;
    let mut bob = open(&server, &directory.path().join("bob"), "9996600002").await?;
    bob.client.invoke(&UpdateUsername { username: "bob_demo".into() }).await?;
    println!("Two clients of grammers are logged in");

    let chat = alice.chats.request(alice.find("bob_demo").await?).await?;
    wait(&mut bob, |event| matches!(event, Event::Requested)).await?;
    bob.chats.accept(chat).await?;
    wait(&mut alice, |event| matches!(event, Event::Ready { .. })).await?;
    println!("Alice has requested the secret chat {chat}, Bob has accepted it");

    alice.chats.send_encrypted(chat, "hello").await?;
    println!("Bob receives {:?}", text(&mut bob).await?);
    server.disconnect_all();
    bob.chats.send_encrypted(chat, "still here, though the connections were lost").await?;
    println!("Alice receives {:?}", text(&mut alice).await?);

    let updates = bob.updates.take().ok_or("the updates are taken")?;
    let mut updates = bob.client.stream_updates(updates, UpdatesConfiguration::default()).await?;
    match updates.next().await? {
        Update::Raw(update) if matches!(update.raw, enums::Update::Encryption(_)) => {
            println!("Bob's stream of updates still has all of them, such as updateEncryption");
        }
        _ => return Err("no update of a secret chat".into()),
    }

    alice.chats.discard(chat, false).await?;
    println!("Bob: {:?}", wait(&mut bob, |event| matches!(event, Event::Closed(_))).await?);
    drop(updates);
    alice.close().await;
    bob.close().await;
    server.stop().await;
    Ok(())
}

async fn open(server: &Server, directory: &Path, phone: &str) -> Result<Host, Failure> {
    std::fs::create_dir(directory)?;
    // Grammers agrees on keys with Telegram's servers only, so this one is made known to the server.
    let mut key = [0; 256];
    rng().fill_bytes(&mut key);
    server.insert_key(key);
    let SocketAddr::V4(ipv4) = server.address() else { return Err("the server is not on IPv4".into()) };
    let ipv6 = SocketAddrV6::new(ipv4.ip().to_ipv6_mapped(), ipv4.port(), 0, 0);
    let dc_options = HashMap::from([(1, DcOption { id: 1, ipv4, ipv6, auth_key: Some(key) })]);
    let session = MemorySession::from(SessionData { home_dc: 1, dc_options, ..SessionData::default() });

    let start = Start::new(Arc::new(session), 1);
    let token = start.client.request_login_code(phone, "the api_hash").await?;
    start.client.sign_in(&token, "22222").await?;
    start.open(directory).await
}

/// The next event of a kind; others are passed over.
async fn wait(host: &mut Host, is_it: impl Fn(&Event) -> bool) -> Result<Event, Failure> {
    loop {
        match host.events.next().await.ok_or("the chats ended")? {
            News::Event { event: Event::Failed { why, .. }, .. } => return Err(why.to_string().into()),
            News::Event { event, .. } if is_it(&event) => return Ok(event),
            _ => {}
        }
    }
}

async fn text(host: &mut Host) -> Result<String, Failure> {
    match wait(host, |event| matches!(event, Event::Message { .. })).await? {
        Event::Message { message, .. } => Ok(message.message),
        event => Err(format!("no message, but {event:?}").into()),
    }
}

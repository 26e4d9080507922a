//! A full disk, and a transport that is gone.

use std::sync::Arc;

use secret_runtime::chat::Event;
use secret_runtime::client::SecretChats;
use secret_runtime::client::chats::{ChatError, News};

use crate::line::Line;
use crate::random::random;
use crate::world::{ALICE, BOB, World, numbered, settings, settle, until, user, within};

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_said_to_who_asks_and_nothing_is_sent() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.alice.fill(true);
    let error = alice.chats.send_encrypted(world.chat, "lost").await.unwrap_err();
    assert!(matches!(error.error, ChatError::Store(_)), "{error:?}");
    assert!(error.to_string().contains("no space left"), "{error}");
    world.alice.fill(false);
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    assert_eq!(bob.texts_so_far().await, ["text 0"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_said_to_who_begins_or_ends_a_chat_and_nothing_has_happened() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.alice.fill(true);
    let error = within(alice.chats.discard(world.chat, false)).await.unwrap_err();
    assert!(matches!(error, ChatError::Store(_)), "{error:?}");
    let error = within(alice.chats.request(user(BOB))).await.unwrap_err();
    assert!(matches!(error, ChatError::Store(_)), "{error:?}");
    world.alice.fill(false);
    assert_eq!(alice.chats.status().await.unwrap().chats, [world.chat]);
    assert_eq!(world.server().count("messages.requestEncryption"), 0);
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();

    let chat = alice.chats.request(user(BOB)).await.unwrap();
    bob.expect(|event| matches!(event, Event::Requested)).await;
    world.bob.fill(true);
    let error = within(bob.chats.accept(chat)).await.unwrap_err();
    assert!(matches!(error, ChatError::Store(_)), "{error:?}");
    world.bob.fill(false);
    within(bob.chats.accept(chat)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_durable_goes_on_though_the_disk_is_full_meanwhile() {
    let world = World::ready();
    let alice = world.alice().await;
    settle().await;
    alice.line.faults().hold = Some("messages.requestEncryption");
    let request = tokio::spawn({
        let chats = alice.chats.clone();
        async move { chats.request(user(BOB)).await }
    });
    settle().await;
    world.alice.fill(true);
    let error = alice.chats.send_encrypted(world.chat, "lost").await.unwrap_err();
    assert!(matches!(error.error, ChatError::Store(_)), "{error:?}");
    world.alice.fill(false);
    alice.line.faults().hold = None;
    within(request).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_on_its_way_when_the_disk_was_full_arrives_once() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    settle().await;
    alice.line.faults().hold = Some("messages.sendEncrypted");
    let mut sends = tokio::task::JoinSet::new();
    for text in numbered(0..5) {
        let (chats, chat) = (alice.chats.clone(), world.chat);
        sends.spawn(async move { chats.send_encrypted(chat, text).await });
    }
    settle().await;
    // The answers cannot be noted.
    world.alice.fill(true);
    alice.line.faults().hold = None;
    let failed = within(async {
        loop {
            if let Some(News::StoreFailed(error)) = alice.events.next().await {
                return error;
            }
        }
    });
    assert_eq!(failed.await.to_string(), "no space left");
    world.alice.fill(false);
    while let Some(sent) = within(sends.join_next()).await {
        sent.unwrap().unwrap();
    }
    assert_eq!(bob.texts_so_far().await, numbered(0..5));
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_not_tried_without_end() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.bob.fill(true);
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(10 * 60)).await;
    let asked = world.server().count("updates.getDifference");
    assert!((5..40).contains(&asked), "asked {asked} times in ten minutes");
    world.bob.fill(false);
    assert_eq!(bob.text().await, "text 0");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_written_is_refused_at_the_start() {
    let world = World::new();
    world.alice.fill(true);
    let incoming = world.server().connect(ALICE);
    let line: Arc<Line<true>> = Line::new(&world.server, ALICE);
    let opened = SecretChats::open(line, world.alice.clone(), incoming, random(1), settings()).await;
    // A new account notes the layer that its chats will have announced.
    assert!(matches!(opened, Err(ChatError::Store(_))));
}

#[tokio::test(start_paused = true)]
async fn when_the_transport_is_closed_callers_hear_it_and_the_message_goes_out_after_a_restart() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    settle().await;
    alice.line.faults().is_closed = true;
    let error = alice.chats.send_encrypted(world.chat, "text 0").await.unwrap_err();
    assert!(matches!(error.error, ChatError::Ended), "{error:?}");
    while alice.events.next().await.is_some() {}
    let error = alice.chats.send_encrypted(world.chat, "text 1").await.unwrap_err();
    assert!(matches!(error.error, ChatError::Ended), "{error:?}");
    let _alice = world.alice().await;
    assert_eq!(bob.texts_so_far().await, ["text 0"]);
}

#[tokio::test(start_paused = true)]
async fn when_the_updates_end_everything_ends() {
    let world = World::ready();
    let mut alice = world.alice().await;
    settle().await;
    world.server().disconnect(ALICE);
    while within(alice.events.next()).await.is_some() {}
    assert!(matches!(alice.chats.status().await, Err(ChatError::Ended)));
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_the_server_does_not_know_fails_its_messages_and_the_others_go_on() {
    let world = World::ready();
    let (alice, _bob) = world.both().await;
    world.server().lose_chat(world.chat);
    let error = alice.chats.send_encrypted(world.chat, "text 0").await.unwrap_err();
    assert!(matches!(error.error, ChatError::ChatIdInvalid), "{error:?}");
    until(|| world.server().count("messages.sendEncrypted") >= 1).await;
    assert_eq!(alice.chats.status().await.unwrap().chats, [world.chat]);
}

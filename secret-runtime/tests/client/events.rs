//! Events, and when they count as delivered.

use std::time::Duration;

use secret_runtime::chat::Event;
use secret_runtime::client::chats::News;
use tl_types::api::constructors::{UpdateEncryptedChatTyping, UpdateShort};
use tokio::time::Instant;

use crate::world::{BOB, Party, World, numbered, open, settings, settle};

#[tokio::test(start_paused = true)]
async fn an_event_comes_again_after_a_restart_until_the_next_is_asked_for() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    for text in numbered(0..3) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    // The second is given, and not known to have arrived.
    assert_eq!(bob.texts(2).await, numbered(0..2));
    bob.chats.shutdown().await;
    let mut bob = world.bob().await;
    assert_eq!(bob.texts_so_far().await, numbered(1..3));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_acknowledged_by_name_does_not_come_again_and_the_one_before_it_does() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    for text in numbered(0..2) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    settle().await;
    let mut news = Vec::new();
    while news.len() < 2 {
        let next = bob.events.next_unacknowledged().await.unwrap();
        match next {
            News::Event { event: Event::Message { .. }, .. } => news.push(next),
            other => bob.events.acknowledge(&other),
        }
    }
    // The store as it is at a moment is looked at in another world, so that this one goes on.
    let elsewhere = World::ready();
    bob.events.acknowledge(&news[1]);
    settle().await;
    let after_one = open::<true>(&elsewhere.server, BOB, crate::disk::Disk::of(world.bob.snapshot()), settings()).await;
    assert_eq!({ after_one }.texts_so_far().await, numbered(0..2), "an account forgets events in order");
    bob.events.acknowledge(&news[0]);
    settle().await;
    let after_both =
        open::<true>(&elsewhere.server, BOB, crate::disk::Disk::of(world.bob.snapshot()), settings()).await;
    assert_eq!({ after_both }.texts_so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_somebody_took_is_no_event_after_a_restart_either() {
    let world = World::ready();
    let mut alice = world.alice().await;
    // The account forgets events in order, so those from before have to be taken.
    assert_eq!(alice.texts_so_far().await, [""; 0]);
    alice.chats.send_encrypted(world.chat, "hello").await.unwrap();
    settle().await;
    alice.chats.shutdown().await;
    let mut alice = world.alice().await;
    settle().await;
    while let Ok(news) = tokio::time::timeout(Duration::from_millis(1), alice.events.next()).await {
        assert!(!matches!(news, Some(News::Event { event: Event::Sent { .. }, .. })), "{news:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_lost_takes_room_and_gives_it_back_when_it_is_taken() {
    let world = World::ready();
    let alice = world.alice().await;
    let mut settings = settings();
    settings.waiting_events = 3;
    let mut bob: Party = open(&world.server, BOB, world.bob.clone(), settings).await;
    assert_eq!(bob.texts_so_far().await, [""; 0]);
    for _ in 0..10 {
        let typing = UpdateEncryptedChatTyping::new(world.chat);
        world.server().push(BOB, UpdateShort::new(typing, 1_700_000_000).into());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    settle().await;
    let start = Instant::now();
    assert_eq!(bob.text().await, "text 0");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_alone_are_durable_after_a_while_and_together() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    for text in numbered(0..20) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    settle().await;
    let before = world.bob.commits();
    for text in numbered(0..20) {
        assert_eq!(bob.text().await, text);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    settle().await;
    assert_eq!(world.bob.commits(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_takes_no_events_stops_the_updates_and_loses_none() {
    let world = World::ready();
    let alice = world.alice().await;
    let mut settings = settings();
    settings.waiting_events = 3;
    let mut bob: Party = open(&world.server, BOB, world.bob.clone(), settings).await;
    settle().await;
    for text in numbered(0..20) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    settle().await;
    assert!(world.server().queued(BOB) > 10, "what is not taken stays on the server");
    assert_eq!(bob.texts(20).await, numbered(0..20));
}

#[tokio::test(start_paused = true)]
async fn too_many_events_that_are_not_delivered_keep_messages_on_the_server_until_they_are() {
    let world = World::ready();
    let alice = world.alice().await;
    let mut settings = settings();
    settings.account.chat.limits.events = 5;
    let mut bob: Party = open(&world.server, BOB, world.bob.clone(), settings).await;
    settle().await;
    for text in numbered(0..20) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    settle().await;
    let queued = world.server().queued(BOB);
    assert!(queued >= 14, "{queued}");
    let start = Instant::now();
    assert_eq!(bob.texts(20).await, numbered(0..20));
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(5), "as soon as there is room they come: {elapsed:?}");
}

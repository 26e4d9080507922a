//! Handles, tasks and runtimes.

use std::sync::Arc;
use std::time::Duration;

use secret_runtime::chat::Event;
use secret_runtime::client::chats::ChatError;

use crate::world::{World, numbered, settle, until, within};

#[tokio::test(start_paused = true)]
async fn after_shutdown_nothing_runs_and_other_handles_hear_it() {
    let world = World::ready();
    let alice = world.alice().await;
    let other = alice.chats.clone();
    alice.line.faults().hold = Some("messages.sendEncrypted");
    let waiting = tokio::spawn({
        let (chats, chat) = (other.clone(), world.chat);
        async move { chats.send_encrypted(chat, "text 0").await }
    });
    settle().await;
    within(alice.chats.shutdown()).await;
    assert!(matches!(waiting.await.unwrap().unwrap_err().error, ChatError::Ended));
    assert!(matches!(other.status().await, Err(ChatError::Ended)));
    drop((other, alice.events));
    assert_eq!(Arc::strong_count(&alice.line), 1, "neither the task nor a call holds the transport");
}

#[tokio::test(start_paused = true)]
async fn when_the_last_handle_is_dropped_the_task_ends() {
    let world = World::ready();
    let alice = world.alice().await;
    let other = alice.chats.clone();
    settle().await;
    drop(alice.chats);
    settle().await;
    other.status().await.unwrap();
    drop(other);
    until(|| Arc::strong_count(&alice.line) == 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_durable_and_not_sent_goes_out_after_a_restart() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    alice.line.faults().hold = Some("messages.sendEncrypted");
    for text in numbered(0..3) {
        let send = alice.chats.send_encrypted(world.chat, text);
        assert!(tokio::time::timeout(Duration::from_millis(100), send).await.is_err());
    }
    alice.chats.shutdown().await;
    let mut alice = world.alice().await;
    assert_eq!(bob.texts(3).await, numbered(0..3));
    // Nobody waits for the answers any more, so they are told.
    for _ in 0..3 {
        alice.expect(|event| matches!(event, Event::Sent { .. })).await;
    }
}

#[test]
fn the_chats_run_on_a_runtime_of_several_threads_in_real_time() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let world = World::ready();
        let (alice, mut bob) = world.both().await;
        let mut sends = tokio::task::JoinSet::new();
        // From one task, so that there is an order; each is answered in a task of its own.
        for text in numbered(0..100) {
            let (chats, chat) = (alice.chats.clone(), world.chat);
            let mut send = Box::pin(async move { chats.send_encrypted(chat, text).await });
            tokio::select! {
                biased;
                _ = &mut send => unreachable!("the server is asked first"),
                () = std::future::ready(()) => {}
            }
            sends.spawn(send);
        }
        while let Some(sent) = sends.join_next().await {
            sent.unwrap().unwrap();
        }
        assert_eq!(bob.texts(100).await, numbered(0..100));
        alice.chats.shutdown().await;
        bob.chats.shutdown().await;
    });
}

#[tokio::test(start_paused = true)]
async fn what_a_replaced_key_left_behind_is_overwritten_in_a_quiet_moment() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let scrubs = || world.alice.scrubs.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(scrubs(), 0);
    for text in numbered(0..110) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    assert_eq!(bob.texts(110).await, numbered(0..110));
    settle().await;
    assert_eq!(scrubs(), 0, "not while something goes on");
    until(|| scrubs() == 1).await;
    settle().await;
    assert_eq!(scrubs(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_replaced_key_left_behind_is_overwritten_at_the_end_and_nothing_else_is() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    for text in numbered(0..110) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    assert_eq!(bob.texts(110).await, numbered(0..110));
    settle().await;
    let scrubs = || world.alice.scrubs.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(scrubs(), 0);
    within(alice.chats.shutdown()).await;
    assert_eq!(scrubs(), 1);
    let alice = world.alice().await;
    let before = scrubs();
    settle().await;
    within(alice.chats.shutdown()).await;
    assert_eq!(scrubs(), before, "no key was replaced");
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_forgotten_is_gone() {
    let world = World::ready();
    let alice = world.alice().await;
    alice.chats.discard(world.chat, false).await.unwrap();
    settle().await;
    alice.chats.forget(world.chat).await.unwrap();
    assert!(matches!(alice.chats.chat(world.chat).await, Err(ChatError::ChatIdInvalid)));
    assert!(alice.chats.status().await.unwrap().chats.is_empty());
}

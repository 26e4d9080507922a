//! A peer that confirms nothing, and messages that wait until it does.

use std::time::Duration;

use secret_runtime::chat::CommandError;
use secret_runtime::client::chats::{ChatError, SendError, Sent};
use tl_types::secret::constructors::DecryptedMessage;
use tokio::task::JoinHandle;

use crate::world::{ALICE, Party, World, numbered, open, settings, settle, within};

/// So many messages of Alice's may be unconfirmed.
const ROOM: usize = 3;

/// More than that, and so many wait.
const TEXTS: usize = 10;

async fn crowded(world: &World) -> Party {
    let mut settings = settings();
    settings.account.chat.limits.unconfirmed = ROOM;
    open(&world.server, ALICE, world.alice.clone(), settings).await
}

/// Sends texts at the same time, handed over in order.
async fn send(alice: &Party, chat: i32) -> Vec<JoinHandle<Result<Vec<Sent>, SendError>>> {
    let mut sends = Vec::new();
    for text in numbered(0..TEXTS) {
        let chats = alice.chats.clone();
        sends.push(tokio::spawn(async move { chats.send_encrypted(chat, text).await }));
    }
    settle().await;
    sends
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_waits_until_the_peer_confirms_and_keeps_its_order() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let sends = send(&alice, world.chat).await;
    let answered = |sends: &[JoinHandle<_>]| sends.iter().filter(|send| send.is_finished()).count();
    let first = answered(&sends);
    assert!((1..=ROOM).contains(&first), "{first} were answered");
    assert_eq!(world.server().count("messages.sendEncrypted"), first);

    // The peer reads, which says nothing; then it writes.
    let mut bob = world.bob().await;
    assert_eq!(bob.texts(first).await, numbered(0..first));
    assert_eq!(answered(&sends), first);
    bob.chats.send_encrypted(world.chat, "I am here").await.unwrap();
    settle().await;
    assert_eq!(answered(&sends), first + ROOM);
    for _ in 0..TEXTS {
        bob.chats.send_encrypted(world.chat, "and here").await.unwrap();
        settle().await;
    }
    for send in sends {
        within(send).await.unwrap().unwrap();
    }
    assert_eq!(bob.texts(TEXTS - first).await, numbered(first..TEXTS));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_for_room_is_taken_back_when_its_future_is_dropped() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let mut sends = send(&alice, world.chat).await;
    let waits = sends.iter().position(|send| !send.is_finished()).unwrap();
    sends[waits].abort();
    settle().await;
    let mut bob = world.bob().await;
    for _ in 0..TEXTS {
        bob.chats.send_encrypted(world.chat, "here").await.unwrap();
        settle().await;
    }
    sends.remove(waits).await.unwrap_err();
    for send in sends {
        within(send).await.unwrap().unwrap();
    }
    let mut texts = numbered(0..TEXTS);
    texts.remove(waits);
    assert_eq!(bob.texts(texts.len()).await, texts);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_waits_for_room_is_sent_once_though_it_is_asked_for_twice() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let before = send(&alice, world.chat).await;
    let twice = [(); 2].map(|()| {
        let (chats, chat) = (alice.chats.clone(), world.chat);
        tokio::spawn(async move { chats.send_encrypted(chat, DecryptedMessage::new(77, 0, "once")).await })
    });
    settle().await;
    let mut bob = world.bob().await;
    for _ in 0..TEXTS {
        bob.chats.send_encrypted(world.chat, "here").await.unwrap();
        settle().await;
    }
    for send in before {
        within(send).await.unwrap().unwrap();
    }
    let [one, other] = twice;
    assert_eq!(within(one).await.unwrap().unwrap(), within(other).await.unwrap().unwrap());
    let mut texts = numbered(0..TEXTS);
    texts.push("once".to_owned());
    assert_eq!(bob.texts_so_far().await, texts);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_sent_already_is_answered_though_there_is_no_room_and_others_wait() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let named = DecryptedMessage::new(77, 0, "named");
    let sent = within(alice.chats.send_encrypted(world.chat, named.clone())).await.unwrap();
    let _waiting = send(&alice, world.chat).await;
    assert_eq!(within(alice.chats.send_encrypted(world.chat, named)).await.unwrap(), sent);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_room_are_told_that_the_chat_is_over() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let sends = send(&alice, world.chat).await;
    let bob = world.bob().await;
    bob.chats.discard(world.chat, false).await.unwrap();
    for send in sends.into_iter().skip(ROOM) {
        let refused = within(send).await.unwrap().unwrap_err();
        assert!(matches!(refused.error, ChatError::EncryptionDeclined | ChatError::Closed(_)), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_that_no_chat_has_room_for_is_refused() {
    let world = World::ready();
    let alice = crowded(&world).await;
    let send = alice.chats.send_encrypted(world.chat, "word ".repeat(850 * (ROOM + 1)));
    let refused = tokio::time::timeout(Duration::from_secs(60), send).await.unwrap().unwrap_err();
    let ChatError::Command(CommandError::Unconfirmed { parts, limit: ROOM }) = refused.error else {
        panic!("{refused:?}")
    };
    assert!(parts > ROOM);
    assert!(refused.to_string().contains("send it in several texts"), "{refused}");
}

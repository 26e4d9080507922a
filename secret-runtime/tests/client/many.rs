//! Many chats and many callers over one transport.

use secret_runtime::chat::Event;

use crate::world::{BOB, World, settle, user, within};

/// As many as a suite has time for: most of it goes into agreeing on keys.
const CHATS: usize = 16;

#[tokio::test(start_paused = true)]
async fn many_chats_at_once_keep_their_own_order() {
    let world = World::new();
    let (mut alice, mut bob) = world.both().await;
    settle().await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..CHATS {
        let chats = alice.chats.clone();
        requests.spawn(async move { chats.request(user(BOB)).await });
    }
    let mut chats = Vec::new();
    while let Some(chat) = requests.join_next().await {
        chats.push(chat.unwrap().unwrap());
    }
    for chat in &chats {
        bob.chats.accept(*chat).await.unwrap();
    }
    for _ in 0..CHATS {
        alice.expect(|event| matches!(event, Event::Ready { .. })).await;
    }
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..20 {
        for chat in &chats {
            let (handle, chat) = (alice.chats.clone(), *chat);
            sends.spawn(async move { handle.send_encrypted(chat, format!("{chat} {number}")).await });
        }
    }
    while let Some(sent) = within(sends.join_next()).await {
        sent.unwrap().unwrap();
    }
    let mut last = std::collections::BTreeMap::new();
    for text in bob.texts(20 * CHATS).await {
        let (chat, number) = text.split_once(' ').unwrap();
        let number: i32 = number.parse().unwrap();
        assert_eq!(last.insert(chat.to_owned(), number).unwrap_or(-1), number - 1);
    }
    assert_eq!(last.len(), CHATS);
}

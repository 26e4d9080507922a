//! Many chats of two users at once, all on one connection of each.

use std::collections::BTreeMap;

use secret_runtime::chat::Event;
use secret_runtime::client::chats::News;
use secret_runtime::loopback::{Server, Settings};
use tokio::task::JoinSet;

use crate::ALONE;
use crate::user::{Home, Place, User};

/// How many here; `secret-bench` has a thousand. Each handshake is four powers of 2048 bits, without optimization.
const CHATS: usize = 40;

/// In each chat and direction.
const TEXTS: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn many_chats_at_once_share_one_connection_and_each_has_its_own_in_order() {
    let _alone = ALONE.lock().await;
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(Settings::default()).await.unwrap();
    let place = Place::of(&server, directory.path());
    let homes = [0, 1].map(|number| Home::new(&place, number));
    let mut users = Vec::new();
    for home in &homes {
        let user = home.open().await;
        user.log_in(home).await;
        users.push(user);
    }
    let [mut one, mut other] = <[User; 2]>::try_from(users).ok().unwrap();

    let peer = one.find(&homes[1]).await;
    let mut requests = JoinSet::new();
    for _ in 0..CHATS {
        let (chats, peer) = (one.chats.clone(), peer.clone());
        requests.spawn(async move { chats.request(peer).await.unwrap() });
    }
    let mut chats = requests.join_all().await;
    chats.sort_unstable();
    let mut accepts = JoinSet::new();
    for _ in 0..CHATS {
        let chat = other.wait(|_, event| matches!(event, Event::Requested)).await;
        let chats = other.chats.clone();
        accepts.spawn(async move { chats.accept(chat).await.unwrap() });
    }
    accepts.join_all().await;
    for user in [&mut one, &mut other] {
        let mut ready = Vec::new();
        while ready.len() < CHATS {
            ready.push(user.wait(|_, event| matches!(event, Event::Ready { .. })).await);
        }
        ready.sort_unstable();
        assert_eq!(ready, chats);
    }

    let mut sends = JoinSet::new();
    for user in [&one, &other] {
        for chat in chats.iter().copied() {
            let chats = user.chats.clone();
            sends.spawn(async move {
                for number in 0..TEXTS {
                    chats.send_encrypted(chat, number.to_string()).await.unwrap();
                }
            });
        }
    }
    for user in [&mut one, &mut other] {
        let mut received: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        while received.values().map(Vec::len).sum::<usize>() < CHATS * TEXTS as usize {
            let news = user.events.next().await.unwrap();
            if let News::Event { chat, event: Event::Message { message, .. }, .. } = news {
                received.entry(chat).or_default().push(message.message);
            }
        }
        assert!(received.keys().copied().eq(chats.iter().copied()));
        let in_order: Vec<String> = (0..TEXTS).map(|number| number.to_string()).collect();
        assert!(received.values().all(|texts| *texts == in_order), "{received:?}");
    }
    sends.join_all().await;
    one.close().await;
    other.close().await;
    server.stop().await;
}

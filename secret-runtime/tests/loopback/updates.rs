use secret_runtime::loopback::Settings;
use tl_types::Encode;
use tl_types::api::{constructors, functions, types};

use crate::chats::{Pair, request, send};
use crate::client::{Client, server, start};

/// The chats that changes tell of, in their order.
fn changed(updates: &[types::Update]) -> Vec<&types::EncryptedChat> {
    fn chat(update: &types::Update) -> Option<&types::EncryptedChat> {
        match update {
            types::Update::Encryption(update) => Some(&update.chat),
            _ => None,
        }
    }
    updates.iter().filter_map(chat).collect()
}

fn difference(qts: i32, date: i32) -> functions::updates::GetDifference {
    functions::updates::GetDifference::new(1, date, qts)
}

fn qts_of(update: &types::Update) -> i32 {
    match update {
        types::Update::NewEncryptedMessage(update) => update.qts,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_missed_is_in_the_difference_until_it_is_confirmed() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let state = pair.bob.call(&functions::updates::GetState::new()).await.unwrap();
    assert_eq!(state.qts, 1);
    for random_id in 1..=3 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    let late = state.date + 1000;
    let types::updates::Difference::Difference(all) = pair.bob.call(&difference(2, late)).await.unwrap() else {
        panic!()
    };
    assert_eq!((all.new_encrypted_messages.len(), all.state.qts), (2, 4));
    let received = |qts| functions::messages::ReceivedQueue::new(qts);
    assert_eq!(pair.bob.call(&received(3)).await.unwrap(), [1, 2]);
    assert_eq!(pair.bob.error(&received(5)).await, "400 MAX_QTS_INVALID");
    let types::updates::Difference::Difference(rest) = pair.bob.call(&difference(1, late)).await.unwrap() else {
        panic!()
    };
    assert_eq!(rest.new_encrypted_messages.len(), 1);
    pair.bob.call(&received(4)).await.unwrap();
    let none = pair.bob.call(&difference(4, late)).await.unwrap();
    assert!(matches!(none, types::updates::Difference::Empty(_)));
}

#[tokio::test]
async fn a_long_difference_comes_in_slices_and_the_last_has_the_changes_of_chats() {
    let server = start(Settings { difference_limit: 2, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    for random_id in 1..=3 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    pair.ada.call(&functions::messages::DiscardEncryption::new(4711)).await.unwrap();
    let types::updates::Difference::Slice(slice) = pair.bob.call(&difference(1, 0)).await.unwrap() else { panic!() };
    assert_eq!((slice.new_encrypted_messages.len(), slice.intermediate_state.qts), (2, 3));
    assert_eq!(slice.other_updates, [], "what is still to come belongs to a chat that is open");
    let state = slice.intermediate_state;
    let last = pair.bob.call(&difference(state.qts, state.date)).await.unwrap();
    let types::updates::Difference::Difference(last) = last else { panic!() };
    assert_eq!((last.new_encrypted_messages.len(), last.other_updates.len(), last.users.len()), (1, 1, 2));
}

#[tokio::test]
async fn a_request_that_came_while_nobody_was_connected_is_in_the_difference() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let before = bob.call(&functions::updates::GetState::new()).await.unwrap();
    request(&mut ada, &mut bob, 4711).await;
    let types::updates::Difference::Difference(all) = bob.call(&difference(1, before.date)).await.unwrap() else {
        panic!()
    };
    let [types::Update::Encryption(update)] = &all.other_updates[..] else { panic!("{all:?}") };
    assert!(matches!(&update.chat, types::EncryptedChat::Requested(chat) if chat.id == 4711));
}

#[tokio::test]
async fn qts_are_given_in_order_however_many_send_at_once() {
    let server = server().await;
    let Pair { mut ada, mut bob, of_ada, .. } = Pair::new(&server).await;
    let mut eve = Client::logged_in(&server, "79990003").await;
    let waiting = request(&mut eve, &mut bob, 5).await;
    let types::EncryptedChat::Requested(requested) = bob.encryption().await else { panic!() };
    let chat = constructors::InputEncryptedChat::new(requested.id, requested.access_hash);
    bob.call(&functions::messages::AcceptEncryption::new(chat, vec![2; 256], 1)).await.unwrap();
    eve.encryption().await;
    let of_eve = constructors::InputEncryptedChat::new(waiting.id, waiting.access_hash);
    let flood = async |client: &mut Client, chat: &types::InputEncryptedChat| {
        let ids: Vec<_> = (0..50).map(|id| client.submit(send(chat, id).to_bytes().unwrap())).collect();
        for id in ids {
            client.answer(id).await.unwrap();
        }
    };
    tokio::join!(flood(&mut ada, &of_ada), flood(&mut eve, &of_eve));
    for qts in 2..102 {
        assert_eq!(qts_of(&bob.update().await), qts);
    }
}

#[tokio::test]
async fn a_session_that_wants_no_updates_gets_none() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let mut quiet = Client::new(&server, 99).await;
    let mut sign_in = functions::auth::SignIn::new("79990002", quiet.code("79990002").await.unwrap());
    sign_in.phone_code = Some("22222".to_owned());
    quiet.call(&functions::InvokeWithoutUpdates::new(sign_in)).await.unwrap();
    request(&mut ada, &mut bob, 1).await;
    bob.encryption().await;
    assert_eq!(quiet.updates().await, []);
    request(&mut ada, &mut bob, 2).await;
    assert!(matches!(quiet.encryption().await, types::EncryptedChat::Requested(chat) if chat.id == 2));
}

#[tokio::test]
async fn a_difference_holds_no_more_than_it_is_asked_for() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for random_id in 1..=3 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    for (limit, expected) in [(1, 1), (2, 2), (3, 3), (100, 3), (0, 3), (-1, 3)] {
        let mut call = difference(1, i32::MAX);
        call.qts_limit = Some(limit);
        let (messages, qts) = match pair.bob.call(&call).await.unwrap() {
            types::updates::Difference::Slice(slice) => (slice.new_encrypted_messages, slice.intermediate_state.qts),
            types::updates::Difference::Difference(all) => (all.new_encrypted_messages, all.state.qts),
            other => panic!("{other:?}"),
        };
        assert_eq!((messages.len(), qts), (expected, 1 + expected as i32), "limit {limit}");
    }
}

#[tokio::test]
async fn a_slice_tells_of_the_open_chats_that_its_messages_are_in() {
    let server = start(Settings { difference_limit: 2, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    for random_id in 1..=3 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    let types::updates::Difference::Slice(slice) = pair.bob.call(&difference(1, 0)).await.unwrap() else { panic!() };
    let [types::EncryptedChat::EncryptedChat(chat)] = changed(&slice.other_updates)[..] else { panic!("{slice:?}") };
    assert_eq!(chat.id, 4711);
}

#[tokio::test]
async fn changes_of_chats_come_in_their_order_with_each_user_once() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    for id in 1..=8 {
        request(&mut ada, &mut bob, id).await;
    }
    let types::updates::Difference::Difference(all) = bob.call(&difference(1, 0)).await.unwrap() else { panic!() };
    let ids = changed(&all.other_updates).into_iter().map(|chat| match chat {
        types::EncryptedChat::Requested(chat) => chat.id,
        other => panic!("{other:?}"),
    });
    assert_eq!(ids.collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    let mut users: Vec<i64> = all.users.iter().map(|user| crate::client::user(user).id).collect();
    users.sort_unstable();
    let mut expected = [ada.me().await.id, bob.me().await.id];
    expected.sort_unstable();
    assert_eq!(users, expected);
}

#[tokio::test]
async fn a_device_that_was_away_learns_that_another_one_has_accepted() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut phone = Client::logged_in(&server, "79990002").await;
    let mut tablet = Client::new(&server, 99).await;
    tablet.log_in("79990002").await.unwrap();
    let mut eve = Client::logged_in(&server, "79990003").await;
    request(&mut ada, &mut phone, 1).await;
    let types::EncryptedChat::Requested(requested) = phone.encryption().await else { panic!() };
    let chat = constructors::InputEncryptedChat::new(requested.id, requested.access_hash);
    server.shift_clock(5);
    phone.call(&functions::messages::AcceptEncryption::new(chat, vec![2; 256], 77)).await.unwrap();
    let types::Update::Encryption(accepted) = ada.update().await else { panic!() };
    let types::updates::Difference::Difference(all) = tablet.call(&difference(1, accepted.date)).await.unwrap() else {
        panic!()
    };
    let [types::EncryptedChat::Discarded(discarded)] = changed(&all.other_updates)[..] else { panic!("{all:?}") };
    assert_eq!((discarded.id, discarded.history_deleted), (1, false));
    for (client, date) in [(&mut tablet, accepted.date + 1), (&mut eve, 0)] {
        let none = client.call(&difference(1, date)).await.unwrap();
        assert!(matches!(none, types::updates::Difference::Empty(_)), "{none:?}");
    }
}

#[tokio::test]
async fn who_was_away_learns_that_a_chat_was_discarded() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    server.shift_clock(5);
    pair.ada.call(&functions::messages::DiscardEncryption::new(4711)).await.unwrap();
    let types::Update::Encryption(update) = pair.bob.update().await else { panic!() };
    let types::updates::Difference::Difference(all) = pair.bob.call(&difference(1, update.date)).await.unwrap() else {
        panic!()
    };
    assert!(matches!(changed(&all.other_updates)[..], [types::EncryptedChat::Discarded(chat)] if chat.id == 4711));
}

#[tokio::test]
async fn who_was_away_learns_up_to_when_the_other_side_has_read() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    pair.bob.call(&functions::messages::ReadEncryptedHistory::new(pair.of_bob.clone(), 100)).await.unwrap();
    let types::Update::EncryptedMessagesRead(read) = pair.ada.update().await else { panic!() };
    let reads = |all: types::updates::Difference| match all {
        types::updates::Difference::Difference(all) => {
            all.other_updates.into_iter().filter(|update| !matches!(update, types::Update::Encryption(_))).collect()
        }
        types::updates::Difference::Empty(_) => Vec::new(),
        other => panic!("{other:?}"),
    };
    let all = pair.ada.call(&difference(1, read.date)).await.unwrap();
    assert_eq!(reads(all), [types::Update::EncryptedMessagesRead(read.clone())]);
    let later = pair.ada.call(&difference(1, read.date + 1)).await.unwrap();
    assert_eq!(reads(later), []);
    let of_bob = pair.bob.call(&difference(1, read.date)).await.unwrap();
    assert_eq!(reads(of_bob), [], "who has read is not told of it");
}

use secret_runtime::loopback::Settings;
use tl_types::Encode;
use tl_types::api::{constructors, functions, types};

use crate::chats::{Pair, request, send};
use crate::client::{Client, server, start};

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

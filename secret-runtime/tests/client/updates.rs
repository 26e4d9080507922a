//! What was missed, and what comes in another order.

use std::time::Duration;

use secret_runtime::chat::{CloseReason, Event};
use secret_runtime::client::chats::News;
use tl_types::api::types::Updates;

use crate::world::{BOB, World, numbered, settle, until, user, within};

#[tokio::test(start_paused = true)]
async fn what_was_sent_while_the_client_was_away_for_days_is_there_when_it_is_back() {
    let world = World::ready();
    let alice = world.alice().await;
    for text in numbered(0..7) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    world.server().date += 3 * 24 * 60 * 60;
    let mut bob = world.bob().await;
    assert_eq!(bob.texts(7).await, numbered(0..7));
    settle().await;
    assert_eq!(world.server().queued(BOB), 0, "what is durable is confirmed");
}

#[tokio::test(start_paused = true)]
async fn a_difference_in_slices_and_one_that_is_too_long_bring_everything() {
    let world = World::ready();
    let alice = world.alice().await;
    for text in numbered(0..25) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    world.server().slice = Some(4);
    world.server().too_long = 1;
    let mut bob = world.bob().await;
    assert_eq!(bob.texts(25).await, numbered(0..25));
    assert!(world.server().count("updates.getDifference") >= 7);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_lost_is_asked_for_when_the_next_one_shows_the_gap() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let before = world.server().count("updates.getDifference");
    world.server().user(BOB).lost = 2;
    for text in numbered(0..4) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    assert_eq!(bob.texts(4).await, numbered(0..4));
    assert_eq!(bob.texts_so_far().await, [""; 0], "nothing comes twice");
    assert_eq!(world.server().count("updates.getDifference"), before + 1);
}

#[tokio::test(start_paused = true)]
async fn updates_in_another_order_are_put_in_order_without_asking() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let before = world.server().count("updates.getDifference");
    world.server().user(BOB).held = Some(Vec::new());
    for text in numbered(0..5) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    world.server().release_backwards(BOB);
    assert_eq!(bob.texts(5).await, numbered(0..5));
    assert_eq!(world.server().count("updates.getDifference"), before);
}

#[tokio::test(start_paused = true)]
async fn after_a_reconnection_and_after_too_long_the_difference_is_asked_for() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.server().user(BOB).lost = usize::MAX;
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    world.server().reconnected(BOB);
    assert_eq!(bob.text().await, "text 0");
    alice.chats.send_encrypted(world.chat, "text 1").await.unwrap();
    world.server().user(BOB).lost = 0;
    world.server().push(BOB, Updates::TooLong);
    assert_eq!(bob.text().await, "text 1");
}

#[tokio::test(start_paused = true)]
async fn after_a_quarter_of_an_hour_of_silence_the_difference_is_asked_for() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.server().user(BOB).lost = usize::MAX;
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    tokio::time::sleep(Duration::from_secs(16 * 60)).await;
    assert_eq!(bob.texts_so_far().await, ["text 0"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_the_difference_is_on_its_way_comes_once_and_in_order() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.server().user(BOB).lost = 1;
    bob.line.faults().hold = Some("updates.getDifference");
    for text in numbered(0..3) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    settle().await;
    bob.line.faults().hold = None;
    for text in numbered(3..6) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    assert_eq!(bob.texts(6).await, numbered(0..6));
    assert_eq!(bob.texts_so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_difference_that_fails_is_asked_for_again_later() {
    let world = World::ready();
    let alice = world.alice().await;
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    for _ in 0..3 {
        world.server().answer_next_with("updates.getDifference", 500, "INTERNAL");
    }
    world.server().answer_next_with("updates.getState", 420, "FLOOD_WAIT_30");
    let mut bob = world.bob().await;
    assert_eq!(bob.text().await, "text 0");
}

#[tokio::test(start_paused = true)]
async fn who_requests_a_chat_does_not_wait_until_the_state_would_be_asked_for_again() {
    let world = World::new();
    for _ in 0..6 {
        world.server().answer_next_with("updates.getState", 500, "INTERNAL");
    }
    let alice = world.alice().await;
    // It is asked for after 1, 3, 7, 15 and 31 seconds, and then after 63.
    tokio::time::sleep(Duration::from_secs(33)).await;
    tokio::time::timeout(Duration::from_secs(5), alice.chats.request(user(BOB))).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_server_no_longer_has_does_not_hold_up_those_behind_it() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    world.server().user(BOB).held = Some(Vec::new());
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    alice.chats.send_encrypted(world.chat, "text 1").await.unwrap();
    world.server().lose_first_of(BOB);
    // The chat itself asks the peer for what is missing.
    assert_eq!(within(bob.texts(2)).await, numbered(0..2));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_confirmed_before_it_is_durable() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let before = world.server().user(BOB).confirmed;
    world.bob.fill(true);
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    settle().await;
    assert_eq!(world.server().user(BOB).confirmed, before);
    assert_eq!(world.server().queued(BOB), 1);
    world.bob.fill(false);
    assert_eq!(bob.text().await, "text 0");
    until(|| world.server().queued(BOB) == 0).await;
    assert!(world.server().user(BOB).confirmed > before);
}

#[tokio::test(start_paused = true)]
async fn every_message_is_confirmed_and_one_confirmation_is_on_its_way_at_a_time() {
    let world = World::ready();
    let (alice, bob) = world.both().await;
    settle().await;
    let mut last = None;
    for text in numbered(0..3) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
        settle().await;
        let confirmed = world.server().user(BOB).confirmed;
        assert!(last.is_none_or(|last| confirmed == last + 1), "{last:?} {confirmed}");
        last = Some(confirmed);
    }
    let calls = world.server().count("messages.receivedQueue");
    bob.line.faults().hold = Some("messages.receivedQueue");
    for text in numbered(3..6) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
        settle().await;
    }
    bob.line.faults().hold = None;
    settle().await;
    assert_eq!(Some(world.server().user(BOB).confirmed), last.map(|last| last + 3));
    assert_eq!(world.server().count("messages.receivedQueue"), calls + 2);
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_accepted_and_used_while_the_requester_was_away_is_ready_when_it_is_back() {
    let world = World::new();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let chat = alice.chats.request(crate::world::user(BOB)).await.unwrap();
    settle().await;
    alice.chats.shutdown().await;
    bob.expect(|event| matches!(event, Event::Requested)).await;
    bob.chats.accept(chat).await.unwrap();
    bob.chats.send_encrypted(chat, "welcome back").await.unwrap();
    let mut alice = world.alice().await;
    alice.expect(|event| matches!(event, Event::Ready { .. })).await;
    assert_eq!(alice.text().await, "welcome back");
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_discarded_while_the_other_side_was_away_ends_after_its_messages() {
    let world = World::ready();
    let bob = world.bob().await;
    bob.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    bob.chats.discard(world.chat, false).await.unwrap();
    settle().await;
    let mut alice = world.alice().await;
    assert_eq!(alice.text().await, "text 0");
    let closed = alice.expect(|event| matches!(event, Event::Closed(_))).await;
    assert_eq!(closed, Event::Closed(CloseReason::ByPeer { history_deleted: false }));
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_the_first_state_is_known_is_not_taken_for_old() {
    let mut world = World::new();
    let alice = world.alice().await;
    let bob = world.bob().await;
    bob.line.faults().hold = Some("updates.getState");
    let mut bob = bob;
    world.chat = alice.chats.request(user(BOB)).await.unwrap();
    bob.expect(|event| matches!(event, Event::Requested)).await;
    let accepted = tokio::spawn({
        let (chats, chat) = (bob.chats.clone(), world.chat);
        async move { chats.accept(chat).await }
    });
    let sent = tokio::spawn({
        let (chats, chat) = (alice.chats.clone(), world.chat);
        let mut events = alice.events;
        async move {
            while !matches!(events.next().await, Some(News::Event { event: Event::Ready { .. }, .. })) {}
            chats.send_encrypted(chat, "text 0").await
        }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    bob.line.faults().hold = None;
    within(accepted).await.unwrap().unwrap();
    within(sent).await.unwrap().unwrap();
    assert_eq!(bob.text().await, "text 0");
}

//! `send_encrypted` and what is built on it.

use std::time::Duration;

use secret_runtime::chat::{CloseReason, CommandError, Event, Notice};
use secret_runtime::client::chats::{ChatError, ChatState, News, Peer, SendError};
use tl_types::api::constructors::{InputEncryptedChat, UpdateEncryptedChatTyping, UpdateUserTyping};
use tl_types::api::types::{SendMessageAction, Update};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageActionTyping};
use tl_types::secret::types::SendMessageAction as SecretTyping;

use crate::world::{BOB, Party, World, numbered, open, settings, settle, user};

#[tokio::test(start_paused = true)]
async fn a_text_arrives_and_the_answer_is_the_servers() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    let sent = alice.chats.send_encrypted(world.chat, "hello").await.unwrap();
    assert_eq!((sent.len(), sent[0].date(), sent[0].file()), (1, 1_700_000_000, None));
    assert_eq!(bob.text().await, "hello");
}

#[tokio::test(start_paused = true)]
async fn the_chat_may_be_named_by_an_id_an_input_chat_or_an_update() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    let hash = alice.chats.chat(world.chat).await.unwrap().access_hash;
    let typing: Update = UpdateEncryptedChatTyping::new(world.chat).into();
    alice.chats.send_encrypted(world.chat, "text 0").await.unwrap();
    alice.chats.send_encrypted(InputEncryptedChat::new(world.chat, hash), "text 1").await.unwrap();
    alice.chats.send_encrypted(&typing, "text 2".to_owned()).await.unwrap();
    assert_eq!(bob.texts(3).await, numbered(0..3));
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_not_there_is_chat_id_invalid() {
    let world = World::ready();
    let alice = world.alice().await;
    let action = SendMessageAction::SendMessageTypingAction;
    let other: Update = UpdateUserTyping::new(5, action).into();
    for peer in [Peer::from(world.chat ^ 1), Peer::from(&InputEncryptedChat::new(world.chat, 99)), Peer::from(&other)] {
        let error = alice.chats.send_encrypted(peer, "hello").await.unwrap_err();
        assert!(matches!(error.error, ChatError::ChatIdInvalid), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_text_becomes_several_messages_and_each_has_its_answer() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    let text = "word ".repeat(2000);
    let sent = alice.chats.send_encrypted(world.chat, text.as_str()).await.unwrap();
    assert_eq!(sent.len(), 3);
    assert_eq!(bob.texts(3).await.join(" "), text.trim_end());
}

#[tokio::test(start_paused = true)]
async fn a_message_with_the_same_random_id_is_sent_once_and_answered_each_time() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    let message = || DecryptedMessage::new(77, 0, "word ".repeat(1000));
    let (one, other) = crate::world::within(async {
        tokio::join!(
            alice.chats.send_encrypted(world.chat, message()),
            alice.chats.send_encrypted(world.chat, message()),
        )
    })
    .await;
    let later = alice.chats.send_encrypted(world.chat, message()).await.unwrap();
    assert_eq!((one.as_ref().unwrap(), &later), (other.as_ref().unwrap(), one.as_ref().unwrap()));
    assert_eq!((later.len(), later[0].random_id), (2, 77));
    assert_eq!(bob.texts_so_far().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_random_id_is_known_after_a_restart() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    alice.chats.send_encrypted(world.chat, DecryptedMessage::new(77, 0, "once")).await.unwrap();
    alice.chats.shutdown().await;
    let alice = world.alice().await;
    let sent = alice.chats.send_encrypted(world.chat, DecryptedMessage::new(77, 0, "once")).await.unwrap();
    assert_eq!(sent[0].random_id, 77);
    assert_eq!(bob.texts_so_far().await, ["once"]);
}

#[tokio::test(start_paused = true)]
async fn a_random_id_is_known_after_a_restart_though_the_peer_has_confirmed_the_message() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    let message = || DecryptedMessage::new(77, 0, "once");
    alice.chats.send_encrypted(world.chat, message()).await.unwrap();
    assert_eq!(bob.text().await, "once");
    bob.chats.send_encrypted(world.chat, "yes").await.unwrap();
    assert_eq!(alice.text().await, "yes");
    alice.chats.shutdown().await;
    let alice = world.alice().await;
    assert_eq!(alice.chats.chat(world.chat).await.unwrap().unconfirmed, 0);
    let sent = alice.chats.send_encrypted(world.chat, message()).await.unwrap();
    assert_eq!(sent.iter().map(|sent| sent.random_id).collect::<Vec<_>>(), [77]);
    assert_eq!(bob.texts_so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn messages_of_one_chat_arrive_in_order_though_many_are_on_their_way_and_calls_take_long() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    // The first takes longest.
    alice.line.faults().delays = [90, 5, 60, 1, 30, 0, 20].map(Duration::from_millis).to_vec();
    let mut sends = tokio::task::JoinSet::new();
    for text in numbered(0..60) {
        let (chats, chat) = (alice.chats.clone(), world.chat);
        sends.spawn(async move { chats.send_encrypted(chat, text).await });
    }
    while let Some(sent) = sends.join_next().await {
        sent.unwrap().unwrap();
    }
    assert_eq!(bob.texts(60).await, numbered(0..60));
    let asked_again = world.server().count("messages.sendEncryptedService");
    assert_eq!(asked_again, 0, "the server passes them on in order, so that nothing is asked for again");
    assert!(alice.line.faults().most_at_once > 8, "calls are on their way at the same time");
}

#[tokio::test(start_paused = true)]
async fn over_a_transport_that_keeps_no_order_one_message_of_a_chat_is_on_its_way_at_a_time() {
    let world = World::ready();
    let alice: Party<false> = open(&world.server, 1, world.alice.clone(), settings()).await;
    let mut bob = world.bob().await;
    settle().await;
    alice.line.faults().delays = [90, 5, 60, 1, 30, 0, 20].map(Duration::from_millis).to_vec();
    alice.line.faults().most_at_once = 0;
    let mut sends = tokio::task::JoinSet::new();
    for text in numbered(0..20) {
        let (chats, chat) = (alice.chats.clone(), world.chat);
        sends.spawn(async move { chats.send_encrypted(chat, text).await });
    }
    while let Some(sent) = sends.join_next().await {
        sent.unwrap().unwrap();
    }
    assert_eq!(bob.texts(20).await, numbered(0..20));
    assert_eq!(alice.line.faults().most_at_once, 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_committed_together() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    settle().await;
    let before = world.alice.commits();
    let mut sends = tokio::task::JoinSet::new();
    for text in numbered(0..200) {
        let (chats, chat) = (alice.chats.clone(), world.chat);
        sends.spawn(async move { chats.send_encrypted(chat, text).await });
    }
    while let Some(sent) = sends.join_next().await {
        sent.unwrap().unwrap();
    }
    assert_eq!(bob.texts(200).await, numbered(0..200));
    let commits = world.alice.commits() - before;
    assert!(commits < 60, "{commits} commits for 200 messages and their answers");
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_given_up_is_carried_out_and_told_of_as_an_event() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    alice.line.faults().hold = Some("messages.sendEncrypted");
    let send = alice.chats.send_encrypted(world.chat, DecryptedMessage::new(5, 0, "hello"));
    assert!(tokio::time::timeout(Duration::from_secs(3), send).await.is_err());
    alice.line.faults().hold = None;
    assert_eq!(bob.text().await, "hello");
    let sent = alice.expect(|event| matches!(event, Event::Sent { .. })).await;
    assert!(matches!(sent, Event::Sent { random_id: 5, .. }), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_somebody_took_is_no_event() {
    let world = World::ready();
    let (mut alice, _bob) = world.both().await;
    alice.chats.send_encrypted(world.chat, "hello").await.unwrap();
    settle().await;
    while let Ok(news) = tokio::time::timeout(Duration::from_millis(1), alice.events.next()).await {
        assert!(!matches!(news, Some(News::Event { event: Event::Sent { .. }, .. })), "{news:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_servers_errors_have_their_names() {
    async fn check(name: &'static str, code: i32, is_it: impl Fn(&ChatError) -> bool) {
        let world = World::ready();
        let (alice, mut bob) = world.both().await;
        world.server().answer_next_with("messages.sendEncrypted", code, name);
        let error = alice.chats.send_encrypted(world.chat, "hello").await.unwrap_err();
        assert!(is_it(&error.error), "{name}: {error:?}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(bob.texts_so_far().await, [""; 0]);
    }
    check("DATA_INVALID", 400, |error| matches!(error, ChatError::DataInvalid)).await;
    check("DATA_TOO_LONG", 400, |error| matches!(error, ChatError::DataTooLong)).await;
    check("CHAT_ID_INVALID", 400, |error| matches!(error, ChatError::ChatIdInvalid)).await;
    check("ENCRYPTION_DECLINED", 400, |error| matches!(error, ChatError::EncryptionDeclined)).await;
    check("USER_IS_BLOCKED", 403, |error| matches!(error, ChatError::UserIsBlocked)).await;
    check("USER_DELETED", 403, |error| matches!(error, ChatError::UserDeleted)).await;
    check("SOMETHING_NEW", 400, |error| matches!(error, ChatError::Rpc(error) if error.message == "SOMETHING_NEW"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_failed_or_a_flood_is_tried_again_and_the_message_arrives() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    for (code, name) in [(400, "MSG_WAIT_FAILED"), (420, "FLOOD_WAIT_7"), (500, "INTERNAL")] {
        world.server().answer_next_with("messages.sendEncrypted", code, name);
    }
    alice.chats.send_encrypted(world.chat, "hello").await.unwrap();
    assert_eq!(bob.text().await, "hello");
    let mut waits = Vec::new();
    while let Ok(Some(news)) = tokio::time::timeout(Duration::from_millis(1), alice.events.next()).await {
        if let News::Notice { notice: Notice::Delayed { error: Some(error), seconds }, .. } = news {
            waits.push((error.message, seconds));
        }
    }
    assert_eq!(
        waits.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["MSG_WAIT_FAILED", "FLOOD_WAIT_7", "INTERNAL"]
    );
    assert!(waits[1].1 >= 7, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_sends_the_same_bytes_again_and_nothing_arrives_twice() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    alice.line.faults().lose_answers = Some(("messages.sendEncrypted", 3));
    for text in numbered(0..5) {
        alice.chats.send_encrypted(world.chat, text).await.unwrap();
    }
    assert_eq!(bob.texts_so_far().await, numbered(0..5));
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_is_named_and_those_before_it_stay_sent() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    // The part that is answered so is the second, since the first is under way when it is made.
    alice.line.faults().delays = vec![Duration::from_millis(5)];
    let text = "word ".repeat(2000);
    let send = alice.chats.send_encrypted(world.chat, text);
    let fail = async {
        crate::world::until(|| world.server().count("messages.sendEncrypted") == 1).await;
        world.server().answer_next_with("messages.sendEncrypted", 400, "DATA_INVALID");
    };
    let (sent, ()) = tokio::join!(send, fail);
    let SendError { chunk, sent, error } = sent.unwrap_err();
    assert_eq!((chunk, sent.len()), (1, 2), "{error}");
    assert!(matches!(error, ChatError::DataInvalid));
    assert_eq!(bob.texts_so_far().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_the_peer_discarded_says_so_to_who_waits_and_who_comes_later() {
    let world = World::ready();
    let (mut alice, bob) = world.both().await;
    alice.line.faults().hold = Some("messages.sendEncrypted");
    let chats = alice.chats.clone();
    let chat = world.chat;
    let waiting = tokio::spawn(async move { chats.send_encrypted(chat, "hello").await });
    settle().await;
    bob.chats.discard(world.chat, true).await.unwrap();
    let closed = alice.expect(|event| matches!(event, Event::Closed(_))).await;
    assert_eq!(closed, Event::Closed(CloseReason::ByPeer { history_deleted: true }));
    let errors =
        [waiting.await.unwrap().unwrap_err(), alice.chats.send_encrypted(world.chat, "hello").await.unwrap_err()];
    for error in errors {
        assert!(matches!(error.error, ChatError::Closed(CloseReason::ByPeer { .. })), "{error:?}");
    }
    assert!(matches!(alice.chats.chat(world.chat).await.unwrap().state, ChatState::Closed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_chat_is_requested_accepted_and_used() {
    let world = World::new();
    let (mut alice, mut bob) = world.both().await;
    settle().await;
    let chat = alice.chats.request(user(BOB)).await.unwrap();
    let error = alice.chats.send_encrypted(chat, "early").await.unwrap_err();
    assert!(matches!(error.error, ChatError::Command(CommandError::NotReady)), "{error:?}");
    bob.expect(|event| matches!(event, Event::Requested)).await;
    bob.chats.accept(chat).await.unwrap();
    alice.expect(|event| matches!(event, Event::Ready { .. })).await;
    bob.chats.send_encrypted(chat, "hello").await.unwrap();
    assert_eq!(alice.text().await, "hello");
    let states = [alice.chats.chat(chat).await.unwrap().state, bob.chats.chat(chat).await.unwrap().state];
    let hashes = states.map(|state| match state {
        ChatState::Ready { key_hash, .. } => key_hash.hex_text(),
        other => panic!("{other:?}"),
    });
    assert_eq!(hashes[0], hashes[1]);
    let again = bob.chats.accept(chat).await.unwrap_err();
    assert!(matches!(again, ChatError::Command(CommandError::NotRequested)), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn chats_that_begin_together_are_spread_over_several_commits() {
    const CHATS: usize = 40;
    let world = World::new();
    let alice = world.alice().await;
    settle().await;
    // Nothing but requests is committed until then.
    alice.line.faults().hold = Some("messages.requestEncryption");
    let before = world.alice.commits();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..CHATS {
        let chats = alice.chats.clone();
        requests.spawn(async move { chats.request(user(BOB)).await });
    }
    settle().await;
    let commits = world.alice.commits() - before;
    assert!(commits >= CHATS / 8, "{commits} commits for {CHATS} chats");
    requests.abort_all();
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_server_refuses_is_an_error() {
    let world = World::new();
    let alice = world.alice().await;
    let error = alice.chats.request(user(404)).await.unwrap_err();
    assert!(matches!(&error, ChatError::Rpc(error) if error.message == "USER_ID_INVALID"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn timers_reading_deleting_and_flushing_reach_the_peer() {
    let world = World::ready();
    let (mut alice, mut bob) = world.both().await;
    alice.chats.set_timer(world.chat, 30).await.unwrap();
    assert_eq!(bob.expect(|event| matches!(event, Event::Ttl(_))).await, Event::Ttl(30));
    let sent = alice.chats.send_encrypted(world.chat, "burn this").await.unwrap();
    bob.text().await;
    bob.chats.read(world.chat, vec![sent[0].random_id]).await.unwrap();
    assert_eq!(alice.expect(|event| matches!(event, Event::Read(_))).await, Event::Read(vec![sent[0].random_id]));
    let expired = alice.expect(|event| matches!(event, Event::Expired(_))).await;
    assert_eq!(expired, Event::Expired(vec![sent[0].random_id]));
    let sent = alice.chats.send_encrypted(world.chat, "delete this").await.unwrap();
    alice.chats.delete(world.chat, vec![sent[0].random_id]).await.unwrap();
    assert_eq!(bob.expect(|event| matches!(event, Event::Deleted(_))).await, Event::Deleted(vec![sent[0].random_id]));
    alice.chats.flush(world.chat).await.unwrap();
    bob.expect(|event| matches!(event, Event::HistoryFlushed)).await;
}

#[tokio::test(start_paused = true)]
async fn typing_and_reading_are_told_through_the_server() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    alice.chats.typing(world.chat, true).await.unwrap();
    alice.chats.typing(world.chat, true).await.unwrap();
    alice.chats.read_history(world.chat, 1_699_999_999).await.unwrap();
    let error = alice.chats.read_history(world.chat, i32::MAX).await.unwrap_err();
    assert!(matches!(&error, ChatError::Rpc(error) if error.message == "MAX_DATE_INVALID"), "{error:?}");
    settle().await;
    let (mut typed, mut read) = (0, 0);
    while let Ok(Some(news)) = tokio::time::timeout(Duration::from_millis(1), bob.events.next()).await {
        match news {
            News::Notice { notice: Notice::Typing(_), chat } if chat == world.chat => typed += 1,
            News::ReadUntil { chat, max_date: 1_699_999_999 } if chat == world.chat => read += 1,
            _ => {}
        }
    }
    assert_eq!((typed, read), (1, 1), "typing is told at most every five seconds");
}

#[tokio::test(start_paused = true)]
async fn typing_as_a_service_message_is_told_through_the_server_and_has_no_answer() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    let typing = DecryptedMessageActionTyping::new(SecretTyping::SendMessageTypingAction);
    let sent = alice.chats.send_encrypted_service(world.chat, typing).await.unwrap();
    assert_eq!(sent, []);
    settle().await;
    let mut typed = 0;
    while let Ok(Some(news)) = tokio::time::timeout(Duration::from_millis(1), bob.events.next()).await {
        typed += usize::from(matches!(news, News::Notice { notice: Notice::Typing(_), .. }));
    }
    assert_eq!(typed, 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_chat_sends_by_itself_callers_cannot_send() {
    let world = World::ready();
    let (alice, _bob) = world.both().await;
    let error = alice
        .chats
        .send_encrypted_service(world.chat, tl_types::secret::constructors::DecryptedMessageActionNotifyLayer::new(144))
        .await
        .unwrap_err();
    assert!(matches!(error.error, ChatError::Command(CommandError::Protocol { .. })), "{error:?}");
}

use chacha20::rand_core::Rng;
use secret_runtime::loopback::{Server, Settings};
use tl_types::Encode;
use tl_types::api::{constructors, functions, types};

use crate::client::{Client, input, server, start};

/// Two users, and a chat that both have agreed on.
pub(crate) struct Pair {
    pub(crate) ada: Client,
    pub(crate) bob: Client,
    /// The chat as Ada and as Bob refer to it.
    pub(crate) of_ada: types::InputEncryptedChat,
    pub(crate) of_bob: types::InputEncryptedChat,
}

impl Pair {
    pub(crate) async fn new(server: &Server) -> Self {
        let mut ada = Client::logged_in(server, "79990001").await;
        let mut bob = Client::logged_in(server, "79990002").await;
        bob.call(&functions::updates::GetState::new()).await.unwrap();
        let waiting = request(&mut ada, &mut bob, 4711).await;
        let types::EncryptedChat::Requested(requested) = bob.encryption().await else { panic!() };
        let of_bob = constructors::InputEncryptedChat::new(requested.id, requested.access_hash);
        let of_ada = constructors::InputEncryptedChat::new(waiting.id, waiting.access_hash);
        bob.call(&accept(&of_bob)).await.unwrap();
        let types::EncryptedChat::EncryptedChat(_) = ada.encryption().await else { panic!() };
        Self { ada, bob, of_ada, of_bob }
    }
}

pub(crate) fn send(chat: &types::InputEncryptedChat, random_id: i64) -> functions::messages::SendEncrypted {
    functions::messages::SendEncrypted::new(chat.clone(), random_id, vec![9; 56])
}

fn accept(chat: &types::InputEncryptedChat) -> functions::messages::AcceptEncryption {
    functions::messages::AcceptEncryption::new(chat.clone(), vec![2; 256], 77)
}

fn discard(chat: i32) -> functions::messages::DiscardEncryption {
    functions::messages::DiscardEncryption::new(chat)
}

/// Ada requests a chat of Bob.
pub(crate) async fn request(ada: &mut Client, bob: &mut Client, id: i32) -> constructors::EncryptedChatWaiting {
    let bob = bob.me().await;
    let request = functions::messages::RequestEncryption::new(input(&bob), id, vec![1; 256]);
    match ada.call(&request).await.unwrap() {
        types::EncryptedChat::Waiting(chat) => chat,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_group_is_given_once_with_randomness_each_time() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let config = |version, length| functions::messages::GetDhConfig::new(version, length);
    let types::messages::DhConfig::DhConfig(first) = ada.call(&config(0, 256)).await.unwrap() else { panic!() };
    assert_eq!((first.g, first.p.len(), first.random.len()), (3, 256, 256));
    let again = ada.call(&config(first.version, 16)).await.unwrap();
    let types::messages::DhConfig::NotModified(again) = again else { panic!() };
    assert_eq!(again.random.len(), 16);
    assert_ne!(again.random[..], first.random[..16]);
    let types::messages::DhConfig::DhConfig(longest) = ada.call(&config(0, 1024)).await.unwrap() else { panic!() };
    assert_eq!(longest.random.len(), 1024);
    for length in [-1, 1025] {
        assert_eq!(ada.error(&config(0, length)).await, "400 RANDOM_LENGTH_INVALID");
    }
}

#[tokio::test]
async fn the_id_of_a_chat_is_the_random_id_of_its_request_and_each_side_has_its_own_access_hash() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let waiting = request(&mut ada, &mut bob, -5).await;
    let types::EncryptedChat::Requested(requested) = bob.encryption().await else { panic!() };
    assert_eq!((waiting.id, requested.id, requested.g_a.as_slice()), (-5, -5, &[1; 256][..]));
    assert_ne!(waiting.access_hash, requested.access_hash);
    assert_eq!(requested.admin_id, ada.me().await.id);
    assert!(bob.told.iter().any(|user| crate::client::user(user).id == requested.admin_id), "who asks is told, too");
    let of_bob = constructors::InputEncryptedChat::new(requested.id, requested.access_hash);
    let types::EncryptedChat::EncryptedChat(chat) = bob.call(&accept(&of_bob)).await.unwrap() else { panic!() };
    assert_eq!((chat.g_a_or_b.as_slice(), chat.key_fingerprint), (&[1; 256][..], 77));
    let types::EncryptedChat::EncryptedChat(chat) = ada.encryption().await else { panic!() };
    assert_eq!((chat.g_a_or_b.as_slice(), chat.access_hash), (&[2; 256][..], waiting.access_hash));
}

#[tokio::test]
async fn requests_that_cannot_be_are_refused() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let bob_is = bob.me().await;
    let ask = |user: types::InputUser, id, g_a: Vec<u8>| functions::messages::RequestEncryption::new(user, id, g_a);
    let stranger = types::InputUser::from(constructors::InputUser::new(bob_is.id, 1));
    assert_eq!(ada.error(&ask(stranger, 1, vec![1; 256])).await, "400 USER_ID_INVALID");
    assert_eq!(ada.error(&ask(types::InputUser::InputUserSelf, 1, vec![1; 256])).await, "400 USER_ID_INVALID");
    assert_eq!(ada.error(&ask(input(&bob_is), 1, vec![1])).await, "400 DH_G_A_INVALID");
    assert_eq!(ada.error(&ask(input(&bob_is), 1, vec![255; 256])).await, "400 DH_G_A_INVALID");
    request(&mut ada, &mut bob, 1).await;
    for id in [1, 0] {
        assert_eq!(ada.error(&ask(input(&bob_is), id, vec![1; 256])).await, "400 RANDOM_ID_DUPLICATE");
    }
    let mut bot = Client::new(&server, 9).await;
    bot.call(&functions::auth::ImportBotAuthorization::new(0, 1, "hash", "4242:abcdefgh")).await.unwrap();
    let seen = functions::contacts::ResolveUsername::new("number4242_bot");
    let seen = crate::client::user(&ada.call(&seen).await.unwrap().users[0]);
    assert_eq!(ada.error(&ask(input(&seen), 2, vec![1; 256])).await, "400 USER_ID_INVALID");
}

#[tokio::test]
async fn there_are_no_more_chats_than_the_server_is_told_to_keep() {
    let server = start(Settings { object_limit: 2, ..Settings::default() }).await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    for id in 1..=2 {
        request(&mut ada, &mut bob, id).await;
    }
    let third = functions::messages::RequestEncryption::new(input(&bob.me().await), 3, vec![1; 256]);
    assert_eq!(ada.error(&third).await, "420 FLOOD_WAIT_60");
}

#[tokio::test]
async fn two_users_cannot_have_chats_of_one_id() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    let mut eve = Client::logged_in(&server, "79990003").await;
    request(&mut ada, &mut bob, 1).await;
    let eve_asks = functions::messages::RequestEncryption::new(input(&eve.me().await), 1, vec![1; 256]);
    assert_eq!(bob.error(&eve_asks).await, "400 RANDOM_ID_DUPLICATE");
}

#[tokio::test]
async fn only_one_device_has_a_chat_and_the_others_are_told_so() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut phone = Client::logged_in(&server, "79990002").await;
    let mut tablet = Client::new(&server, 99).await;
    tablet.log_in("79990002").await.unwrap();
    request(&mut ada, &mut phone, 1).await;
    let types::EncryptedChat::Requested(on_phone) = phone.encryption().await else { panic!() };
    let types::EncryptedChat::Requested(on_tablet) = tablet.encryption().await else { panic!() };
    assert_eq!(on_phone, on_tablet);
    let chat = constructors::InputEncryptedChat::new(on_phone.id, on_phone.access_hash);
    phone.call(&accept(&chat)).await.unwrap();
    assert!(matches!(tablet.encryption().await, types::EncryptedChat::Discarded(chat) if !chat.history_deleted));
    assert_eq!(tablet.error(&accept(&chat)).await, "400 ENCRYPTION_ALREADY_ACCEPTED");
    assert_eq!(tablet.error(&discard(1)).await, "400 ENCRYPTION_ALREADY_ACCEPTED");
    assert_eq!(tablet.error(&send(&chat, 1)).await, "400 CHAT_ID_INVALID");
    phone.call(&send(&chat, 1)).await.unwrap();
    ada.encryption().await;
    ada.message().await;
    assert_eq!(tablet.updates().await, []);
}

#[tokio::test]
async fn accepting_what_is_not_there_or_not_open_is_refused() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    assert_eq!(pair.bob.error(&accept(&pair.of_bob)).await, "400 ENCRYPTION_ALREADY_ACCEPTED");
    assert_eq!(pair.ada.error(&accept(&pair.of_ada)).await, "400 CHAT_ID_INVALID");
    assert_eq!(pair.bob.error(&accept(&pair.of_ada)).await, "400 CHAT_ID_INVALID");
    let mut eve = Client::logged_in(&server, "79990003").await;
    assert_eq!(eve.error(&accept(&pair.of_bob)).await, "400 CHAT_ID_INVALID");
    pair.ada.call(&discard(4711)).await.unwrap();
    assert_eq!(pair.bob.error(&accept(&pair.of_bob)).await, "400 ENCRYPTION_ALREADY_DECLINED");
}

#[tokio::test]
async fn a_discard_by_either_side_at_any_time_reaches_the_other() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut deleting = discard(4711);
    deleting.delete_history = true;
    assert!(pair.bob.call(&deleting).await.unwrap());
    let types::EncryptedChat::Discarded(chat) = pair.ada.encryption().await else { panic!() };
    assert!(chat.history_deleted);
    let Pair { mut ada, mut bob, of_ada, .. } = pair;
    assert_eq!(ada.error(&discard(4711)).await, "400 ENCRYPTION_ALREADY_DECLINED");
    assert_eq!(ada.error(&send(&of_ada, 1)).await, "400 ENCRYPTION_DECLINED");
    for (id, by_ada) in [(1, true), (2, false)] {
        request(&mut ada, &mut bob, id).await;
        bob.encryption().await;
        let (by, other) = if by_ada { (&mut ada, &mut bob) } else { (&mut bob, &mut ada) };
        by.call(&discard(id)).await.unwrap();
        assert!(matches!(other.encryption().await, types::EncryptedChat::Discarded(chat) if chat.id == id));
    }
    assert_eq!(ada.error(&discard(0)).await, "400 CHAT_ID_EMPTY");
    assert_eq!(ada.error(&discard(3)).await, "400 ENCRYPTION_ID_INVALID");
    let mut eve = Client::logged_in(&server, "79990003").await;
    assert_eq!(eve.error(&discard(1)).await, "400 ENCRYPTION_ID_INVALID");
}

#[tokio::test]
async fn logging_out_discards_the_chats_of_the_device() {
    for by_ada in [true, false] {
        let server = server().await;
        let Pair { mut ada, mut bob, of_ada, of_bob } = Pair::new(&server).await;
        let (by, other, of_other) = if by_ada { (&mut ada, &mut bob, &of_bob) } else { (&mut bob, &mut ada, &of_ada) };
        by.call(&functions::auth::LogOut::new()).await.unwrap();
        let types::EncryptedChat::Discarded(chat) = other.encryption().await else { panic!() };
        assert!(!chat.history_deleted);
        assert_eq!(other.error(&send(of_other, 1)).await, "400 ENCRYPTION_DECLINED");
    }
}

#[tokio::test]
async fn logging_out_discards_one_chat_after_the_other() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    for id in 1..=8 {
        request(&mut ada, &mut bob, id).await;
        bob.encryption().await;
    }
    ada.call(&functions::auth::LogOut::new()).await.unwrap();
    for id in 1..=8 {
        assert!(matches!(bob.encryption().await, types::EncryptedChat::Discarded(chat) if chat.id == id));
    }
}

#[tokio::test]
async fn messages_arrive_as_they_were_sent_and_the_first_has_qts_2() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
    let service = functions::messages::SendEncryptedService::new(pair.of_ada.clone(), 2, vec![8; 40]);
    pair.ada.call(&service).await.unwrap();
    let (types::EncryptedMessage::EncryptedMessage(text), qts) = pair.bob.message().await else { panic!() };
    assert_eq!((text.random_id, text.chat_id, text.bytes, qts), (1, 4711, vec![9; 56], 2));
    let (types::EncryptedMessage::Service(service), qts) = pair.bob.message().await else { panic!() };
    assert_eq!((service.random_id, service.bytes, qts), (2, vec![8; 40], 3));
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_not_delivered_again() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let answer = pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
    server.shift_clock(5);
    assert_eq!(pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap(), answer);
    // The other side counts for itself.
    pair.bob.call(&send(&pair.of_bob, 1)).await.unwrap();
    assert_eq!(pair.ada.message().await.1, 2);
    pair.ada.call(&send(&pair.of_ada, 2)).await.unwrap();
    let types::Update::NewEncryptedMessage(first) = pair.bob.update().await else { panic!() };
    let types::Update::NewEncryptedMessage(second) = pair.bob.update().await else { panic!() };
    let ids = [first, second].map(|update| match update.message {
        types::EncryptedMessage::EncryptedMessage(message) => (message.random_id, update.qts),
        other => panic!("{other:?}"),
    });
    assert_eq!(ids, [(1, 2), (2, 3)]);
}

#[tokio::test]
async fn a_message_that_was_confirmed_is_delivered_again_with_its_file_when_it_is_sent_again() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let part = functions::upload::SaveFilePart::new(7, 0, vec![3; 16]);
    pair.ada.call(&part).await.unwrap();
    let file = constructors::InputEncryptedFileUploaded::new(7, 1, "", 5);
    let with_file = functions::messages::SendEncryptedFile::new(pair.of_ada.clone(), 2, vec![9; 56], file);
    let mut received = Vec::new();
    for confirmed in [1, 3] {
        pair.bob.call(&functions::messages::ReceivedQueue::new(confirmed)).await.unwrap();
        for _ in 0..2 {
            pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
            pair.ada.call(&with_file).await.unwrap();
        }
        received.extend([pair.bob.message().await, pair.bob.message().await]);
    }
    let [first, file, again, file_again] = received.try_into().unwrap();
    assert_eq!((first.0, file.0), (again.0, file_again.0));
    assert_eq!([first.1, file.1, again.1, file_again.1], [2, 3, 4, 5]);
    assert_eq!(pair.bob.updates().await, []);
}

#[tokio::test]
async fn a_server_may_deliver_what_is_sent_again() {
    let server = start(Settings { deliver_repeats: true, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    for qts in [2, 3] {
        pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
        assert_eq!(pair.bob.message().await.1, qts);
    }
}

#[tokio::test]
async fn a_sender_waits_when_the_other_side_confirms_nothing() {
    let server = start(Settings { queue_limit: 2, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    for random_id in 1..=2 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    assert_eq!(pair.ada.error(&send(&pair.of_ada, 3)).await, "420 FLOOD_WAIT_60");
    pair.bob.call(&functions::messages::ReceivedQueue::new(2)).await.unwrap();
    pair.ada.call(&send(&pair.of_ada, 3)).await.unwrap();
}

#[tokio::test]
async fn data_that_is_no_encrypted_message_is_refused() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let send = |data: usize| functions::messages::SendEncrypted::new(pair.of_ada.clone(), 1, vec![1; data]);
    assert_eq!(pair.ada.error(&send(24)).await, "400 DATA_INVALID");
    assert_eq!(pair.ada.error(&send(57)).await, "400 DATA_INVALID");
    assert_eq!(pair.ada.error(&send(128 * 1024 + 8)).await, "400 DATA_TOO_LONG");
    let other = constructors::InputEncryptedChat::new(4711, pair.of_ada.access_hash.wrapping_add(1));
    assert_eq!(pair.ada.error(&crate::chats::send(&other, 1)).await, "400 CHAT_ID_INVALID");
    let other = constructors::InputEncryptedChat::new(4712, pair.of_ada.access_hash);
    assert_eq!(pair.ada.error(&crate::chats::send(&other, 1)).await, "400 CHAT_ID_INVALID");
    assert_eq!(pair.bob.updates().await, []);
}

#[tokio::test]
async fn data_may_be_as_long_as_the_server_is_told_and_no_longer() {
    let server = start(Settings { data_limit: 56, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    pair.ada.call(&send(&pair.of_ada, 1)).await.unwrap();
    let longer = functions::messages::SendEncrypted::new(pair.of_ada.clone(), 2, vec![9; 72]);
    assert_eq!(pair.ada.error(&longer).await, "400 DATA_TOO_LONG");
}

#[tokio::test]
async fn typing_and_reading_are_told_to_the_other_side() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let typing = |on| functions::messages::SetEncryptedTyping::new(pair.of_ada.clone(), on);
    assert!(pair.ada.call(&typing(false)).await.unwrap());
    assert_eq!(pair.bob.updates().await, []);
    assert!(pair.ada.call(&typing(true)).await.unwrap());
    assert!(matches!(pair.bob.update().await, types::Update::EncryptedChatTyping(update) if update.chat_id == 4711));
    let read = |date| functions::messages::ReadEncryptedHistory::new(pair.of_bob.clone(), date);
    assert_eq!(pair.bob.error(&read(-1)).await, "400 MAX_DATE_INVALID");
    assert!(pair.bob.call(&read(100)).await.unwrap());
    let types::Update::EncryptedMessagesRead(update) = pair.ada.update().await else { panic!() };
    assert_eq!((update.chat_id, update.max_date), (4711, 100));
}

#[tokio::test]
async fn calls_can_be_made_to_wait_for_each_other_and_fail_together() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bad = functions::messages::SendEncrypted::new(pair.of_ada.clone(), 1, vec![1; 3]);
    let first = pair.ada.submit(bad.to_bytes().unwrap());
    let options = {
        let mut options = secret_runtime::mtproto::session::RequestOptions::default();
        options.after = vec![first];
        options
    };
    let second = secret_runtime::mtproto::session::RequestId(pair.ada.random.next_u64());
    let body = send(&pair.of_ada, 2).to_bytes().unwrap();
    pair.ada.session.submit(second, body, options, crate::client::now());
    assert!(pair.ada.answer(first).await.is_err());
    let error = pair.ada.answer(second).await.unwrap_err();
    assert_eq!(error, crate::client::Failure::Rpc(tl_types::RpcError::new(400, "MSG_WAIT_FAILED")));
    assert_eq!(pair.bob.updates().await, []);
}

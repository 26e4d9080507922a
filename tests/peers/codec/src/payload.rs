//! What is encoded and decoded: a request, an update, and a page of history, with the fields that such values have in
//! practice. The same bytes come out on every run.

use tl_types::api::{constructors, functions, types};

/// A text to a user.
pub(crate) fn request() -> functions::messages::SendMessage {
    let peer = constructors::InputPeerUser::new(5_124_331_907, 0x1d2f_88c3_70ab_4410);
    functions::messages::SendMessage::new(peer, "I will be there at nine, see you tomorrow!!", 0x5e0c_22f1_9ab3_7741)
}

/// One new message and its sender.
pub(crate) fn update() -> types::Updates {
    let text = "The train leaves at 7:40 from platform 3, and the tickets are at https://example.org/t/4821.";
    let message = constructors::Message::new(48_213, user_peer(7), 1_760_000_000, text)
        .with_from_id(user_peer(7))
        .with_reply_to(constructors::MessageReplyHeader::new().with_reply_to_msg_id(48_190))
        .with_media(photo_media(7))
        .with_entities(entities(7));
    let update = constructors::UpdateNewMessage::new(message, 190_334, 1);
    constructors::Updates::new(vec![update.into()], vec![user(7)], Vec::new(), 1_760_000_001, 0).into()
}

/// A page of 100 messages by 50 users in 50 channels.
pub(crate) fn history() -> types::messages::Messages {
    constructors::messages::MessagesSlice::new(
        4_821,
        (0..100).map(history_message).collect(),
        Vec::new(),
        (0..50).map(channel).collect(),
        (0..50).map(user).collect(),
    )
    .with_next_rate(1_759_990_000)
    .into()
}

/// One in three has a photo, one in three entities, one in five is forwarded; all but replies carry reactions.
fn history_message(number: i32) -> types::Message {
    let mut message = constructors::Message::new(
        40_000 + number,
        channel_peer(number % 50),
        1_759_000_000 + 61 * number,
        text(number),
    )
    .with_post(true)
    .with_from_id(user_peer(number % 50))
    .with_views(1_200 + 17 * number)
    .with_forwards(3 + number % 9);
    if number % 3 == 0 {
        message = message.with_media(photo_media(number));
    }
    if number % 3 == 1 {
        message = message.with_entities(entities(number));
    }
    if number % 5 == 0 {
        let origin = constructors::MessageFwdHeader::new(1_758_000_000 + number)
            .with_from_id(channel_peer(number % 7))
            .with_channel_post(900 + number);
        message = message.with_fwd_from(origin);
    }
    if number % 4 == 0 {
        message = message.with_reply_to(constructors::MessageReplyHeader::new().with_reply_to_msg_id(39_000 + number));
    } else {
        message = message.with_reactions(reactions(number)).with_edit_date(1_759_100_000 + number);
    }
    if number % 10 == 0 {
        let replies = constructors::MessageReplies::new(12 + number, 55_000 + number)
            .with_comments(true)
            .with_recent_repliers(vec![user_peer(1), user_peer(2), user_peer(3)])
            .with_channel_id(1_400_000_000);
        message = message.with_replies(replies);
    }
    message.into()
}

/// Between 40 and 310 characters, one in four in Cyrillic.
fn text(number: i32) -> String {
    let (latin, cyrillic) = ("the quick brown fox jumps over the lazy dog; ", "съешь ещё этих мягких булок; ");
    let phrase = if number % 4 == 3 { cyrillic } else { latin };
    phrase.chars().cycle().skip(number as usize % 40).take(40 + (number as usize * 37) % 271).collect()
}

fn entities(number: i32) -> Vec<types::MessageEntity> {
    vec![
        constructors::MessageEntityBold::new(0, 9).into(),
        constructors::MessageEntityUrl::new(12, 8).into(),
        constructors::MessageEntityTextUrl::new(3, 5, format!("https://example.org/article/{}", 1_000 + number)).into(),
    ]
}

fn reactions(number: i32) -> constructors::MessageReactions {
    let count = |emoji: &str, count| constructors::ReactionCount::new(constructors::ReactionEmoji::new(emoji), count);
    constructors::MessageReactions::new(vec![count("👍", 40 + number), count("🔥", 7), count("❤", 3)])
        .with_can_see_list(true)
}

fn photo_media(number: i32) -> types::MessageMedia {
    let id = 5_200_000_000_000_000_000 + i64::from(number);
    let sizes = vec![
        constructors::PhotoStrippedSize::new("i", bytes(number, 40)).into(),
        constructors::PhotoSize::new("m", 320, 180, 14_200 + number).into(),
        constructors::PhotoSizeProgressive::new("x", 1_280, 720, vec![9_000, 21_000, 60_000, 98_000 + number]).into(),
    ];
    let photo = constructors::Photo::new(id, id ^ 0x1f3a_77aa, bytes(number, 29), 1_758_900_000 + number, sizes, 2);
    constructors::MessageMediaPhoto::new().with_photo(photo).into()
}

fn user(number: i32) -> types::User {
    let id = user_id(number);
    let photo = constructors::UserProfilePhoto::new(id << 20, 2).with_stripped_thumb(bytes(number, 8));
    let user = constructors::User::new(id)
        .with_access_hash(id.wrapping_mul(0x2545_f491_4f6c_dd1d))
        .with_first_name(
            ["Alice", "Boris", "Chen", "Деметра", "Eve"].into_iter().cycle().nth(number as usize).unwrap_or_default(),
        )
        .with_last_name(format!("Example-{number}"))
        .with_username(format!("user_{number}_example"))
        .with_photo(photo)
        .with_premium(number % 3 == 0)
        .with_mutual_contact(number % 2 == 0)
        .with_contact(number % 2 == 0);
    match number % 2 {
        0 => {
            user.with_phone(format!("4915550{:05}", 100 + number)).with_status(constructors::UserStatusRecently::new())
        }
        _ => user.with_status(constructors::UserStatusOffline::new(1_759_000_000 + number)),
    }
    .into()
}

fn channel(number: i32) -> types::Chat {
    let id = channel_id(number);
    let photo = constructors::ChatPhoto::new(id << 20, 2).with_stripped_thumb(bytes(number, 8));
    let rights = constructors::ChatBannedRights::new(i32::MAX).with_send_media(true).with_change_info(true);
    constructors::Channel::new(id, format!("A channel about subject {number}"), photo, 1_600_000_000 + number)
        .with_access_hash(id.wrapping_mul(0x2545_f491_4f6c_dd1d))
        .with_username(format!("channel_{number}_example"))
        .with_broadcast(number % 2 == 0)
        .with_megagroup(number % 2 == 1)
        .with_default_banned_rights(rights)
        .with_participants_count(2_000 + 311 * number)
        .with_color(constructors::PeerColor::new().with_color(number % 7))
        .into()
}

fn user_peer(number: i32) -> types::Peer {
    constructors::PeerUser::new(user_id(number)).into()
}

fn channel_peer(number: i32) -> types::Peer {
    constructors::PeerChannel::new(channel_id(number)).into()
}

fn user_id(number: i32) -> i64 {
    5_000_000_000 + 7_919 * i64::from(number)
}

fn channel_id(number: i32) -> i64 {
    1_500_000_000 + 104_729 * i64::from(number)
}

/// Bytes that look like a thumbnail or a file reference: they do not repeat.
fn bytes(seed: i32, len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(seed.unsigned_abs());
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

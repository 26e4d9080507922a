//! Updates: each goes to the secret chats and to grammers.

use std::future::Future;

use grammers_session::updates::UpdatesLike;
use grammers_tl_types::Serializable;
use secret_runtime::client::Incoming;
use tl_types::Decode;
use tl_types::api::types::Updates;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// How many updates wait for a side that is slow. What is more is dropped, as grammers drops what its own queue cannot hold:
/// the secret chats then ask for what they have missed.
pub const QUEUE: usize = 100;

/// Shares the updates of a sender pool.
///
/// The first receiver is for the secret chats, the second takes the place of `pool.updates`, for
/// `Client::stream_updates`. The future passes the updates on; spawn it. It ends with the pool, or when both receivers are
/// dropped. Neither side waits for the other: drop the receiver that is not wanted, or do not read it.
#[must_use = "nothing is passed on before the future is spawned"]
pub fn share(
    mut updates: mpsc::Receiver<UpdatesLike>,
) -> (mpsc::Receiver<Incoming>, mpsc::Receiver<UpdatesLike>, impl Future<Output = ()> + Send) {
    let (ours, incoming) = mpsc::channel(QUEUE);
    let (theirs, remaining) = mpsc::channel(QUEUE);
    let pass_on = async move {
        // What came before may have been lost.
        let mut is_behind = true;
        while !(ours.is_closed() && theirs.is_closed()) {
            tokio::select! {
                biased;
                Ok(room) = ours.reserve(), if is_behind => {
                    room.send(Incoming::Reconnected);
                    is_behind = false;
                }
                update = updates.recv() => {
                    let Some(update) = update else { return };
                    if let Some(incoming) = incoming_of(&update).filter(|_| !is_behind) {
                        is_behind = matches!(ours.try_send(incoming), Err(TrySendError::Full(_)));
                    }
                    // Whether or not there is room: grammers finds gaps by itself.
                    let _ = theirs.try_send(update);
                }
                () = ours.closed(), if !ours.is_closed() => {}
                () = theirs.closed(), if !theirs.is_closed() => {}
            }
        }
    };
    (incoming, remaining, pass_on)
}

/// What the secret chats have to know of it; they have nothing to do with the special cases.
fn incoming_of(update: &UpdatesLike) -> Option<Incoming> {
    match update {
        UpdatesLike::Updates(updates) => match Updates::from_bytes(&updates.to_bytes()) {
            Ok(updates) => Some(Incoming::Updates(Box::new(updates))),
            // Of another layer: what it was about is in the difference.
            Err(_) => Some(Incoming::Reconnected),
        },
        UpdatesLike::ConnectionClosed | UpdatesLike::MalformedUpdates => Some(Incoming::Reconnected),
        UpdatesLike::ShortSentMessage { .. }
        | UpdatesLike::AffectedMessages(_)
        | UpdatesLike::AffectedChannelMessages { .. }
        | UpdatesLike::InvitedUsers(_)
        | UpdatesLike::ChatInviteJoinResult(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grammers_tl_types::{enums, types};

    /// An update of the host's own.
    fn typing(user_id: i64) -> UpdatesLike {
        let action = enums::SendMessageAction::SendMessageTypingAction;
        let update = types::UpdateUserTyping { user_id, top_msg_id: None, action };
        UpdatesLike::Updates(types::UpdateShort { update: update.into(), date: 1 }.into())
    }

    fn is_typing(update: Option<UpdatesLike>, user_id: i64) -> bool {
        let Some(UpdatesLike::Updates(enums::Updates::UpdateShort(short))) = update else { return false };
        matches!(short.update, enums::Update::UserTyping(update) if update.user_id == user_id)
    }

    #[tokio::test]
    async fn every_update_goes_to_both() {
        let (sender, updates) = mpsc::channel(QUEUE);
        let (mut incoming, mut remaining, pass_on) = share(updates);
        for user in 0..3 {
            sender.send(typing(user)).await.unwrap();
        }
        drop(sender);
        pass_on.await;
        assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        for user in 0..3 {
            assert!(matches!(incoming.recv().await, Some(Incoming::Updates(_))));
            assert!(is_typing(remaining.recv().await, user));
        }
        assert_eq!(incoming.recv().await, None);
        assert!(remaining.recv().await.is_none());
    }

    /// An update that goes deeper than our bindings follow.
    fn unreadable() -> UpdatesLike {
        let deep = |text, _| types::TextBold { text }.into();
        let text = (0..tl_types::MAX_DEPTH).fold(enums::RichText::TextEmpty, deep);
        let page = types::Page {
            part: false,
            rtl: false,
            v2: false,
            url: String::new(),
            blocks: vec![types::PageBlockParagraph { text }.into()],
            photos: Vec::new(),
            documents: Vec::new(),
            views: None,
        };
        let webpage = types::WebPage {
            has_large_media: false,
            video_cover_photo: false,
            id: 1,
            url: String::new(),
            display_url: String::new(),
            hash: 0,
            r#type: None,
            site_name: None,
            title: None,
            description: None,
            photo: None,
            embed_url: None,
            embed_type: None,
            embed_width: None,
            embed_height: None,
            duration: None,
            author: None,
            document: None,
            cached_page: Some(page.into()),
            attributes: None,
        };
        let update = types::UpdateWebPage { webpage: webpage.into(), pts: 1, pts_count: 1 };
        UpdatesLike::Updates(types::UpdateShort { update: update.into(), date: 1 }.into())
    }

    #[tokio::test]
    async fn an_update_that_cannot_be_read_has_the_chats_ask_for_the_difference() {
        let (sender, updates) = mpsc::channel(1);
        let (mut incoming, mut remaining, pass_on) = share(updates);
        sender.send(unreadable()).await.unwrap();
        drop(sender);
        pass_on.await;
        for _ in 0..2 {
            assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        }
        assert_eq!(incoming.recv().await, None);
        assert!(remaining.recv().await.is_some());
    }

    #[tokio::test]
    async fn who_does_not_read_does_not_hold_up_the_other() {
        let (sender, updates) = mpsc::channel(1);
        let (mut incoming, mut remaining, pass_on) = share(updates);
        let pass_on = tokio::spawn(pass_on);
        assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        for user in 0..3 * QUEUE as i64 {
            sender.send(typing(user)).await.unwrap();
            assert!(matches!(incoming.recv().await, Some(Incoming::Updates(_))));
        }
        for user in 0..QUEUE as i64 {
            assert!(is_typing(remaining.recv().await, user));
        }
        drop(sender);
        pass_on.await.unwrap();
        assert!(remaining.recv().await.is_none(), "what there was no room for is dropped");
    }

    #[tokio::test]
    async fn chats_that_were_slow_are_told_that_they_have_missed_something() {
        let (sender, updates) = mpsc::channel(1);
        let (mut incoming, mut remaining, pass_on) = share(updates);
        let pass_on = tokio::spawn(pass_on);
        for user in 0..3 * QUEUE as i64 {
            sender.send(typing(user)).await.unwrap();
            assert!(is_typing(remaining.recv().await, user));
        }
        assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        for _ in 1..QUEUE {
            assert!(matches!(incoming.recv().await, Some(Incoming::Updates(_))));
        }
        assert_eq!(incoming.recv().await, Some(Incoming::Reconnected));
        drop(sender);
        pass_on.await.unwrap();
        assert_eq!(incoming.recv().await, None);
    }

    #[tokio::test]
    async fn it_ends_when_nobody_reads() {
        let (sender, updates) = mpsc::channel(1);
        let (incoming, remaining, pass_on) = share(updates);
        let pass_on = tokio::spawn(pass_on);
        drop((incoming, remaining));
        pass_on.await.unwrap();
        assert!(sender.is_closed());
    }
}

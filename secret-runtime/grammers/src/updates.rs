//! Updates: each goes to the secret chats and to grammers.

use std::future::Future;

use grammers_session::updates::UpdatesLike;
use grammers_tl_types::Serializable;
use secret_runtime::client::Incoming;
use tl_types::Decode;
use tl_types::api::types::Updates;
use tokio::sync::mpsc;

/// How many updates wait for a side that is slow before the other waits, too.
pub const QUEUE: usize = 100;

/// Shares the updates of a sender pool.
///
/// The first receiver is for the secret chats, the second takes the place of `pool.updates`, for
/// `Client::stream_updates`. The future passes the updates on; spawn it. It ends with the pool, or when both receivers are
/// dropped. A side whose receiver is dropped is left out.
#[must_use = "nothing is passed on before the future is spawned"]
pub fn share(
    mut updates: mpsc::Receiver<UpdatesLike>,
) -> (mpsc::Receiver<Incoming>, mpsc::Receiver<UpdatesLike>, impl Future<Output = ()> + Send) {
    let (ours, incoming) = mpsc::channel(QUEUE);
    let (theirs, remaining) = mpsc::channel(QUEUE);
    let pass_on = async move {
        // What came before may have been lost.
        let mut has_chats = ours.send(Incoming::Reconnected).await.is_ok();
        let mut has_grammers = true;
        while has_chats || has_grammers {
            let Some(update) = updates.recv().await else { return };
            if has_chats && let Some(incoming) = incoming_of(&update) {
                has_chats = ours.send(incoming).await.is_ok();
            }
            if has_grammers {
                has_grammers = theirs.send(update).await.is_ok();
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

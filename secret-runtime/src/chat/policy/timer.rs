//! The arithmetic of self-destruct timers.

use tl_types::secret::constructors::DecryptedMessage;
use tl_types::secret::types::{DecryptedMessageMedia as Media, DocumentAttribute};

/// The longest timer, in seconds: 365 days.
pub const MAX_TTL: i32 = 365 * 24 * 60 * 60;

/// A timer that is written or obeyed, in seconds: from 0, which is none, to [`MAX_TTL`].
///
/// It holds for `decryptedMessageActionSetMessageTTL` and for `decryptedMessage.ttl`, written or received.
#[must_use]
pub fn clamp_ttl(seconds: i32) -> i32 {
    seconds.clamp(0, MAX_TTL)
}

/// How many seconds after it was seen (at the sender: read) a message is to disappear; `None` if it stays.
///
/// That is its own `ttl`, whatever the chat's timer is by now; but media that plays lasts a second longer than it takes
/// to play: the larger of `duration + 1` and `ttl`. Either is at most [`MAX_TTL`], since a peer says both.
///
/// Source: the behaviour of Telegram's clients.
#[must_use]
pub fn self_destruct_after(message: &DecryptedMessage) -> Option<u32> {
    let ttl = clamp_ttl(message.ttl);
    if ttl == 0 {
        return None;
    }
    let played = message.media.as_deref().and_then(duration).map(|seconds| clamp_ttl(seconds.saturating_add(1)));
    u32::try_from(played.unwrap_or(0).max(ttl)).ok()
}

/// How long media plays, in seconds.
fn duration(media: &Media) -> Option<i32> {
    let attributes = match media {
        Media::Audio(audio) => return Some(audio.duration),
        Media::Video(video) => return Some(video.duration),
        Media::Document(document) => &document.attributes,
        Media::ExternalDocument(document) => &document.attributes,
        _ => return None,
    };
    let durations = attributes.iter().filter_map(|attribute| match attribute {
        DocumentAttribute::Audio(audio) => Some(audio.duration),
        DocumentAttribute::Video(video) => Some(video.duration),
        _ => None,
    });
    durations.max()
}

//! Where the text of a message stands, which its media decides.

use tl_types::secret::constructors::DecryptedMessage;
use tl_types::secret::types::DecryptedMessageMedia as Media;

/// The field that holds a message's text, and that its entities relate to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `message`: there is no media, or but the preview of a page that the text links to.
    Message,
    /// `media.caption`; `message` is empty.
    Caption,
    /// Nowhere: the media has no caption, and a text needs a message of its own.
    After,
}

impl Place {
    pub(crate) fn of(media: Option<&Media>) -> Self {
        match media {
            None | Some(Media::Empty | Media::WebPage(_)) => Self::Message,
            Some(Media::Photo(_) | Media::Video(_) | Media::Document(_)) => Self::Caption,
            Some(
                Media::GeoPoint(_) | Media::Contact(_) | Media::Audio(_) | Media::ExternalDocument(_) | Media::Venue(_),
            ) => Self::After,
        }
    }
}

/// Takes the text out of `message`; `None` if both fields hold one.
pub(super) fn take_text(message: &mut DecryptedMessage) -> Option<String> {
    let text = std::mem::take(&mut message.message);
    match message.media.as_deref_mut().and_then(caption_mut) {
        Some(caption) if text.is_empty() => Some(std::mem::take(caption)),
        Some(caption) if !caption.is_empty() => None,
        _ => Some(text),
    }
}

/// Puts a text where it belongs.
pub(super) fn put_text(message: &mut DecryptedMessage, text: String) {
    match message.media.as_deref_mut().and_then(caption_mut) {
        Some(caption) => *caption = text,
        None => message.message = text,
    }
}

/// The caption of media that has one.
pub(crate) fn caption(media: &Media) -> Option<&str> {
    match media {
        Media::Photo(photo) => Some(&photo.caption),
        Media::Video(video) => Some(&video.caption),
        Media::Document(document) => Some(&document.caption),
        _ => None,
    }
}

fn caption_mut(media: &mut Media) -> Option<&mut String> {
    match media {
        Media::Photo(photo) => Some(&mut photo.caption),
        Media::Video(video) => Some(&mut video.caption),
        Media::Document(document) => Some(&mut document.caption),
        _ => None,
    }
}

/// The text that the entities of `message` relate to.
pub(crate) fn text_of(message: &DecryptedMessage) -> &str {
    match message.media.as_deref().and_then(caption) {
        Some(caption) => caption,
        None => &message.message,
    }
}

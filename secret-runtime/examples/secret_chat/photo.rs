//! A photo, for want of a camera: the picture of the chat's key, which both users can compare.

use jpeg_encoder::{ColorType, Encoder};
use secret_runtime::client::chats::{ChatInfo, ChatState};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaPhoto};

use crate::Failure;

/// Pixels for each of the twelve squares of a side.
const SCALE: usize = 80;

/// Pixels of a side.
const SIDE: u16 = 12 * SCALE as u16;

/// The picture as JPEG, and the message that it goes with.
pub(crate) fn of_key(chat: &ChatInfo) -> Result<(Vec<u8>, DecryptedMessage), Failure> {
    let ChatState::Ready { key_hash, .. } = &chat.state else { return Err("the chat is not ready".into()) };
    let mut pixels = Vec::new();
    for row in key_hash.image() {
        let row: Vec<u8> = row.iter().flat_map(|value| color(*value).repeat(SCALE)).collect();
        pixels.extend(row.repeat(SCALE));
    }
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 90).encode(&pixels, SIDE, SIDE, ColorType::Rgb)?;
    let (thumb, key, iv, side) = (Vec::new(), Vec::new(), Vec::new(), i32::from(SIDE));
    let media = DecryptedMessageMediaPhoto::new(thumb, 0, 0, side, side, 0, key, iv, "our key");
    Ok((jpeg, DecryptedMessage::new(0, 0, "").with_media(media)))
}

/// Of a square: white, or one of three blues.
fn color(value: u8) -> [u8; 3] {
    match value {
        0 => [0xff, 0xff, 0xff],
        1 => [0xd5, 0xe6, 0xf3],
        2 => [0x2d, 0x57, 0x75],
        _ => [0x2f, 0x99, 0xc9],
    }
}

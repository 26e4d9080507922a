//! What two people compare to know that nobody sits between them: the hash of their chat's key as a picture, as text, and
//! as emoji.
//!
//! Compare all of what is shown. 32 bits of the picture are the key's fingerprint, which the server sees and can make
//! equal at little cost: never shorten a comparison to a part. The specification is
//! <https://core.telegram.org/api/end-to-end#key-visualization>.

use std::fmt::{self, Write};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{ChatKey, bytes};

/// The colours of the picture as red, green and blue: white, and three shades of blue.
pub const PALETTE: [[u8; 3]; 4] = [[0xff, 0xff, 0xff], [0xd5, 0xe6, 0xf3], [0x2d, 0x57, 0x75], [0x2f, 0x99, 0xc9]];

/// What identifies a chat to its two people: 36 bytes, the same on both sides.
///
/// `SHA1(first key)[0..16] || SHA256(key in force when the chat reached layer 46)[0..20]`. It never changes, however
/// often the key does: keep it with the chat, and never make one of a later key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 36]);

impl KeyHash {
    /// The hash of a chat, of its first key and of the one that was in force when it reached layer 46: the same key,
    /// unless the chat is older than that layer.
    #[must_use]
    pub fn new(first: &ChatKey, at_layer_46: &ChatKey) -> Self {
        let (sha1, sha256) = (Sha1::digest(first.as_bytes()), Sha256::digest(at_layer_46.as_bytes()));
        let mut hash = [0; 36];
        let parts = sha1.iter().take(16).chain(sha256.iter().take(20));
        hash.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Self(hash)
    }

    /// The picture: 12 rows of 12 pixels, each the index of a colour in [`PALETTE`].
    #[must_use]
    pub fn image(&self) -> [[u8; 12]; 12] {
        pixels(&self.0)
    }

    /// The picture of chats below layer 46, of the first key alone: 8 rows of 8 pixels.
    #[must_use]
    pub fn legacy_image(&self) -> [[u8; 8]; 8] {
        pixels(&self.0)
    }

    /// [`image`](Self::image) as an SVG document of 12 by 12 units, without an outer size.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut svg = String::from(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12" shape-rendering="crispEdges">"#,
        );
        for (y, row) in self.image().iter().enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                let [red, green, blue] = PALETTE.get(usize::from(*pixel)).copied().unwrap_or_default();
                let fill = format_args!("#{red:02X}{green:02X}{blue:02X}");
                // Writing to a string cannot fail.
                let _ = write!(svg, r#"<rect x="{x}" y="{y}" width="1" height="1" fill="{fill}"/>"#);
            }
        }
        svg.push_str("</svg>");
        svg
    }

    /// The first 32 bytes in hexadecimal: 4 lines of 8 bytes, with spaces between the bytes.
    #[must_use]
    pub fn hex_text(&self) -> [String; 4] {
        let mut lines = [const { String::new() }; 4];
        for (line, bytes) in lines.iter_mut().zip(self.0.chunks(8)) {
            let words: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            *line = words.join(" ");
        }
        lines
    }

    /// The five emoji that Android shows, out of a list.
    ///
    /// The list is not a part of this crate; both sides need the same one in the same order. Official clients have 333
    /// (`emojiSecret` in Android's `EmojiData`). From an empty list come empty strings.
    #[must_use]
    pub fn emoji<'s>(&self, list: &[&'s str]) -> [&'s str; 5] {
        self.emoji_indices(list.len()).map(|index| list.get(index).copied().unwrap_or_default())
    }

    /// The places of the five emoji in a list of `len`: 0 to `len - 1`, or 0 for an empty one.
    #[must_use]
    pub fn emoji_indices(&self, len: usize) -> [usize; 5] {
        let mut indices = [0; 5];
        for (index, word) in indices.iter_mut().zip(self.0.split_at(16).1.as_chunks().0) {
            let number = (u32::from_be_bytes(*word) & 0x7fff_ffff) as usize;
            *index = number.checked_rem(len).unwrap_or(0);
        }
        indices
    }
}

/// In hexadecimal.
impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

impl From<Zeroizing<[u8; 36]>> for KeyHash {
    fn from(hash: Zeroizing<[u8; 36]>) -> Self {
        Self(*hash)
    }
}

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer)
    }
}

/// Two bits a pixel, the least significant ones first, row by row.
fn pixels<const SIDE: usize>(hash: &[u8; 36]) -> [[u8; SIDE]; SIDE] {
    let mut image = [[0; SIDE]; SIDE];
    let bits = hash.iter().flat_map(|byte| [0, 2, 4, 6].map(|shift| (byte >> shift) & 3));
    image.iter_mut().flatten().zip(bits).for_each(|(pixel, bits)| *pixel = bits);
    image
}

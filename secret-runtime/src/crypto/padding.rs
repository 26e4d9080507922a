//! How much padding a message gets.

/// How many random bytes are put behind a message, which decides how much of its length the server learns.
///
/// MTProto 2.0 asks for 12 to 1024 bytes, and for a total that is a multiple of 16
/// (<https://core.telegram.org/api/end-to-end#serialization-and-encryption-of-outgoing-messages>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Padding {
    /// As little as allowed: 12 to 27 bytes.
    Minimal,
    /// TDLib's policy: the total is one of 64, 128, 192, 256, 384, 512, 768, 1024 and 1280 bytes, or 1280 and a multiple
    /// of 448. So most short texts have one of few lengths, and look like those of the official clients.
    #[default]
    Bucketed,
}

/// The fewest bytes of padding that MTProto 2.0 allows.
pub(super) const MIN: usize = 12;
/// The most.
pub(super) const MAX: usize = 1024;

const BUCKETS: [usize; 9] = [64, 128, 192, 256, 384, 512, 768, 1024, 1280];
const STEP: usize = 448;

impl Padding {
    /// The number of bytes behind a plaintext of `plaintext_len` bytes, which counts the four of the length before the
    /// body.
    #[must_use]
    pub fn len(self, plaintext_len: usize) -> usize {
        let least = plaintext_len + MIN;
        let total = match self {
            Self::Minimal => least.next_multiple_of(16),
            Self::Bucketed => match BUCKETS.into_iter().find(|bucket| *bucket >= least) {
                Some(bucket) => bucket,
                None => 1280 + (least - 1280).next_multiple_of(STEP),
            },
        };
        total - plaintext_len
    }
}

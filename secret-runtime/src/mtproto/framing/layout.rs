//! The bytes around a packet, framing by framing.

use flate2::Crc;
use rand_core::CryptoRng;

use super::{Framing, FramingError, MAX_PACKET};

/// A transport error; every packet is longer.
pub(super) const MIN_PACKET: usize = 4;

/// Bytes in front of a packet, and behind it, in full framing.
const FULL_HEADER: usize = 8;
const FULL_TRAILER: usize = 4;

/// At most so many bytes stand behind a padded packet.
const MAX_PADDING: usize = 15;

/// `auth_key_id`, `message_id` and the length in front of an unencrypted message.
const PLAIN_HEADER: usize = 20;
/// `auth_key_id` and `msg_key` in front of an encrypted message, whose length is then a multiple of 16.
const ENCRYPTED_HEADER: usize = 24;

/// In a length: the client asks for a quick acknowledgement. In the place of a length: the server gives one.
const QUICK_ACK: u32 = 1 << 31;

/// Which side this is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

/// What the unread bytes begin with.
pub(super) enum Head {
    /// `header + length + trailer` bytes, of which the middle ones are the packet and its padding.
    Packet { header: usize, length: usize, trailer: usize, wants_quick_ack: bool },
    /// Four bytes.
    QuickAck(u32),
}

/// What a client says first, if it is not obfuscated.
pub(super) fn announcement(framing: Framing) -> &'static [u8] {
    match framing {
        Framing::Abridged => &[0xef],
        Framing::Intermediate => &[0xee; 4],
        Framing::PaddedIntermediate => &[0xdd; 4],
        Framing::Full => &[],
    }
}

/// Reads what is in front of the next packet; nothing if there is not enough of it.
pub(super) fn head(framing: Framing, role: Role, bytes: &[u8]) -> Result<Option<Head>, FramingError> {
    let head = match framing {
        Framing::Abridged => abridged_head(role, bytes),
        Framing::Intermediate | Framing::PaddedIntermediate => intermediate_head(role, bytes),
        Framing::Full => full_head(bytes)?,
    };
    match head {
        Some(Head::Packet { length, .. }) if !acceptable(framing, length) => {
            Err(FramingError::Length { bytes: length })
        }
        head => Ok(head),
    }
}

fn acceptable(framing: Framing, length: usize) -> bool {
    let padding = if framing == Framing::PaddedIntermediate { MAX_PADDING } else { 0 };
    (MIN_PACKET..=MAX_PACKET + padding).contains(&length)
}

fn abridged_head(role: Role, bytes: &[u8]) -> Option<Head> {
    let (first, rest) = bytes.split_first()?;
    let marked = first & 0x80 != 0;
    if marked && role == Role::Client {
        return bytes.first_chunk().map(|token| Head::QuickAck(u32::from_be_bytes(*token)));
    }
    let (header, words) = match (first & 0x7f, rest) {
        (0x7f, [low, middle, high, ..]) => (4, u32::from_le_bytes([*low, *middle, *high, 0])),
        (0x7f, _) => return None,
        (short, _) => (1, u32::from(short)),
    };
    Some(Head::Packet { header, length: words as usize * 4, trailer: 0, wants_quick_ack: marked })
}

fn intermediate_head(role: Role, bytes: &[u8]) -> Option<Head> {
    let word = u32::from_le_bytes(*bytes.first_chunk()?);
    let marked = word & QUICK_ACK != 0;
    if marked && role == Role::Client {
        return Some(Head::QuickAck(word));
    }
    let length = (word & !QUICK_ACK) as usize;
    Some(Head::Packet { header: 4, length, trailer: 0, wants_quick_ack: marked })
}

fn full_head(bytes: &[u8]) -> Result<Option<Head>, FramingError> {
    let Some(length) = bytes.first_chunk() else { return Ok(None) };
    let total = u32::from_le_bytes(*length) as usize;
    let around = FULL_HEADER + FULL_TRAILER;
    let length = total.checked_sub(around).ok_or(FramingError::Length { bytes: total })?;
    Ok(Some(Head::Packet { header: FULL_HEADER, length, trailer: FULL_TRAILER, wants_quick_ack: false }))
}

/// Verifies the number and the checksum of a packet in full framing, with all that is around it.
pub(super) fn check_full(whole: &[u8], expected: u32) -> Result<(), FramingError> {
    let (Some((content, sum)), Some([_, _, _, _, number @ ..])) =
        (whole.split_last_chunk::<FULL_TRAILER>(), whole.first_chunk::<FULL_HEADER>())
    else {
        return Err(FramingError::Length { bytes: whole.len() });
    };
    if checksum(content) != u32::from_le_bytes(*sum) {
        return Err(FramingError::Checksum);
    }
    let found = u32::from_le_bytes(*number);
    if found == expected { Ok(()) } else { Err(FramingError::Number { expected, found }) }
}

/// The packet without the padding behind it, as far as the envelopes of MTProto tell where that begins.
pub(super) fn without_padding(padded: &[u8]) -> &[u8] {
    let length = match (padded.first_chunk(), padded.get(PLAIN_HEADER - 4..).and_then(<[u8]>::first_chunk)) {
        (Some([0, 0, 0, 0, 0, 0, 0, 0]), Some(length)) => {
            (u32::from_le_bytes(*length) as usize).saturating_add(PLAIN_HEADER)
        }
        (Some(_), _) if padded.len() >= ENCRYPTED_HEADER => padded.len() - (padded.len() - ENCRYPTED_HEADER) % 16,
        _ => padded.len(),
    };
    padded.get(..length).unwrap_or(padded)
}

/// The code, if it is not a packet but a transport error.
pub(super) fn transport_error(framing: Framing, bytes: &[u8]) -> Option<i32> {
    let longest = if framing == Framing::PaddedIntermediate { MIN_PACKET + MAX_PADDING } else { MIN_PACKET };
    let code = bytes.first_chunk()?;
    (bytes.len() <= longest).then(|| i32::from_le_bytes(*code))
}

/// Appends a packet of ours. The number is that of full framing.
pub(super) fn write(
    framing: Framing,
    role: Role,
    packet: &[u8],
    wants_quick_ack: bool,
    number: u32,
    rng: &mut dyn CryptoRng,
    out: &mut Vec<u8>,
) -> Result<(), FramingError> {
    let bytes = packet.len();
    let too_long = FramingError::PacketLength { bytes };
    if !(MIN_PACKET..=MAX_PACKET).contains(&bytes) {
        return Err(too_long);
    }
    let length = u32::try_from(bytes).map_err(|_| too_long)?;
    let mark = if wants_quick_ack { QUICK_ACK } else { 0 };
    out.reserve(bytes + FULL_HEADER + FULL_TRAILER + MAX_PADDING);
    match framing {
        Framing::Abridged => {
            if !bytes.is_multiple_of(4) {
                return Err(FramingError::Unaligned { framing, bytes });
            }
            let mark = if wants_quick_ack { 0x80 } else { 0 };
            match u8::try_from(length / 4) {
                Ok(words) if words < 0x7f => out.push(words | mark),
                _ => {
                    let [low, middle, high, _] = (length / 4).to_le_bytes();
                    out.extend([0x7f | mark, low, middle, high]);
                }
            }
            out.extend_from_slice(packet);
        }
        Framing::Intermediate => {
            out.extend((length | mark).to_le_bytes());
            out.extend_from_slice(packet);
        }
        Framing::PaddedIntermediate => {
            let mut random = [0; MAX_PADDING + 1];
            rng.fill_bytes(&mut random);
            let [choice, padding @ ..] = random;
            // Some clients take off only what is more than a multiple of 4.
            let padding_length = choice & if role == Role::Client { 15 } else { 3 };
            out.extend(((length + u32::from(padding_length)) | mark).to_le_bytes());
            out.extend_from_slice(packet);
            out.extend(padding.iter().take(usize::from(padding_length)));
        }
        Framing::Full => {
            let start = out.len();
            out.extend((length + (FULL_HEADER + FULL_TRAILER) as u32).to_le_bytes());
            out.extend(number.to_le_bytes());
            out.extend_from_slice(packet);
            let sum = checksum(out.get(start..).unwrap_or_default());
            out.extend(sum.to_le_bytes());
        }
    }
    Ok(())
}

/// A quick acknowledgement in the server's stream; nothing in full framing.
pub(super) fn quick_ack(framing: Framing, token: u32) -> Option<[u8; 4]> {
    let token = token | QUICK_ACK;
    match framing {
        // Its first byte is where the client looks for the mark.
        Framing::Abridged => Some(token.to_be_bytes()),
        Framing::Intermediate | Framing::PaddedIntermediate => Some(token.to_le_bytes()),
        Framing::Full => None,
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

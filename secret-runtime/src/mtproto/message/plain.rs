//! Messages before there is a key: `0 || message_id || length || body`
//! (<https://core.telegram.org/mtproto/description#unencrypted-message>).

use super::{MessageError, OpenError, int, long};

/// Bytes before the body.
const HEADER: usize = 8 + 8 + 4;

/// Whether a packet is a plain message: its `auth_key_id` is 0.
#[must_use]
pub fn is_plain(packet: &[u8]) -> bool {
    super::auth_key_id(packet) == Some(0)
}

/// A plain message.
///
/// # Errors
/// [`MessageError::Body`] if `body` is no serialized TL object.
pub fn encode(message_id: i64, body: &[u8]) -> Result<Vec<u8>, MessageError> {
    let length = u32::try_from(body.len()).ok().filter(|length| length.is_multiple_of(4));
    let length = length.ok_or(MessageError::Body { bytes: body.len() })?;
    let mut packet = Vec::with_capacity(HEADER + body.len());
    packet.extend_from_slice(&0_i64.to_le_bytes());
    packet.extend_from_slice(&message_id.to_le_bytes());
    packet.extend_from_slice(&length.to_le_bytes());
    packet.extend_from_slice(body);
    Ok(packet)
}

/// The id and the body of a plain message. What a padded transport left behind the body is ignored.
///
/// # Errors
/// [`OpenError::UnknownKey`] if it is encrypted, [`OpenError::Length`] if it is shorter than it says.
pub fn decode(packet: &[u8]) -> Result<(i64, &[u8]), OpenError> {
    let bytes = packet.len();
    let (header, rest) = packet.split_at_checked(HEADER).ok_or(OpenError::Length { bytes })?;
    let (auth_key_id, header) = long(header);
    if auth_key_id != 0 {
        return Err(OpenError::UnknownKey { auth_key_id });
    }
    let (message_id, header) = long(header);
    let (length, _) = int(header);
    let length = usize::try_from(length).map_err(|_| OpenError::Length { bytes })?;
    if !length.is_multiple_of(4) {
        return Err(OpenError::Length { bytes });
    }
    let body = rest.get(..length).ok_or(OpenError::Length { bytes })?;
    Ok((message_id, body))
}

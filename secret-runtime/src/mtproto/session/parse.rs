//! Reading bodies in place.

use tl_types::mtproto::constructors::{Message as TlMessage, MsgContainer};
use tl_types::{Combinator, Decode, Encode, Reader};

use super::ProtocolFault;

/// The most messages that a container may have
/// (<https://core.telegram.org/mtproto/service_messages#containers>).
const CONTAINER_MESSAGES: usize = 1020;

/// A message, of its own or in a container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) id: i64,
    pub(super) seq_no: i32,
    pub(super) body: &'a [u8],
}

impl Message<'_> {
    /// Whether it has to be acknowledged.
    pub(super) fn is_content(&self) -> bool {
        self.seq_no & 1 == 1
    }
}

/// The constructor's id, and what follows it.
pub(super) fn constructor(body: &[u8]) -> Option<(u32, &[u8])> {
    body.split_first_chunk().map(|(id, fields)| (u32::from_le_bytes(*id), fields))
}

/// The first field, if it is a long, and what follows it.
pub(super) fn long(fields: &[u8]) -> Option<(i64, &[u8])> {
    fields.split_first_chunk().map(|(long, rest)| (i64::from_le_bytes(*long), rest))
}

/// Decodes the fields of a service message.
pub(super) fn fields<T: Combinator>(fields: &[u8]) -> Result<T, ProtocolFault> {
    Reader::new(fields).read::<Fields<T>>().map(|fields| fields.0).map_err(|_| ProtocolFault::Malformed { id: T::ID })
}

struct Fields<T>(T);

impl<T: Combinator> Decode for Fields<T> {
    const SHAPE: tl_types::Shape = <T as Decode>::SHAPE;

    fn decode(reader: &mut Reader<'_>) -> Self {
        Self(T::decode_fields(reader))
    }
}

/// The messages of a container whose fields these are.
pub(super) fn container(fields: &[u8]) -> Result<Vec<Message<'_>>, ProtocolFault> {
    let (count, mut rest) = int(fields).ok_or(ProtocolFault::Container)?;
    let count = usize::try_from(count).ok().filter(|count| *count <= CONTAINER_MESSAGES);
    let count = count.ok_or(ProtocolFault::Container)?;
    // A message takes 16 bytes and a body.
    let mut messages = Vec::with_capacity(count.min(rest.len() / 16));
    for _ in 0..count {
        let (message, after) = message(rest).ok_or(ProtocolFault::Container)?;
        messages.push(message);
        rest = after;
    }
    if !rest.is_empty() || messages.iter().any(|message| is_container(message.body)) {
        return Err(ProtocolFault::Container);
    }
    Ok(messages)
}

fn message(bytes: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (id, bytes) = long(bytes)?;
    let (seq_no, bytes) = int(bytes)?;
    let (length, bytes) = int(bytes)?;
    let length = usize::try_from(length).ok().filter(|length| length.is_multiple_of(4))?;
    let (body, rest) = bytes.split_at_checked(length)?;
    Some((Message { id, seq_no, body }, rest))
}

/// The message that a `msg_copy` holds.
pub(super) fn copied(fields: &[u8]) -> Option<Message<'_>> {
    let (_, fields) = constructor(fields).filter(|(id, _)| *id == <TlMessage>::ID)?;
    message(fields).filter(|(_, rest)| rest.is_empty()).map(|(message, _)| message)
}

fn is_container(body: &[u8]) -> bool {
    constructor(body).is_some_and(|(id, _)| id == MsgContainer::ID)
}

fn int(bytes: &[u8]) -> Option<(i32, &[u8])> {
    bytes.split_first_chunk().map(|(int, rest)| (i32::from_le_bytes(*int), rest))
}

/// Encodes a service message, none of which holds anything that TL could not say.
pub(super) fn encoded<T: Encode>(message: &T) -> Vec<u8> {
    let encoded = message.to_bytes();
    debug_assert!(encoded.is_ok(), "a service message fits TL");
    encoded.unwrap_or_default()
}

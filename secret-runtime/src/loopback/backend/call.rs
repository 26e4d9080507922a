//! A request taken out of the functions that it is wrapped in.

use tl_types::api::{functions, types};
use tl_types::{Combinator, Reader, RpcError};

use super::error;

/// How deep the wrappers may nest.
const WRAPPERS: usize = 8;

/// A function, and what the wrappers around it say.
#[derive(Debug)]
pub(in crate::loopback) struct Call<'a> {
    /// The id of the function.
    pub(in crate::loopback) id: u32,
    /// The function with its id.
    pub(in crate::loopback) function: &'a [u8],
    /// `invokeWithLayer`.
    pub(in crate::loopback) layer: Option<i32>,
    /// `invokeWithoutUpdates`.
    pub(in crate::loopback) without_updates: bool,
}

impl<'a> Call<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// `INPUT_FETCH_ERROR` if a wrapper is cut short, or there are too many.
    pub(in crate::loopback) fn parse(body: &'a [u8]) -> Result<Self, RpcError> {
        let mut call = Self { id: 0, function: body, layer: None, without_updates: false };
        for _ in 0..WRAPPERS {
            let mut reader = Reader::new(call.function);
            call.id = field::<i32>(&mut reader)?.cast_unsigned();
            if !call.unwrap(&mut reader)? {
                return Ok(call);
            }
            call.function = reader.rest();
        }
        Err(error::undecodable())
    }

    /// The name of the function in TL, if there is one with this id.
    pub(in crate::loopback) fn name(&self) -> Option<&'static str> {
        let declaration = tl_types::api::SCHEMA.by_id(self.id)?;
        declaration.is_function().then(|| declaration.name())
    }

    /// Reads the fields of a wrapper, and says whether it was one.
    fn unwrap(&mut self, reader: &mut Reader<'_>) -> Result<bool, RpcError> {
        match self.id {
            functions::InvokeWithLayer::<i32>::ID => self.layer = Some(field(reader)?),
            // The session has seen to it.
            functions::InvokeAfterMsg::<i32>::ID => drop(field::<i64>(reader)?),
            functions::InvokeAfterMsgs::<i32>::ID => drop(field::<Vec<i64>>(reader)?),
            functions::InvokeWithoutUpdates::<i32>::ID => self.without_updates = true,
            functions::InitConnection::<i32>::ID => skip_connection(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn field<T: tl_types::Decode>(reader: &mut Reader<'_>) -> Result<T, RpcError> {
    reader.read().map_err(|_| error::undecodable())
}

/// Reads the fields of `initConnection`, which say nothing that the server acts on.
fn skip_connection(reader: &mut Reader<'_>) -> Result<(), RpcError> {
    let flags: i32 = field(reader)?;
    let api_id: i32 = field(reader)?;
    for _ in 0..6 {
        field::<String>(reader)?;
    }
    if flags & 1 != 0 {
        field::<types::InputClientProxy>(reader)?;
    }
    if flags & 2 != 0 {
        field::<types::JsonValue>(reader)?;
    }
    if api_id > 0 { Ok(()) } else { Err(error::bad("CONNECTION_API_ID_INVALID")) }
}

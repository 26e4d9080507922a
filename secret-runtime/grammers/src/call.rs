//! Calls: encoded by us, carried by grammers as bytes, decoded by us.

use std::fmt;
use std::sync::Arc;

use grammers_mtsender::{SenderPoolFatHandle, SenderPoolHandle};
use grammers_session::storages::ErasedSession;
use grammers_tl_types::{Cursor, Deserializable, RemoteCall, Serializable, deserialize};
use secret_runtime::client::{CallError, Transport};
use tl_types::{Decode, Encode, Function};

use crate::error::call_error;

/// The signed-in session of a `grammers-client`, as secret chats need it.
///
/// It shares the sender pool, and with that its connections, its retry policy and its data centres. What grammers waits for
/// (`FLOOD_WAIT`) its policy says.
#[derive(Clone)]
pub struct Grammers {
    pool: SenderPoolHandle,
    session: Arc<ErasedSession>,
}

impl Grammers {
    /// Calls go through this pool, to the home data centre of its session.
    #[must_use]
    pub fn new(pool: &SenderPoolFatHandle) -> Self {
        Self { pool: pool.thin.clone(), session: Arc::clone(&pool.session) }
    }
}

impl fmt::Debug for Grammers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pool: _, session: _ } = self;
        f.debug_struct("Grammers").finish_non_exhaustive()
    }
}

impl Transport for Grammers {
    async fn call<F: Function + Encode + Send + Sync>(&self, function: &F) -> Result<F::Response, CallError> {
        // A session that cannot be read makes no calls.
        let home = self.session.home_dc_id().map_err(|_| CallError::Closed)?;
        self.call_in(home, function).await
    }

    async fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
        let body = function.to_bytes().map_err(CallError::Encode)?;
        let Bytes(answer) =
            self.pool.invoke_in_dc(dc, &Bytes(body)).await.map_err(|error| call_error(error, F::ERRORS))?;
        F::Response::from_bytes(&answer).map_err(CallError::Decode)
    }
}

/// A call, or an answer, that grammers carries as it is.
struct Bytes(Vec<u8>);

impl Serializable for Bytes {
    fn serialize(&self, buffer: &mut impl Extend<u8>) {
        buffer.extend(self.0.iter().copied());
    }
}

impl Deserializable for Bytes {
    fn deserialize(cursor: &mut Cursor) -> deserialize::Result<Self> {
        let mut bytes = Vec::new();
        cursor.read_to_end(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl RemoteCall for Bytes {
    type Return = Self;
}

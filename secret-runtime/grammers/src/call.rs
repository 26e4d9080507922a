//! Calls: encoded by us, carried by grammers as bytes, decoded by us.

use std::fmt;
use std::sync::Arc;

use grammers_mtsender::{SenderPoolFatHandle, SenderPoolHandle};
use grammers_session::storages::ErasedSession;
use grammers_tl_types::{Cursor, Deserializable, RemoteCall, Serializable, deserialize};
use secret_runtime::client::{CallError, Transport};
use tl_types::api::functions::auth::{ExportAuthorization, ImportAuthorization};
use tl_types::{Decode, Encode, Function};
use tokio::sync::Mutex;

use crate::error::call_error;

/// The signed-in session of a `grammers-client`, as secret chats need it.
///
/// It shares the sender pool, and with that its connections, its retry policy and its data centres. What grammers waits for
/// (`FLOOD_WAIT`) its policy says.
#[derive(Clone)]
pub struct Grammers {
    pool: SenderPoolHandle,
    session: Arc<ErasedSession>,
    /// Held by the one who makes the user known in another data centre.
    importing: Arc<Mutex<()>>,
}

impl Grammers {
    /// Calls go through this pool, to the home data centre of its session.
    #[must_use]
    pub fn new(pool: &SenderPoolFatHandle) -> Self {
        Self { pool: pool.thin.clone(), session: Arc::clone(&pool.session), importing: Arc::default() }
    }

    fn home(&self) -> Result<i32, CallError> {
        // A session that cannot be read makes no calls.
        self.session.home_dc_id().map_err(|_| CallError::Closed)
    }

    async fn invoke(&self, dc: i32, body: Vec<u8>, errors: &[&str]) -> Result<Vec<u8>, CallError> {
        let answer = self.pool.invoke_in_dc(dc, &Bytes(body)).await;
        answer.map(|Bytes(answer)| answer).map_err(|error| call_error(error, errors))
    }

    /// The same, in a data centre that did not know the user. Many parts of a file ask at once; one of them imports.
    ///
    /// Source: <https://core.telegram.org/api/datacenter#authorization-transfer>.
    async fn invoke_as_guest(&self, dc: i32, body: Vec<u8>, errors: &[&str]) -> Result<Vec<u8>, CallError> {
        let _importing = self.importing.lock().await;
        let answer = self.invoke(dc, body.clone(), errors).await;
        if !is_unknown(&answer) {
            return answer;
        }
        let exported = self.call(&ExportAuthorization::new(dc)).await?;
        let import = ImportAuthorization::new(exported.id, exported.bytes);
        let import = import.to_bytes().map_err(CallError::Encode)?;
        self.invoke(dc, import, ImportAuthorization::ERRORS).await?;
        self.invoke(dc, body, errors).await
    }
}

impl fmt::Debug for Grammers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pool: _, session: _, importing: _ } = self;
        f.debug_struct("Grammers").finish_non_exhaustive()
    }
}

impl Transport for Grammers {
    async fn call<F: Function + Encode + Send + Sync>(&self, function: &F) -> Result<F::Response, CallError> {
        let body = function.to_bytes().map_err(CallError::Encode)?;
        let answer = self.invoke(self.home()?, body, F::ERRORS).await?;
        F::Response::from_bytes(&answer).map_err(CallError::Decode)
    }

    async fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> Result<F::Response, CallError> {
        let body = function.to_bytes().map_err(CallError::Encode)?;
        let mut answer = self.invoke(dc, body.clone(), F::ERRORS).await;
        if is_unknown(&answer) && dc != self.home()? {
            answer = self.invoke_as_guest(dc, body, F::ERRORS).await;
        }
        F::Response::from_bytes(&answer?).map_err(CallError::Decode)
    }
}

/// Whether nobody is logged in with the key.
fn is_unknown(answer: &Result<Vec<u8>, CallError>) -> bool {
    matches!(answer, Err(CallError::Rpc(error)) if error.message == "AUTH_KEY_UNREGISTERED")
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

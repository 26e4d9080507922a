//! Connections to Telegram's data centres, and calls over them.
//!
//! A [`Connection`] is a handle, cheap to clone. For each data centre that is needed, a task owns the socket, agrees on the
//! authorization key and keeps it in the [`SessionFile`], drives the session, and connects again, later and later, when the
//! connection is lost. A call goes to the user's own data centre; it is made again by itself when the server sends it to
//! another one (`PHONE_MIGRATE`, `USER_MIGRATE`, `NETWORK_MIGRATE`, `FILE_MIGRATE`) or asks to wait for a while
//! (`FLOOD_WAIT`). All tasks end with the last handle.
//!
//! It knows nothing of secret chats: they are above it, behind [`Transport`](super::Transport). Sources:
//! <https://core.telegram.org/api/invoking>, <https://core.telegram.org/api/datacenter>,
//! <https://core.telegram.org/api/pfs>.

mod addresses;
mod backoff;
mod call;
mod clock;
mod core;
mod error;
mod key;
mod link;
mod order;
mod policy;
mod pool;
mod reach;
mod settings;

use std::fmt;
use std::sync::Arc;

use rand_core::CryptoRng;
use tokio::sync::mpsc;

use super::{Incoming, SessionFile, SignedIn};
pub use clock::Clock;
use core::{Core, SharedRng};
pub use error::ConnectError;
pub use link::ConnectionState;
use order::Orders;
use pool::{Pool, Target};
pub use settings::ConnectionSettings;

/// A connection to Telegram, for one user. Its clones are the same connection.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    core: Arc<Core>,
    pool: Pool,
    orders: Arc<Orders>,
}

impl Connection {
    /// Connects to the user's own data centre, or to where one logs in, and waits until the server has accepted the
    /// connection. What the server sends unasked comes from the receiver.
    ///
    /// `rng` makes keys, nonces and padding; it has to be one for cryptography, such as the system's.
    ///
    /// # Errors
    /// [`ConnectError`]: at once if another attempt would end no better (see [`ConnectError::is_final`]), or that of the
    /// last of [`first_attempts`](ConnectionSettings::first_attempts).
    pub async fn open(
        settings: ConnectionSettings,
        file: SessionFile,
        rng: impl CryptoRng + Send + 'static,
    ) -> Result<(Self, mpsc::Receiver<Incoming>), Arc<ConnectError>> {
        let attempts = settings.first_attempts;
        let (connection, incoming) = Self::start(settings, file, rng);
        let link = connection.shared.pool.link(Target::Home);
        let mut states = link.map(|link| link.state()).ok_or(Arc::new(ConnectError::Shutdown))?;
        loop {
            match states.borrow_and_update().clone() {
                ConnectionState::Connected => break,
                ConnectionState::Connecting { failures, last: Some(error) } if failures >= attempts => {
                    return Err(error);
                }
                ConnectionState::Failed(error) => return Err(error),
                ConnectionState::Connecting { .. } | ConnectionState::Closed => {}
            }
            states.changed().await.map_err(|_| Arc::new(ConnectError::Shutdown))?;
        }
        Ok((connection, incoming))
    }

    /// The same, without waiting: the first calls wait until there is a connection, and [`state`](Self::state) tells how
    /// it is. Has to be called within a tokio runtime, as the tasks begin here.
    #[must_use]
    pub fn start(
        settings: ConnectionSettings,
        file: SessionFile,
        rng: impl CryptoRng + Send + 'static,
    ) -> (Self, mpsc::Receiver<Incoming>) {
        let home = file.home().unwrap_or(settings.data_centers.home());
        let (sender, incoming) = mpsc::channel(settings.updates.max(1));
        let core = Arc::new(Core::new(settings, file, SharedRng::new(rng)));
        let pool = Pool::new(core.clone(), home, sender);
        let connection = Self { shared: Arc::new(Shared { core, pool, orders: Arc::default() }) };
        // The link begins to connect before the first call.
        drop(connection.shared.pool.link(Target::Home));
        (connection, incoming)
    }

    /// The user that is logged in.
    #[must_use]
    pub fn user(&self) -> Option<SignedIn> {
        self.shared.core.file.user()
    }

    /// The number of the user's own data centre.
    #[must_use]
    pub fn home(&self) -> i32 {
        self.shared.pool.home()
    }

    /// Closes the connection for all handles, and waits until its tasks have ended. Calls on their way end with
    /// [`CallError::Closed`](super::CallError::Closed).
    pub async fn shutdown(&self) {
        self.shared.pool.shutdown().await;
    }

    pub(super) fn forget_others(&self) {
        self.shared.pool.forget_others();
    }

    pub(super) fn core(&self) -> &Core {
        &self.shared.core
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared: _ } = self;
        let (home, user) = (self.home(), self.user());
        f.debug_struct("Connection").field("home", &home).field("user", &user).finish_non_exhaustive()
    }
}

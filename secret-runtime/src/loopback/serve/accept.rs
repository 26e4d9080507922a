//! Taking connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::mtproto::framing::Codec;
use crate::mtproto::socket::Listener;

use super::connection::Connection;
use super::core::Shared;

/// What the server's owner tells all tasks. When the owner is gone, they end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::loopback) struct Control {
    /// Connections that were made under another number are closed.
    pub(in crate::loopback) generation: u64,
    /// Everything ends.
    pub(in crate::loopback) stops: bool,
}

/// Numbers connections, to tell which serves a session.
static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// Accepts connections for a data centre, until the server stops; then waits for them to end.
pub(in crate::loopback) async fn accept(
    shared: Arc<Shared>,
    listener: Listener,
    dc: i32,
    mut control: watch::Receiver<Control>,
) {
    let mut connections = JoinSet::new();
    loop {
        let codec = shared.settings.secret.map_or_else(Codec::server, Codec::server_with_secret);
        tokio::select! {
            accepted = listener.accept(codec) => {
                // One that is gone already is no reason to stop.
                if let Ok(socket) = accepted {
                    let id = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
                    let connection = Connection::new(Arc::clone(&shared), socket, dc, id);
                    let now = *control.borrow();
                    connections.spawn(connection.run(control.clone(), now));
                }
            }
            Some(_) = connections.join_next() => {}
            changed = control.changed() => {
                if changed.is_err() || control.borrow().stops {
                    break;
                }
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

//! The links to all data centres that were needed so far: the user's own, and those that files are at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tl_types::Decode;
use tl_types::api::functions::auth::{ExportAuthorization, ImportAuthorization};
use tl_types::api::types::auth::ExportedAuthorization;
use tokio::sync::mpsc;

use super::core::{Core, lock};
use super::link::Link;
use super::{Connection, ConnectionState};
use crate::client::{CallError, Incoming};

/// Where a call is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// At the user's own data centre.
    Home,
    /// At this one.
    Dc(i32),
}

pub(super) struct Pool {
    core: Arc<Core>,
    links: Mutex<Links>,
    /// One at a time takes the authorization to another data centre.
    carrying: tokio::sync::Mutex<()>,
}

struct Links {
    home: i32,
    of: BTreeMap<i32, Arc<Link>>,
    /// None once the pool is shut down.
    incoming: Option<mpsc::Sender<Incoming>>,
}

impl Pool {
    pub(super) fn new(core: Arc<Core>, home: i32, incoming: mpsc::Sender<Incoming>) -> Self {
        let links = Links { home, of: BTreeMap::new(), incoming: Some(incoming) };
        Self { core, links: Mutex::new(links), carrying: tokio::sync::Mutex::default() }
    }

    pub(super) fn home(&self) -> i32 {
        lock(&self.links).home
    }

    /// The link to a data centre, which is started if need be. None after the end.
    pub(super) fn link(&self, target: Target) -> Option<Arc<Link>> {
        let mut links = lock(&self.links);
        let incoming = links.incoming.clone()?;
        let home = links.home;
        let dc = match target {
            Target::Home => home,
            Target::Dc(dc) => dc,
        };
        let start = || Arc::new(Link::start(self.core.clone(), dc, (dc == home).then_some(incoming)));
        Some(links.of.entry(dc).or_insert_with(start).clone())
    }

    /// The user's own data centre is another one. Calls on their way at the one before end there.
    pub(super) fn move_home(&self, dc: i32) -> Result<(), CallError> {
        let mut links = lock(&self.links);
        if links.home == dc {
            return Ok(());
        }
        let kept = self.core.file.change(|file| file.home = Some(dc));
        if let Err(error) = kept {
            tracing::error!(%error, "the user's data centre cannot be kept");
            return Err(CallError::Closed);
        }
        tracing::info!(dc, "the user belongs to another data centre");
        let before = links.home;
        links.home = dc;
        // Both are started anew when they are needed: only the user's own passes updates on.
        links.of.remove(&before);
        links.of.remove(&dc);
        Ok(())
    }

    /// Whether an address of a data centre is known.
    pub(super) fn knows(&self, dc: i32) -> bool {
        !self.core.addresses(dc).is_empty()
    }

    /// Ends the links to all data centres but the user's own.
    pub(super) fn forget_others(&self) {
        let mut links = lock(&self.links);
        let home = links.home;
        links.of.retain(|dc, _| *dc == home);
    }

    /// Ends all links, and waits for their tasks.
    pub(super) async fn shutdown(&self) {
        let of = {
            let mut links = lock(&self.links);
            links.incoming = None;
            std::mem::take(&mut links.of)
        };
        for link in of.values() {
            link.shutdown().await;
        }
    }
}

impl Connection {
    /// Sees to it that the user is logged in at another data centre, too
    /// (<https://core.telegram.org/api/datacenter#authorization-transfer>).
    pub(super) async fn carry_authorization(&self, dc: i32) -> Result<(), CallError> {
        let core = &self.shared.core;
        let needed = || {
            let file = &core.file;
            file.user().is_some() && !file.key_of(dc).is_some_and(|kept| kept.authorized)
        };
        if dc == self.home() || !needed() {
            return Ok(());
        }
        let _one_at_a_time = self.shared.pool.carrying.lock().await;
        if !needed() {
            return Ok(());
        }
        let exported = self.make(Target::Home, &ExportAuthorization::new(dc), None).await?;
        let exported = ExportedAuthorization::from_bytes(&exported).map_err(CallError::Decode)?;
        let import = ImportAuthorization::new(exported.id, exported.bytes);
        self.make(Target::Dc(dc), &import, None).await?;
        self.set_authorized(dc, true);
        tracing::debug!(dc, "the user is logged in at another data centre");
        Ok(())
    }

    /// Notes whether the user is logged in at another data centre. If that cannot be kept, it is done anew next time.
    pub(super) fn set_authorized(&self, dc: i32, authorized: bool) {
        let kept = self.shared.core.file.change(|file| {
            if let Some(kept) = file.data_centers.get_mut(&dc) {
                kept.authorized = authorized;
            }
        });
        if let Err(error) = kept {
            tracing::warn!(%error, dc, "the authorization is not kept");
        }
    }

    /// How the link to the user's own data centre is, now and later.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        let link = self.shared.pool.link(Target::Home);
        link.map_or(ConnectionState::Closed, |link| link.state().borrow().clone())
    }
}

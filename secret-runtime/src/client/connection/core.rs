//! What all links of a connection share.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand_core::{CryptoRng, Rng, TryCryptoRng, TryRng};
use tl_types::api::types::Config;
use tracing::Span;

use super::super::SessionFile;
use super::ConnectionSettings;
use crate::mtproto::session::{RequestId, UnixMillis};

/// A server can name so many data centres, with so many addresses each.
const MAX_LEARNED: usize = 64;

pub(crate) struct Core {
    pub(crate) settings: ConnectionSettings,
    pub(crate) file: SessionFile,
    pub(crate) rng: SharedRng,
    /// In which the connection was opened.
    pub(super) span: Span,
    /// Addresses that the server has told.
    learned: Mutex<BTreeMap<i32, Vec<SocketAddr>>>,
    next: AtomicU64,
}

impl Core {
    pub(super) fn new(settings: ConnectionSettings, file: SessionFile, rng: SharedRng) -> Self {
        Self { settings, file, rng, span: Span::current(), learned: Mutex::default(), next: AtomicU64::new(0) }
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.settings.clock.now()
    }

    /// A number that was never given before, for a request or a link.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn request_id(&self) -> RequestId {
        RequestId(self.number())
    }

    /// The addresses of a data centre: those of the settings first.
    pub(super) fn addresses(&self, dc: i32) -> Vec<SocketAddr> {
        let mut addresses = self.settings.data_centers.addresses(dc).to_vec();
        let learned = lock(&self.learned);
        for address in learned.get(&dc).into_iter().flatten() {
            if !addresses.contains(address) {
                addresses.push(*address);
            }
        }
        addresses
    }

    /// Takes the addresses that the server names (<https://core.telegram.org/api/datacenter>).
    pub(super) fn learn(&self, config: &Config) {
        let mut learned = BTreeMap::<i32, Vec<SocketAddr>>::new();
        let options = config.dc_options.iter().take(MAX_LEARNED);
        // Those for files only, and those behind a secret, need another protocol.
        for option in options.filter(|option| !option.cdn && !option.media_only && !option.tcpo_only) {
            if let (Ok(address), Ok(port)) = (option.ip_address.parse::<IpAddr>(), u16::try_from(option.port)) {
                learned.entry(option.id).or_default().push(SocketAddr::new(address, port));
            }
        }
        *lock(&self.learned) = learned;
    }
}

/// The generator that the application gave, for all tasks.
#[derive(Clone)]
pub(crate) struct SharedRng(Arc<Mutex<dyn CryptoRng + Send>>);

impl SharedRng {
    pub(super) fn new(rng: impl CryptoRng + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(rng)))
    }

    fn lock(&self) -> MutexGuard<'_, dyn CryptoRng + Send + 'static> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TryRng for SharedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.lock().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.lock().next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.lock().fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for SharedRng {}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

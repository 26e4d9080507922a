//! What all links of a connection share.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand_core::{CryptoRng, Rng, TryCryptoRng, TryRng};
use tracing::Span;

use super::super::SessionFile;
use super::ConnectionSettings;
use crate::mtproto::session::{RequestId, UnixMillis};

pub(crate) struct Core {
    pub(crate) settings: ConnectionSettings,
    pub(crate) file: SessionFile,
    pub(crate) rng: SharedRng,
    /// In which the connection was opened.
    pub(super) span: Span,
    next: AtomicU64,
}

impl Core {
    pub(super) fn new(settings: ConnectionSettings, file: SessionFile, rng: SharedRng) -> Self {
        Self { settings, file, rng, span: Span::current(), next: AtomicU64::new(0) }
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

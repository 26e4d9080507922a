//! Everything that is traced, at every level and by every crate, as the usual subscriber writes it.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a scenario on a runtime of its own, and gives what it traced: a line for each event, and for each span when it begins
/// and when it ends.
pub(crate) fn collect<T>(scenario: impl Future<Output = T>) -> (T, String) {
    thread_local! {
        static GUARD: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let dispatch = Dispatch::new(subscriber);
    // Commits are made on threads of the runtime's, and other tests trace nothing here.
    let of_thread = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_start(move || GUARD.set(Some(tracing::dispatcher::set_default(&of_thread))))
        .build()
        .unwrap();
    let result = tracing::dispatcher::with_default(&dispatch, || {
        let result = runtime.block_on(scenario);
        drop(runtime);
        result
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    (result, text)
}

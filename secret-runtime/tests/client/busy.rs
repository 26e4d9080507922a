//! A call that a thread is busy with while the chats are shut down.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use secret_runtime::client::chats::{ChatsSettings, SecretChats};
use secret_runtime::client::{CallError, Transport};
use secret_runtime::store::Memory;
use tl_types::{Encode, Function};
use tokio::sync::Notify;

use crate::random::random;

/// Its calls hold a thread up, once they are polled in a task of their own, until they are let go.
struct Busy {
    has_begun: Notify,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Transport for Busy {
    async fn call<F: Function + Encode + Send + Sync>(&self, _: &F) -> Result<F::Response, CallError> {
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            match polls {
                1 => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                _ => {
                    self.has_begun.notify_one();
                    // The test has ended if nobody lets it go.
                    let _ = self.go.lock().unwrap().recv();
                    Poll::Ready(())
                }
            }
        })
        .await;
        Err(CallError::Unanswered)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_waits_until_no_call_is_at_work_and_holds_the_transport() {
    let (let_go, go) = mpsc::channel();
    let busy = Arc::new(Busy { has_begun: Notify::new(), go: Mutex::new(go) });
    let (_updates, incoming) = tokio::sync::mpsc::channel(1);
    let settings = ChatsSettings::default();
    let opened = SecretChats::open(Arc::clone(&busy), Memory::default(), incoming, random(1), settings);
    let (chats, events) = opened.await.unwrap();
    busy.has_begun.notified().await;
    let mut shutdown = tokio::spawn(chats.shutdown());
    let is_early = tokio::time::timeout(Duration::from_millis(200), &mut shutdown).await.is_ok();
    let_go.send(()).unwrap();
    assert!(!is_early, "a call is still at work");
    shutdown.await.unwrap();
    drop(events);
    assert_eq!(Arc::strong_count(&busy), 1);
}

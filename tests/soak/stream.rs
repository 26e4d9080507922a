//! Sending the messages of a stream: those whose answer the last life did not see are sent again under their names.

use std::collections::VecDeque;
use std::future::Future;
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use secret_runtime::client::chats::ChatError;
use secret_runtime::client::files::{SendFileError, Upload, UploadError};
use secret_runtime::client::{CallError, Connection, SecretChats};
use secret_runtime::store::Redb;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument};
use tokio::task::JoinHandle;

use crate::content;
use crate::ledger::Ledger;
use crate::user::rng;

/// How many texts of a stream are on their way at once.
const WINDOW: usize = 12;

/// How many files the slowest reader of all may be behind: the server forgets the oldest, whosesoever they are.
const AHEAD: u64 = 4;

/// One stream's way out.
pub(crate) struct Sender {
    pub(crate) stream: usize,
    pub(crate) chat: i32,
    pub(crate) connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Redb>,
    pub(crate) ledger: Arc<Ledger>,
}

/// An upload that goes on in the next life, and which file it is of.
pub(crate) type Kept = Arc<Mutex<Option<(u64, Upload)>>>;

/// Sends texts, several at once, until the goal is reached.
pub(crate) async fn texts(sender: Sender) {
    let Sender { stream, chat, connection: _, chats, ledger } = sender;
    let mut next = ledger.unanswered(stream);
    let mut window = VecDeque::new();
    loop {
        while window.len() < WINDOW && ledger.begin(stream, next) {
            let message = DecryptedMessage::new(name(stream, next), 0, text(stream, next));
            let chats = chats.clone();
            let send = begin(async move { chats.send_encrypted(chat, message).await });
            window.push_back((next, send));
            next += 1;
        }
        let Some((number, send)) = window.pop_front() else { break };
        match send.await.unwrap() {
            Ok(_) => ledger.answered(stream, number),
            Err(error) if matches!(error.error, ChatError::Ended) => break,
            Err(error) => panic!("text {number} of stream {stream}: {error:?}"),
        }
    }
    std::future::pending().await
}

/// Sends files one after the other, until the goal is reached.
pub(crate) async fn files(sender: Sender, kept: Kept) {
    let Sender { stream, chat, connection, chats, ledger } = sender;
    let mut next = ledger.unanswered(stream);
    loop {
        ledger.room(stream, AHEAD).await;
        if !ledger.begin(stream, next) {
            break;
        }
        let bytes = content(stream, next, length(next));
        let of_last_life = kept.lock().unwrap().clone().filter(|(number, _)| *number == next);
        let mut upload = match of_last_life {
            Some((_, upload)) => upload,
            None => Upload::new(bytes.len() as u64, false, &mut rng()).unwrap(),
        };
        *kept.lock().unwrap() = Some((next, upload.clone()));
        match upload.run(&connection, Cursor::new(bytes.clone()), |_| ()).await {
            // A life that finds it whole sends it first of all, while its name is still known if it was sent before.
            Ok(_) => *kept.lock().unwrap() = Some((next, upload.clone())),
            Err(UploadError::Call(CallError::Closed)) => break,
            Err(error) => panic!("file {next} of stream {stream}: {error:?}"),
        }
        let (thumb, key, iv) = (Vec::new(), Vec::new(), Vec::new());
        let (kind, caption) = ("application/octet-stream", next.to_string());
        let media = DecryptedMessageMediaDocument::new(thumb, 0, 0, kind, 0, key, iv, Vec::new(), caption);
        let message = DecryptedMessage::new(name(stream, next), 0, "").with_media(media);
        match chats.send_encrypted_file(chat, message, &mut upload, Cursor::new(bytes), |_| ()).await {
            Ok(_) => {
                ledger.answered(stream, next);
                next += 1;
            }
            Err(SendFileError::Send(error)) if matches!(error.error, ChatError::Ended) => break,
            Err(SendFileError::Upload(UploadError::Call(CallError::Closed))) => break,
            Err(error) => panic!("file {next} of stream {stream}: {error:?}"),
        }
    }
    std::future::pending().await
}

/// Hands a call over at once, so that calls are handed over in the order in which they are made.
fn begin<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let mut call = Box::pin(tokio::task::unconstrained(call));
    let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    tokio::spawn(async move {
        match first {
            Poll::Ready(done) => done,
            Poll::Pending => call.await,
        }
    })
}

/// The `random_id` of a message, by which sending it again sends nothing.
fn name(stream: usize, number: u64) -> i64 {
    ((stream as i64 + 1) << 40) | number as i64
}

/// Of one to some hundred letters, and now and then of thousands.
fn text(stream: usize, number: u64) -> String {
    let bytes = content(stream, number, if number % 50 == 7 { 1500 } else { (number * 37 % 200) as usize });
    let letters: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{number} {letters}")
}

/// The number of a text, if it is one of the stream.
pub(crate) fn number_in(stream: usize, message: &str) -> u64 {
    let number = message.split(' ').next().unwrap().parse().unwrap();
    assert!(message == text(stream, number), "{message}");
    number
}

/// How many bytes a file has: of one part, of a few, and of no multiple of the cipher's block.
pub(crate) fn length(number: u64) -> usize {
    1 + (number * 77_777 % 400_000) as usize
}

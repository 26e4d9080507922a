//! One side of a chat, over whatever transport.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatsSettings, Events, News, SecretChats};
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::client::{Incoming, Transport};
use secret_runtime::store::{Redb, StoreKey};
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::contacts::ResolvePhone;
use tl_types::api::types::User;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument};
use tokio::sync::mpsc;

/// Whoever waits longer for an event waits in vain.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Party<T> {
    pub(crate) transport: Arc<T>,
    pub(crate) chats: SecretChats<T, Redb>,
    events: Events,
}

/// Draws another sequence at each call: what two processes draw has to differ.
pub(crate) fn random() -> ChaCha20Rng {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    ChaCha20Rng::seed_from_u64(NEXT.fetch_add(1, Ordering::Relaxed))
}

impl<T: Transport> Party<T> {
    /// Opens the chats of the store in `directory`.
    pub(crate) async fn open(transport: T, incoming: mpsc::Receiver<Incoming>, directory: &Path) -> Self {
        let key = StoreKey::from_file(directory.join("key"), &mut random()).unwrap();
        let store = Redb::open(directory.join("chats"), &key, random()).unwrap();
        let transport = Arc::new(transport);
        let settings = ChatsSettings::default();
        let opened = SecretChats::open(Arc::clone(&transport), store, incoming, random(), settings).await;
        let (chats, events) = opened.unwrap();
        Self { transport, chats, events }
    }

    /// Requests a chat with the user of a phone number.
    pub(crate) async fn request(&self, phone: &str) -> i32 {
        let found = self.transport.call(&ResolvePhone::new(phone)).await.unwrap();
        let [User::User(user)] = &found.users[..] else { panic!("{found:?}") };
        self.chats.request(InputUser::new(user.id, user.access_hash.unwrap())).await.unwrap()
    }

    /// The next event of a kind, and its chat.
    pub(crate) async fn expect(&mut self, is_it: impl Fn(&Event) -> bool) -> (i32, Event) {
        loop {
            let news = tokio::time::timeout(PATIENCE, self.events.next_unacknowledged()).await;
            let news = news.expect("nothing happens").expect("the chats ended");
            // Seen, so it need not come again after a restart.
            self.events.acknowledge(&news);
            match news {
                News::Event { event: Event::Failed { why, .. }, .. } => panic!("{why}"),
                News::Event { chat, event, .. } if is_it(&event) => return (chat, event),
                _ => {}
            }
        }
    }

    /// The next texts, of `length` bytes in all.
    pub(crate) async fn text(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            match self.expect(|event| matches!(event, Event::Message { .. })).await {
                (_, Event::Message { message, file: None, .. }) => text.push_str(&message.message),
                other => panic!("{other:?}"),
            }
        }
        text
    }

    pub(crate) async fn send_file(&self, chat: i32, content: &[u8]) {
        let (kind, none) = ("application/octet-stream", Vec::new);
        let media = DecryptedMessageMediaDocument::new(none(), 0, 0, kind, 0, none(), none(), Vec::new(), "");
        let message = DecryptedMessage::new(0, 0, "").with_media(media);
        let mut upload = Upload::new(content.len() as u64, false, &mut random()).unwrap();
        let source = Cursor::new(content.to_vec());
        self.chats.send_encrypted_file(chat, message, &mut upload, source, |_| ()).await.unwrap();
    }

    pub(crate) async fn file(&mut self) -> Vec<u8> {
        match self.expect(|event| matches!(event, Event::Message { .. })).await {
            (_, Event::Message { message, file: Some(file), .. }) => {
                let mut download = Download::new(&message, &file).unwrap();
                self.chats.download(&mut download, Cursor::new(Vec::new()), |_| ()).await.unwrap().into_inner()
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A chat that both can use; `one` asks.
pub(crate) async fn agree<A: Transport, B: Transport>(one: &mut Party<A>, other: &mut Party<B>, phone: &str) -> i32 {
    let chat = one.request(phone).await;
    let (requested, _) = other.expect(|event| matches!(event, Event::Requested)).await;
    assert_eq!(requested, chat);
    other.chats.accept(chat).await.unwrap();
    one.expect(|event| matches!(event, Event::Ready { .. })).await;
    chat
}

/// Texts, a long one and a file, from one to the other.
pub(crate) async fn tell<A: Transport, B: Transport>(from: &Party<A>, to: &mut Party<B>, chat: i32) {
    for text in ["a text".to_owned(), "0123456789".repeat(1000)] {
        let sent = from.chats.send_encrypted(chat, text.as_str()).await.unwrap();
        assert_eq!(sent.len(), text.len().div_ceil(4096));
        assert_eq!(to.text(text.len()).await, text);
    }
    // More than one part, and no whole number of the cipher's blocks.
    let content: Vec<u8> = (0..700_001_u32).map(|place| (place % 251) as u8).collect();
    from.send_file(chat, &content).await;
    assert!(to.file().await == content, "the file is the same");
}

/// The end, which `one` wants.
pub(crate) async fn part<A: Transport, B: Transport>(one: &mut Party<A>, other: &mut Party<B>, chat: i32) {
    one.chats.discard(chat, false).await.unwrap();
    one.expect(|event| matches!(event, Event::Closed(_))).await;
    other.expect(|event| matches!(event, Event::Closed(_))).await;
}

//! Users with their chats over a server in process.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use secret_runtime::chat::{Event, UnixTime};
use secret_runtime::client::SecretChats;
use secret_runtime::client::chats::{ChatsSettings, Events, News};
use secret_runtime::store::Memory;
use tl_types::api::constructors::InputUser;
use tl_types::api::types;
use tokio::time::Instant;

use crate::disk::Disk;
use crate::line::Line;
use crate::random::random;
use crate::server::Server;

pub(crate) const ALICE: i64 = 1;
pub(crate) const BOB: i64 = 2;

pub(crate) type Chats<const ORDERED: bool> = SecretChats<Line<ORDERED>, Disk>;

/// One user's running client.
pub(crate) struct Party<const ORDERED: bool = true> {
    pub(crate) chats: Chats<ORDERED>,
    pub(crate) events: Events,
    pub(crate) line: Arc<Line<ORDERED>>,
}

pub(crate) struct World {
    pub(crate) server: Arc<Mutex<Server>>,
    pub(crate) alice: Disk,
    pub(crate) bob: Disk,
    pub(crate) chat: i32,
}

impl World {
    /// Two users without a chat.
    pub(crate) fn new() -> Self {
        let server = Arc::new(Mutex::new(Server::new()));
        Self { server, alice: Disk::default(), bob: Disk::default(), chat: 0 }
    }

    /// Two users with a chat, who are both away.
    pub(crate) fn ready() -> Self {
        // A handshake takes longer than most tests.
        static READY: OnceLock<(i32, Memory, Memory)> = OnceLock::new();
        let (chat, alice, bob) = READY.get_or_init(|| std::thread::spawn(agree).join().unwrap()).clone();
        let world = Self { chat, alice: Disk::of(alice), bob: Disk::of(bob), ..Self::new() };
        world.server().adopt(chat, ALICE, BOB);
        world
    }

    pub(crate) fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }

    pub(crate) async fn alice(&self) -> Party {
        open(&self.server, ALICE, self.alice.clone(), settings()).await
    }

    pub(crate) async fn bob(&self) -> Party {
        open(&self.server, BOB, self.bob.clone(), settings()).await
    }

    pub(crate) async fn both(&self) -> (Party, Party) {
        (self.alice().await, self.bob().await)
    }
}

fn agree() -> (i32, Memory, Memory) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new();
        let (mut alice, mut bob) = world.both().await;
        settle().await;
        let chat = alice.chats.request(user(BOB)).await.unwrap();
        bob.expect(|event| matches!(event, Event::Requested)).await;
        bob.chats.accept(chat).await.unwrap();
        alice.expect(|event| matches!(event, Event::Ready { .. })).await;
        bob.expect(|event| matches!(event, Event::Ready { .. })).await;
        // Each tells the other its layer.
        alice.expect(|event| matches!(event, Event::Layer(_))).await;
        bob.expect(|event| matches!(event, Event::Layer(_))).await;
        settle().await;
        alice.chats.shutdown().await;
        bob.chats.shutdown().await;
        (chat, world.alice.snapshot(), world.bob.snapshot())
    })
}

pub(crate) async fn open<const ORDERED: bool>(
    server: &Arc<Mutex<Server>>,
    user: i64,
    disk: Disk,
    settings: ChatsSettings,
) -> Party<ORDERED> {
    let incoming = server.lock().unwrap().connect(user);
    let line = Line::new(server, user);
    // Another seed for every start: random_ids must not repeat.
    let seed = u64::try_from(user).unwrap() << 32 | disk.commits() as u64;
    let (chats, events) = SecretChats::open(Arc::clone(&line), disk, incoming, random(seed), settings).await.unwrap();
    Party { chats, events, line }
}

/// Time goes by tokio's clock, which a test can stop and turn.
pub(crate) fn settings() -> ChatsSettings {
    let start = Instant::now();
    let mut settings = ChatsSettings::default();
    settings.clock = Arc::new(move || UnixTime(1_700_000_000 + i64::try_from(start.elapsed().as_secs()).unwrap()));
    settings
}

pub(crate) fn user(id: i64) -> types::InputUser {
    InputUser::new(id, 0).into()
}

/// Lets everything that goes on come to rest.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    within(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// In the time that a test may take, which costs nothing while the clock is stopped.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(600), future).await.expect("it takes too long")
}

impl<const ORDERED: bool> Party<ORDERED> {
    /// The next event of a kind; others before it are taken.
    pub(crate) async fn expect(&mut self, is_meant: impl Fn(&Event) -> bool) -> Event {
        within(async {
            loop {
                match self.events.next().await {
                    Some(News::Event { event, .. }) if is_meant(&event) => return event,
                    Some(_) => {}
                    None => panic!("the events have ended"),
                }
            }
        })
        .await
    }

    /// The next so many texts.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(self.text().await);
        }
        texts
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.expect(|event| matches!(event, Event::Message { .. })).await {
            Event::Message { message, .. } => message.message,
            _ => unreachable!("only messages are expected"),
        }
    }

    /// The texts that have come by now, and nothing else is waited for.
    pub(crate) async fn texts_so_far(&mut self) -> Vec<String> {
        settle().await;
        let mut texts = Vec::new();
        while let Ok(Some(news)) = tokio::time::timeout(Duration::from_millis(1), self.events.next()).await {
            if let News::Event { event: Event::Message { message, .. }, .. } = news {
                texts.push(message.message);
            }
        }
        texts
    }
}

pub(crate) fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("text {number}")).collect()
}

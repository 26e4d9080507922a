//! One life of a user's program, from opening the store to its end.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use secret_runtime::chat::Event;
use secret_runtime::client::Connection;
use secret_runtime::client::SecretChats;
use secret_runtime::client::chats::{Events, News};
use secret_runtime::client::files::Download;
use secret_runtime::store::Redb;
use tl_types::secret::types::DecryptedMessageMedia;
use tokio::task::JoinSet;

use crate::application::{Application, End};
use crate::content;
use crate::ledger::{Kind, Ledger, Pair};
use crate::stream::{self, Sender};

/// Lives until the end comes, or all is done.
pub(crate) async fn live(application: &mut Application, end: Option<End>) {
    let user = application.home.open().await;
    let ledger = Arc::clone(&application.ledger);
    let mut senders = JoinSet::new();
    for (stream, chat, kind) in ledger.streams_of(application.number) {
        let (connection, chats) = (Arc::clone(&user.connection), user.chats.clone());
        let sender = Sender { stream, chat, connection, chats, ledger: Arc::clone(&ledger) };
        match kind {
            Kind::Text => senders.spawn(stream::texts(sender)),
            Kind::File => {
                let upload = Arc::clone(application.uploads.entry(stream).or_default());
                senders.spawn(stream::files(sender, upload))
            }
        };
    }
    let mut user = user;
    let mut reader = Reader {
        number: application.number,
        pairs: &application.pairs,
        ledger: &ledger,
        chats: user.chats.clone(),
        taken: &mut application.taken,
        told: BTreeMap::new(),
    };
    let died = tokio::select! {
        () = reader.read(&mut user.events, end) => true,
        () = ledger.done() => false,
        // They end early only by a panic.
        Some(Err(failure)) = senders.join_next() => panic!("{failure}"),
    };
    drop(reader);
    if died && end.is_some_and(|end| end.crashes) {
        ledger.crash();
        return;
    }
    // Its clones of the chats need not be gone.
    user.close().await;
}

struct Reader<'a> {
    number: usize,
    pairs: &'a [Pair],
    ledger: &'a Ledger,
    chats: SecretChats<Connection, Redb>,
    taken: &'a mut BTreeMap<i32, u64>,
    /// The last event of this life, of each chat.
    told: BTreeMap<i32, u64>,
}

impl Reader<'_> {
    /// Reads until the end. A crash comes when the last event was taken, and was not yet said to be.
    async fn read(&mut self, events: &mut Events, end: Option<End>) {
        let mut count = 0;
        while end.is_none_or(|end| count < end.events) {
            let news = events.next_unacknowledged().await.unwrap();
            if let News::Event { chat, number, event } = &news {
                self.event(*chat, *number, event).await;
                count += 1;
                if end.is_some_and(|end| end.crashes && count == end.events) {
                    return;
                }
            } else {
                assert!(!matches!(news, News::StoreFailed(_)), "{news:?}");
            }
            events.acknowledge(&news);
        }
    }

    async fn event(&mut self, chat: i32, number: u64, event: &Event) {
        let before = self.told.insert(chat, number);
        assert!(before.is_none_or(|before| before < number), "event {number} of chat {chat} comes after {before:?}");
        let taken = self.taken.entry(chat).or_default();
        if number <= *taken {
            self.ledger.repeat();
            return;
        }
        match event {
            Event::Message { message, file: None, .. } => {
                let stream = self.ledger.stream_to(self.number, chat, Kind::Text);
                self.ledger.receive(stream, stream::number_in(stream, &message.message));
            }
            Event::Message { message, file: Some(file), .. } => {
                let stream = self.ledger.stream_to(self.number, chat, Kind::File);
                let Some(DecryptedMessageMedia::Document(document)) = message.media.as_deref() else {
                    panic!("{message:?}")
                };
                let number = document.caption.parse().unwrap();
                let mut download = Download::new(message, file).unwrap();
                let sink = self.chats.download(&mut download, Cursor::new(Vec::new()), |_| ()).await.unwrap();
                assert!(sink.into_inner() == content(stream, number, stream::length(number)), "file {number}");
                self.ledger.receive(stream, number);
            }
            Event::KeyReplaced { fingerprint } => {
                let pair = self.pairs.iter().find(|pair| pair.chat == chat).unwrap();
                self.ledger.key_replaced(*pair, self.number, *fingerprint);
            }
            // Of messages whose sender has crashed, or gave up: they are sent again under the same name.
            Event::Sent { .. } | Event::Layer(_) => {}
            event => panic!("chat {chat}: {event:?}"),
        }
        self.taken.insert(chat, number);
    }
}

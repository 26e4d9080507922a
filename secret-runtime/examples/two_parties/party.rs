//! One user: an account over a file, and what the user sees.

use std::error::Error;
use std::path::Path;

use rand::rngs::{SysRng, ThreadRng};
use secret_runtime::account::{Account, AccountSettings, Effects};
use secret_runtime::chat::{Answer, CallId, Command, Event, Input, Outgoing, Phase};
use secret_runtime::crypto::KeyFingerprint;
use secret_runtime::store::{Redb, StoreKey};
use tl_types::api::constructors::InputUser;
use tl_types::api::types::{EncryptedFile, InputEncryptedFile};
use tl_types::secret::constructors::DecryptedMessage;

use crate::server::{Delivery, Server};

pub(crate) struct Party {
    pub(crate) name: &'static str,
    pub(crate) user_id: i64,
    account: Account<Redb>,
    rng: ThreadRng,
    pub(crate) calls: Vec<(i32, Outgoing)>,
    pub(crate) events: Vec<Event>,
}

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

impl Party {
    /// Opens the user's store, or makes one; its key lies beside it, for its owner only.
    pub(crate) fn open(name: &'static str, user_id: i64, directory: &Path) -> Result<Self> {
        let mut rng = rand::rng();
        let key = StoreKey::from_file(directory.join(name).with_extension("key"), &mut rng)?;
        let store = Redb::open(directory.join(name).with_extension("redb"), &key, rand_core::UnwrapErr(SysRng))?;
        let account = Account::open(store, AccountSettings::default())?;
        Ok(Self { name, user_id, account, rng, calls: Vec::new(), events: Vec::new() })
    }

    /// Goes on where the last process stopped.
    pub(crate) fn resume(&mut self, server: &mut Server) -> Result<()> {
        let effects = self.account.resume(server.now, &mut self.rng)?;
        println!("{} makes {} calls again", self.name, effects.outgoing.len());
        self.take(effects)
    }

    pub(crate) fn request(&mut self, peer: &Self, server: &mut Server) -> Result<i32> {
        let config = server.dh_config(&self.account.get_dh_config());
        let config = self.account.dh_config(config, &mut self.rng)?;
        let chat = self.account.request(InputUser::new(peer.user_id, 0).into(), config, server.now, &mut self.rng)?;
        self.commit()?;
        Ok(chat)
    }

    pub(crate) fn accept(&mut self, chat: i32, server: &mut Server) -> Result<()> {
        let config = server.dh_config(&self.account.get_dh_config());
        let config = self.account.dh_config(config, &mut self.rng)?;
        self.command(chat, Command::Accept(config), server)
    }

    pub(crate) fn command(
        &mut self,
        chat: i32,
        command: Command<secret_runtime::chat::Mtproto>,
        server: &mut Server,
    ) -> Result<()> {
        self.account.command(chat, command, server.now, &mut self.rng)?;
        self.commit()
    }

    /// Sends a message, and gives the counters of its parts.
    pub(crate) fn send(
        &mut self,
        chat: i32,
        message: DecryptedMessage,
        file: Option<InputEncryptedFile>,
        server: &mut Server,
    ) -> Result<Vec<u32>> {
        let command = Command::Send { message: message.into(), file, lower: false };
        let made = self.account.command(chat, command, server.now, &mut self.rng)?;
        self.commit()?;
        Ok(made.receipts.iter().map(|receipt| receipt.counter).collect())
    }

    /// Makes a message durable, and makes none of its calls.
    pub(crate) fn send_and_crash(&mut self, chat: i32, text: &str, server: &Server) -> Result<()> {
        let message = DecryptedMessage::new(0, 0, text).into();
        let command = Command::Send { message, file: None, lower: false };
        self.account.command(chat, command, server.now, &mut self.rng)?;
        let effects = self.account.commit()?;
        println!("{} loses {} call", self.name, effects.outgoing.len());
        Ok(())
    }

    pub(crate) fn answer(&mut self, chat: i32, call: CallId, answer: Answer, server: &Server) -> Result<()> {
        self.account.step(chat, Input::Answer { call, answer }, server.now, &mut self.rng)?;
        self.commit()
    }

    pub(crate) fn deliver(&mut self, delivery: Delivery, server: &Server) -> Result<()> {
        match delivery {
            Delivery::Message { message, qts } => {
                self.account.message(message, Some(qts), server.now, &mut self.rng)?;
            }
            Delivery::Chat(news) => self.account.news(news, server.now, &mut self.rng)?,
        }
        self.commit()
    }

    fn commit(&mut self) -> Result<()> {
        let effects = self.account.commit()?;
        self.take(effects)
    }

    fn take(&mut self, effects: Effects) -> Result<()> {
        let Effects { outgoing, events, .. } = effects;
        self.calls.extend(outgoing);
        for (chat, number, event) in events {
            // The user has seen it, so it need not be kept.
            self.account.delivered(chat, number, secret_runtime::chat::UnixTime(0), &mut self.rng)?;
            self.events.push(event);
        }
        let _ = self.account.commit()?;
        Ok(())
    }

    pub(crate) fn take_texts(&mut self) -> Vec<String> {
        let events = std::mem::take(&mut self.events);
        let texts = events.into_iter().filter_map(|event| match event {
            Event::Message { message, .. } => Some(message.message),
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn take_file(&mut self) -> Option<(DecryptedMessage, EncryptedFile)> {
        let events = std::mem::take(&mut self.events);
        events.into_iter().find_map(|event| match event {
            Event::Message { message, file: Some(file), .. } => Some((message, file)),
            _ => None,
        })
    }

    pub(crate) fn key_fingerprint(&mut self, chat: i32) -> Result<KeyFingerprint> {
        let session = self.account.chat(chat)?.session().ok_or("the chat is not ready")?;
        Ok(session.key_fingerprint())
    }

    pub(crate) fn has_forgotten_old_key(&mut self, chat: i32) -> Result<bool> {
        let session = self.account.chat(chat)?.session().ok_or("the chat is not ready")?;
        Ok(session.previous_key_fingerprint().is_none())
    }

    /// What both users compare with each other.
    pub(crate) fn show_key(&mut self, chat: i32) -> Result<()> {
        let chat = self.account.chat(chat)?;
        let Phase::Ready(session) = chat.phase() else { return Err("the chat is not ready".into()) };
        let hash = session.key_hash().hex_text();
        println!("{}: layer {}, key to compare {}", self.name, session.layer(), hash.join("  "));
        Ok(())
    }

    pub(crate) fn scrub(&mut self) -> Result<()> {
        if self.account.is_scrub_due() {
            self.account.scrub()?;
            println!("{}: the keys are gone from the file, too", self.name);
        }
        Ok(())
    }
}

//! What goes into an account: from the user, from the server, and from the clock. Everything is staged.

use rand_core::CryptoRng;
use tl_types::api::functions::messages::GetDhConfig;
use tl_types::api::types::messages::DhConfig as DhConfigAnswer;
use tl_types::api::types::{EncryptedChat, EncryptedMessage, InputUser};

use super::error::AccountError;
use super::{Account, Effects, Made, records};
use crate::chat::{Arrival, Chat, Command, DhConfig, Dropped, Input, Notice, Suite, UnixTime, policy};
use crate::store::Store;

/// Bytes of randomness that the server is asked for with every Diffie–Hellman configuration.
const SERVER_RANDOM: i32 = 256;

/// Chats that go on in one commit when an account is opened; all of them may have to after an upgrade.
const RESUMED_AT_ONCE: usize = 256;

impl<St: Store, S: Suite> Account<St, S> {
    /// Goes on where the account stopped: calls that were not answered are to be made again, and events that were not
    /// delivered are told again. Chats that cannot be read are skipped, and listed in [`Account::damaged`].
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store fails.
    pub fn resume(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<Effects, AccountError<St::Error>> {
        let mut effects = Effects::default();
        for chats in self.index.to_resume().chunks(RESUMED_AT_ONCE) {
            for chat in chats {
                self.resume_chat(*chat, now, rng)?;
            }
            effects.extend(self.commit()?);
        }
        if self.record.layer < policy::MY_LAYER {
            self.change_record(|record| record.layer = policy::MY_LAYER);
        }
        effects.extend(self.commit()?);
        Ok(effects)
    }

    fn resume_chat(
        &mut self,
        chat: i32,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), AccountError<St::Error>> {
        match self.step(chat, Input::Resume, now, rng) {
            Ok(_) => {}
            Err(AccountError::Damaged { records, .. }) => self.note_damage(records),
            Err(error) => return Err(error),
        }
        if let Some(loaded) = self.loaded.get(chat) {
            // Those that resuming itself added are among them.
            let events = loaded.events().map(|(number, event)| (chat, number, event.clone()));
            self.staged.effects.events.retain(|(of, ..)| *of != chat);
            self.staged.effects.events.extend(events);
        }
        Ok(())
    }

    /// The call that gives a Diffie–Hellman configuration; its answer goes to [`Account::dh_config`].
    pub fn get_dh_config(&self) -> GetDhConfig {
        GetDhConfig::new(self.record.dh.as_ref().map_or(0, |dh| dh.version), SERVER_RANDOM)
    }

    /// Checks a Diffie–Hellman configuration, and remembers it with the next commit.
    ///
    /// # Errors
    /// [`AccountError::Group`] if keys agreed on with it could be guessed, [`AccountError::NoDhConfig`] if the answer
    /// refers to one that was never given.
    pub fn dh_config(
        &mut self,
        answer: DhConfigAnswer,
        rng: &mut dyn CryptoRng,
    ) -> Result<DhConfig<S>, AccountError<St::Error>> {
        match answer {
            DhConfigAnswer::DhConfig(answer) => {
                let group = S::group(answer.g, &answer.p, rng).map_err(AccountError::Group)?;
                let dh = records::Dh { version: answer.version, group: group.clone() };
                self.change_record(|record| record.dh = Some(dh));
                Ok(DhConfig { version: answer.version, group, random: answer.random })
            }
            DhConfigAnswer::NotModified(answer) => {
                let dh = self.record.dh.clone().ok_or(AccountError::NoDhConfig)?;
                Ok(DhConfig { version: dh.version, group: dh.group, random: answer.random })
            }
            _ => Err(AccountError::NoDhConfig),
        }
    }

    /// Stages the request of a chat, and gives the chat's id.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store cannot be read.
    pub fn request(
        &mut self,
        user: InputUser,
        config: DhConfig<S>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<i32, AccountError<St::Error>> {
        let id = loop {
            let id = (rng.next_u32() & 0x7fff_ffff).cast_signed();
            if id != 0 && !self.is_known(id)? {
                break id;
            }
        };
        let staged = Chat::request(id, user, config, now, &self.settings.chat, rng);
        self.stage(id, staged);
        Ok(id)
    }

    /// Stages an input for a chat.
    ///
    /// # Errors
    /// [`AccountError::Command`] if the chat refuses; nothing is staged then. [`AccountError::UnknownChat`], or why the
    /// chat cannot be read.
    pub fn step(
        &mut self,
        chat: i32,
        input: Input<S>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Made, AccountError<St::Error>> {
        self.load(chat)?;
        if self.loaded.take_has_to_resume(chat) && !matches!(input, Input::Resume) {
            self.stage_step(chat, Input::Resume, now, rng)?;
        }
        self.stage_step(chat, input, now, rng)
    }

    fn stage_step(
        &mut self,
        chat: i32,
        input: Input<S>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Made, AccountError<St::Error>> {
        let Some(loaded) = self.loaded.get(chat) else { return Err(AccountError::UnknownChat { chat }) };
        let staged = loaded.step(input, now, &self.settings.chat, rng).map_err(AccountError::Command)?;
        Ok(self.stage(chat, staged))
    }

    /// Stages a command for a chat.
    ///
    /// # Errors
    /// As [`Account::step`].
    pub fn command(
        &mut self,
        chat: i32,
        command: Command<S>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Made, AccountError<St::Error>> {
        self.step(chat, Input::Command(command), now, rng)
    }

    /// Stages an encrypted message, and its `qts`, which is confirmed only when both are durable.
    ///
    /// # Errors
    /// [`AccountError::Command`] if too many events wait to be delivered. The message is not taken, and its `qts` neither,
    /// nor any that comes until the next commit: ask for the difference then.
    pub fn message(
        &mut self,
        message: EncryptedMessage,
        qts: Option<i32>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), AccountError<St::Error>> {
        if let Some((chat, arrival)) = Arrival::new(message) {
            match self.step(chat, Input::Message(arrival), now, rng) {
                Ok(_) => {}
                // Nobody can take it, and other chats wait for what is behind it.
                Err(AccountError::UnknownChat { .. }) => self.drop_update(chat, Dropped::UnknownChat),
                Err(AccountError::Damaged { records, .. }) => {
                    self.note_damage(records);
                    self.drop_update(chat, Dropped::DamagedChat);
                }
                Err(error) => {
                    self.staged.is_behind = true;
                    return Err(error);
                }
            }
        }
        self.raise_qts(qts);
        Ok(())
    }

    /// Stages that nothing is missing up to this state: what `updates.getState` answers before the first chat, and what
    /// `updates.getDifference` answers with the messages that were staged before. A `qts` that is not higher changes nothing,
    /// and nothing changes if one of those messages was refused.
    pub fn caught_up(&mut self, qts: Option<i32>, date: i32) {
        self.raise_qts(qts);
        if !self.staged.is_behind && self.date != Some(date) {
            self.change_date(date);
        }
    }

    fn raise_qts(&mut self, qts: Option<i32>) {
        if !self.staged.is_behind && qts > self.record.qts {
            self.change_record(|record| record.qts = qts);
            self.staged.effects.received_queue = qts;
        }
    }

    /// Stages news of a chat: `updateEncryption`.
    ///
    /// # Errors
    /// As [`Account::step`].
    pub fn news(
        &mut self,
        chat: EncryptedChat,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), AccountError<St::Error>> {
        let id = match &chat {
            EncryptedChat::Empty(chat) => chat.id,
            EncryptedChat::Waiting(chat) => chat.id,
            EncryptedChat::Requested(chat) => chat.id,
            EncryptedChat::EncryptedChat(chat) => chat.id,
            EncryptedChat::Discarded(chat) => chat.id,
            _ => return Ok(()),
        };
        if self.is_known(id)? {
            return self.step(id, Input::Chat(chat), now, rng).map(drop);
        }
        match chat {
            EncryptedChat::Requested(request) if self.index.requests() < self.settings.requests => {
                let staged = Chat::requested(request, now, &self.settings.chat, rng);
                self.stage(id, staged);
            }
            _ => self.drop_update(id, Dropped::UnknownChat),
        }
        Ok(())
    }

    /// Stages what time has brought.
    ///
    /// # Errors
    /// As [`Account::step`].
    pub fn tick(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<(), AccountError<St::Error>> {
        for chat in self.index.due_by(now) {
            match self.step(chat, Input::Tick, now, rng) {
                Ok(_) => {}
                Err(AccountError::Damaged { records, .. }) => {
                    self.index.forget(chat);
                    self.note_damage(records);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Stages that the events of a chat up to `number`, it included, were delivered.
    ///
    /// # Errors
    /// As [`Account::step`].
    pub fn delivered(
        &mut self,
        chat: i32,
        number: u64,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), AccountError<St::Error>> {
        self.command(chat, Command::Delivered(number), now, rng).map(drop)
    }

    /// Stages that everything of a chat is deleted, and nothing of it is told to anybody. Discard it first.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store cannot be read.
    pub fn forget(&mut self, chat: i32) -> Result<(), AccountError<St::Error>> {
        self.note_before(chat);
        self.loaded.remove(chat);
        self.has_old_keys = true;
        self.index.forget(chat);
        self.staged.batch.delete_chat(chat);
        records::write_entry(chat, None, &mut self.staged.batch);
        Ok(())
    }

    fn drop_update(&mut self, id: i32, why: Dropped) {
        self.staged.effects.notices.push((id, Notice::Dropped(why)));
    }
}

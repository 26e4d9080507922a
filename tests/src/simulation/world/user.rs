//! What the users do.

use secret_runtime::account::Made;
use secret_runtime::chat::{Command, SlotKind, Suite};
use tl_types::api::constructors::{InputEncryptedFileUploaded, InputUser};
use tl_types::api::types::InputEncryptedFile;
use tl_types::secret::constructors as secret;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction, DecryptedMessageMedia};

use super::{Party, World};
use crate::simulation::endpoint::{Endpoint, Outcome};
use crate::simulation::moves::Side;
use crate::simulation::tap::Tap;

impl<S: Suite> World<S> {
    pub(super) fn request(&mut self) {
        let side = self.setup.originator;
        if self.chat.is_some() {
            return;
        }
        if let Party::Theirs(peer) = &mut self.sides[side] {
            self.chat = Some(peer.request());
            return self.relay(side);
        }
        let answer = self.server.dh_config(0);
        let outcome = self.step(side, |account, now, rng| {
            let config = account.dh_config(answer, rng).unwrap();
            account.request(InputUser::new(2, 0).into(), config, now, rng)
        });
        if let Outcome::Done(chat) = outcome {
            self.chat = Some(chat);
        } else if let Some(ours) = self.ours(side) {
            // It may be durable and its id unknown to us.
            self.chat = ours.durable().chats().unwrap().first().copied();
        }
    }

    pub(super) fn accept(&mut self) {
        let side = 1 - self.setup.originator;
        let Some(chat) = self.chat else { return };
        let answer = self.server.dh_config(0);
        self.step(side, |account, now, rng| {
            if !account.chats().unwrap().contains(&chat) {
                return Ok(Made::default());
            }
            let config = account.dh_config(answer, rng).unwrap();
            account.command(chat, Command::Accept(config), now, rng)
        });
    }

    pub(super) fn establish(&mut self) {
        if self.chat.is_some() {
            return;
        }
        let (originator, acceptor) = (self.setup.originator, 1 - self.setup.originator);
        self.request();
        self.pump(originator);
        self.difference(acceptor);
        self.accept();
        for _ in 0..2 {
            for side in [acceptor, originator] {
                self.pump(side);
                self.difference(side);
                self.read(side);
            }
        }
    }

    pub(super) fn command(&mut self, side: Side, command: Command<Tap<S>>) -> Outcome<Made> {
        let Some(chat) = self.chat else { return Outcome::NotDurable };
        self.step(side, |account, now, rng| {
            if !account.chats().unwrap().contains(&chat) {
                return Ok(Made::default());
            }
            account.command(chat, command, now, rng)
        })
    }

    /// Sends a message, and gives what counts of it.
    fn send(&mut self, side: Side, message: DecryptedMessage, file: Option<InputEncryptedFile>) -> Vec<i64> {
        let is_content = matches!(message, DecryptedMessage::DecryptedMessage(_));
        let random_ids = match self.command(side, Command::Send { message, file, lower: true }) {
            Outcome::Done(made) => made.receipts.iter().map(|receipt| receipt.random_id).collect(),
            // The user does not know whether it counts; the disk does.
            Outcome::Dead => self.unheard(side),
            Outcome::Refused(_) | Outcome::NotDurable => Vec::new(),
        };
        self.witness.promises(side, &random_ids, is_content);
        random_ids
    }

    /// Messages of a side's user that are durable, though nobody was told.
    fn unheard(&mut self, side: Side) -> Vec<i64> {
        let Some((chat, ours)) = self.chat.and_then(|chat| Some((chat, self.ours(side)?))) else { return Vec::new() };
        let mut durable = ours.durable();
        let Ok(chat) = durable.chat(chat) else { return Vec::new() };
        let by_user = chat
            .slots()
            .filter(|(_, slot)| matches!(slot.kind(), SlotKind::Content | SlotKind::Command | SlotKind::Erasure));
        let random_ids: Vec<i64> = by_user.map(|(_, slot)| slot.random_id()).collect();
        let promised = &self.witness.sides[side].promised;
        random_ids.into_iter().filter(|random_id| !promised.contains_key(random_id)).collect()
    }

    pub(in crate::simulation) fn text(&mut self, side: Side, length: usize) {
        self.texts += 1;
        let text = format!("{}-{} ", side, self.texts);
        let text = text.clone() + &"x".repeat(length.saturating_sub(text.len()));
        if let Party::Theirs(peer) = &mut self.sides[side] {
            peer.text(&text);
            return self.relay(side);
        }
        self.send(side, secret::DecryptedMessage::new(0, 0, text).into(), None);
    }

    pub(super) fn file(&mut self, side: Side) {
        self.texts += 1;
        let key = vec![1; 32];
        let photo = secret::DecryptedMessageMediaPhoto::new(vec![], 1, 1, 1, 1, 7, key.clone(), key, "caption");
        let media: DecryptedMessageMedia = photo.into();
        let message = secret::DecryptedMessage::new(0, 0, "").with_media(media);
        let file = InputEncryptedFileUploaded::new(i64::from(self.texts), 1, "", 5).into();
        self.send(side, message.into(), Some(file));
    }

    pub(super) fn service(&mut self, side: Side, action: u8) {
        let of_peer = || self.witness.sides[side].saw.keys().next_back().copied().into_iter().collect::<Vec<_>>();
        let action: DecryptedMessageAction = match action % 6 {
            0 => secret::DecryptedMessageActionSetMessageTtl::new(i32::from(action)).into(),
            1 => secret::DecryptedMessageActionReadMessages::new(of_peer()).into(),
            2 => secret::DecryptedMessageActionScreenshotMessages::new(of_peer()).into(),
            3 => DecryptedMessageAction::FlushHistory,
            4 => DecryptedMessageAction::Noop,
            _ => secret::DecryptedMessageActionDeleteMessages::new(of_peer()).into(),
        };
        self.send(side, secret::DecryptedMessageService::new(0, action).into(), None);
    }

    pub(super) fn delete(&mut self, side: Side, back: u8) {
        let Some(random_id) = self.witness.sides[side].written.iter().rev().nth(back.into()).copied() else { return };
        let action = secret::DecryptedMessageActionDeleteMessages::new(vec![random_id]);
        if !self.send(side, secret::DecryptedMessageService::new(0, action).into(), None).is_empty() {
            self.witness.sides[side].deleted.insert(random_id);
        }
    }

    pub(super) fn discard(&mut self, side: Side) {
        if let Party::Theirs(peer) = &mut self.sides[side] {
            peer.close("its user wants it");
            return self.relay(side);
        }
        // Also where the program dies: the command may be durable.
        self.discarded[side] |= self.chat.is_some();
        self.command(side, Command::Discard { delete_history: false });
    }

    /// The user looks at the events; whether there were any.
    pub(in crate::simulation) fn read(&mut self, side: Side) -> bool {
        let Some(chat) = self.chat else { return false };
        let Some((last, new)) = self.ours(side).and_then(Endpoint::show) else { return false };
        new.iter().for_each(|event| self.witness.sees(side, event));
        let outcome = self.step(side, |account, now, rng| account.delivered(chat, last, now, rng));
        if let (Outcome::Done(()), Some(ours)) = (outcome, self.ours(side)) {
            ours.told.retain(|number, _| *number > last);
        }
        true
    }
}

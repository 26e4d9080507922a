//! Encrypted messages, typing and reading: <https://core.telegram.org/api/end-to-end>.

use std::sync::Arc;

use tl_types::RpcError;
use tl_types::api::functions::messages::{
    ReadEncryptedHistory, ReceivedQueue, SendEncrypted, SendEncryptedFile, SendEncryptedService, SetEncryptedTyping,
};
use tl_types::api::{constructors, types};

use super::chat::{Phase, Side};
use super::error::{self, bad};
use super::{Backend, Context};

/// The shortest data: the key's fingerprint, the message key, and one block.
const SHORTEST: usize = 8 + 16 + 16;

/// What differs between the three functions that send.
enum Sort {
    Text,
    Service,
    File(types::InputEncryptedFile),
}

impl Backend {
    pub(super) fn send_encrypted(
        &mut self,
        context: &mut Context<'_>,
        call: SendEncrypted,
    ) -> Result<types::messages::SentEncryptedMessage, RpcError> {
        self.send(context, &call.peer, call.random_id, call.data, &Sort::Text)
    }

    pub(super) fn send_encrypted_service(
        &mut self,
        context: &mut Context<'_>,
        call: SendEncryptedService,
    ) -> Result<types::messages::SentEncryptedMessage, RpcError> {
        self.send(context, &call.peer, call.random_id, call.data, &Sort::Service)
    }

    pub(super) fn send_encrypted_file(
        &mut self,
        context: &mut Context<'_>,
        call: SendEncryptedFile,
    ) -> Result<types::messages::SentEncryptedMessage, RpcError> {
        self.send(context, &call.peer, call.random_id, call.data, &Sort::File(call.file))
    }

    fn send(
        &mut self,
        context: &mut Context<'_>,
        peer: &types::InputEncryptedChat,
        random_id: i64,
        data: Vec<u8>,
        sort: &Sort,
    ) -> Result<types::messages::SentEncryptedMessage, RpcError> {
        let side = self.side_in(context, peer)?;
        let chat = self.chats.get_mut(&peer.chat_id).ok_or_else(|| bad("CHAT_ID_INVALID"))?;
        let receiver = chat.party(side.other()).device.ok_or_else(error::internal)?;
        let target = self.devices.get_mut(&receiver).ok_or_else(error::internal)?;
        let earlier = chat.party(side).sent.answer(random_id);
        if let Some(answer) = earlier
            && !self.settings.deliver_repeats
            && target.holds(random_id)
        {
            return Ok(answer.clone());
        }
        if data.len() > self.settings.data {
            return Err(bad("DATA_TOO_LONG"));
        }
        if data.len() < SHORTEST || data.len() % 16 != 8 {
            return Err(bad("DATA_INVALID"));
        }
        if target.queue.len() >= self.settings.queue {
            return Err(error::flood());
        }
        let (id, date) = (peer.chat_id, context.now);
        let (message, answer): (types::EncryptedMessage, types::messages::SentEncryptedMessage) = match sort {
            Sort::Service => (
                constructors::EncryptedMessageService::new(random_id, id, date, data).into(),
                constructors::messages::SentEncryptedMessage::new(date).into(),
            ),
            Sort::Text => (
                constructors::EncryptedMessage::new(random_id, id, date, data, types::EncryptedFile::Empty).into(),
                constructors::messages::SentEncryptedMessage::new(date).into(),
            ),
            Sort::File(input) => {
                let file = match earlier {
                    // What was uploaded for it is used up.
                    Some(types::messages::SentEncryptedMessage::SentEncryptedFile(earlier)) => earlier.file.clone(),
                    _ => context.files.attach(context.caller.device, input, self.settings.home(), context.rng)?,
                };
                (
                    constructors::EncryptedMessage::new(random_id, id, date, data, file.clone()).into(),
                    constructors::messages::SentEncryptedFile::new(date, file).into(),
                )
            }
        };
        chat.party_mut(side).sent.remember(random_id, answer.clone());
        let message = Arc::new(message);
        let qts = target.enqueue(random_id, Arc::clone(&message));
        let update = constructors::UpdateNewEncryptedMessage::new((*message).clone(), qts);
        self.push(context, receiver, update.into(), &[]);
        Ok(answer)
    }

    pub(super) fn set_typing(
        &mut self,
        context: &mut Context<'_>,
        call: &SetEncryptedTyping,
    ) -> Result<bool, RpcError> {
        let side = self.side_in(context, &call.peer)?;
        if call.typing
            && let Some(device) = self.device_of(call.peer.chat_id, side.other())
        {
            let update = constructors::UpdateEncryptedChatTyping::new(call.peer.chat_id);
            self.push(context, device, update.into(), &[]);
        }
        Ok(true)
    }

    pub(super) fn read_history(
        &mut self,
        context: &mut Context<'_>,
        call: &ReadEncryptedHistory,
    ) -> Result<bool, RpcError> {
        let side = self.side_in(context, &call.peer)?;
        if call.max_date < 0 {
            return Err(bad("MAX_DATE_INVALID"));
        }
        let id = call.peer.chat_id;
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.party_mut(side.other()).read = Some((call.max_date, context.now));
        }
        if let Some(device) = self.device_of(id, side.other()) {
            let update = constructors::UpdateEncryptedMessagesRead::new(id, call.max_date, context.now);
            self.push(context, device, update.into(), &[]);
        }
        Ok(true)
    }

    pub(super) fn received_queue(
        &mut self,
        context: &mut Context<'_>,
        call: &ReceivedQueue,
    ) -> Result<Vec<i64>, RpcError> {
        self.user_of(context.caller.device)?;
        let device = self.devices.get_mut(&context.caller.device).ok_or_else(error::unregistered)?;
        if call.max_qts < 0 || call.max_qts > device.qts {
            return Err(bad("MAX_QTS_INVALID"));
        }
        Ok(device.confirm(call.max_qts))
    }

    /// Checks that an open chat is meant, by somebody who is in it on this device.
    pub(super) fn side_in(&self, context: &Context<'_>, peer: &types::InputEncryptedChat) -> Result<Side, RpcError> {
        let device = context.caller.device;
        let user = self.user_of(device)?;
        let chat = self.chats.get(&peer.chat_id).ok_or_else(|| bad("CHAT_ID_INVALID"))?;
        let side = chat.side(user, device).ok_or_else(|| bad("CHAT_ID_INVALID"))?;
        if chat.party(side).access_hash != peer.access_hash {
            return Err(bad("CHAT_ID_INVALID"));
        }
        match chat.phase {
            Phase::Accepted { .. } => Ok(side),
            Phase::Requested { .. } => Err(bad("CHAT_ID_INVALID")),
            Phase::Discarded { .. } => Err(bad("ENCRYPTION_DECLINED")),
        }
    }

    fn device_of(&self, chat: i32, side: Side) -> Option<i64> {
        self.chats.get(&chat)?.party(side).device
    }
}

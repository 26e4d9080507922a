//! Sending what callers ask for, at once or when the chat has room.

use std::collections::{BTreeMap, VecDeque};

use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tracing::Span;

use super::Owner;
use crate::account::AccountError;
use crate::chat::{Command, CommandError};
use crate::client::chats::error::{ChatError, SendError};
use crate::client::chats::peer::{OutgoingMessage, Peer, Sent};
use crate::client::chats::sends::{Name, sent};
use crate::client::chats::work::Reply;
use crate::store::Store;

/// A message, and who waits for its answer.
struct Asked {
    /// The message's, if its author has given it one.
    name: Option<Name>,
    message: OutgoingMessage,
    reply: Reply<Vec<Sent>, SendError>,
    /// In which it was asked for.
    span: Span,
}

/// The messages for which their chat has no room, because the peer has not confirmed enough of those before; in the order
/// in which they were asked for. They are not begun: only their callers hold on to them.
#[derive(Default)]
pub(super) struct Crowd {
    chats: BTreeMap<i32, VecDeque<Asked>>,
}

impl<St: Store + Send> Owner<St> {
    /// Sends a message, behind those of its chat that wait for room.
    pub(super) fn send(
        &mut self,
        peer: Peer,
        message: OutgoingMessage,
        reply: Reply<Vec<Sent>, SendError>,
        span: Span,
    ) {
        let chat = match self.chat_of(peer) {
            Ok(chat) => chat,
            Err(error) => {
                drop(span);
                return drop(reply.send(Err(error.into())));
            }
        };
        let name =
            Some(random_id_of(&message.message)).filter(|random_id| *random_id != 0).map(|random_id| (chat, random_id));
        let Some(asked) = self.join(Asked { name, message, reply, span }) else { return };
        match self.crowd.chats.get_mut(&chat) {
            Some(waiting) => waiting.push_back(asked),
            None => {
                if let Some(asked) = self.try_send(chat, asked) {
                    self.crowd.chats.insert(chat, [asked].into());
                }
            }
        }
    }

    /// Sends what has waited for room, as far as there is room now, and forgets what nobody waits for any more.
    pub(super) fn send_crowd(&mut self) {
        for (chat, mut waiting) in std::mem::take(&mut self.crowd.chats) {
            waiting.retain(|asked| !asked.reply.is_closed());
            while let Some(asked) = waiting.pop_front() {
                // One before it may have had the same name.
                let Some(asked) = self.join(asked) else { continue };
                if let Some(asked) = self.try_send(chat, asked) {
                    waiting.push_front(asked);
                    self.crowd.chats.insert(chat, waiting);
                    break;
                }
            }
        }
    }

    /// Lets the caller wait for the message that was sent under the same name, or gives it back.
    fn join(&mut self, asked: Asked) -> Option<Asked> {
        match asked.name {
            Some(name) => Some(Asked { reply: self.sends.join(name, asked.reply)?, ..asked }),
            None => Some(asked),
        }
    }

    /// Stages a message and waits for its answer, or gives it back if the chat has no room for it yet.
    fn try_send(&mut self, chat: i32, asked: Asked) -> Option<Asked> {
        let Asked { name, message: OutgoingMessage { message, file, lower }, reply, span } = asked;
        let random_id = random_id_of(&message);
        let is_typing = matches!(
            &message,
            DecryptedMessage::Service(message) if matches!(message.action, DecryptedMessageAction::Typing(_))
        );
        // A copy: only by trying does it show whether there is room for all of its parts.
        let command = Command::Send { message: message.clone(), file: file.clone(), lower };
        let made = match self.account.command(chat, command, self.now, &mut *self.rng) {
            Ok(made) => made,
            Err(AccountError::Command(CommandError::Unconfirmed { parts, limit })) if parts <= limit => {
                return Some(Asked { name, message: OutgoingMessage { message, file, lower }, reply, span });
            }
            Err(error) => {
                drop(span);
                let _ = reply.send(Err(ChatError::from(error).into()));
                return None;
            }
        };
        let now = self.date();
        let was_sent = match made.receipts.as_slice() {
            [] if is_typing => Some(Vec::new()),
            [] => Some(vec![sent(random_id, None, None, now)]),
            [receipt] => {
                self.is_reported(chat, receipt.counter).then(|| vec![sent(receipt.random_id, None, None, now)])
            }
            _ => None,
        };
        match was_sent {
            Some(answer) => self.replies.push(Box::new(move |error| {
                let _ = reply.send(error.map_or(Ok(answer), |error| Err(error.clone().into())));
            })),
            None => {
                let chunks = made.receipts.iter().map(|receipt| (chat, receipt.random_id)).collect();
                self.sends.wait(name, chunks, reply, span);
            }
        }
        None
    }

    /// Whether a message of a restarted process has its answer already.
    fn is_reported(&mut self, chat: i32, counter: u32) -> bool {
        let Ok(chat) = self.account.chat(chat) else { return false };
        chat.slots().any(|(of, slot)| of == counter && slot.is_reported())
    }
}

fn random_id_of(message: &DecryptedMessage) -> i64 {
    match message {
        DecryptedMessage::DecryptedMessage(message) => message.random_id,
        DecryptedMessage::Service(message) => message.random_id,
    }
}

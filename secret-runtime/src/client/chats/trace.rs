//! What a commit came to, as it is traced.

use super::error::ChatError;
use crate::account::Effects;
use crate::chat::{Event, Notice};
use crate::client::trace::told;

/// Traces what is told for the first time: not what messages say, nor which they are.
pub(super) fn effects(effects: &Effects) {
    for (chat, number, event) in &effects.events {
        match event {
            Event::Requested => tracing::info!(chat, "the peer requests a chat"),
            Event::Ready { .. } => tracing::info!(chat, "the chat is ready"),
            Event::KeyReplaced { fingerprint } => tracing::info!(chat, %fingerprint, "the key is replaced"),
            Event::Closed(reason) => {
                let reason = ChatError::of_close(reason.clone());
                tracing::info!(chat, reason = %told(&reason), "the chat is over");
            }
            Event::Message { file, .. } => tracing::trace!(chat, number, file = file.is_some(), "a message came"),
            Event::Undecodable { layer, .. } => tracing::debug!(chat, number, layer, "a message of another layer came"),
            Event::Sent { .. } => tracing::trace!(chat, number, "a message is sent"),
            Event::Failed { why, .. } => {
                let why = ChatError::of_failure(why.clone(), None);
                tracing::debug!(chat, number, why = %told(&why), "a message is not sent");
            }
            _ => {}
        }
    }
    for (chat, notice) in &effects.notices {
        if let Notice::Dropped(why) = notice {
            tracing::debug!(chat, %why, "what came in changed nothing");
        }
    }
}

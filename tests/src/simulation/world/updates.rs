//! Updates on their way from the server.

use secret_runtime::account::AccountError;
use secret_runtime::chat::{Chat, Suite};
use tl_types::api::types::EncryptedMessage;

use super::{Party, World};
use crate::simulation::Dialect;
use crate::simulation::endpoint::Outcome;
use crate::simulation::moves::{Side, Way};
use crate::simulation::server::{Queued, Update};
use crate::simulation::witness::Content;

impl<S: Suite> World<S> {
    pub(in crate::simulation) fn push(&mut self, side: Side, index: usize, way: Way) -> bool {
        let pushes = &mut self.server.inboxes[side].pushes;
        if index >= pushes.len() {
            return false;
        }
        let mut queued = if way == Way::Twice { pushes[index].clone() } else { pushes.remove(index) };
        if let Party::Theirs(_) = self.sides[side] {
            // It gets everything in order, and some of it twice.
            self.difference(side);
            if way == Way::Twice {
                queued.qts = None;
                self.deliver(side, &[queued]);
            }
            return true;
        }
        let known = self.ours(side).and_then(|ours| ours.account.as_ref()?.qts()).unwrap_or(0);
        match way {
            Way::Dropped => return true,
            Way::Checked if queued.qts.is_some_and(|qts| qts > known + 1) => self.difference(side),
            Way::Corrupted { bit } => {
                corrupt(&mut queued, bit.into());
                // What is wrong with it is not told, so it does not count as received.
                queued.qts = None;
                self.deliver(side, &[queued]);
            }
            Way::Checked | Way::Unchecked | Way::Twice => self.deliver(side, &[queued]),
        }
        true
    }

    pub(in crate::simulation) fn difference(&mut self, side: Side) {
        if let Some(ours) = self.ours(side) {
            let Some(account) = &ours.account else { return };
            let qts = account.qts();
            assert_eq!(ours.durable().qts(), qts, "the qts of a question is not durable");
            self.server.acknowledge(side, qts.unwrap_or(0));
        }
        let kept: Vec<Queued> = self.server.inboxes[side].kept.iter().cloned().collect();
        if self.setup.groups {
            self.deliver(side, &kept);
        } else {
            kept.chunks(1).for_each(|one| self.deliver(side, one));
        }
    }

    /// Gives updates to a side, in one commit.
    fn deliver(&mut self, side: Side, updates: &[Queued]) {
        if let Party::Theirs(_) = &self.sides[side] {
            updates.iter().for_each(|queued| self.deliver_to_peer(side, queued));
            return;
        }
        let id = self.chat;
        if let (Some(ours), true) = (self.ours(side), updates.len() > 1) {
            ours.is_group = true;
        }
        let outcome = self.step(side, |account, now, rng| {
            let mut taken = Vec::new();
            for queued in updates {
                trace(side, account.chat(id.unwrap_or(0)).ok(), &queued.update);
                let staged = match queued.update.clone() {
                    Update::Message(message) => account.message(message, queued.qts, now, rng),
                    Update::Chat(chat) => account.news(chat, now, rng),
                };
                match staged {
                    Ok(()) => taken.push(queued.number),
                    // The user has to look first; the rest stays on the server.
                    Err(AccountError::Command(_)) => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(taken)
        });
        if let Outcome::Done(taken) = outcome {
            taken.into_iter().for_each(|number| self.server.took(side, number));
        }
    }

    fn deliver_to_peer(&mut self, side: Side, queued: &Queued) {
        let Party::Theirs(peer) = &mut self.sides[side] else { return };
        peer.take(&queued.update, self.now);
        self.server.took(side, queued.number);
        if let Some(qts) = queued.qts {
            self.server.acknowledge(side, qts);
        }
        self.relay(side);
    }

    pub(super) fn lose(&mut self, side: Side, index: usize) {
        if matches!(self.sides[side], Party::Theirs(_)) && self.setup.dialect != Some(Dialect::Ios) {
            // The others ask once, and wait for ever if the answer is lost, too.
            return;
        }
        let inbox = &mut self.server.inboxes[side];
        let messages = || inbox.kept.iter().filter(|queued| queued.qts.is_some());
        let Some(number) = messages().nth(index).map(|queued| queued.number) else { return };
        inbox.kept.retain(|queued| queued.number != number);
        inbox.pushes.retain(|queued| queued.number != number);
    }
}

fn corrupt(queued: &mut Queued, bit: usize) {
    if let Update::Message(EncryptedMessage::EncryptedMessage(message)) = &mut queued.update
        && let Some(last) = message.bytes.len().checked_sub(1)
    {
        message.bytes[(bit / 8).min(last)] ^= 1 << (bit % 8);
    }
}

/// With `TL_SIM_TRACE`, tells what arrives.
fn trace<S: Suite>(side: Side, chat: Option<&Chat<S>>, update: &Update) {
    if std::env::var_os("TL_SIM_TRACE").is_none() {
        return;
    }
    let Update::Message(EncryptedMessage::EncryptedMessage(message)) = update else { return };
    let Some((_, content)) = Content::of(&message.bytes) else {
        return eprintln!("-> {side}: garbage");
    };
    let session = chat.and_then(|chat| Some((chat.session()?, chat.waiting())));
    let due = session.map(|(session, waiting)| (session.received(), waiting, session.confirmed()));
    let text = format!("{:?}", content.message);
    eprintln!("-> {side} {due:?}: {} in {} {text:.150}", content.counter(), content.received());
}

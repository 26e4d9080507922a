//! The owner of the account: takes work, commits it in one go, and says what it came to.
//!
//! It blocks on the disk and on arithmetic, so it runs where that hurts nobody, and knows neither tasks nor the network.

mod send;

use rand_core::CryptoRng;
use tl_types::api::types::messages::DhConfig;
use tl_types::api::types::{EncryptedChat, EncryptedMessage};
use tracing::Span;

use super::beginning::{Beginning, BeginningReply};
use super::error::ChatError;
use super::events::{News, Open};
use super::info::{ChatInfo, Status};
use super::peer::Peer;
use super::sends::{Sends, Settled, sent};
use super::trace;
use super::work::{Reply, Round, Trouble, Work};
use crate::account::{Account, AccountError, Effects};
use crate::chat::{CallId, CloseReason, Command, CommandError, Event, Input, Outgoing, Phase, UnixTime};
use crate::client::trace::told;
use crate::store::Store;

use send::Crowd;

/// The account, and who waits for what of it.
pub(super) struct Owner<St: Store> {
    account: Account<St>,
    rng: Box<dyn CryptoRng + Send>,
    sends: Sends,
    crowd: Crowd,
    open: Open,
    /// Who waits for the server's word about the beginning of a chat.
    beginnings: Vec<Beginning>,
    /// What is answered after the commit; with the store's error, if it failed.
    replies: Vec<AfterCommit>,
    trouble: Option<Trouble>,
    now: UnixTime,
}

type AfterCommit = Box<dyn FnOnce(Option<&ChatError>) + Send>;

impl<St: Store + Send> Owner<St> {
    pub(super) fn new(account: Account<St>, rng: Box<dyn CryptoRng + Send>) -> Self {
        Self {
            account,
            rng,
            sends: Sends::default(),
            crowd: Crowd::default(),
            open: Open::default(),
            beginnings: Vec::new(),
            replies: Vec::new(),
            trouble: None,
            now: UnixTime(0),
        }
    }

    /// Goes on where the last process stopped.
    pub(super) fn resume(&mut self, now: UnixTime) -> Result<Round, ChatError> {
        self.now = now;
        let effects = self.account.resume(now, &mut *self.rng)?;
        Ok(self.done(effects))
    }

    /// Does all of this work in one commit.
    pub(super) fn round(&mut self, works: Vec<Work>, now: UnixTime) -> Round {
        self.now = now;
        // What is acknowledged makes room for what is new.
        let (acknowledged, others): (Vec<_>, Vec<_>) =
            works.into_iter().partition(|work| matches!(work, Work::Acknowledged { .. }));
        acknowledged.into_iter().for_each(|work| self.stage(work));
        for (chat, number) in self.open.to_confirm() {
            // A chat that was forgotten has nothing to confirm.
            let _ = self.account.delivered(chat, number, now, &mut *self.rng);
        }
        others.into_iter().for_each(|work| self.stage(work));
        self.send_crowd();
        match self.account.commit() {
            Ok(effects) => {
                trace::effects(&effects);
                self.open.confirmed();
                self.sends.committed();
                self.beginnings.iter_mut().for_each(|beginning| beginning.is_committed = true);
                self.replies.drain(..).for_each(|reply| reply(None));
                self.done(effects)
            }
            Err(error) => {
                let error = ChatError::from(error);
                self.sends.undone(&error);
                for beginning in self.beginnings.extract_if(.., |beginning| !beginning.is_committed) {
                    drop(beginning.span);
                    beginning.reply.fail(&error);
                }
                self.replies.drain(..).for_each(|reply| reply(Some(&error)));
                self.note_trouble(&error);
                self.done(Effects::default())
            }
        }
    }

    /// Overwrites what keys that are gone have left behind.
    pub(super) fn scrub(&mut self) -> Result<(), ChatError> {
        Ok(self.account.scrub()?)
    }

    fn stage(&mut self, work: Work) {
        let (now, rng) = (self.now, &mut *self.rng);
        let network = match work {
            Work::Send { peer, message, reply, span } => return self.send(peer, *message, reply, span),
            Work::Command { peer, command, reply } => {
                let result = self.command(peer, *command);
                return self.reply(reply, result);
            }
            Work::DhConfig { reply } => {
                let call = self.account.get_dh_config();
                return self.reply(reply, Ok(call));
            }
            Work::Request { user, config, reply, span } => {
                let result = self.account.dh_config(config, rng);
                match result.and_then(|config| self.account.request(user, config, now, &mut *self.rng)) {
                    Ok(chat) => self.await_beginning(chat, BeginningReply::Requested(reply), span),
                    Err(error) => {
                        drop(span);
                        drop(reply.send(Err(error.into())));
                    }
                }
                return;
            }
            Work::Accept { peer, config, reply, span } => {
                match self.accept(peer, config) {
                    Ok(chat) => self.await_beginning(chat, BeginningReply::Accepted(reply), span),
                    Err(error) => {
                        drop(span);
                        drop(reply.send(Err(error)));
                    }
                }
                return;
            }
            Work::Forget { chat, reply } => {
                let result = self.account.forget(chat).map_err(ChatError::from);
                return self.reply(reply, result);
            }
            Work::Info { peer, reply } => {
                let result = self.chat_of(peer).and_then(|chat| Ok(ChatInfo::of(self.account.chat(chat)?)));
                return self.reply(reply, result);
            }
            Work::Status { reply } => {
                let result = self.status();
                return self.reply(reply, result);
            }
            Work::Answer { chat, call, answer } => {
                self.account.step(chat, Input::Answer { call, answer }, now, rng).map(drop)
            }
            Work::Message { message, qts } => self.account.message(message, qts, now, rng),
            Work::News(chat) => self.account.news(*chat, now, rng),
            Work::Difference { messages, chats, qts, date } => self.difference(messages, chats, qts, date),
            Work::Acknowledged { chat, number } => {
                self.open.acknowledged(chat, number);
                Ok(())
            }
            Work::Tick => self.account.tick(now, rng),
        };
        if let Err(error) = network {
            self.note_trouble(&error.into());
        }
    }

    /// What was missed. A chat is there before its messages are, and discarded after them.
    fn difference(
        &mut self,
        messages: Vec<EncryptedMessage>,
        chats: Vec<EncryptedChat>,
        qts: Option<i32>,
        date: i32,
    ) -> Result<(), AccountError<St::Error>> {
        let (ends, others): (Vec<_>, Vec<_>) =
            chats.into_iter().partition(|chat| matches!(chat, EncryptedChat::Discarded(_) | EncryptedChat::Empty(_)));
        for chat in others {
            self.take_news(chat)?;
        }
        for message in messages {
            self.account.message(message, None, self.now, &mut *self.rng)?;
        }
        for chat in ends {
            self.take_news(chat)?;
        }
        self.account.caught_up(qts, date);
        Ok(())
    }

    /// A chat that cannot be read must not keep the others from what is behind its news.
    fn take_news(&mut self, chat: EncryptedChat) -> Result<(), AccountError<St::Error>> {
        match self.account.news(chat, self.now, &mut *self.rng) {
            Err(AccountError::Damaged { .. } | AccountError::UnknownChat { .. }) => Ok(()),
            other => other,
        }
    }

    fn accept(&mut self, peer: Peer, config: DhConfig) -> Result<i32, ChatError> {
        let chat = self.chat_of(peer)?;
        let config = self.account.dh_config(config, &mut *self.rng)?;
        self.account.command(chat, Command::Accept(config), self.now, &mut *self.rng)?;
        Ok(chat)
    }

    fn command(&mut self, peer: Peer, command: Command<crate::chat::Mtproto>) -> Result<(), ChatError> {
        let chat = self.chat_of(peer)?;
        self.account.command(chat, command, self.now, &mut *self.rng)?;
        Ok(())
    }

    /// The chat that the caller means, if there is one and its hash is what the caller says.
    fn chat_of(&mut self, peer: Peer) -> Result<i32, ChatError> {
        let chat = peer.chat.ok_or(ChatError::ChatIdInvalid)?;
        let access_hash = self.account.chat(chat)?.access_hash();
        match peer.access_hash {
            Some(named) if named != access_hash => Err(ChatError::ChatIdInvalid),
            _ => Ok(chat),
        }
    }

    fn status(&self) -> Result<Status, ChatError> {
        Ok(Status {
            chats: self.account.chats()?,
            qts: self.account.qts(),
            damaged: self.account.damaged().to_vec(),
            dropped: self.account.dropped().clone(),
        })
    }

    /// Answers after the commit.
    fn reply<T: Send + 'static>(&mut self, reply: Reply<T>, result: Result<T, ChatError>) {
        self.replies.push(Box::new(move |error| {
            let _ = reply.send(match error {
                Some(error) => result.and_then(|_| Err(error.clone())),
                None => result,
            });
        }));
    }

    fn await_beginning(&mut self, chat: i32, reply: BeginningReply, span: Span) {
        self.beginnings.push(Beginning { chat, reply, span, is_committed: false });
    }

    /// The span of the caller who waits for what a call does.
    fn span_of(&self, chat: i32, outgoing: &Outgoing) -> Option<Span> {
        let span = match outgoing.id {
            CallId::Handshake => self.beginnings.iter().find(|beginning| beginning.chat == chat).map(|it| &it.span),
            _ => outgoing.call.random_id().and_then(|random_id| self.sends.span((chat, random_id))),
        };
        span.cloned()
    }

    fn note_trouble(&mut self, error: &ChatError) {
        match error {
            ChatError::Store(failure) => self.trouble = Some(Trouble::Store(failure.clone())),
            ChatError::Command(CommandError::EventsFull { .. }) => {
                self.trouble.get_or_insert_with(|| {
                    tracing::warn!(error = %told(error), "a message is not taken");
                    Trouble::EventsFull
                });
            }
            // What cannot be done for another reason cannot be done later either.
            _ => tracing::debug!(error = %told(error), "something that came in was not taken"),
        }
    }

    fn done(&mut self, effects: Effects) -> Round {
        let Effects { outgoing, events, notices, received_queue } = effects;
        let mut news = Vec::with_capacity(events.len() + notices.len());
        let with_span = |(chat, call)| (chat, self.span_of(chat, &call), call);
        let outgoing = outgoing.into_iter().map(with_span).collect();
        for (chat, number, event) in events {
            self.open.told(chat, number);
            self.tell(chat, number, event, &mut news);
        }
        news.extend(notices.into_iter().map(|(chat, notice)| News::Notice { chat, notice }));
        self.answer_beginnings();
        let trouble = self.trouble.take();
        if let Some(Trouble::Store(failure)) = &trouble {
            news.push(News::StoreFailed(failure.clone()));
        }
        Round {
            outgoing,
            news,
            received_queue,
            due: self.account.due(),
            qts: self.account.qts(),
            date: self.account.date(),
            trouble,
            is_scrub_due: self.account.is_scrub_due(),
        }
    }

    /// Tells an event, or gives it as an answer to the one who waits for it.
    fn tell(&mut self, chat: i32, number: u64, event: Event, news: &mut Vec<News>) {
        let random_id = match &event {
            Event::Sent { random_id, .. } | Event::Failed { random_id, .. } => Some(*random_id),
            _ => None,
        };
        let Some(random_id) = random_id.filter(|id| self.sends.awaits((chat, *id))) else {
            news.push(News::Event { chat, number, event });
            return;
        };
        let outcome = match &event {
            Event::Sent { date, file, .. } => Ok(sent(random_id, *date, file.clone(), self.date())),
            Event::Failed { why, .. } => Err(ChatError::of_failure(why.clone(), self.close_reason(chat))),
            _ => return,
        };
        match self.sends.answered((chat, random_id), outcome, (chat, number, event)) {
            Some(Settled::Taken(events)) => {
                events.into_iter().for_each(|(chat, number)| self.open.acknowledged(chat, number));
            }
            Some(Settled::Untaken(events)) => {
                news.extend(events.into_iter().map(|(chat, number, event)| News::Event { chat, number, event }));
            }
            None => {}
        }
    }

    fn close_reason(&mut self, chat: i32) -> Option<CloseReason> {
        match self.account.chat(chat).ok()?.phase() {
            Phase::Closed { reason, .. } => Some(reason.clone()),
            _ => None,
        }
    }

    /// Answers those whose chat has begun, or has not.
    fn answer_beginnings(&mut self) {
        for Beginning { chat, reply, span, is_committed } in std::mem::take(&mut self.beginnings) {
            let outcome = match self.account.chat(chat).map(|chat| chat.phase()) {
                Ok(Phase::Requesting { is_placed: false, .. } | Phase::Accepting { .. }) => None,
                Ok(Phase::Requesting { .. } | Phase::Requested { .. } | Phase::Ready(_)) => Some(Ok(())),
                Ok(Phase::Closed { reason, .. }) => Some(Err(ChatError::of_close(reason.clone()))),
                Err(error) => Some(Err(error.into())),
            };
            let Some(outcome) = outcome else {
                self.beginnings.push(Beginning { chat, reply, span, is_committed });
                continue;
            };
            // Before the caller goes on, on whatever thread.
            drop(span);
            match reply {
                BeginningReply::Requested(reply) => drop(reply.send(outcome.map(|()| chat))),
                BeginningReply::Accepted(reply) => drop(reply.send(outcome)),
            }
        }
    }

    fn date(&self) -> i32 {
        i32::try_from(self.now.0).unwrap_or(i32::MAX)
    }
}

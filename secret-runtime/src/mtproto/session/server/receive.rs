//! What comes in: the checks that a server makes, and what it answers by itself.

use tl_types::mtproto::constructors::{
    BadMsgNotification, BadServerSalt, FutureSalts, GzipPacked, HttpWait, MsgContainer, MsgCopy, MsgResendAnsReq,
    MsgResendReq, MsgsAck, MsgsAllInfo, MsgsStateInfo, MsgsStateReq, NewSessionCreated, Pong, RpcAnswerDropped,
};
use tl_types::mtproto::functions::{
    DestroyAuthKey, DestroySession, GetFutureSalts, Ping, PingDelayDisconnect, RpcDropAnswer,
};
use tl_types::mtproto::types::RpcDropAnswer as DropAnswer;
use tl_types::{Combinator, RpcError};

use super::super::numbering::Kind;
use super::super::parse::{self, Message, encoded};
use super::super::window::Seen;
use super::super::{ProtocolFault, SessionError, UnixMillis, gzip, wrap};
use super::calls::{Call, Verdict};
use super::outbox::What;
use super::{ServerEvent, ServerSession};
use crate::mtproto::message::Opened;

/// How old and how new a message may be, in milliseconds.
const PAST: i64 = 300_000;
const FUTURE: i64 = 30_000;

// Error codes of `bad_msg_notification`
// (https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message).
const ID_TOO_LOW: i32 = 16;
const ID_TOO_HIGH: i32 = 17;
const ID_BITS: i32 = 18;
const TOO_OLD: i32 = 20;
const MUST_BE_EVEN: i32 = 34;
const MUST_BE_ODD: i32 = 35;
const SALT: i32 = 48;
const CONTAINER: i32 = 64;

impl ServerSession {
    pub(super) fn take_message(&mut self, opened: &Opened, now: UnixMillis) -> Result<(), SessionError> {
        let header = opened.header();
        if header.session_id != self.session_id {
            return Err(SessionError::Session { session_id: header.session_id });
        }
        let message = Message { id: header.message_id, seq_no: header.seq_no, body: opened.body() };
        let seen = self.received.look_up(message.id);
        if let Some(code) = check_id(message.id, now).filter(|_| seen == Seen::New) {
            self.reject(&message, code);
            return Ok(());
        }
        if seen == Seen::New && !self.salts.accepts(header.salt, now) {
            let salt = self.salts.at(now);
            let bad = BadServerSalt::new(message.id, message.seq_no, SALT, salt);
            self.services.push_back((Kind::Response, encoded(&bad)));
            return Ok(());
        }
        let mut budget = self.settings.unpacked_bytes;
        match parse::constructor(message.body) {
            Some((MsgContainer::ID, fields)) => self.take_container(&message, fields, now, &mut budget),
            Some(_) => Ok(self.take(&message, now, &mut budget)?),
            None => Err(ProtocolFault::Malformed { id: 0 }.into()),
        }
    }

    fn take_container(
        &mut self,
        container: &Message<'_>,
        fields: &[u8],
        now: UnixMillis,
        budget: &mut usize,
    ) -> Result<(), SessionError> {
        if container.is_content() {
            self.reject(container, MUST_BE_EVEN);
            return Ok(());
        }
        let Ok(messages) = parse::container(fields) else {
            self.reject(container, CONTAINER);
            return Ok(());
        };
        // Everything in it is looked up by itself, so that a container that comes twice counts once.
        self.received.insert(container.id, container.seq_no);
        if let Some(first) = messages.iter().map(|message| message.id).min() {
            self.note_first(first, now);
        }
        let mut result = Ok(());
        for message in messages {
            result = result.and(self.take(&message, now, budget));
        }
        Ok(result?)
    }

    fn reject(&mut self, message: &Message<'_>, code: i32) {
        let bad = BadMsgNotification::new(message.id, message.seq_no, code);
        self.services.push_back((Kind::Response, encoded(&bad)));
    }

    fn take(&mut self, message: &Message<'_>, now: UnixMillis, budget: &mut usize) -> Result<(), ProtocolFault> {
        let Some((id, fields)) = parse::constructor(message.body) else {
            return Err(ProtocolFault::Malformed { id: 0 });
        };
        let wrong = match self.received.look_up(message.id) {
            Seen::Before => {
                self.take_again(message, now);
                return Ok(());
            }
            Seen::Forgotten => Some(TOO_OLD),
            Seen::New => check_id(message.id, now)
                .or_else(|| check_seq_no(id, message.is_content()))
                .or_else(|| self.received.misnumbered(message.id, message.seq_no)),
        };
        if let Some(code) = wrong {
            self.reject(message, code);
            return Ok(());
        }
        self.received.insert(message.id, message.seq_no);
        self.note_first(message.id, now);
        if message.is_content() {
            self.acknowledge(message.id, now);
        }
        if id == GzipPacked::ID {
            let body = gzip::unpack(fields, budget)?;
            let message = Message { body: &body, ..*message };
            return match parse::constructor(&body) {
                Some((GzipPacked::ID | MsgContainer::ID, _)) | None => Err(ProtocolFault::Packed),
                Some((id, fields)) => self.take_object(&message, id, fields, now, budget),
            };
        }
        self.take_object(message, id, fields, now, budget)
    }

    fn acknowledge(&mut self, message_id: i64, now: UnixMillis) {
        self.acks.push(message_id);
        self.ack_at.get_or_insert(now.after(self.settings.ack_delay));
    }

    /// A message came once more: its answer, or the news that it came, was lost.
    fn take_again(&mut self, message: &Message<'_>, now: UnixMillis) {
        if let Some(answer) = self.outbox.answer(message.id) {
            self.outbox.send_again(answer, true);
        } else if message.is_content() {
            self.acknowledge(message.id, now);
        }
    }

    /// Tells the client that the session began with this message, unless it knows of an earlier one.
    fn note_first(&mut self, message_id: i64, now: UnixMillis) {
        if self.first.is_none_or(|first| message_id < first) {
            self.first = Some(message_id);
            let new = NewSessionCreated::new(message_id, self.unique_id, self.salts.at(now));
            self.outbox.push_notice(encoded(&new));
        }
    }

    fn take_object(
        &mut self,
        message: &Message<'_>,
        id: u32,
        fields: &[u8],
        now: UnixMillis,
        budget: &mut usize,
    ) -> Result<(), ProtocolFault> {
        match id {
            MsgsAck::ID => {
                let ack: MsgsAck = parse::fields(fields)?;
                ack.msg_ids.into_iter().for_each(|id| self.take_ack(id));
            }
            Ping::ID => {
                let ping: Ping = parse::fields(fields)?;
                self.respond(&Pong::new(message.id, ping.ping_id));
            }
            PingDelayDisconnect::ID => {
                let ping: PingDelayDisconnect = parse::fields(fields)?;
                self.respond(&Pong::new(message.id, ping.ping_id));
                let delay = u32::try_from(ping.disconnect_delay).unwrap_or_default().saturating_mul(1000);
                self.events.push_back(ServerEvent::DisconnectAt(now.after(delay)));
            }
            GetFutureSalts::ID => {
                let asked: GetFutureSalts = parse::fields(fields)?;
                let salts = self.salts.future(now, asked.num);
                self.respond(&FutureSalts::new(message.id, now.seconds(), salts));
            }
            MsgsStateReq::ID => {
                let asked: MsgsStateReq = parse::fields(fields)?;
                let states: Vec<_> = asked.msg_ids.iter().map(|id| self.state(*id)).collect();
                self.respond(&MsgsStateInfo::new(message.id, states));
            }
            MsgResendReq::ID => {
                let asked: MsgResendReq = parse::fields(fields)?;
                // What is not kept was acknowledged, or is for this client's own question to find out.
                asked.msg_ids.into_iter().for_each(|id| _ = self.outbox.send_again(id, true));
            }
            MsgResendAnsReq::ID => {
                let asked: MsgResendAnsReq = parse::fields(fields)?;
                for answer in asked.msg_ids.into_iter().filter_map(|id| self.outbox.answer(id)).collect::<Vec<_>>() {
                    self.outbox.send_again(answer, true);
                }
            }
            RpcDropAnswer::ID => {
                let dropped: RpcDropAnswer = parse::fields(fields)?;
                self.drop_answer(message.id, dropped.req_msg_id);
            }
            DestroySession::ID => {
                let DestroySession { session_id, .. } = parse::fields(fields)?;
                self.events.push_back(ServerEvent::DestroySession { session_id });
            }
            DestroyAuthKey::ID => self.events.push_back(ServerEvent::DestroyKey),
            // They answer what was not asked, or are not for servers.
            HttpWait::ID | MsgsStateInfo::ID | MsgsAllInfo::ID | MsgCopy::ID | Pong::ID => {}
            _ => self.take_request(message, now, budget)?,
        }
        Ok(())
    }

    fn respond<T: tl_types::Encode>(&mut self, answer: &T) {
        self.services.push_back((Kind::Response, encoded(answer)));
    }

    fn take_request(
        &mut self,
        message: &Message<'_>,
        now: UnixMillis,
        budget: &mut usize,
    ) -> Result<(), ProtocolFault> {
        let (after, body) = wrap::read(message.body);
        let unpacked = match parse::constructor(body) {
            Some((GzipPacked::ID, fields)) => Some(gzip::unpack(fields, budget)?),
            _ => None,
        };
        let body = unpacked.as_deref().unwrap_or(body);
        let is_flood = self.calls.open() >= self.settings.in_flight;
        let after = if is_flood { Vec::new() } else { after };
        match self.calls.begin(message.id, after, body, now.after(self.settings.wait_timeout)) {
            _ if is_flood => self.answer(message.id, Err(RpcError::new(420, "FLOOD_WAIT_1"))),
            Verdict::Run(body) => self.events.push_back(ServerEvent::Request { message_id: message.id, body }),
            Verdict::Hold => {}
            Verdict::Fail => self.answer(message.id, Err(RpcError::new(400, "MSG_WAIT_FAILED"))),
        }
        Ok(())
    }

    fn take_ack(&mut self, message_id: i64) {
        if let Some(kept) = self.outbox.remove(message_id)
            && let What::Push(push) = kept.what
        {
            self.events.push_back(ServerEvent::Acknowledged { push });
        }
    }

    fn drop_answer(&mut self, message_id: i64, request: i64) {
        let answer = match self.calls.call(request) {
            None => encoded(&DropAnswer::RpcAnswerUnknown),
            Some(Call::Held { .. } | Call::Running) => {
                self.events.push_back(ServerEvent::Dropped { message_id: request });
                encoded(&DropAnswer::RpcAnswerDroppedRunning)
            }
            Some(Call::Answered { .. }) => {
                let id = self.outbox.answer(request);
                self.outbox.drop_new(request);
                match id.and_then(|id| Some((id, self.outbox.remove(id)?))) {
                    Some((id, kept)) => {
                        let bytes = i32::try_from(kept.body.len()).unwrap_or(i32::MAX);
                        encoded(&RpcAnswerDropped::new(id, kept.seq_no, bytes))
                    }
                    None => encoded(&DropAnswer::RpcAnswerUnknown),
                }
            }
        };
        self.outbox.push(What::Answer(message_id), answer, self.settings.kept_bytes);
    }

    /// The state of a client's message, as `msgs_state_info` tells it.
    fn state(&self, message_id: i64) -> u8 {
        let state = self.received.state(message_id);
        match self.calls.call(message_id) {
            Some(Call::Answered { .. }) if self.outbox.has_answer(message_id) => state | 32 | 64,
            // The answer was acknowledged, so the client does not ask, or there was no room to keep it.
            Some(Call::Answered { .. }) => 1,
            Some(Call::Held { .. } | Call::Running) => state | 32,
            None => state,
        }
    }
}

fn check_id(id: i64, now: UnixMillis) -> Option<i32> {
    let age = now.0.saturating_sub(UnixMillis::of_message_id(id).0);
    if id & 3 != 0 {
        Some(ID_BITS)
    } else if age > PAST {
        Some(ID_TOO_LOW)
    } else if age < -FUTURE {
        Some(ID_TOO_HIGH)
    } else {
        None
    }
}

/// Calls count as content; the others are sent either way. Acknowledgements should not, but mtcute's do, and Telegram takes
/// them.
fn check_seq_no(constructor: u32, is_content: bool) -> Option<i32> {
    match constructor {
        MsgsAck::ID
        | Ping::ID
        | PingDelayDisconnect::ID
        | GetFutureSalts::ID
        | MsgsStateReq::ID
        | MsgResendReq::ID
        | MsgResendAnsReq::ID
        | HttpWait::ID
        | MsgsStateInfo::ID
        | MsgsAllInfo::ID
        | GzipPacked::ID
        | DestroySession::ID
        | DestroyAuthKey::ID
        | MsgCopy::ID
        | Pong::ID => None,
        _ => (!is_content).then_some(MUST_BE_ODD),
    }
}

//! What comes in: the checks of <https://core.telegram.org/mtproto/security_guidelines>, then message by message.

use tl_types::mtproto::constructors::{
    BadMsgNotification, BadServerSalt, DestroySessionNone, DestroySessionOk, FutureSalts, GzipPacked, MsgContainer,
    MsgCopy, MsgDetailedInfo, MsgNewDetailedInfo, MsgResendReq, MsgsAck, MsgsAllInfo, MsgsStateInfo, MsgsStateReq,
    NewSessionCreated, Pong, RpcError, RpcResult,
};
use tl_types::mtproto::functions::{DestroyAuthKey, DestroySession};
use tl_types::mtproto::types::DestroyAuthKeyRes;
use tl_types::{Combinator, Decode, RpcError as Refused, mtproto};

use super::super::parse::{self, Message};
use super::super::window::Seen;
use super::super::{ClockOffset, ProtocolFault, SessionError, SessionEvent, UnansweredReason, UnixMillis, gzip};
use super::ClientSession;
use super::requests::unanswered;
use super::service::Service;
use crate::mtproto::message::Direction;

/// How old and how new a message may be by the server's clock, in milliseconds.
const PAST: i64 = 300_000;
const FUTURE: i64 = 30_000;
/// A container may be packed, and a message in it may be packed or a copy; nothing nests deeper.
const DEPTH: u8 = 4;

impl ClientSession {
    pub(super) fn take_packet(&mut self, packet: Vec<u8>, now: UnixMillis) -> Result<(), SessionError> {
        let opened = self.envelope.open(Direction::ToClient, packet)?;
        let header = opened.header();
        let (message_id, session_id) = (header.message_id, header.session_id);
        if session_id != self.session_id {
            return Err(SessionError::Session { session_id });
        }
        let message = Message { id: message_id, seq_no: header.seq_no, body: opened.body() };
        check_parity(message_id)?;
        if !self.is_new(&message, now) {
            return Err(SessionError::Duplicate { message_id });
        }
        let age = self.server_time(now).0.saturating_sub(UnixMillis::of_message_id(message_id).0);
        if !(-FUTURE..=PAST).contains(&age) {
            // Only an answer to what is pending cannot be a replay; it tells the time, too.
            if !self.is_answer(message.body) {
                self.pings.next = Some(now);
                return Err(SessionError::Time { message_id });
            }
            self.set_clock(message_id, now);
        }
        self.pings.lost_at = None;
        let mut budget = self.settings.unpacked_bytes;
        Ok(self.take(message, &mut budget, DEPTH, now)?)
    }

    /// Whether a message was not received before; one that was is acknowledged again, as its sender cannot know.
    fn is_new(&mut self, message: &Message<'_>, now: UnixMillis) -> bool {
        let seen = self.received.look_up(message.id);
        if seen == Seen::Before && message.is_content() {
            self.acknowledge(message.id, now);
        }
        seen == Seen::New
    }

    fn acknowledge(&mut self, message_id: i64, now: UnixMillis) {
        self.acks.push(message_id);
        self.ack_at.get_or_insert(now.after(self.settings.ack_delay));
    }

    /// The server's clock is that of this message of it.
    pub(super) fn set_clock(&mut self, message_id: i64, now: UnixMillis) {
        let offset = ClockOffset(UnixMillis::of_message_id(message_id).0.saturating_sub(now.0));
        self.offset = offset;
        self.events.push_back(SessionEvent::TimeOffset(offset));
    }

    /// Whether a message answers something that is pending.
    fn is_answer(&self, body: &[u8]) -> bool {
        let Some((id, fields)) = parse::constructor(body) else { return false };
        if id == MsgContainer::ID {
            return parse::container(fields).is_ok_and(|messages| messages.iter().any(|m| self.is_answer(m.body)));
        }
        let Some((about, rest)) = parse::long(fields) else { return false };
        match id {
            <RpcResult>::ID | BadMsgNotification::ID | BadServerSalt::ID | FutureSalts::ID | MsgsStateInfo::ID => {
                self.requests.of_message(about).is_some() || self.services.is_waiting(about)
            }
            Pong::ID => parse::long(rest).is_some_and(|(ping_id, _)| self.services.is_pinging(about, ping_id)),
            _ => false,
        }
    }

    /// Takes a message that is new.
    fn take(
        &mut self,
        message: Message<'_>,
        budget: &mut usize,
        depth: u8,
        now: UnixMillis,
    ) -> Result<(), ProtocolFault> {
        self.received.insert(message.id, message.seq_no);
        let (id, fields) = parse::constructor(message.body).ok_or(ProtocolFault::Malformed { id: 0 })?;
        if id == MsgContainer::ID {
            return self.take_container(fields, budget, depth, now);
        }
        if message.is_content() {
            self.acknowledge(message.id, now);
        }
        self.take_object(message, id, fields, budget, depth, now)
    }

    fn take_container(
        &mut self,
        fields: &[u8],
        budget: &mut usize,
        depth: u8,
        now: UnixMillis,
    ) -> Result<(), ProtocolFault> {
        let depth = depth.checked_sub(1).ok_or(ProtocolFault::Container)?;
        let messages = parse::container(fields)?;
        messages.iter().try_for_each(|message| check_parity(message.id))?;
        // What is wrong with one message is no reason to lose the others.
        let mut result = Ok(());
        for message in messages {
            if self.is_new(&message, now) {
                result = result.and(self.take(message, budget, depth, now));
            }
        }
        result
    }

    fn take_object(
        &mut self,
        message: Message<'_>,
        id: u32,
        fields: &[u8],
        budget: &mut usize,
        depth: u8,
        now: UnixMillis,
    ) -> Result<(), ProtocolFault> {
        match id {
            <RpcResult>::ID => {
                let (about, result) = parse::long(fields).ok_or(ProtocolFault::Malformed { id })?;
                self.take_result(about, result, budget)?;
            }
            MsgsAck::ID => {
                let ack: MsgsAck = parse::fields(fields)?;
                ack.msg_ids.into_iter().for_each(|id| self.note_received(id));
            }
            GzipPacked::ID => {
                let body = gzip::unpack(fields, budget)?;
                let depth = depth.checked_sub(1).ok_or(ProtocolFault::Packed)?;
                let (id, fields) = parse::constructor(&body).ok_or(ProtocolFault::Packed)?;
                if id == MsgContainer::ID {
                    return self.take_container(fields, budget, depth, now);
                }
                let message = Message { body: &body, ..message };
                return self.take_object(message, id, fields, budget, depth, now);
            }
            MsgCopy::ID => {
                let copy = parse::copied(fields).ok_or(ProtocolFault::Malformed { id })?;
                let depth = depth.checked_sub(1).ok_or(ProtocolFault::Container)?;
                if self.is_new(&copy, now) {
                    return self.take(copy, budget, depth, now);
                }
            }
            BadMsgNotification::ID => {
                let bad: BadMsgNotification = parse::fields(fields)?;
                self.rejected(bad.bad_msg_id, bad.error_code, message.id, now);
            }
            BadServerSalt::ID => {
                let bad: BadServerSalt = parse::fields(fields)?;
                if self.is_ours(bad.bad_msg_id) {
                    self.replace_salt(bad.new_server_salt);
                    self.rejected(bad.bad_msg_id, bad.error_code, message.id, now);
                }
            }
            NewSessionCreated::ID => {
                let new: NewSessionCreated = parse::fields(fields)?;
                self.replace_salt(new.server_salt);
                self.session_is_new(new.first_msg_id, new.unique_id);
            }
            Pong::ID => {
                let pong: Pong = parse::fields(fields)?;
                self.services.take(pong.msg_id);
                self.accept(pong.msg_id);
                self.answered_alone(pong.msg_id, message.body);
            }
            FutureSalts::ID => {
                let salts: FutureSalts = parse::fields(fields)?;
                if self.services.take(salts.req_msg_id).is_some() {
                    self.salts.learn(salts.salts, self.server_time(now));
                } else {
                    self.answered_alone(salts.req_msg_id, message.body);
                }
            }
            MsgsStateInfo::ID => {
                let info: MsgsStateInfo = parse::fields(fields)?;
                if let Some(Service::StateRequest(ids)) = self.services.take(info.req_msg_id) {
                    self.learn_states(&ids, &info.info);
                }
            }
            MsgsAllInfo::ID => {
                let info: MsgsAllInfo = parse::fields(fields)?;
                self.learn_states(&info.msg_ids, &info.info);
            }
            MsgDetailedInfo::ID => {
                let detailed: MsgDetailedInfo = parse::fields(fields)?;
                let is_wanted = self.requests.of_message(detailed.msg_id).is_some();
                self.note_received(detailed.msg_id);
                self.fetch(detailed.answer_msg_id, is_wanted, now);
            }
            MsgNewDetailedInfo::ID => {
                let detailed: MsgNewDetailedInfo = parse::fields(fields)?;
                self.fetch(detailed.answer_msg_id, true, now);
            }
            MsgsStateReq::ID => {
                let asked: MsgsStateReq = parse::fields(fields)?;
                let info = asked.msg_ids.iter().map(|id| self.received.state(*id)).collect();
                self.services.queue.push_back(Service::StateInfo { message_id: message.id, info });
            }
            MsgResendReq::ID => {
                let asked: MsgResendReq = parse::fields(fields)?;
                asked.msg_ids.into_iter().for_each(|id| self.send_again(id));
            }
            DestroySessionOk::ID | DestroySessionNone::ID => {
                let (session_id, _) = parse::long(fields).ok_or(ProtocolFault::Malformed { id })?;
                self.carried_out_alone(&DestroySession::new(session_id), message.body);
            }
            _ if DestroyAuthKeyRes::from_bytes(message.body).is_ok() => {
                self.carried_out_alone(&DestroyAuthKey::new(), message.body);
            }
            // Whatever else MTProto declares is part of something else, or is not for clients.
            _ if mtproto::SCHEMA.by_id(id).is_some() => {}
            _ => self.events.push_back(SessionEvent::Updates(message.body.to_vec())),
        }
        Ok(())
    }

    fn take_result(&mut self, message_id: i64, result: &[u8], budget: &mut usize) -> Result<(), ProtocolFault> {
        self.accept(message_id);
        // What is not pending was cancelled, or answered before.
        let Some(request) = self.requests.of_message(message_id) else { return Ok(()) };
        let (event, fault) = match read_result(result, budget) {
            Ok(Err(error)) if matches!(error.message.as_str(), "MSG_WAIT_FAILED" | "MSG_WAIT_TIMEOUT") => {
                // It was refused for the sake of those before it. If none of them failed, the server knew one of them by
                // another id, or not yet.
                let is_wrong = self.requests.is_refused_wrongly(request);
                if is_wrong && self.requests.send_anew(request, self.settings.attempts) {
                    return Ok(());
                }
                let result = Err(Refused::new(400, "MSG_WAIT_FAILED"));
                (SessionEvent::Answer { request, result }, None)
            }
            Ok(result) => (SessionEvent::Answer { request, result }, None),
            Err(fault) => (unanswered(request, UnansweredReason::Unreadable), Some(fault)),
        };
        self.requests.finish(event, &mut self.events);
        fault.map_or(Ok(()), Err)
    }

    /// The server tells that it has a message for us without sending it.
    fn fetch(&mut self, message_id: i64, is_wanted: bool, now: UnixMillis) {
        if !is_wanted || self.received.contains(message_id) {
            self.acknowledge(message_id, now);
        } else {
            self.services.queue.push_back(Service::Resend(vec![message_id]));
        }
    }
}

/// Messages of the server's have odd ids.
fn check_parity(message_id: i64) -> Result<(), ProtocolFault> {
    if message_id & 1 == 1 { Ok(()) } else { Err(ProtocolFault::Parity { message_id }) }
}

fn read_result(result: &[u8], budget: &mut usize) -> Result<Result<Vec<u8>, Refused>, ProtocolFault> {
    let unpacked = match parse::constructor(result) {
        Some((gzip::ID, fields)) => gzip::unpack(fields, budget)?,
        Some((RpcError::ID, _)) => Vec::new(),
        _ => return Ok(Ok(result.to_vec())),
    };
    let body = if unpacked.is_empty() { result } else { &unpacked };
    match parse::constructor(body) {
        Some((RpcError::ID, fields)) => {
            let error: RpcError = parse::fields(fields)?;
            Ok(Err(Refused::new(error.error_code, error.error_message)))
        }
        _ => Ok(Ok(unpacked)),
    }
}

//! What the client's session says of its own accord, and what it waits for.

use std::collections::{HashMap, VecDeque};

use tl_types::mtproto::constructors::{MsgResendAnsReq, MsgResendReq, MsgsAck, MsgsStateInfo, MsgsStateReq};
use tl_types::mtproto::functions::{GetFutureSalts, PingDelayDisconnect, RpcDropAnswer};

use super::super::parse::encoded;
use super::super::{UnixMillis, salts};

/// How many ids one service message names at most (the protocol allows 8192).
const IDS: usize = 1024;
/// How many containers are remembered, so that a rejected one can be taken apart.
const CONTAINERS: usize = 4096;

/// A service message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Ack(Vec<i64>),
    StateRequest(Vec<i64>),
    StateInfo { message_id: i64, info: Vec<u8> },
    Resend(Vec<i64>),
    ResendAnswers(Vec<i64>),
    DropAnswer(i64),
    Ping { id: i64, disconnect_delay: u32 },
    FutureSalts,
}

impl Service {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ack(ids) => encoded(&MsgsAck::new(ids.clone())),
            Self::StateRequest(ids) => encoded(&MsgsStateReq::new(ids.clone())),
            Self::StateInfo { message_id, info } => encoded(&MsgsStateInfo::new(*message_id, info.clone())),
            Self::Resend(ids) => encoded(&MsgResendReq::new(ids.clone())),
            Self::ResendAnswers(ids) => encoded(&MsgResendAnsReq::new(ids.clone())),
            Self::DropAnswer(id) => encoded(&RpcDropAnswer::new(*id)),
            Self::Ping { id, disconnect_delay } => {
                let seconds = i32::try_from(disconnect_delay.div_ceil(1000)).unwrap_or(i32::MAX);
                encoded(&PingDelayDisconnect::new(*id, seconds))
            }
            Self::FutureSalts => encoded(&GetFutureSalts::new(salts::FUTURE as i32)),
        }
    }

    /// Only the call is acknowledged; the others are answered, or are answers.
    pub(super) fn is_content(&self) -> bool {
        matches!(self, Self::DropAnswer(_))
    }
}

/// Service messages to send, and those on their way that matter later.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub(super) queue: VecDeque<Service>,
    sent: HashMap<i64, Service>,
    containers: HashMap<i64, Vec<i64>>,
    container_order: VecDeque<i64>,
}

impl Services {
    /// Queues a message about many ids, as several if it must be.
    pub(super) fn about(&mut self, ids: &[i64], service: impl Fn(Vec<i64>) -> Service) {
        self.queue.extend(ids.chunks(IDS).map(|ids| service(ids.to_vec())));
    }

    /// A message went out.
    pub(super) fn sent(&mut self, message_id: i64, service: Service) {
        if matches!(service, Service::StateRequest(_) | Service::Ping { .. } | Service::FutureSalts | Service::Ack(_)) {
            self.sent.insert(message_id, service);
        }
        // Acknowledgements are never answered: the oldest are forgotten.
        if self.sent.len() > CONTAINERS
            && let Some(oldest) = self.sent.keys().min().copied()
        {
            self.sent.retain(|id, service| !matches!(service, Service::Ack(_)) && *id != oldest);
        }
    }

    /// A container went out.
    pub(super) fn packed(&mut self, container: i64, messages: Vec<i64>) {
        self.containers.insert(container, messages);
        self.container_order.push_back(container);
        if self.container_order.len() > CONTAINERS
            && let Some(oldest) = self.container_order.pop_front()
        {
            self.containers.remove(&oldest);
        }
    }

    /// What was sent as this message, or in it.
    pub(super) fn contents(&mut self, message_id: i64) -> Vec<i64> {
        self.containers.remove(&message_id).unwrap_or_else(|| vec![message_id])
    }

    pub(super) fn is_waiting(&self, message_id: i64) -> bool {
        self.sent.contains_key(&message_id) || self.containers.contains_key(&message_id)
    }

    /// A message has its answer, or was rejected.
    pub(super) fn take(&mut self, message_id: i64) -> Option<Service> {
        self.sent.remove(&message_id)
    }

    /// Whether this message was that ping.
    pub(super) fn is_pinging(&self, message_id: i64, ping_id: i64) -> bool {
        matches!(self.sent.get(&message_id), Some(Service::Ping { id, .. }) if *id == ping_id)
    }

    /// The connection is gone: nothing that was asked on it will be answered.
    pub(super) fn disconnected(&mut self) {
        self.queue.retain(Service::is_content);
        self.sent.clear();
    }
}

/// Pings, and whether the connection lives.
#[derive(Debug, Default)]
pub(super) struct Pings {
    /// When to ping next.
    pub(super) next: Option<UnixMillis>,
    /// When to take the connection for lost.
    pub(super) lost_at: Option<UnixMillis>,
}

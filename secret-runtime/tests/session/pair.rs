//! A client's and a server's session, a virtual clock, and what is between them.

use std::collections::VecDeque;
use std::sync::Arc;

use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::message::{Direction, Envelope, Header};
use secret_runtime::mtproto::session::{
    ClientSession, ClockOffset, RequestId, RequestOptions, ServerEvent, ServerSalts, ServerSession, ServerSettings,
    SessionError, SessionEvent, SessionSettings, UnixMillis,
};
use tl_types::RpcError;

use crate::random::Random;

/// When tests begin, by the server's clock.
pub(crate) const START: i64 = 1_790_000_000_000;
/// The salt of the key exchange.
pub(crate) const SALT: i64 = 0x5a17;
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn key() -> AuthKey {
    let mut bytes = [0; 256];
    bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte = (i * 7 + 3) as u8);
    AuthKey::new(bytes)
}

/// A function that nobody knows, with a number in it.
pub(crate) fn call(number: u32) -> Vec<u8> {
    [0x1111_1111_u32.to_le_bytes(), number.to_le_bytes()].concat()
}

/// What it answers.
pub(crate) fn result(number: u32) -> Vec<u8> {
    [0x2222_2222_u32.to_le_bytes(), number.to_le_bytes()].concat()
}

pub(crate) fn number(body: &[u8]) -> u32 {
    u32::from_le_bytes(body[4..8].try_into().unwrap())
}

pub(crate) struct Pair {
    pub(crate) client: ClientSession,
    pub(crate) server: ServerSession,
    pub(crate) salts: Arc<ServerSalts>,
    pub(crate) rng: Random,
    /// The server's clock.
    pub(crate) time: i64,
    /// How far the client's clock is ahead.
    pub(crate) skew: i64,
    pub(crate) to_server: VecDeque<Vec<u8>>,
    pub(crate) to_client: VecDeque<Vec<u8>>,
    /// What the client was told, and what the server.
    pub(crate) events: Vec<SessionEvent>,
    pub(crate) seen: Vec<ServerEvent>,
    pub(crate) errors: Vec<SessionError>,
    /// Whether requests are answered at once.
    pub(crate) answers: bool,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(SessionSettings::default(), ServerSettings::default(), 0, 0)
    }

    /// `skew` is how far the client's clock is ahead, `offset` what the client believes about the server's.
    pub(crate) fn with(client: SessionSettings, server: ServerSettings, skew: i64, offset: i64) -> Self {
        let mut rng = Random::new(7);
        let salts = Arc::new(ServerSalts::new([5; 32], SALT, UnixMillis(START), 1800));
        let client = ClientSession::new(&key(), SALT, ClockOffset(offset), client, &mut rng);
        let server = ServerSession::new(&key(), client.session_id(), Arc::clone(&salts), server, &mut rng);
        let mut pair = Self {
            client,
            server,
            salts,
            rng,
            time: START,
            skew,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            events: Vec::new(),
            seen: Vec::new(),
            errors: Vec::new(),
            answers: true,
        };
        pair.connect();
        pair
    }

    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis(self.time)
    }

    pub(crate) fn local(&self) -> UnixMillis {
        UnixMillis(self.time + self.skew)
    }

    pub(crate) fn connect(&mut self) {
        self.to_server.clear();
        self.to_client.clear();
        self.client.connected(self.local());
        self.server.connected();
    }

    pub(crate) fn disconnect(&mut self) {
        self.to_server.clear();
        self.to_client.clear();
        self.client.disconnected();
        self.server.disconnected();
    }

    pub(crate) fn submit(&mut self, number: u32) {
        self.submit_with(number, RequestOptions::default());
    }

    pub(crate) fn submit_with(&mut self, number: u32, options: RequestOptions) {
        self.client.submit(RequestId(number.into()), call(number), options, self.local());
    }

    /// Takes what both sides want to send.
    pub(crate) fn collect(&mut self) {
        while let Some(transmit) = self.client.poll_transmit(self.local(), &mut self.rng) {
            self.to_server.push_back(transmit.packet);
        }
        while let Some(packet) = self.server.poll_transmit(self.now(), &mut self.rng) {
            self.to_client.push_back(packet);
        }
        self.take_events();
    }

    pub(crate) fn take_events(&mut self) {
        while let Some(event) = self.client.poll_event() {
            self.events.push(event);
        }
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Request { message_id, body } = &event
                && self.answers
            {
                self.server.answer(*message_id, Ok(result(number(body))));
            }
            self.seen.push(event);
        }
    }

    pub(crate) fn deliver_to_server(&mut self, packet: Vec<u8>) {
        let opened = Envelope::new(&key()).open(Direction::ToServer, packet).unwrap();
        if opened.header().session_id != self.server.session_id() {
            // The client began another session.
            let (salts, settings) = (Arc::clone(&self.salts), ServerSettings::default());
            self.server = ServerSession::new(&key(), opened.header().session_id, salts, settings, &mut self.rng);
            self.server.connected();
        }
        let result = self.server.receive(&opened, self.now());
        self.errors.extend(result.err());
        self.take_events();
    }

    pub(crate) fn deliver_to_client(&mut self, packet: Vec<u8>) {
        let result = self.client.receive(packet, self.local());
        self.errors.extend(result.err());
        self.take_events();
    }

    /// Carries packets until nobody has anything to say.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            self.collect();
            if let Some(packet) = self.to_server.pop_front() {
                self.deliver_to_server(packet);
            } else if let Some(packet) = self.to_client.pop_front() {
                self.deliver_to_client(packet);
            } else {
                return;
            }
        }
        panic!("the two sides never stop talking");
    }

    /// Lets time pass, and carries packets whenever something is due.
    pub(crate) fn run(&mut self, millis: i64) {
        let end = self.time + millis;
        self.settle();
        loop {
            let client = self.client.due().map(|due| due.0 - self.skew);
            let next = [client, self.server.due().map(|due| due.0)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            assert!(next > self.time - 1, "something is due in the past: {next} at {}", self.time);
            self.time = self.time.max(next);
            self.settle();
            self.time += 1;
        }
        self.time = end;
        self.settle();
    }

    /// The answers in the order in which they came: the request, and what it was answered.
    pub(crate) fn answered(&self) -> Vec<(u64, Result<u32, RpcError>)> {
        let answer = |event: &SessionEvent| match event {
            SessionEvent::Answer { request, result } => Some((request.0, result.clone().map(|body| number(&body)))),
            _ => None,
        };
        self.events.iter().filter_map(answer).collect()
    }

    /// What the server carried out, in order.
    pub(crate) fn carried_out(&self) -> Vec<u32> {
        let request = |event: &ServerEvent| match event {
            ServerEvent::Request { body, .. } => Some(number(body)),
            _ => None,
        };
        self.seen.iter().filter_map(request).collect()
    }

    /// The message id of a request that the server was given.
    pub(crate) fn message_of(&self, wanted: u32) -> i64 {
        let request = |event: &ServerEvent| match event {
            ServerEvent::Request { message_id, body } if number(body) == wanted => Some(*message_id),
            _ => None,
        };
        self.seen.iter().find_map(request).expect("the server has the request")
    }

    /// A packet that a server made, with any content.
    pub(crate) fn forge(&mut self, message_id: i64, seq_no: i32, body: &[u8]) -> Vec<u8> {
        let header = Header { salt: SALT, session_id: self.client.session_id(), message_id, seq_no };
        Envelope::new(&key()).seal(Direction::ToClient, header, body, &mut self.rng).unwrap().packet
    }

    /// The same for a client.
    pub(crate) fn forge_request(&mut self, salt: i64, message_id: i64, seq_no: i32, body: &[u8]) -> Vec<u8> {
        let header = Header { salt, session_id: self.server.session_id(), message_id, seq_no };
        Envelope::new(&key()).seal(Direction::ToServer, header, body, &mut self.rng).unwrap().packet
    }
}

/// A message id of this time in milliseconds, with those lowest bits.
pub(crate) fn id_at(millis: i64, bits: i64) -> i64 {
    ((millis / 1000) << 32) | ((((millis % 1000) << 32) / 1000) & !3) | bits
}

/// The body of a packet, and its header.
pub(crate) fn open(direction: Direction, packet: &[u8]) -> (Header, Vec<u8>) {
    let opened = Envelope::new(&key()).open(direction, packet.to_vec()).unwrap();
    (opened.header(), opened.body().to_vec())
}

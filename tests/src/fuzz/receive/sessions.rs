//! A client's and a server's session, and somebody between them who has their key.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::message::{Direction, Envelope, Header};
use secret_runtime::mtproto::session::{
    ClientSession, ClockOffset, RequestId, RequestOptions, ServerEvent, ServerSalts, ServerSession, ServerSettings,
    SessionEvent, SessionSettings, UnixMillis,
};
use tl_types::{Encode, RpcError};

use super::{CONTAINER, CONTENT, Deed, PACKED, PACKED_AROUND, RESULT, SALT};
use crate::fuzz::bytes::Bytes;

/// When an input begins, by the server's clock.
const START: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;
const FIRST_SALT: i64 = 0x5a17;

/// What may be packed has at most so many bytes here.
const UNPACKED: usize = 4096;
/// How many requests may be on their way.
const IN_FLIGHT: usize = 3;
/// No side has so much to say at once.
const PACKETS: usize = 1000;

pub(super) struct Pair {
    client: ClientSession,
    server: ServerSession,
    envelope: Envelope,
    salts: Arc<ServerSalts>,
    settings: ServerSettings,
    rng: ChaCha20Rng,
    /// The server's clock, and how far the client's is ahead.
    time: i64,
    skew: i64,
    to_server: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    /// The last id of each side that this one made up.
    ids: [i64; 2],
    /// The last ids of messages that the client sent.
    sent: VecDeque<i64>,
    submitted: u64,
    ended: HashSet<RequestId>,
    /// Requests that the server was given and did not answer, and how often each was given.
    open: Vec<i64>,
    given: HashMap<i64, u32>,
    forgotten: HashMap<i64, u32>,
}

impl Pair {
    pub(super) fn new(choice: u8) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = AuthKey::new(std::array::from_fn(|i| (i * 7 + 3) as u8));
        let salts = Arc::new(ServerSalts::new([5; 32], FIRST_SALT, UnixMillis(START), 1800));
        let mut client = SessionSettings::default();
        client.unpacked_bytes = UNPACKED;
        client.attempts = 3;
        client.quick_acks = choice & 2 != 0;
        let mut settings = ServerSettings::default();
        settings.unpacked_bytes = UNPACKED;
        settings.in_flight = IN_FLIGHT;
        if choice & 1 != 0 {
            client.in_flight = 2;
            client.container_messages = 3;
            client.container_bytes = 200;
            settings.container_messages = 3;
            settings.container_bytes = 200;
            settings.kept_bytes = 500;
            settings.detailed_above = 40;
        }
        let skew = if choice & 4 != 0 { DAY } else { 0 };
        let client = ClientSession::new(&key, FIRST_SALT, ClockOffset(0), client, &mut rng);
        let id = client.session_id();
        let server = ServerSession::new(&key, id, Arc::clone(&salts), settings.clone(), &mut rng);
        let envelope = Envelope::new(&key);
        let mut pair = Self {
            client,
            server,
            envelope,
            salts,
            settings,
            rng,
            time: START,
            skew,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            ids: [0; 2],
            sent: VecDeque::new(),
            submitted: 0,
            ended: HashSet::new(),
            open: Vec::new(),
            given: HashMap::new(),
            forgotten: HashMap::new(),
        };
        pair.make(Deed::Connect, &mut Bytes(&[]));
        pair
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.time)
    }

    fn local(&self) -> UnixMillis {
        UnixMillis(self.time + self.skew)
    }

    pub(super) fn make(&mut self, deed: Deed, bytes: &mut Bytes<'_>) {
        match deed {
            Deed::ToClient | Deed::ToServer => {
                let (form, id) = (bytes.byte().unwrap_or_default(), bytes.byte().unwrap_or_default());
                let to_client = deed == Deed::ToClient;
                let packet = self.forge(to_client, form, id, bytes.run());
                if to_client { self.client_takes(packet) } else { self.server_takes(packet) }
            }
            Deed::Carry => {
                for _ in 0..bytes.byte().unwrap_or_default() {
                    if let Some(packet) = self.to_server.pop_front() {
                        self.server_takes(packet);
                    } else if let Some(packet) = self.to_client.pop_front() {
                        self.client_takes(packet);
                    } else {
                        break;
                    }
                    self.look();
                }
            }
            Deed::Lose => _ = self.to_client.pop_front().or_else(|| self.to_server.pop_front()),
            Deed::Submit => self.submit(bytes.byte().unwrap_or_default()),
            Deed::Cancel => {
                let back = u64::from(bytes.byte().unwrap_or_default());
                self.client.cancel(RequestId(self.submitted.saturating_sub(back)));
            }
            Deed::Answer => {
                let choice = bytes.byte().unwrap_or_default();
                if let Some(message_id) = self.take_open(choice) {
                    let result = match choice & 0x80 {
                        0 => Ok(vec![choice; 4 << (choice >> 4)]),
                        _ => Err(RpcError::new(400, "EIGHTY")),
                    };
                    self.server.answer(message_id, result);
                }
            }
            Deed::Forget => {
                if let Some(message_id) = self.take_open(bytes.byte().unwrap_or_default()) {
                    self.server.forget(message_id);
                    *self.forgotten.entry(message_id).or_default() += 1;
                }
            }
            Deed::Push => _ = self.server.push(vec![0x11; 60]),
            Deed::Wait => {
                let millis = i64::from(bytes.pair().unwrap_or_default());
                self.time += millis * i64::from(bytes.byte().unwrap_or_default());
            }
            Deed::Connect => {
                self.to_server.clear();
                self.to_client.clear();
                self.server.disconnected();
                self.client.connected(self.local());
                self.server.connected();
            }
            Deed::Client | Deed::Server | Deed::Exchange | Deed::Instead => {}
        }
        self.look();
    }

    pub(super) fn end(&mut self) {
        for millis in [0, 500, 16_000, 300_000, 86_400_000] {
            self.time += millis;
            self.look();
        }
    }

    fn submit(&mut self, choice: u8) {
        self.submitted += 1;
        let mut options = RequestOptions::default();
        options.repeatable = choice & 1 == 0;
        options.timeout = (choice & 2 != 0).then_some(20_000);
        if choice & 4 != 0 {
            options.after.push(RequestId(self.submitted - 1));
        }
        let mut body = vec![0x11; if choice & 8 != 0 { 2000 } else { 8 }];
        if choice & 16 != 0 {
            // `destroy_auth_key`.
            body = 0xd143_5160_u32.to_le_bytes().to_vec();
        }
        if choice & 32 != 0 {
            body.push(0);
        }
        self.client.submit(RequestId(self.submitted), body, options, self.local());
    }

    fn take_open(&mut self, choice: u8) -> Option<i64> {
        let place = usize::from(choice).checked_rem(self.open.len())?;
        Some(self.open.remove(place))
    }

    /// A message that nobody meant. In its body, `ff ff ff ff n 00 00 00` is the id of the client's last message but `n`.
    fn forge(&mut self, to_client: bool, form: u8, id: u8, body: &[u8]) -> Vec<u8> {
        let side = usize::from(to_client);
        let next = (self.time.div_euclid(1000) << 32).max(self.ids[side]) + 4;
        self.ids[side] = next;
        let bits = i64::from(to_client);
        // Below, ids come again; above, they are of another time.
        let message_id = match id {
            0 => next,
            1..=0x3f => next - 4 * i64::from(id),
            0x40..=0x7f => next + (i64::from(id - 0x3f) << 35),
            0x80..=0xbf => next - (i64::from(id - 0x7f) << 35),
            _ => next ^ i64::from(id & 3),
        } ^ bits;
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        self.fill_in(&mut body);
        if form & PACKED != 0 {
            body = packed(&body);
        }
        if form & RESULT != 0 {
            let last = self.sent.back().copied().unwrap_or_default();
            body = [&0xf35c_6d01_u32.to_le_bytes()[..], &last.to_le_bytes(), &body].concat();
        }
        let seq_no = i32::from(form & CONTENT) | (self.submitted as i32 * 2);
        if form & CONTAINER != 0 {
            let length = (body.len() as u32).to_le_bytes();
            let message = |id: i64| [&id.to_le_bytes()[..], &seq_no.to_le_bytes(), &length, &body].concat();
            let count = 2_u32.to_le_bytes();
            let id = &0x73f1_f8dc_u32.to_le_bytes();
            body = [&id[..], &count, &message(message_id - 4), &message(message_id - 8)].concat();
        }
        if form & PACKED_AROUND != 0 {
            body = packed(&body);
        }
        let salt = if form & SALT != 0 { 1 } else { self.salts.at(self.now()) };
        let session_id = self.client.session_id();
        let header = Header { salt, session_id, message_id, seq_no };
        let direction = if to_client { Direction::ToClient } else { Direction::ToServer };
        self.envelope.seal(direction, header, &body, &mut self.rng).unwrap().packet
    }

    fn fill_in(&self, body: &mut [u8]) {
        let mut place = 0;
        while let Some(words) = body.get_mut(place..place + 8) {
            if let [0xff, 0xff, 0xff, 0xff, back, 0, 0, 0] = *words
                && let Some(id) = self.sent.iter().rev().nth(usize::from(back))
            {
                words.copy_from_slice(&id.to_le_bytes());
            }
            place += 4;
        }
    }

    fn client_takes(&mut self, packet: Vec<u8>) {
        if let Err(error) = self.client.receive(packet, self.local()) {
            assert!(!error.to_string().is_empty());
        }
    }

    fn server_takes(&mut self, packet: Vec<u8>) {
        let opened = self.envelope.open(Direction::ToServer, packet).unwrap();
        let session_id = opened.header().session_id;
        if session_id != self.server.session_id() {
            let key = AuthKey::new(std::array::from_fn(|i| (i * 7 + 3) as u8));
            let (salts, settings) = (Arc::clone(&self.salts), self.settings.clone());
            self.server = ServerSession::new(&key, session_id, salts, settings, &mut self.rng);
            self.server.connected();
            self.open.clear();
            self.given.clear();
            self.forgotten.clear();
        }
        if let Err(error) = self.server.receive(&opened, self.now()) {
            assert!(!error.to_string().is_empty());
        }
    }

    /// Takes what both sides have to say, and looks at what must hold.
    fn look(&mut self) {
        let (now, local) = (self.now(), self.local());
        for round in 0.. {
            assert!(round < PACKETS, "the sides never stop talking");
            let from_client = self.client.poll_transmit(local, &mut self.rng);
            let from_server = self.server.poll_transmit(now, &mut self.rng);
            let is_quiet = from_client.is_none() && from_server.is_none();
            if let Some(transmit) = from_client {
                self.note_sent(&transmit.packet);
                self.to_server.push_back(transmit.packet);
            }
            self.to_client.extend(from_server);
            if !self.take_events() && is_quiet {
                break;
            }
        }
        // What nobody takes is lost some time.
        self.to_server.drain(..self.to_server.len().saturating_sub(PACKETS));
        self.to_client.drain(..self.to_client.len().saturating_sub(PACKETS));
        assert!(self.client.due().is_none_or(|due| due > local), "the client has something to do, and does not");
        assert!(self.server.due().is_none_or(|due| due > now), "the server has something to do, and does not");
        assert_eq!(self.client.pending() + self.ended.len(), self.submitted as usize);
        assert!(self.open.len() <= IN_FLIGHT, "{} requests are open", self.open.len());
    }

    fn note_sent(&mut self, packet: &[u8]) {
        let opened = self.envelope.open(Direction::ToServer, packet.to_vec()).unwrap();
        self.sent.push_back(opened.header().message_id);
        // Those of a container are before its own.
        if let [0xdc, 0xf8, 0xf1, 0x73, _, _, _, _, messages @ ..] = opened.body() {
            let mut rest = messages;
            while let Some((id, after)) = rest.split_first_chunk() {
                self.sent.push_back(i64::from_le_bytes(*id));
                let length = after.get(4..8).map_or(0, |length| u32::from_le_bytes(length.try_into().unwrap()));
                rest = after.get(8 + length as usize..).unwrap_or_default();
            }
        }
        self.sent.drain(..self.sent.len().saturating_sub(256));
    }

    /// False if there were none.
    fn take_events(&mut self) -> bool {
        let mut any = false;
        while let Some(event) = self.client.poll_event() {
            any = true;
            match event {
                SessionEvent::Answer { request, result } => {
                    assert!(self.ended.insert(request), "{request:?} ends twice");
                    assert!(result.is_err() || result.is_ok_and(|body| body.len() <= 1 << 16));
                }
                SessionEvent::Unanswered { request, reason } => {
                    assert!(self.ended.insert(request), "{request:?} ends twice: {reason}");
                }
                SessionEvent::Updates(body) => assert!(body.len() <= 1 << 16),
                _ => {}
            }
        }
        while let Some(event) = self.server.poll_event() {
            any = true;
            if let ServerEvent::Request { message_id, body } = event {
                assert!(body.len() <= 1 << 16);
                self.open.push(message_id);
                let given = self.given.entry(message_id).or_default();
                *given += 1;
                let forgotten = self.forgotten.get(&message_id).copied().unwrap_or_default();
                assert!(*given <= forgotten + 1, "a request is carried out twice");
            }
        }
        any
    }
}

/// `gzip_packed` with these bytes, as they are.
fn packed(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let body = &body[..usize::from(length)];
    let (a, b) = body.iter().fold((1_u32, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    let block = [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), body].concat();
    let data = [block, (b << 16 | a).to_be_bytes().to_vec()].concat();
    tl_types::mtproto::constructors::GzipPacked::new(data).to_bytes().unwrap()
}

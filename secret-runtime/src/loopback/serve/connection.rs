//! The task of one connection: packets in, calls carried out, packets out.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::chat::UnixTime;
use crate::mtproto::framing::{Frame, TransportError};
use crate::mtproto::handshake::{NewKey, ServerHandshake, ServerStep};
use crate::mtproto::message::{Direction, Opened, auth_key_id, plain};
use crate::mtproto::session::{ServerEvent, ServerSalts, ServerSession, ServerSettings, UnixMillis};
use crate::mtproto::socket::{Socket, SocketError};

use super::super::clock::seconds;
use super::super::keys::Known;
use super::super::random::Random;
use super::accept::Control;
use super::core::{Shared, Verdict, lock};
use super::delayed::Delayed;
use super::sessions::Slot;

/// How much may be queued before no more packets are taken from the client.
const HIGH_WATER: usize = 4 * 1024 * 1024;

/// How many sessions may share a connection.
const SESSIONS: usize = 64;

/// Milliseconds until what was not acknowledged is sent again on the same connection. TCP loses nothing while it stands, and
/// a client may acknowledge only with its next ping; Telethon gives up when it gets the same too often.
const RESEND_AFTER: u32 = 300_000;

/// What a packet leads to.
enum Next {
    Continue,
    /// The connection is closed, once everything is sent.
    Close,
    /// The connection is closed at once.
    Drop,
}

pub(super) struct Connection {
    id: u64,
    dc: i32,
    shared: Arc<Shared>,
    socket: Socket,
    random: Random,
    handshake: Option<ServerHandshake>,
    /// The key that the last packet was under.
    known: Option<(i64, Known)>,
    sessions: Vec<Arc<Slot>>,
    delayed: Delayed,
    wake: Arc<Notify>,
    disconnect_at: Option<UnixMillis>,
}

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, socket: Socket, dc: i32, id: u64) -> Self {
        let random = lock(&shared.core).random.fork();
        Self {
            id,
            dc,
            shared,
            socket,
            random,
            handshake: None,
            known: None,
            sessions: Vec::new(),
            delayed: Delayed::default(),
            wake: Arc::default(),
            disconnect_at: None,
        }
    }

    /// Serves until one of both sides ends it. `begun` is what the server's owner had said when the connection came.
    pub(super) async fn run(mut self, mut control: watch::Receiver<Control>, begun: Control) {
        // How a connection ends makes no difference to the server.
        let _ = self.serve(&mut control, begun).await;
        self.delayed.release(None);
        for slot in &self.sessions {
            if slot.detach(self.id) {
                lock(&slot.session).disconnected();
            }
        }
    }

    async fn serve(&mut self, control: &mut watch::Receiver<Control>, begun: Control) -> Result<(), SocketError> {
        loop {
            self.transmit()?;
            if self.socket.queued() > HIGH_WATER {
                tokio::select! {
                    flushed = self.socket.flush(HIGH_WATER / 2) => flushed?,
                    _ = control.changed() => return Ok(()),
                }
            }
            let due = self.due();
            let sleep = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let next = tokio::select! {
                frame = self.socket.next() => match frame? {
                    Some(Frame::Packet { bytes, wants_quick_ack }) => self.packet(bytes, wants_quick_ack),
                    // A client sends nothing else; and an end is an end.
                    _ => return Ok(()),
                },
                () = self.wake.notified() => Next::Continue,
                () = sleep => self.tick(),
                changed = control.changed() => {
                    let now = *control.borrow();
                    if changed.is_err() || now.stops || now.generation != begun.generation {
                        return Ok(());
                    }
                    Next::Continue
                }
            };
            let next = match next {
                Next::Continue => self.all_events(),
                end => end,
            };
            match next {
                Next::Continue => {}
                Next::Drop => return Ok(()),
                Next::Close => {
                    self.transmit()?;
                    // A client that does not read must not hold up the server's end.
                    return tokio::select! {
                        flushed = self.socket.flush(0) => flushed,
                        _ = control.changed() => Ok(()),
                    };
                }
            }
        }
    }

    /// When something is to be done without anybody asking for it.
    fn due(&self) -> Option<Instant> {
        let sessions = self.sessions.iter().filter_map(|slot| lock(&slot.session).due());
        let next = sessions.chain(self.disconnect_at).min().map(|time| self.shared.clock.instant(time));
        next.into_iter().chain(self.delayed.due()).min()
    }

    fn tick(&mut self) -> Next {
        self.delayed.release(Some(Instant::now()));
        let now = self.shared.clock.now();
        if self.disconnect_at.is_some_and(|at| at <= now) { Next::Drop } else { Next::Continue }
    }

    /// Queues what the sessions have to send.
    fn transmit(&mut self) -> Result<(), SocketError> {
        let id = self.id;
        self.sessions.retain(|slot| slot.is_served_by(id));
        for slot in &self.sessions {
            let updates = slot.take_updates();
            let mut session = lock(&slot.session);
            for body in updates {
                session.push(body);
            }
            while let Some(packet) = session.poll_transmit(self.shared.clock.now(), &mut self.random) {
                self.socket.queue(&packet, false, &mut self.random)?;
            }
        }
        Ok(())
    }

    fn packet(&mut self, packet: Vec<u8>, wants_quick_ack: bool) -> Next {
        if plain::is_plain(&packet) {
            return self.plain(&packet);
        }
        let now = self.shared.clock.now();
        let Some(id) = auth_key_id(&packet) else { return self.refuse(TransportError::BAD_REQUEST) };
        if self.known.as_ref().is_none_or(|(known, _)| *known != id) {
            self.known = lock(&self.shared.keys).find(id).cloned().map(|known| (id, known));
        }
        let Some((_, known)) = self.known.clone().filter(|(_, known)| !known.has_expired(seconds(now))) else {
            return self.refuse(TransportError::KEY_UNKNOWN);
        };
        let Ok(opened) = known.envelope.open(Direction::ToServer, packet) else {
            return self.refuse(TransportError::KEY_UNKNOWN);
        };
        if wants_quick_ack {
            self.socket.queue_quick_ack(opened.quick_ack());
        }
        self.message(&known, &opened, now)
    }

    fn refuse(&mut self, error: TransportError) -> Next {
        self.socket.queue_error(error, &mut self.random);
        Next::Close
    }

    /// A step of the key exchange.
    fn plain(&mut self, packet: &[u8]) -> Next {
        let Ok((_, body)) = plain::decode(packet) else { return self.refuse(TransportError::BAD_REQUEST) };
        let shared = Arc::clone(&self.shared);
        let handshake = self.handshake.get_or_insert_with(|| {
            let mut handshake = ServerHandshake::new(Arc::clone(&shared.rsa), self.dc, shared.group.clone());
            for refusal in lock(&shared.core).refusals.drain(..) {
                handshake.refuse_next(refusal);
            }
            handshake
        });
        let now = shared.clock.now();
        let answer = match handshake.handle(body, UnixTime(now.0.div_euclid(1000)), &mut self.random) {
            Ok(ServerStep::Answer(answer)) => answer,
            Ok(ServerStep::Done { answer, key, dc: _ }) => {
                self.handshake = None;
                if !self.keep(key, now) {
                    return self.refuse(TransportError::FLOOD);
                }
                answer
            }
            Err(_) => return self.refuse(TransportError::KEY_UNKNOWN),
        };
        let queued = plain::encode(shared.clock.plain_message_id(), &answer)
            .is_ok_and(|packet| self.socket.queue(&packet, false, &mut self.random).is_ok());
        if queued { Next::Continue } else { Next::Drop }
    }

    fn keep(&mut self, new: NewKey, now: UnixMillis) -> bool {
        let salts = self.shared.salts(new.salt, now, &mut self.random);
        let mut keys = lock(&self.shared.keys);
        keys.expire(seconds(now));
        keys.insert(new.key.clone(), salts, new.expires_at, self.shared.settings.object_limit.saturating_mul(2))
    }

    /// A message of a session.
    fn message(&mut self, known: &Known, opened: &Opened, now: UnixMillis) -> Next {
        let (key_id, id) = (known.key.id(), opened.header().session_id);
        let attached = self.sessions.iter().find(|slot| slot.key_id == key_id && slot.session_id == id).cloned();
        let slot = match attached {
            Some(slot) => slot,
            None if self.sessions.len() >= SESSIONS => return self.refuse(TransportError::FLOOD),
            None => self.session(known, id),
        };
        let is_new = slot.attach(self.id, &self.wake);
        {
            let mut session = lock(&slot.session);
            if is_new {
                session.connected();
            }
            // What the client did wrong, the session tells it.
            let _ = session.receive(opened, now);
        }
        Next::Continue
    }

    /// A session that this connection has not served yet.
    fn session(&mut self, known: &Known, id: i64) -> Arc<Slot> {
        let random = &mut self.random;
        let settings = ServerSettings { resend_after: RESEND_AFTER, ..ServerSettings::default() };
        let new = || ServerSession::new(&known.key, id, Arc::clone(&known.salts), settings, random);
        let slot = lock(&self.shared.sessions).find_or(known.key.id(), id, new);
        self.sessions.push(Arc::clone(&slot));
        slot
    }

    /// Carries out what the sessions were asked for, by a packet or by an answer that others waited for.
    fn all_events(&mut self) -> Next {
        for slot in self.sessions.clone() {
            match self.events(&slot) {
                Next::Continue => {}
                end => return end,
            }
        }
        Next::Continue
    }

    fn events(&mut self, slot: &Arc<Slot>) -> Next {
        loop {
            // A statement of its own, so that the session is free while the call is carried out.
            let event = lock(&slot.session).poll_event();
            let Some(event) = event else { return Next::Continue };
            match event {
                ServerEvent::Request { message_id, body } => {
                    let verdict = self.shared.carry_out(slot, self.dc, message_id, &body);
                    if self.settle(slot, message_id, verdict) {
                        return Next::Drop;
                    }
                }
                ServerEvent::DisconnectAt(at) => self.disconnect_at = Some(at),
                ServerEvent::DestroySession { session_id } => {
                    let existed = lock(&self.shared.sessions).remove(slot.key_id, session_id);
                    lock(&slot.session).session_destroyed(session_id, existed);
                }
                ServerEvent::DestroyKey => return self.destroy_key(slot),
                _ => {}
            }
        }
    }

    /// Answers a call; says whether the connection is dropped.
    fn settle(&mut self, slot: &Arc<Slot>, message_id: i64, verdict: Verdict) -> bool {
        let Verdict { answer, delay, drops_connection, is_lost } = verdict;
        if is_lost {
            lock(&slot.session).forget(message_id);
        }
        if let Some(result) = answer {
            if delay.is_zero() {
                lock(&slot.session).answer(message_id, result);
            } else {
                self.delayed.add(Instant::now() + delay, slot, message_id, result);
            }
        }
        drops_connection
    }

    fn destroy_key(&mut self, slot: &Arc<Slot>) -> Next {
        let existed = lock(&self.shared.keys).remove(slot.key_id);
        lock(&slot.session).key_destroyed(existed);
        lock(&self.shared.sessions).remove_key(slot.key_id);
        self.known = None;
        Next::Close
    }
}

impl Shared {
    /// The salts of a new key.
    pub(in crate::loopback) fn salts(
        &self,
        initial: i64,
        now: UnixMillis,
        random: &mut dyn rand_core::CryptoRng,
    ) -> ServerSalts {
        let mut secret = [0; 32];
        random.fill_bytes(&mut secret);
        ServerSalts::new(secret, initial, now, self.settings.salt_period)
    }
}

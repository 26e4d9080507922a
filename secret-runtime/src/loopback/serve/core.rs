//! What all connections share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tl_types::RpcError;

use crate::crypto::diffie_hellman::Group;
use crate::mtproto::handshake::{Refusal, RsaPrivateKey};

use super::super::backend::{Backend, Call, Caller, FileCall, Files, Push};
use super::super::clock::{Clock, seconds};
use super::super::keys::Keys;
use super::super::misbehaviour::{Fault, Misbehaviour, UpdateFault};
use super::super::random::Random;
use super::super::settings::Settings;
use super::sessions::{Sessions, Slot};

/// `updatesTooLong`.
const TOO_LONG: [u8; 4] = 0xe317_af7e_u32.to_le_bytes();

/// Everything that outlives a connection.
pub(in crate::loopback) struct Shared {
    pub(in crate::loopback) settings: Settings,
    pub(in crate::loopback) rsa: Arc<[RsaPrivateKey]>,
    pub(in crate::loopback) group: Group,
    pub(in crate::loopback) clock: Clock,
    pub(in crate::loopback) keys: Mutex<Keys>,
    pub(in crate::loopback) files: Files,
    pub(in crate::loopback) core: Mutex<Core>,
    pub(in crate::loopback) sessions: Mutex<Sessions>,
}

/// What is under the one short lock: the backend, and who is told what.
pub(in crate::loopback) struct Core {
    pub(in crate::loopback) backend: Backend,
    pub(in crate::loopback) misbehaviour: Misbehaviour,
    pub(in crate::loopback) refusals: Vec<Refusal>,
    pub(in crate::loopback) random: Random,
    /// How often each method was called.
    pub(in crate::loopback) calls: HashMap<&'static str, u64>,
    /// The sessions that get a device's updates.
    routes: HashMap<i64, Vec<Arc<Slot>>>,
    /// Updates that change places with the next one of their device.
    held: HashMap<i64, Vec<u8>>,
}

/// What becomes of a call.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Nothing if it is never answered.
    pub(super) answer: Option<Result<Vec<u8>, RpcError>>,
    pub(super) delay: std::time::Duration,
    pub(super) drops_connection: bool,
    /// It never came, as far as the client is told.
    pub(super) is_lost: bool,
}

impl Verdict {
    fn answer(result: Result<Vec<u8>, RpcError>) -> Self {
        Self { answer: Some(result), delay: std::time::Duration::ZERO, drops_connection: false, is_lost: false }
    }

    /// The connection is closed, and the call with it.
    fn lost() -> Self {
        Self { answer: None, delay: std::time::Duration::ZERO, drops_connection: true, is_lost: true }
    }
}

/// A lock that is taken also if somebody panicked under it: there is nothing half done that would not be told by a test.
pub(in crate::loopback) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(in crate::loopback) fn new(backend: Backend, misbehaviour: Misbehaviour, random: Random) -> Self {
        Self {
            backend,
            misbehaviour,
            refusals: Vec::new(),
            random,
            calls: HashMap::new(),
            routes: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Updates of the device also go to this session.
    fn route(&mut self, device: i64, slot: &Arc<Slot>) {
        let slots = self.routes.entry(device).or_default();
        slots.retain(|slot| slot.is_connected());
        if !slots.iter().any(|other| Arc::ptr_eq(other, slot)) {
            slots.push(Arc::clone(slot));
        }
    }

    /// Forgets where updates go.
    pub(in crate::loopback) fn forget_routes(&mut self) {
        self.routes.clear();
        self.held.clear();
    }

    fn deliver(&mut self, push: Push) {
        let Push { device, body } = push;
        let fault = self.misbehaviour.next_update(&mut self.random);
        let earlier = self.held.remove(&device);
        match fault {
            None => self.send(device, &body),
            Some(UpdateFault::Lose) => {}
            Some(UpdateFault::Repeat) => {
                self.send(device, &body);
                self.send(device, &body);
            }
            Some(UpdateFault::TooLong) => self.send(device, &TOO_LONG),
            Some(UpdateFault::Reorder) => {
                self.held.insert(device, body);
            }
        }
        if let Some(earlier) = earlier {
            self.send(device, &earlier);
        }
    }

    fn send(&self, device: i64, body: &[u8]) {
        for slot in self.routes.get(&device).into_iter().flatten() {
            slot.push(body.to_vec());
        }
    }
}

impl Shared {
    /// Carries out a request of a session.
    pub(super) fn carry_out(&self, slot: &Arc<Slot>, dc: i32, message_id: i64, body: &[u8]) -> Verdict {
        let call = match Call::parse(body) {
            Ok(call) => call,
            Err(error) => return Verdict::answer(Err(error)),
        };
        let Some(name) = call.name() else {
            return Verdict::answer(Err(RpcError::new(400, "INPUT_METHOD_INVALID")));
        };
        let fault = {
            let core = &mut *lock(&self.core);
            *core.calls.entry(name).or_default() += 1;
            core.misbehaviour.next_call(name, &mut core.random)
        };
        let mut verdict = match &fault {
            Some(Fault::Error(error)) => return Verdict::answer(Err(error.clone())),
            Some(Fault::DropBefore) => return Verdict::lost(),
            _ => Verdict::answer(self.run(slot, dc, message_id, name, &call)),
        };
        match fault {
            Some(Fault::Delay(delay)) => verdict.delay = delay,
            Some(Fault::DropAfter) => verdict.drops_connection = true,
            Some(Fault::Silence) => verdict.answer = None,
            _ => {}
        }
        verdict
    }

    fn run(
        &self,
        slot: &Arc<Slot>,
        dc: i32,
        message_id: i64,
        name: &str,
        call: &Call<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        if name == "auth.bindTempAuthKey" {
            lock(&self.keys).bind(slot.key_id, slot.session_id, message_id, call.function)?;
            return Ok(0x9972_75b5_u32.to_le_bytes().to_vec());
        }
        let device = lock(&self.keys).find(slot.key_id).and_then(super::super::keys::Known::device);
        let device = device.ok_or_else(|| RpcError::new(401, "AUTH_KEY_PERM_EMPTY"))?;
        let caller = Caller { device, dc };
        if let Some(file) = FileCall::decode(call) {
            if !lock(&self.core).backend.is_logged_in(device) {
                return Err(RpcError::new(401, "AUTH_KEY_UNREGISTERED"));
            }
            let home = self.settings.data_centers.first().copied().unwrap_or(1);
            return self.files.handle(caller, file?, home);
        }
        let now = seconds(self.clock.now());
        let core = &mut *lock(&self.core);
        let outcome = core.backend.handle(caller, call, &self.files, now, &mut core.random);
        if !call.without_updates && outcome.answer.is_ok() && core.backend.is_logged_in(device) {
            core.route(device, slot);
        }
        for push in outcome.pushes {
            core.deliver(push);
        }
        outcome.answer
    }
}

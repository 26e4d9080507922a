//! The server, as who runs it sees it.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tl_types::RpcError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::crypto::diffie_hellman::Group;
use crate::mtproto::AuthKey;
use crate::mtproto::handshake::{KeyError, Refusal, RsaPrivateKey};
use crate::mtproto::session::UnixMillis;
use crate::mtproto::socket::{Listener, SocketError};

use super::backend::{Backend, BackendSettings, Files};
use super::clock::Clock;
use super::keys::Keys;
use super::misbehaviour::{Chaos, Fault, Misbehaviour, UpdateFault};
use super::random::Random;
use super::serve::{Control, Core, Shared, accept};
use super::settings::Settings;

/// The key that the server has unless it is given one. Everybody knows it: it proves nothing.
const PRIVATE_KEY: &str = include_str!("server_key.pem");

/// A running server. Dropping it ends its tasks; [`stop`](Self::stop) waits for that.
pub struct Server {
    shared: Arc<Shared>,
    addresses: Vec<(i32, SocketAddr)>,
    public_key_pem: String,
    control: watch::Sender<Control>,
    tasks: Vec<JoinHandle<()>>,
}

/// What a stopped server knew: keys, users, chats, messages and files; its sessions and connections are gone.
pub struct Stopped {
    settings: Settings,
    backend: Backend,
    files: Files,
    keys: Keys,
    random: Random,
    now: UnixMillis,
    addresses: Vec<(i32, SocketAddr)>,
}

impl Server {
    /// Starts a server, on the tokio runtime that this is called in.
    ///
    /// # Errors
    /// [`StartError`] if the address is taken, or the key is none.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let random = settings.seed.map_or_else(Random::unpredictable, Random::from_seed);
        let stopped = Stopped {
            backend: Backend::new(backend_settings(&settings)),
            files: Files::new(settings.file_memory),
            keys: Keys::default(),
            random,
            now: UnixMillis(0),
            addresses: Vec::new(),
            settings,
        };
        Self::resume(stopped).await
    }

    /// Goes on where another server has stopped, at the same addresses.
    ///
    /// # Errors
    /// [`StartError`] if the address is taken.
    pub async fn resume(stopped: Stopped) -> Result<Self, StartError> {
        let Stopped { settings, mut backend, files, keys, random, now, addresses } = stopped;
        let rsa = RsaPrivateKey::from_pem(settings.private_key_pem.as_deref().unwrap_or(PRIVATE_KEY))?;
        let public_key_pem = rsa.public().to_pem()?;
        let mut listeners = Vec::new();
        for (index, dc) in settings.data_centers.iter().enumerate() {
            let mut address = settings.address;
            if index > 0 {
                address.set_port(0);
            }
            let former = addresses.iter().find(|(former, _)| former == dc).map(|(_, address)| *address);
            listeners.push((*dc, Listener::bind(former.unwrap_or(address)).await?));
        }
        let mut addresses = Vec::new();
        for (dc, listener) in &listeners {
            addresses.push((*dc, listener.address()?));
        }
        backend.settings_mut().data_centers.clone_from(&addresses);
        let misbehaviour = Misbehaviour::new(settings.chaos);
        let shared = Arc::new(Shared {
            rsa: Arc::from([rsa]),
            group: Group::telegram().ok_or(StartError::Group)?,
            clock: Clock::new(settings.clock_offset, now),
            keys: Mutex::new(keys),
            files,
            core: Mutex::new(Core::new(backend, misbehaviour, random)),
            sessions: Mutex::default(),
            settings,
        });
        let control = watch::Sender::new(Control::default());
        let tasks = listeners
            .into_iter()
            .map(|(dc, listener)| tokio::spawn(accept(Arc::clone(&shared), listener, dc, control.subscribe())))
            .collect();
        Ok(Self { shared, addresses, public_key_pem, control, tasks })
    }

    /// Where the first data centre listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.addresses.first().map_or(self.shared.settings.address, |(_, address)| *address)
    }

    /// All data centres, and where they listen.
    #[must_use]
    pub fn addresses(&self) -> &[(i32, SocketAddr)] {
        &self.addresses
    }

    /// The key that clients know the server by, in PEM (PKCS#1).
    #[must_use]
    pub fn public_key_pem(&self) -> &str {
        &self.public_key_pem
    }

    /// Makes the next call of a method go wrong; several, one after the other. A method is named as in TL:
    /// `messages.sendEncrypted`.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.core(|core| core.misbehaviour.call(method, fault));
    }

    /// Makes the next update, to whomever, go wrong; several, one after the other.
    pub fn fail_next_update(&self, fault: UpdateFault) {
        self.core(|core| core.misbehaviour.update(fault));
    }

    /// What goes wrong at random from now on.
    pub fn set_chaos(&self, chaos: Chaos) {
        self.core(|core| core.misbehaviour.chaos = chaos);
    }

    /// Says no in the next key exchange; several times, in this order.
    pub fn refuse_next_key(&self, refusal: Refusal) {
        self.core(|core| core.refusals.push(refusal));
    }

    /// How often a method was called, whatever it was answered with.
    #[must_use]
    pub fn calls(&self, method: &str) -> u64 {
        self.core(|core| core.calls.get(method).copied().unwrap_or_default())
    }

    /// How many bytes of files are kept.
    #[must_use]
    pub fn file_bytes(&self) -> usize {
        self.shared.files.bytes()
    }

    /// Gives the user of a phone number a two-factor password, or takes it away.
    ///
    /// # Errors
    /// `PHONE_NUMBER_INVALID` or `PHONE_NUMBER_UNOCCUPIED`.
    pub fn set_password(&self, phone: &str, password: Option<&str>) -> Result<(), RpcError> {
        self.core(|core| core.backend.set_password(phone, password, &mut core.random))
    }

    /// Makes a permanent authorization key known, as if it had been agreed on. Returns the salt.
    pub fn insert_key(&self, key: [u8; 256]) -> i64 {
        let now = self.shared.clock.now();
        let salts = self.core(|core| self.shared.salts(0, now, &mut core.random));
        let salt = salts.at(now);
        let limit = usize::MAX;
        super::serve::lock(&self.shared.keys).insert(AuthKey::new(key), salts, None, limit);
        salt
    }

    /// Forgets all authorization keys: clients are answered with the transport error 404.
    pub fn forget_keys(&self) {
        *super::serve::lock(&self.shared.keys) = Keys::default();
        self.forget_sessions();
    }

    /// Forgets all sessions and closes the connections: clients are told of new ones.
    pub fn forget_sessions(&self) {
        super::serve::lock(&self.shared.sessions).clear();
        self.core(Core::forget_routes);
        self.disconnect_all();
    }

    /// Closes all connections; new ones are welcome.
    pub fn disconnect_all(&self) {
        self.control.send_modify(|control| control.generation += 1);
    }

    /// Puts the server's clock forward by so many seconds, or back.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.clock.shift(seconds);
    }

    /// Stops, and waits until every task and every connection is gone.
    pub async fn stop(mut self) -> Stopped {
        self.control.send_modify(|control| control.stops = true);
        for task in self.tasks.drain(..) {
            // A task that panicked has ended too.
            let _ = task.await;
        }
        let shared = &self.shared;
        let now = shared.clock.now();
        let settings = shared.settings.clone();
        let mut core = super::serve::lock(&shared.core);
        let random = core.random.fork();
        let backend = std::mem::replace(&mut core.backend, Backend::new(backend_settings(&settings)));
        drop(core);
        let keys = std::mem::take(&mut *super::serve::lock(&shared.keys));
        let files = shared.files.take();
        Stopped { settings, backend, files, keys, random, now, addresses: self.addresses.clone() }
    }

    fn core<T>(&self, run: impl FnOnce(&mut Core) -> T) -> T {
        run(&mut super::serve::lock(&self.shared.core))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.control.send_modify(|control| control.stops = true);
    }
}

impl Stopped {
    /// What the next server is like; `data_centers` and limits too.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

fn backend_settings(settings: &Settings) -> BackendSettings {
    BackendSettings {
        code: settings.code.clone(),
        sign_up: settings.sign_up,
        data_centers: settings.data_centers.iter().map(|dc| (*dc, settings.address)).collect(),
        first_qts: settings.first_qts,
        slice: settings.difference_limit.max(1),
        queue: settings.queue_limit,
        data: settings.data_limit,
        devices: settings.object_limit,
        chats: settings.object_limit,
        users: settings.object_limit,
        deliver_repeats: settings.deliver_repeats,
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared: _, addresses, public_key_pem: _, control: _, tasks: _ } = self;
        f.debug_struct("Server").field("addresses", addresses).finish_non_exhaustive()
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings: _, backend: _, files: _, keys: _, random: _, now, addresses } = self;
        f.debug_struct("Stopped").field("now", now).field("addresses", addresses).finish_non_exhaustive()
    }
}

/// The server could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot listen at the address.
    Listen(SocketError),
    /// The private key is none.
    Key(KeyError),
    /// The group that keys are agreed on in is broken: a defect of this crate.
    Group,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(_) => f.write_str("the server cannot listen: choose an address that is free"),
            Self::Key(_) => {
                f.write_str("the server's private key cannot be used: give an RSA key of 2048 bits as PKCS#1")
            }
            Self::Group => f.write_str("the server's Diffie-Hellman group is broken: report a defect"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Listen(error) => Some(error),
            Self::Key(error) => Some(error),
            Self::Group => None,
        }
    }
}

impl From<SocketError> for StartError {
    fn from(error: SocketError) -> Self {
        Self::Listen(error)
    }
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

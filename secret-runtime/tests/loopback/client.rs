//! A client with one connection, which does one thing after the other.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::framing::{Frame, Framing, TransportError, Wire};
use secret_runtime::mtproto::session::{
    ClientSession, ClockOffset, RequestId, RequestOptions, SessionEvent, SessionSettings, UnixMillis,
};
use secret_runtime::mtproto::socket::Socket;
use tl_types::api::{constructors, functions, types};
use tl_types::{Decode, Encode, Function, RpcError};

/// Whoever waits longer for the server waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    pub(crate) random: ChaCha20Rng,
    pub(crate) session: ClientSession,
    socket: Socket,
    address: SocketAddr,
    updates: VecDeque<types::Update>,
    /// The users that updates came with.
    pub(crate) told: Vec<types::User>,
    pub(crate) too_long: usize,
    pub(crate) new_sessions: usize,
    next: u64,
}

/// Why a call has no answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure {
    Rpc(RpcError),
    Closed,
    Transport(TransportError),
}

pub(crate) fn now() -> UnixMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(now.as_millis()).unwrap())
}

pub(crate) async fn server() -> Server {
    start(Settings::default()).await
}

pub(crate) async fn start(settings: Settings) -> Server {
    Server::start(Settings { seed: Some([7; 32]), ..settings }).await.unwrap()
}

impl Client {
    /// A client that has a key, and nobody is logged in with it.
    pub(crate) async fn new(server: &Server, seed: u64) -> Self {
        Self::at(server, server.address(), seed).await
    }

    pub(crate) async fn at(server: &Server, address: SocketAddr, seed: u64) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut key = [0; 256];
        random.fill_bytes(&mut key);
        let salt = server.insert_key(key);
        Self::with_key(address, key, salt, random).await
    }

    pub(crate) async fn with_key(address: SocketAddr, key: [u8; 256], salt: i64, mut random: ChaCha20Rng) -> Self {
        let settings = SessionSettings::default();
        let mut session = ClientSession::new(&AuthKey::new(key), salt, ClockOffset(0), settings, &mut random);
        let wire = Wire::plain(Framing::Intermediate);
        let socket = Socket::connect(address, &wire, &mut random).await.unwrap();
        session.connected(now());
        Self {
            random,
            session,
            socket,
            address,
            updates: VecDeque::new(),
            told: Vec::new(),
            too_long: 0,
            new_sessions: 0,
            next: 0,
        }
    }

    /// A client whose user has that phone number.
    pub(crate) async fn logged_in(server: &Server, phone: &str) -> Self {
        let mut client = Self::new(server, phone.parse().unwrap()).await;
        client.log_in(phone).await.unwrap();
        client
    }

    pub(crate) async fn log_in(&mut self, phone: &str) -> Result<types::auth::Authorization, Failure> {
        let hash = self.code(phone).await?;
        let mut sign_in = functions::auth::SignIn::new(phone, hash);
        sign_in.phone_code = Some("22222".to_owned());
        self.call(&sign_in).await
    }

    /// Requests a code, and gives its hash.
    pub(crate) async fn code(&mut self, phone: &str) -> Result<String, Failure> {
        let settings = constructors::CodeSettings::new();
        let sent = self.call(&functions::auth::SendCode::new(phone, 1, "hash", settings)).await?;
        let types::auth::SentCode::SentCode(sent) = sent else { panic!("{sent:?}") };
        Ok(sent.phone_code_hash)
    }

    pub(crate) async fn reconnect(&mut self) {
        self.session.disconnected();
        self.socket = Socket::connect(self.address, &Wire::plain(Framing::Abridged), &mut self.random).await.unwrap();
        self.session.connected(now());
    }

    pub(crate) async fn call<F: Function + Encode>(&mut self, function: &F) -> Result<F::Response, Failure> {
        self.raw(function.to_bytes().unwrap()).await.map(|bytes| F::Response::from_bytes(&bytes).unwrap())
    }

    /// The name of the error that a call is answered with.
    pub(crate) async fn error<F: Function<Response: std::fmt::Debug> + Encode>(&mut self, function: &F) -> String {
        match self.call(function).await {
            Err(Failure::Rpc(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn submit(&mut self, body: Vec<u8>) -> RequestId {
        self.next += 1;
        let id = RequestId(self.next);
        self.session.submit(id, body, RequestOptions::default(), now());
        id
    }

    pub(crate) async fn raw(&mut self, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let id = self.submit(body);
        self.answer(id).await
    }

    pub(crate) async fn answer(&mut self, id: RequestId) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(SessionEvent::Answer { request, result }) = self.event().await? {
                assert_eq!(request, id, "an answer to something else");
                return result.map_err(Failure::Rpc);
            }
        }
    }

    /// The next update.
    pub(crate) async fn update(&mut self) -> types::Update {
        while self.updates.is_empty() {
            if let Some(event) = self.event().await.unwrap() {
                panic!("{event:?}");
            }
        }
        self.updates.pop_front().unwrap()
    }

    /// The updates that have come by the time a call is answered, one that leads to no update.
    pub(crate) async fn updates(&mut self) -> Vec<types::Update> {
        self.call(&functions::help::GetNearestDc::new()).await.unwrap();
        self.updates.drain(..).collect()
    }

    pub(crate) async fn encryption(&mut self) -> types::EncryptedChat {
        match self.update().await {
            types::Update::Encryption(update) => update.chat,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn message(&mut self) -> (types::EncryptedMessage, i32) {
        match self.update().await {
            types::Update::NewEncryptedMessage(update) => (update.message, update.qts),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the connection is closed.
    pub(crate) async fn closed(&mut self) {
        while self.event().await != Err(Failure::Closed) {}
    }

    async fn event(&mut self) -> Result<Option<SessionEvent>, Failure> {
        loop {
            while let Some(event) = self.session.poll_event() {
                match event {
                    SessionEvent::Updates(bytes) => {
                        self.take_updates(&bytes);
                        return Ok(None);
                    }
                    SessionEvent::NewSession => self.new_sessions += 1,
                    SessionEvent::Answer { .. } | SessionEvent::Unanswered { .. } => return Ok(Some(event)),
                    _ => {}
                }
            }
            while let Some(transmit) = self.session.poll_transmit(now(), &mut self.random) {
                self.socket.queue(&transmit.packet, transmit.quick_ack.is_some(), &mut self.random).unwrap();
            }
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("nothing comes") {
                Ok(Some(Frame::Packet { bytes, .. })) => self.session.receive(bytes, now()).unwrap(),
                Ok(Some(Frame::QuickAck(token))) => self.session.quick_ack(token),
                Ok(Some(Frame::Error(error))) => return Err(Failure::Transport(error)),
                Ok(None) | Err(_) => return Err(Failure::Closed),
            }
        }
    }

    fn take_updates(&mut self, bytes: &[u8]) {
        match types::Updates::from_bytes(bytes).unwrap() {
            types::Updates::Updates(updates) => {
                self.updates.extend(updates.updates);
                self.told.extend(updates.users);
            }
            types::Updates::TooLong => self.too_long += 1,
            other => panic!("{other:?}"),
        }
    }

    /// The user who is logged in.
    pub(crate) async fn me(&mut self) -> constructors::User {
        let myself = functions::users::GetUsers::new(vec![types::InputUser::InputUserSelf]);
        user(&self.call(&myself).await.unwrap()[0])
    }
}

pub(crate) fn user(user: &types::User) -> constructors::User {
    match user {
        types::User::User(user) => (**user).clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn input(user: &constructors::User) -> types::InputUser {
    constructors::InputUser::new(user.id, user.access_hash.unwrap()).into()
}

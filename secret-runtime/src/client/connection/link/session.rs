//! A session with what comes before its first call: the binding of a temporary key, and the introduction.

use std::collections::VecDeque;

use tl_types::api::functions::auth::BindTempAuthKey;
use tl_types::api::functions::help::GetConfig;
use tl_types::api::functions::{InitConnection, InvokeWithLayer};
use tl_types::api::{LAYER, types};
use tl_types::mtproto::constructors::BindAuthKeyInner;
use tl_types::{Decode, Encode, RpcError};

use super::super::core::{Core, SharedRng};
use crate::client::session_file::KeptKey;
use crate::mtproto::AuthKey;
use crate::mtproto::handshake::NewKey;
use crate::mtproto::message::binding;
use crate::mtproto::session::{ClientSession, ClockOffset, RequestId, RequestOptions, UnixMillis};

/// Requests of the link itself; calls are numbered from 0.
const BINDING: RequestId = RequestId(u64::MAX);
const INTRODUCTION: RequestId = RequestId(u64::MAX - 1);

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Binding,
    Introducing,
    Ready,
}

/// What became of a step before the first call.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Not a step: the answer to a call.
    Call,
    /// There is another step.
    Next,
    /// Calls are made from now on.
    Ready(Option<Box<types::Config>>),
    /// The server does not accept the permanent key.
    KeyRefused,
    /// The server refuses this application, or does so now.
    Refused(RpcError),
}

pub(super) struct Session {
    pub(super) client: ClientSession,
    stage: Stage,
    temporary: Option<Temporary>,
    /// Calls that wait for the session to be ready.
    held: VecDeque<(RequestId, Vec<u8>, RequestOptions)>,
}

struct Temporary {
    permanent: AuthKey,
    id: i64,
    /// By the server's clock, in seconds.
    expires_at: i32,
    begun: UnixMillis,
}

impl Session {
    /// A session under the kept key, or under a temporary one that is then bound to it.
    pub(super) fn new(core: &Core, kept: &KeptKey, temporary: Option<NewKey>) -> Self {
        let now = core.now();
        let mut rng = core.rng.clone();
        let settings = core.settings.session.clone();
        match temporary {
            None => {
                let offset = ClockOffset(kept.clock_offset);
                let client = ClientSession::new(&kept.key, kept.salt, offset, settings, &mut rng);
                let mut session = Self { client, stage: Stage::Ready, temporary: None, held: VecDeque::new() };
                session.introduce(core);
                session
            }
            Some(new) => {
                let offset = ClockOffset(new.time_offset.saturating_mul(1000));
                let client = ClientSession::new(&new.key, new.salt, offset, settings, &mut rng);
                let begun = client.server_time(now);
                let expires_at = new.expires_at.unwrap_or(i32::MAX);
                let temporary = Temporary { permanent: kept.key.clone(), id: new.key.id(), expires_at, begun };
                let temporary = Some(temporary);
                let mut session = Self { client, stage: Stage::Ready, temporary, held: VecDeque::new() };
                session.bind(core);
                session
            }
        }
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// Makes a call, once the session is ready.
    pub(super) fn submit(&mut self, request: RequestId, body: Vec<u8>, options: RequestOptions, now: UnixMillis) {
        if self.is_ready() {
            self.client.submit(request, body, options, now);
        } else {
            self.held.push_back((request, body, options));
        }
    }

    pub(super) fn cancel(&mut self, request: RequestId) {
        self.held.retain(|(held, ..)| *held != request);
        self.client.cancel(request);
    }

    /// The calls that were never sent.
    pub(super) fn unsent(&self) -> impl Iterator<Item = RequestId> {
        self.held.iter().map(|(request, ..)| *request).chain(self.client.unsent())
    }

    /// Says who we are, and with which layer we speak (<https://core.telegram.org/api/invoking#saving-client-info>).
    pub(super) fn introduce(&mut self, core: &Core) {
        if self.stage != Stage::Ready {
            return;
        }
        self.stage = Stage::Introducing;
        let settings = &core.settings;
        let introduction = InvokeWithLayer::new(
            LAYER.cast_signed(),
            InitConnection::new(
                settings.api_id,
                settings.device_model.as_str(),
                settings.system_version.as_str(),
                settings.app_version.as_str(),
                settings.system_lang_code.as_str(),
                settings.lang_pack.as_str(),
                settings.lang_code.as_str(),
                GetConfig::new(),
            ),
        );
        // Only a text of 16 MiB could not be said; the server answers that it is none.
        let body = introduction.to_bytes().unwrap_or_default();
        self.client.submit(INTRODUCTION, body, RequestOptions::default(), core.now());
    }

    /// Binds the temporary key (<https://core.telegram.org/method/auth.bindTempAuthKey>).
    pub(super) fn bind(&mut self, core: &Core) {
        let Some(temporary) = self.temporary.as_ref().filter(|_| self.stage == Stage::Ready) else { return };
        self.stage = Stage::Binding;
        let (permanent, expires_at) = (temporary.permanent.clone(), temporary.expires_at);
        let (temporary_id, session_id) = (temporary.id, self.client.session_id());
        let mut rng: SharedRng = core.rng.clone();
        let body = move |message_id| {
            let mut nonce = [0; 8];
            rand_core::Rng::fill_bytes(&mut rng, &mut nonce);
            let nonce = i64::from_le_bytes(nonce);
            let inner = BindAuthKeyInner::new(nonce, temporary_id, permanent.id(), session_id, expires_at);
            let sealed = binding::seal(&permanent, message_id, &inner, &mut rng);
            BindTempAuthKey::new(permanent.id(), nonce, expires_at, sealed).to_bytes().unwrap_or_default()
        };
        self.client.submit_with(BINDING, Box::new(body), RequestOptions::default(), core.now());
    }

    /// Takes an answer, if it is that of a step before the first call.
    pub(super) fn step(&mut self, core: &Core, request: RequestId, result: &Result<Vec<u8>, RpcError>) -> Step {
        match (request, result) {
            (BINDING, Ok(_)) => {
                self.stage = Stage::Ready;
                self.introduce(core);
                Step::Next
            }
            (BINDING, Err(error)) if error.message == "ENCRYPTED_MESSAGE_INVALID" => Step::KeyRefused,
            (BINDING, Err(error)) => Step::Refused(error.clone()),
            (INTRODUCTION, Ok(config)) => Step::Ready(self.ready(core, types::Config::from_bytes(config).ok())),
            // Who is not, or no longer, logged in may still introduce himself; the calls tell.
            (INTRODUCTION, Err(error)) if matches!(error.code, 401 | 403 | 406) => {
                if error.message == "AUTH_KEY_PERM_EMPTY" {
                    self.stage = Stage::Ready;
                    self.bind(core);
                    return Step::Next;
                }
                Step::Ready(self.ready(core, None))
            }
            (INTRODUCTION, Err(error)) => Step::Refused(error.clone()),
            _ => Step::Call,
        }
    }

    /// Whether a request is one of the steps.
    pub(super) fn is_step(request: RequestId) -> bool {
        matches!(request, BINDING | INTRODUCTION)
    }

    fn ready(&mut self, core: &Core, config: Option<types::Config>) -> Option<Box<types::Config>> {
        self.stage = Stage::Ready;
        for (request, body, options) in std::mem::take(&mut self.held) {
            self.client.submit(request, body, options, core.now());
        }
        config.map(Box::new)
    }

    /// When a temporary key is to be replaced, by our clock: at nine tenths of its life.
    pub(super) fn ends(&self, now: UnixMillis) -> Option<UnixMillis> {
        let temporary = self.temporary.as_ref()?;
        let end = i64::from(temporary.expires_at).saturating_mul(1000);
        let life = end.saturating_sub(temporary.begun.0);
        let ahead = self.client.server_time(now).0.saturating_sub(now.0);
        Some(UnixMillis(end.saturating_sub(life / 10).saturating_sub(ahead)))
    }
}

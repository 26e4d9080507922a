//! What the server knows and does, without a network: users, devices, chats and files; a function goes in, its answer
//! and what other devices are to be told come out.
//!
//! It does not know of sessions, connections or message ids. Time and randomness come in. A device is what Telegram
//! calls so: one permanent authorization key; a secret chat belongs to one device of each side.

mod call;
mod chat;
mod device;
mod difference;
mod directory;
mod dispatch;
mod encryption;
mod error;
mod files;
mod help;
mod layer;
mod login;
mod messages;
mod password;
mod profile;
mod settings;
mod user;

use std::collections::HashMap;

use rand_core::CryptoRng;
use tl_types::RpcError;
use tl_types::api::types;

pub(super) use call::Call;
pub(super) use files::{FileCall, Files};
pub(super) use settings::BackendSettings;

use chat::SecretChat;
use device::Device;
use directory::Directory;
use login::SentCodes;
use password::Srp;

/// Who calls, and by which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// The id of the permanent authorization key.
    pub(super) device: i64,
    /// The data centre that the connection leads to.
    pub(super) dc: i32,
}

/// The answer to a call, and what follows from it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The encoded answer, in constructors that the caller's layer knows.
    pub(super) answer: Result<Vec<u8>, RpcError>,
    /// What other devices are told, in this order.
    pub(super) pushes: Vec<Push>,
}

/// An encoded `Updates` for every session of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Push {
    pub(super) device: i64,
    pub(super) body: Vec<u8>,
}

/// Everything that all connections share, but for the files.
#[derive(Debug)]
pub(super) struct Backend {
    settings: BackendSettings,
    directory: Directory,
    devices: HashMap<i64, Device>,
    chats: HashMap<i32, SecretChat>,
    codes: SentCodes,
    srp: Srp,
}

/// What one call has at hand.
struct Context<'a> {
    caller: Caller,
    now: i32,
    rng: &'a mut dyn CryptoRng,
    files: &'a Files,
    pushes: Vec<Push>,
}

impl Backend {
    pub(super) fn new(settings: BackendSettings) -> Self {
        Self {
            settings,
            directory: Directory::default(),
            devices: HashMap::new(),
            chats: HashMap::new(),
            codes: SentCodes::default(),
            srp: Srp::default(),
        }
    }

    pub(super) fn settings_mut(&mut self) -> &mut BackendSettings {
        &mut self.settings
    }

    /// Carries out a call at `now`, in seconds since 1970.
    pub(super) fn handle(
        &mut self,
        caller: Caller,
        call: &Call<'_>,
        files: &Files,
        now: i32,
        rng: &mut dyn CryptoRng,
    ) -> Outcome {
        let mut context = Context { caller, now, rng, files, pushes: Vec::new() };
        let layer = call.layer;
        let answer = self.admit(caller.device, layer).and_then(|()| self.dispatch(&mut context, call));
        Outcome { answer, pushes: context.pushes }
    }

    /// Whether somebody is logged in on the device: files are for them only.
    pub(super) fn is_logged_in(&self, device: i64) -> bool {
        self.devices.get(&device).is_some_and(|device| device.user.is_some())
    }

    /// Notes the device, and the layer that it says it speaks, and turns it away if that layer is too old.
    fn admit(&mut self, id: i64, layer: Option<i32>) -> Result<(), RpcError> {
        let full = self.devices.len() >= self.settings.devices;
        let first_qts = self.settings.first_qts;
        if full && !self.devices.contains_key(&id) {
            return Err(error::flood());
        }
        let device = self.devices.entry(id).or_insert_with(|| Device::new(first_qts));
        if let Some(layer) = layer {
            device.layer = layer;
        }
        // Before the call does anything whose answer could not be read.
        if layer::is_spoken(device.layer) { Ok(()) } else { Err(error::outdated()) }
    }

    /// The device's user.
    fn user_of(&self, device: i64) -> Result<i64, RpcError> {
        self.devices.get(&device).and_then(|device| device.user).ok_or_else(error::unregistered)
    }

    fn layer_of(&self, device: i64) -> i32 {
        self.devices.get(&device).map_or(layer::NEWEST, |device| device.layer)
    }

    /// The devices that a user is logged in on.
    fn devices_of(&self, user: i64) -> Vec<i64> {
        let mut devices: Vec<i64> =
            self.devices.iter().filter(|(_, device)| device.user == Some(user)).map(|(id, _)| *id).collect();
        devices.sort_unstable();
        devices
    }

    /// Tells a device of `update`, with the users that it names.
    fn push(&self, context: &mut Context<'_>, device: i64, update: types::Update, users: &[i64]) {
        let Some(target) = self.devices.get(&device) else { return };
        let users = target.user.map(|viewer| self.directory.seen_by(viewer, users)).unwrap_or_default();
        let updates = tl_types::api::constructors::Updates::new(vec![update], users, Vec::new(), context.now, 0);
        // What cannot be encoded was longer than any request can be, or the device's layer is too old for any answer.
        if let Ok(body) = layer::encode(&types::Updates::from(updates), target.layer) {
            context.pushes.push(Push { device, body });
        }
    }
}

//! What is compared with each library.

use std::collections::BTreeSet;
use std::path::Path;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use secret_runtime::chat::Settings;
use secret_runtime::crypto::Role;
use serde_json::{Value, json};
use tl_tests::seed;
use tl_types::secret::constructors::DecryptedMessage;

use crate::deviations::Deviations;
use crate::files;
use crate::handshake::{self, Kind};
use crate::messages::{Messages, PROTOCOL};
use crate::peer::Peer;
use crate::table::Tally;
use crate::talk::Talk;

/// Messages in each direction, where it is not said otherwise.
const MESSAGES: u32 = 1000;
/// Messages in each direction at the layers between.
const FEWER: u32 = 250;
/// Key agreements in each role.
const KEYS: u32 = 20;
/// Bytes in the files: around a block, and around a part of ours (16 KiB) and of Telethon's (128 KiB).
const FILES: [usize; 9] = [1, 15, 16, 17, 1000, 16 * 1024, 16 * 1024 + 1, 50_000, 200_000];

/// A library, and the chats with it.
pub(crate) struct Package {
    name: &'static str,
    layer: u32,
    /// Whether a new key can be agreed on in a chat with it.
    rekeys: bool,
    chats: &'static [Plan],
}

/// One chat, and how many messages go which way.
struct Plan {
    layer: u32,
    envelope: u8,
    ours: u32,
    theirs: u32,
}

/// The libraries.
pub(crate) const PACKAGES: [Package; 2] = [
    Package {
        name: "telethon-secret-chat",
        layer: 101,
        rekeys: false,
        chats: &[
            Plan { layer: 101, envelope: 2, ours: MESSAGES, theirs: MESSAGES },
            Plan { layer: 73, envelope: 2, ours: FEWER, theirs: FEWER },
            Plan { layer: 46, envelope: 1, ours: MESSAGES, theirs: MESSAGES },
            // All of these are to be refused.
            Plan { layer: 101, envelope: 1, ours: 0, theirs: MESSAGES },
        ],
    },
    Package {
        name: "tg-secret",
        layer: 144,
        rekeys: true,
        chats: &[
            Plan { layer: 144, envelope: 2, ours: MESSAGES, theirs: MESSAGES },
            Plan { layer: 101, envelope: 2, ours: FEWER, theirs: FEWER },
            Plan { layer: 73, envelope: 2, ours: FEWER, theirs: FEWER },
            Plan { layer: 46, envelope: 2, ours: FEWER, theirs: FEWER },
        ],
    },
];

/// The comparison with one library.
pub(crate) struct Run<'a> {
    package: &'static Package,
    peer: Peer,
    rng: &'a mut ChaCha20Rng,
    deviations: &'a mut Deviations,
    /// The constructors that the library knows, and those that were exchanged.
    known: BTreeSet<u32>,
    exchanged: BTreeSet<u32>,
    differences: usize,
}

impl<'a> Run<'a> {
    /// Compares everything, prints it, and says how many differences there are.
    pub(crate) fn all(
        package: &'static Package,
        python: &Path,
        rng: &'a mut ChaCha20Rng,
        deviations: &'a mut Deviations,
    ) -> usize {
        let mut peer = Peer::start(python, package.name, seed::seed());
        let known = serde_json::from_value(peer.get("constructors", json!({}), deviations)).unwrap();
        let mut run = Self { package, peer, rng, deviations, known, exchanged: BTreeSet::new(), differences: 0 };
        for role in [Role::Originator, Role::Acceptor] {
            run.keys(role);
            package.chats.iter().for_each(|plan| run.chat(role, plan));
        }
        run.constructors();
        run.files("our files", files::ours);
        run.files("their files", files::theirs);
        if package.name == "telethon-secret-chat" {
            run.wide_padding();
        }
        run.differences
    }

    fn print(&mut self, tally: &Tally, kind: Option<Kind>, what: &str) {
        tally.print(self.package.name, kind, what);
        self.differences += tally.differences.len();
    }

    fn keys(&mut self, role: Role) {
        let kind = Kind { peer: role, layer: self.package.layer, envelope: 2 };
        let mut tally = Tally::default();
        for _ in 0..KEYS {
            let before = self.deviations.total();
            let begun = handshake::begin(&mut self.peer, kind, Settings::default(), self.rng, self.deviations);
            tally.add(begun.map(drop), self.deviations.total() - before);
        }
        self.print(&tally, Some(kind), "keys");
    }

    fn chat(&mut self, role: Role, plan: &Plan) {
        let kind = Kind { peer: role, layer: plan.layer, envelope: plan.envelope };
        let mut settings = Settings::default();
        if !self.package.rekeys {
            settings.rekey.uses = u32::MAX;
        }
        let mut messages = Messages::new(self.known.clone(), self.rng.next_u64());
        let (mut ours, mut theirs, mut beginning) = (Tally::default(), Tally::default(), Tally::default());
        let begun = match handshake::begin(&mut self.peer, kind, settings, self.rng, self.deviations) {
            Ok(begun) => begun,
            Err(fault) => {
                beginning.add(Err(fault), 0);
                return self.print(&beginning, Some(kind), "key");
            }
        };
        let mut talk = Talk::new(begun, &mut self.peer, kind, self.deviations);
        let outcome = talk.settle();
        beginning.add(outcome, 0);
        while ours.number < plan.ours || theirs.number < plan.theirs {
            let before = talk.deviations.total();
            if messages.is_ours(plan.ours - ours.number, plan.theirs - theirs.number) {
                let message = messages.ours(talk.layer());
                let outcome = talk.send(message);
                ours.add(outcome, talk.deviations.total() - before);
            } else {
                let message = messages.theirs(plan.layer);
                let outcome = talk.receive(&message);
                theirs.add(outcome, talk.deviations.total() - before);
            }
        }
        let keys = Tally { number: talk.replaced, ..Tally::default() };
        if self.package.name == "tg-secret" {
            // Of a length that leaves several blocks of padding: the last one holds nothing else.
            let message = DecryptedMessage::new(0, 0, "padding");
            match talk.takes_changed_padding(message.into()) {
                Ok(true) => self.deviations.note(self.package.name, "msg-key-not-checked"),
                Ok(false) => {}
                Err(fault) => beginning.add(Err(fault), 0),
            }
        } else {
            // It raises what it always does, or this is no longer a deviation.
            self.peer.get("rekey", json!({}), self.deviations);
        }
        self.exchanged.extend(messages.exchanged());
        if self.package.rekeys && keys.number == 0 {
            beginning.add(Err("no key was replaced".to_owned()), 0);
        }
        if !beginning.differences.is_empty() {
            self.print(&beginning, Some(kind), "beginning and end");
        }
        if plan.ours > 0 {
            self.print(&ours, Some(kind), "ours, they read");
        }
        self.print(&theirs, Some(kind), if plan.ours > 0 { "theirs, we read" } else { "theirs, we refuse" });
        if keys.number > 0 {
            self.print(&keys, Some(kind), "keys replaced");
        }
    }

    /// Whether every constructor that the library knows was in some message.
    fn constructors(&mut self) {
        let missing = self.known.iter().filter(|id| !self.exchanged.contains(id) && !PROTOCOL.contains(id));
        let differences = missing.map(|id| format!("{id:08x} was in no message")).collect();
        let tally = Tally { number: self.exchanged.len() as u32, differences, deviations: 0 };
        self.print(&tally, None, "constructors");
    }

    fn files(
        &mut self,
        what: &str,
        exchange: fn(&mut Peer, usize, &mut ChaCha20Rng, &mut Deviations) -> files::Outcome,
    ) {
        let mut tally = Tally::default();
        for size in FILES {
            let before = self.deviations.total();
            let outcome = exchange(&mut self.peer, size, self.rng, self.deviations);
            tally.add(outcome, self.deviations.total() - before);
        }
        self.print(&tally, None, what);
    }

    /// Whether the library still opens a message with too much padding.
    fn wide_padding(&mut self) {
        let vectors: Value = serde_json::from_str(include_str!("../vectors/secret_chat.json")).unwrap();
        let negative = vectors["mtproto2_negative"].as_array().unwrap();
        let wide = negative.iter().find(|vector| vector["name"] == "padding > 1024 (1040)").unwrap();
        let arguments = json!({ "key": vectors["dh"]["key"], "is_originator": false, "wire": wide["data"] });
        if self.peer.ask("open_envelope", arguments, self.deviations).0.is_ok() {
            self.deviations.note(self.package.name, "padding-above-1024");
        }
    }
}

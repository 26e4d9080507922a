//! What the server does wrong, drawn from the seed as messages come.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use secret_runtime::loopback::{Chaos, Fault, Server, UpdateFault};
use tl_types::RpcError;

/// What goes wrong with calls and updates at random. An error is retried after a second or more, so there are few.
const CHAOS: Chaos =
    Chaos { error: 0.0005, drop_before: 0.002, drop_after: 0.002, lose: 0.01, repeat: 0.02, reorder: 0.02 };

const METHOD: &str = "messages.sendEncrypted";

pub(crate) struct Mischief {
    server: Option<Server>,
    rng: ChaCha20Rng,
    /// When that many messages have come, something goes wrong.
    next: u64,
    is_calm: bool,
    done: BTreeMap<&'static str, u32>,
}

impl Mischief {
    pub(crate) fn new(server: Server, rng: ChaCha20Rng) -> Self {
        Self { server: Some(server), rng, next: 0, is_calm: false, done: BTreeMap::new() }
    }

    pub(crate) fn begin(&mut self) {
        self.server().set_chaos(CHAOS);
    }

    /// Nothing goes wrong any more. An update that was lost just before is missed when another one comes, which need not be
    /// soon; so everybody connects anew, and asks.
    pub(crate) fn calm(&mut self) {
        if !std::mem::replace(&mut self.is_calm, true) {
            self.server().set_chaos(Chaos::default());
            self.server().disconnect_all();
        }
    }

    pub(crate) async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// So many messages have come.
    pub(crate) async fn after(&mut self, received: u64) {
        if received < self.next {
            return;
        }
        self.next = received + 10 + self.below(60);
        let what = match self.below(100) {
            0..25 => {
                self.server().disconnect_all();
                "all connections closed"
            }
            25..35 => {
                self.server().forget_sessions();
                "sessions forgotten"
            }
            35..50 => {
                self.restart().await;
                "server restarted"
            }
            50..65 => {
                let delay = Duration::from_millis(self.below(100));
                self.server().fail_next(METHOD, Fault::Delay(delay));
                "an answer delayed"
            }
            65..75 => {
                self.server().fail_next("messages.receivedQueue", Fault::DropAfter);
                "connection closed after a confirmation"
            }
            75..85 => {
                self.server().fail_next("updates.getDifference", Fault::DropAfter);
                "connection closed after a difference"
            }
            85..95 => {
                self.server().fail_next_update(UpdateFault::TooLong);
                "too many updates"
            }
            _ => {
                self.server().fail_next(METHOD, Fault::Error(RpcError::new(420, "FLOOD_WAIT_1")));
                "FLOOD_WAIT_1"
            }
        };
        *self.done.entry(what).or_default() += 1;
    }

    async fn restart(&mut self) {
        let stopped = self.server.take().unwrap().stop().await;
        self.server = Some(Server::resume(stopped).await.unwrap());
        self.begin();
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.rng.next_u64() % limit
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut what: Vec<String> = self.done.iter().map(|(what, count)| format!("{count} x {what}")).collect();
        for method in [METHOD, "messages.sendEncryptedFile", "messages.receivedQueue", "updates.getDifference"] {
            what.push(format!("{method}: {} calls since the server's start", self.server().calls(method)));
        }
        f.write_str(&what.join("\n"))
    }
}

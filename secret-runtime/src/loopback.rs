//! A small MTProto server in the process, for the demonstration, for our tests, and for the tests of those who depend on us.
//!
//! It does what clients need for secret chats: keys, log-in, users, updates, files, and every function of secret chats
//! with its errors. It keeps everything in memory. It can be told to misbehave: [`Server::fail_next`] and its siblings.
//!
//! The id of a secret chat is the `random_id` of its request (<https://core.telegram.org/method/messages.requestEncryption>):
//! for both sides, and among the chats of all users. A request with an id that is taken is answered with
//! `400 RANDOM_ID_DUPLICATE`, also if another user took it. Clients that draw ids at random do not meet; two clients whose
//! randomness comes from one seed do, so give each client a seed of its own. What Telegram's servers do when two users choose
//! one id is not published.
//!
//! It speaks the layers from 199 on: what it answers a client with is in the constructors of the layer that the client named in
//! its last `invokeWithLayer`, and in the newest if it named none. A client of an older layer gets the error
//! `406 UPDATE_APP_TO_LOGIN` for each call.
//!
//! ```no_run
//! # async fn start() -> Result<(), secret_runtime::loopback::StartError> {
//! use secret_runtime::loopback::{Server, Settings};
//!
//! let server = Server::start(Settings::default()).await?;
//! println!("{} {}", server.address(), server.public_key_pem());
//! # Ok(())
//! # }
//! ```

#[rustfmt::skip]
#[path = "loopback/generated/answers/mod.rs"]
#[allow(
    missing_docs,
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::all,
    reason = "generated; of all that bindings can do, only lowering is needed"
)]
mod answers;
mod backend;
mod clock;
mod keys;
mod misbehaviour;
mod random;
mod serve;
mod server;
mod settings;

pub use misbehaviour::{Chaos, Fault, UpdateFault};
pub use server::{Server, StartError, Stopped};
pub use settings::Settings;

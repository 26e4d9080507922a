//! A user of some client: ours, or a process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secret_runtime::loopback::Server;
use sha2::{Digest, Sha256};

use crate::Failure;
use crate::ours::Ours;
use crate::peer::Peer;

/// Where the server is, and what its users need.
pub(crate) struct Place {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) key: String,
    pub(crate) key_file: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) directory: PathBuf,
    users: AtomicU32,
}

/// The code of every log-in.
pub(crate) const CODE: &str = "22222";

/// A client that says nothing for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The data centre.
pub(crate) const DC: i32 = 1;

impl Place {
    pub(crate) fn new(server: &Server, python: PathBuf, directory: &Path) -> Result<Self, Failure> {
        let key_file = directory.join("server.pem");
        std::fs::write(&key_file, server.public_key_pem())?;
        Ok(Self {
            address: server.address(),
            key: server.public_key_pem().to_owned(),
            key_file,
            python,
            directory: directory.to_owned(),
            users: AtomicU32::new(0),
        })
    }

    /// A new user of a library of Python.
    pub(crate) async fn peer(&self, library: &str) -> Result<Side, Failure> {
        let (number, name) = self.name(library);
        Ok(Side { client: Client::Peer(Box::new(Peer::start(self, library, number, &name).await?)), name })
    }

    /// A new user of ours.
    pub(crate) async fn ours(&self) -> Result<Side, Failure> {
        let (number, name) = self.name("ours");
        Ok(Side { client: Client::Ours(Box::new(Ours::start(self, number, &name).await?)), name })
    }

    fn name(&self, kind: &str) -> (u32, String) {
        let number = self.users.fetch_add(1, Ordering::Relaxed) + 1;
        (number, format!("{}_{number}", kind.replace('-', "_")))
    }

    /// The directory of a user.
    pub(crate) fn home(&self, name: &str) -> Result<PathBuf, Failure> {
        let home = self.directory.join(name);
        std::fs::create_dir_all(&home)?;
        Ok(home)
    }
}

/// A user, who has a username.
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) client: Client,
}

pub(crate) enum Client {
    Ours(Box<Ours>),
    Peer(Box<Peer>),
}

/// What a user sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The chat may be used, as far as the client tells.
    Ready(i32),
    Text(String),
    File(Content),
    Closed,
}

/// A file, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Content {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { size: bytes.len() as u64, sha256 }
    }
}

impl Side {
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.client, Client::Ours(_))
    }

    pub(crate) async fn request(&mut self, name: &str) -> Result<i32, Failure> {
        match &mut self.client {
            Client::Ours(ours) => ours.request(name).await,
            Client::Peer(peer) => peer.request(name).await,
        }
    }

    pub(crate) async fn text(&mut self, chat: i32, text: &str) -> Result<(), Failure> {
        match &mut self.client {
            Client::Ours(ours) => ours.text(chat, text).await,
            Client::Peer(peer) => peer.text(chat, text).await,
        }
    }

    pub(crate) async fn file(&mut self, chat: i32, content: &[u8]) -> Result<(), Failure> {
        match &mut self.client {
            Client::Ours(ours) => ours.file(chat, content).await,
            Client::Peer(peer) => peer.file(chat, content).await,
        }
    }

    pub(crate) async fn discard(&mut self, chat: i32) -> Result<(), Failure> {
        match &mut self.client {
            Client::Ours(ours) => ours.discard(chat).await,
            Client::Peer(peer) => peer.discard(chat).await,
        }
    }

    /// What the user sees next.
    pub(crate) async fn next(&mut self) -> Result<Seen, Failure> {
        let seen = async {
            match &mut self.client {
                Client::Ours(ours) => ours.next().await,
                Client::Peer(peer) => peer.next().await,
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.map_err(|_| format!("{} sees nothing more", self.name))?
    }

    /// Reads on until the user sees it; fails if something else of the same sort is seen.
    pub(crate) async fn sees(&mut self, expected: &Seen) -> Result<(), Failure> {
        loop {
            let seen = self.next().await?;
            if seen == *expected {
                return Ok(());
            }
            if !matches!(seen, Seen::Ready(_)) {
                return Err(format!("{} sees {seen:?}, and not {expected:?}", self.name).into());
            }
        }
    }

    pub(crate) async fn stop(self) -> Result<(), Failure> {
        match self.client {
            Client::Ours(ours) => ours.stop().await,
            Client::Peer(peer) => peer.stop().await,
        }
    }
}

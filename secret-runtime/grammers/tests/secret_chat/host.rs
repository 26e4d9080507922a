//! A program that uses grammers, and has secret chats besides.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;

use chacha20::rand_core::Rng;
use grammers_client::Client;
use grammers_mtsender::{SenderPool, SenderPoolFatHandle};
use grammers_session::SessionData;
use grammers_session::storages::MemorySession;
use grammers_session::types::DcOption;
use grammers_session::updates::UpdatesLike;
use secret_runtime::loopback::{Server, Settings};
use secret_runtime_grammers::{Grammers, share};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::party::{Party, random};

pub(crate) struct Host {
    pub(crate) client: Client,
    pub(crate) updates: Option<mpsc::Receiver<UpdatesLike>>,
    party: Party<Grammers>,
    pool: SenderPoolFatHandle,
    tasks: JoinSet<()>,
}

pub(crate) async fn server() -> Server {
    start(vec![1]).await
}

pub(crate) async fn start(data_centers: Vec<i32>) -> Server {
    Server::start(Settings { seed: Some([7; 32]), data_centers, ..Settings::default() }).await.unwrap()
}

/// A key that the server knows. Grammers cannot be told of the server's RSA key, so it is given this.
pub(crate) fn key(server: &Server) -> [u8; 256] {
    let mut key = [0; 256];
    random().fill_bytes(&mut key);
    server.insert_key(key);
    key
}

/// A session that knows nothing but the data centres and its keys there.
fn session(server: &Server, key_of: impl Fn(i32) -> [u8; 256]) -> MemorySession {
    let option = |(id, address): &(i32, SocketAddr)| {
        let SocketAddr::V4(ipv4) = *address else { panic!("the server is on IPv4") };
        let ipv6 = std::net::SocketAddrV6::new(ipv4.ip().to_ipv6_mapped(), ipv4.port(), 0, 0);
        (*id, DcOption { id: *id, ipv4, ipv6, auth_key: Some(key_of(*id)) })
    };
    let dc_options: HashMap<i32, DcOption> = server.addresses().iter().map(option).collect();
    SessionData { home_dc: 1, dc_options, ..SessionData::default() }.into()
}

impl Host {
    /// A user who logs in.
    pub(crate) async fn new(server: &Server, phone: &str, directory: &Path) -> Self {
        let keys: HashMap<i32, [u8; 256]> = server.addresses().iter().map(|(id, _)| (*id, key(server))).collect();
        Self::log_in(server, |id| keys[&id], phone, directory).await
    }

    /// The same, with the given key in the only data centre.
    pub(crate) async fn with_key(server: &Server, key: [u8; 256], phone: &str, directory: &Path) -> Self {
        Self::log_in(server, |_| key, phone, directory).await
    }

    async fn log_in(server: &Server, key_of: impl Fn(i32) -> [u8; 256], phone: &str, directory: &Path) -> Self {
        let pool = SenderPool::new(Arc::new(session(server, key_of)), 1);
        let client = Client::new(pool.handle.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(pool.runner.run());
        if !client.is_authorized().await.unwrap() {
            let token = client.request_login_code(phone, "hash").await.unwrap();
            client.sign_in(&token, "22222").await.unwrap();
        }
        let (incoming, updates, pass_on) = share(pool.updates);
        tasks.spawn(pass_on);
        let party = Party::open(Grammers::new(&pool.handle), incoming, directory).await;
        Self { client, updates: Some(updates), party, pool: pool.handle, tasks }
    }

    /// Ends all tasks, and closes the store.
    pub(crate) async fn close(mut self) {
        self.party.chats.shutdown().await;
        self.pool.quit();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

impl Deref for Host {
    type Target = Party<Grammers>;

    fn deref(&self) -> &Self::Target {
        &self.party
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.party
    }
}

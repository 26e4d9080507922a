//! The server's process.

use std::io::Read;

use secret_runtime::loopback::{Server, Settings};
use tokio::runtime::Builder;

use crate::Failure;

/// Prints the address and the key, and serves until the input ends.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let settings = Settings { file_memory: 2 << 30, ..Settings::default() };
    let server = runtime.block_on(Server::start(settings))?;
    println!("{}\n{}", server.address(), server.public_key_pem().trim());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    runtime.block_on(server.stop());
    Ok(())
}

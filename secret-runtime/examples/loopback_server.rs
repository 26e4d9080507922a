//! A server to try clients with: `cargo run --features loopback --example loopback_server [PORT]`.
//!
//! It prints its address and the path of its public key, and runs until its standard input ends or Ctrl-C. Any phone
//! number logs in with the code 22222.

use std::error::Error;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};

use secret_runtime::loopback::{Server, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(port))
}

async fn run(port: u16) -> Result<(), Box<dyn Error>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = Server::start(Settings { address, ..Settings::default() }).await?;
    let pem = std::env::temp_dir().join(format!("loopback_server_{}.pem", server.address().port()));
    std::fs::write(&pem, server.public_key_pem())?;
    println!("{}\n{}", server.address(), pem.display());

    // Reading blocks, so a thread does it.
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        while matches!(std::io::stdin().read(&mut ignored), Ok(1..)) {}
        ended.send(())
    });
    // Ctrl-C ends the process, and there is nothing to save.
    let _ = end.await;
    server.stop().await;
    std::fs::remove_file(pem)?;
    Ok(())
}

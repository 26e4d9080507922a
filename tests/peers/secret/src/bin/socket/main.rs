//! How fast texts and files go from one user to another over sockets, and what 1,000 chats take: see ../../../../README.md.
//!
//! `cargo run --release -p secret-bench --bin socket`, or with the names of rows. The server is a process of its own, and
//! so is every row, with two clients that have a thread each.

mod crowd;
mod file;
mod server;
mod texts;
mod user;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use texts::{Pace, Texts};
use user::{Disk, Place};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// All rows, in the order in which they are measured.
const ROWS: [&str; 6] = ["pipelined", "awaited", "pipelined-unsynced", "awaited-unsynced", "chats", "file"];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["server"] => server::run(),
        ["row", name, address, key, server] => row(name, address.parse()?, &fs::read_to_string(key)?, server.parse()?),
        [] => all(&ROWS),
        names => all(names),
    }
}

fn all(names: &[&str]) -> Result<(), Failure> {
    let here = env::current_exe()?;
    // The stores have to be on a disk, which the directory for temporary files need not be.
    let directory = tempfile::tempdir_in(".")?;
    println!("load {}", load());
    for name in names {
        // A server of its own for each, so that none finds what another has left.
        let mut server =
            Server(Command::new(&here).arg("server").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        let mut lines = BufReader::new(server.0.stdout.take().ok_or("no output")?).lines();
        let address = lines.next().ok_or("no address")??;
        let mut key = String::new();
        for line in lines {
            let line = line?;
            key = key + &line + "\n";
            if line.starts_with("-----END") {
                break;
            }
        }
        let key_file = directory.path().join("server.pem");
        fs::write(&key_file, key)?;
        let status =
            Command::new(&here).args(["row", name, &address]).arg(&key_file).arg(server.0.id().to_string()).status()?;
        if !status.success() {
            return Err(format!("{name}: {status}").into());
        }
    }
    println!("load {}", load());
    Ok(())
}

fn row(name: &str, address: SocketAddr, key: &str, server: u32) -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(".")?;
    let place = Place::new(address, key, directory.path(), server)?;
    match name {
        "pipelined" => texts::row(&place, Texts { pace: Pace::Pipelined, disk: Disk::Synced }),
        "awaited" => texts::row(&place, Texts { pace: Pace::Awaited, disk: Disk::Synced }),
        "pipelined-unsynced" => texts::row(&place, Texts { pace: Pace::Pipelined, disk: Disk::Unsynced }),
        "awaited-unsynced" => texts::row(&place, Texts { pace: Pace::Awaited, disk: Disk::Unsynced }),
        "chats" => crowd::row(&place),
        "file" => file::row(&place),
        name => Err(format!("there is no row {name}, only {}", ROWS.join(", ")).into()),
    }
}

/// The server ends with this value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its input does.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// How busy the machine is.
fn load() -> String {
    fs::read_to_string(Path::new("/proc/loadavg")).unwrap_or_default().trim().to_owned()
}

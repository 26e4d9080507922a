//! Secret chats with other people's clients, over the loopback server: see ../README.md.
//!
//! Each client is a process of its own, told what to do by lines of JSON.

mod figures;
mod mtcute;
mod ours;
mod peer;
mod side;
mod talk;

use std::error::Error;
use std::path::PathBuf;

use secret_runtime::loopback::{Server, Settings};

use side::Place;
use talk::talk;

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: foreign tg-secret|telethon-secret-chat|rate PYTHON, or foreign mtcute SCRIPT";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let run = arguments.next().ok_or(USAGE)?;
    let program = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let directory = tempfile::tempdir()?;
    let server = Server::start(Settings::default()).await?;
    let place = Place::new(&server, program.clone(), directory.path())?;
    match run.as_str() {
        // The file has more than one part, and its size is no multiple of the cipher's block.
        "tg-secret" => meet(&place, "tg-secret", 700_001).await?,
        // Telethon encrypts each part of a file as if it were the first, so the file has one part.
        "telethon-secret-chat" => meet(&place, "telethon-secret-chat", 60_001).await?,
        "mtcute" => mtcute::run(&server, &place, &program).await?,
        "rate" => figures::rate(&place).await?,
        _ => return Err(USAGE.into()),
    }
    server.stop().await;
    Ok(())
}

/// Two of the library; then ours and it, either side asking.
async fn meet(place: &Place, library: &str, file: u32) -> Result<(), Failure> {
    talk(&format!("two of {library}"), place.peer(library).await?, place.peer(library).await?, file).await?;
    talk(&format!("ours asks {library}"), place.ours().await?, place.peer(library).await?, file).await?;
    talk(&format!("{library} asks ours"), place.peer(library).await?, place.ours().await?, file).await
}

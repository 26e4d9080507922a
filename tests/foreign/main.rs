//! Secret chats with other people's clients, over the loopback server: see ../README.md.
//!
//! Each client is a process of its own, told what to do by lines of JSON.

mod figures;
mod ours;
mod peer;
mod side;
mod talk;

use std::error::Error;
use std::path::PathBuf;

use secret_runtime::loopback::{Server, Settings};

use side::Place;
use talk::{Opening, talk};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: foreign tg-secret|telethon-secret-chat|rate PYTHON";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let run = arguments.next().ok_or(USAGE)?;
    let python = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let directory = tempfile::tempdir()?;
    let server = Server::start(Settings::default()).await?;
    let place = Place::new(&server, python, directory.path())?;
    match run.as_str() {
        "tg-secret" => {
            let library = "tg-secret";
            talk("two of tg-secret", place.peer(library).await?, place.peer(library).await?, Opening::Any).await?;
            talk("ours asks tg-secret", place.ours().await?, place.peer(library).await?, Opening::Any).await?;
            talk("tg-secret asks ours", place.peer(library).await?, place.ours().await?, Opening::Any).await?;
        }
        "telethon-secret-chat" => {
            let library = "telethon-secret-chat";
            talk("two of telethon-secret-chat", place.peer(library).await?, place.peer(library).await?, Opening::Any)
                .await?;
            // It stays in MTProto 1.0 until it has read a message of ours.
            talk("ours asks telethon-secret-chat", place.ours().await?, place.peer(library).await?, Opening::Ours).await?;
            talk("telethon-secret-chat asks ours", place.peer(library).await?, place.ours().await?, Opening::Ours).await?;
        }
        "rate" => figures::rate(&place).await?,
        _ => return Err(USAGE.into()),
    }
    server.stop().await;
    Ok(())
}

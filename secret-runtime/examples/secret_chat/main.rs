//! A secret chat over MTProto: with a server in this process, or with Telegram.
//!
//! `cargo run --package secret-runtime --features loopback,redb --example secret_chat` shows two users from log-in to restart.
//!
//! With `--phone +…` it logs in to Telegram, as the application of `TELEGRAM_API_ID` and `TELEGRAM_API_HASH` (from
//! <https://my.telegram.org>), and chats from the terminal.

mod arguments;
mod loopback;
mod photo;
mod progress;
mod telegram;
mod user;

use std::process::ExitCode;

use arguments::Arguments;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    match arguments::read(std::env::args().skip(1))? {
        Arguments::Loopback => loopback::show().await,
        Arguments::Telegram(telegram) => telegram::run(telegram).await,
        Arguments::Help => {
            println!("{}", arguments::USAGE);
            Ok(())
        }
    }
}

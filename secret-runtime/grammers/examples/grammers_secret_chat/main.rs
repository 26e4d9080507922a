//! Secret chats in a program that uses `grammers-client`.
//!
//! `cargo run --package secret-runtime-grammers --example grammers_secret_chat` shows two users, with a server in this
//! process.
//!
//! With `TG_ID` and `TG_HASH` in the environment (from <https://my.telegram.org>) it logs in to Telegram, and chats from the
//! terminal: with the user whose name is the argument, or with whoever asks.

mod host;
mod loopback;
mod session;
mod telegram;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match std::env::var("TG_ID") {
        Ok(id) => {
            let hash = std::env::var("TG_HASH").map_err(|_| "TG_HASH is not set; see my.telegram.org")?;
            let id = id.parse().map_err(|_| "TG_ID is no number")?;
            telegram::run(id, &hash, std::env::args().nth(1).as_deref()).await
        }
        Err(_) => loopback::show().await,
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn it_runs() {
        crate::loopback::show().await.unwrap();
    }
}

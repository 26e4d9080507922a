//! With Telegram, from the terminal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use grammers_client::{Client, SignInError};
use grammers_mtsender::UpdatesConfiguration;
use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatState, News};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::Failure;
use crate::host::{Host, Start};
use crate::session;

type Input = Lines<BufReader<Stdin>>;

/// Where the log-in and the chats are kept: lose it, and the chats are lost.
const DIRECTORY: &str = "telegram-grammers-secret-chats";

/// Chats until the input ends: with the user whose name is given, or with whoever asks.
pub(crate) async fn run(api_id: i32, api_hash: &str, name: Option<&str>) -> Result<(), Failure> {
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    let directory = PathBuf::from(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    let mut host = log_in(api_id, api_hash, &directory, &mut input).await?;
    let mut current = None;
    if let Some(name) = name {
        current = Some(host.chats.request(host.find(name.trim_start_matches('@')).await?).await?);
        println!("requested; write when the chat is ready");
    }
    let updates = host.updates.take().ok_or("the updates are taken")?;
    let mut updates = host.client.stream_updates(updates, UpdatesConfiguration { catch_up: false }).await?;
    loop {
        tokio::select! {
            line = input.next_line() => match (line?, current) {
                (None, _) => break,
                (Some(line), _) if line.is_empty() => {}
                (Some(line), Some(chat)) => match host.chats.send_encrypted(chat, line).await {
                    Ok(sent) => println!("sent as {} message(s)", sent.len()),
                    Err(error) => println!("{error}"),
                },
                (Some(_), None) => println!("there is no chat yet"),
            },
            news = host.events.next() => match news {
                Some(news) => tell(&host, news, &mut current).await?,
                None => break,
            },
            // The program's own updates go on.
            update = updates.next() => drop(update?),
        }
    }
    drop(updates);
    host.close().await;
    Ok(())
}

async fn tell(host: &Host, news: News, current: &mut Option<i32>) -> Result<(), Failure> {
    let (chat, event) = match news {
        News::Event { chat, event, .. } => (chat, event),
        News::StoreFailed(failure) => return Err(failure.into()),
        _ => return Ok(()),
    };
    match event {
        Event::Requested => {
            println!("chat {chat}: requested, and accepted");
            match host.chats.accept(chat).await {
                Ok(()) => *current = Some(chat),
                Err(error) => println!("chat {chat}: {error}"),
            }
        }
        Event::Ready { .. } => {
            if let ChatState::Ready { key_hash, .. } = host.chats.chat(chat).await?.state {
                println!("chat {chat}: ready; compare the key: {}", key_hash.hex_text().join("  "));
            }
            *current = Some(chat);
        }
        Event::Message { message, .. } => println!("chat {chat}: {}", message.message),
        Event::Closed(reason) => println!("chat {chat}: closed, {reason}"),
        Event::Failed { why, .. } => println!("chat {chat}: {why}"),
        _ => {}
    }
    Ok(())
}

async fn log_in(api_id: i32, api_hash: &str, directory: &Path, input: &mut Input) -> Result<Host, Failure> {
    let path = directory.join("session");
    let session = Arc::new(session::load(&path)?);
    let start = Start::new(Arc::clone(&session), api_id);
    if !start.client.is_authorized().await? {
        sign_in(&start.client, api_hash, input).await?;
        session::save(&session, &path)?;
    }
    start.open(directory).await
}

async fn sign_in(client: &Client, api_hash: &str, input: &mut Input) -> Result<(), Failure> {
    let phone = ask(input, "your phone number, with the country's").await?;
    let token = client.request_login_code(&phone, api_hash).await?;
    let code = ask(input, "the code that Telegram sent").await?;
    match client.sign_in(&token, &code).await {
        Err(SignInError::PasswordRequired(token)) => {
            let password = ask(input, &format!("the password (hint: {})", token.hint().unwrap_or_default())).await?;
            client.check_password(token, password).await?;
        }
        signed_in => drop(signed_in?),
    }
    Ok(())
}

async fn ask(input: &mut Input, question: &str) -> Result<String, Failure> {
    println!("{question}:");
    Ok(input.next_line().await?.ok_or("the input ended")?.trim().to_owned())
}

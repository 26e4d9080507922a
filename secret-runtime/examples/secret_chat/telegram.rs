//! The real thing: log-in by phone, and a chat from the terminal.

use std::fs::File;
use std::path::{Path, PathBuf};

use secret_runtime::chat::Event;
use secret_runtime::client::chats::News;
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::client::{Connection, ConnectionSettings, DataCenters, LogIn, Transport};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::types::EncryptedFile;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument, DocumentAttributeFilename};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::arguments::Telegram;
use crate::user::{User, rng};
use crate::{Failure, progress};

const HELP: &str = "\
/request NAME  request a chat          /accept CHAT   accept a request
/chat CHAT     write to this chat      /discard       end the chat
/file PATH     send a file             /name NAME     take a username
/quit          end the program         anything else is sent as a text";

type Input = Lines<BufReader<Stdin>>;

pub(crate) async fn run(arguments: Telegram) -> Result<(), Failure> {
    let mut settings = ConnectionSettings::new(arguments.api_id);
    if let Some((address, key)) = &arguments.server {
        let key = RsaPublicKey::from_pem(&std::fs::read_to_string(key)?)?;
        settings.data_centers = DataCenters::single(1, *address, key);
    }
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    let log_in = async |connection: &Connection| log_in(connection, &arguments, &mut input).await;
    let mut user = User::open(settings, &arguments.directory, log_in).await?;
    println!("{HELP}");

    let mut current = None;
    if let Some(name) = &arguments.to {
        obey(&user, &format!("/request {name}"), &mut current).await?;
    }
    loop {
        tokio::select! {
            news = user.events.next() => {
                let Some(news) = news else { break };
                // Files may take long, and the terminal waits for them.
                if let Err(error) = tell(&user, news, &arguments.directory).await {
                    eprintln!("{error}");
                }
            }
            line = input.next_line() => {
                let Some(line) = line? else { break };
                match obey(&user, &line, &mut current).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => eprintln!("{error}"),
                }
            }
        }
    }
    user.close().await;
    Ok(())
}

async fn log_in(connection: &Connection, arguments: &Telegram, input: &mut Input) -> Result<(), Failure> {
    let code = connection.request_code(&arguments.phone, &arguments.api_hash).await?;
    let mut log_in = connection.sign_in(&code, &ask(input, "the code that Telegram sent").await?).await?;
    loop {
        log_in = match log_in {
            LogIn::Done(user) => {
                println!("logged in as user {}", user.user_id);
                return Ok(());
            }
            LogIn::Password(needed) => {
                let hint = needed.hint().map(|hint| format!(", {hint}")).unwrap_or_default();
                let password = ask(input, &format!("the password{hint} (it is shown)")).await?;
                connection.check_password(&needed, &password).await?
            }
            LogIn::SignUp(_) => {
                let name = ask(input, "this number has no account yet; your first name").await?;
                connection.sign_up(&code, &name, "").await?
            }
        };
    }
}

async fn ask(input: &mut Input, question: &str) -> Result<String, Failure> {
    println!("{question}:");
    Ok(input.next_line().await?.ok_or("the input ended")?.trim().to_owned())
}

/// Does what a line asks for; says whether to go on.
async fn obey(user: &User, line: &str, current: &mut Option<i32>) -> Result<bool, Failure> {
    let (command, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    match command {
        "" => {}
        "/quit" => return Ok(false),
        "/help" => println!("{HELP}"),
        "/name" => {
            user.connection.call(&UpdateUsername::new(rest)).await?;
            println!("you are @{rest}");
        }
        "/request" => {
            let name = rest.trim_start_matches('@');
            let chat = user.chats.request(user.find(name).await?).await?;
            println!("chat {chat}: requested; waiting for @{name}");
            *current = Some(chat);
        }
        "/accept" => {
            let chat = number(rest)?;
            user.chats.accept(chat).await?;
            *current = Some(chat);
        }
        "/chat" => *current = Some(number(rest)?),
        "/discard" => user.chats.discard(chat_of(*current)?, false).await?,
        "/file" => send_file(user, chat_of(*current)?, Path::new(rest)).await?,
        _ => {
            let sent = user.chats.send_encrypted(chat_of(*current)?, line).await?;
            println!("sent as {} message{}", sent.len(), if sent.len() == 1 { "" } else { "s" });
        }
    }
    Ok(true)
}

fn number(chat: &str) -> Result<i32, Failure> {
    chat.parse().map_err(|_| format!("\"{chat}\" is no number of a chat").into())
}

fn chat_of(current: Option<i32>) -> Result<i32, Failure> {
    current.ok_or_else(|| "no chat: /request, /accept or /chat one".into())
}

async fn send_file(user: &User, chat: i32, path: &Path) -> Result<(), Failure> {
    let file = File::open(path)?;
    let mut upload = Upload::new(file.metadata()?.len(), false, &mut rng())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (thumb, key, iv) = (Vec::new(), Vec::new(), Vec::new());
    let kind = "application/octet-stream";
    let attributes = vec![DocumentAttributeFilename::new(name).into()];
    let media = DecryptedMessageMediaDocument::new(thumb, 0, 0, kind, 0, key, iv, attributes, "");
    let message = DecryptedMessage::new(0, 0, "").with_media(media);
    user.chats.send_encrypted_file(chat, message, &mut upload, file, progress::bar("up  ")).await?;
    Ok(())
}

async fn tell(user: &User, news: News, directory: &Path) -> Result<(), Failure> {
    let (chat, event) = match news {
        News::Event { chat, event, .. } => (chat, event),
        News::StoreFailed(failure) => return Err(failure.into()),
        _ => return Ok(()),
    };
    match event {
        Event::Requested => println!("chat {chat}: requested; /accept {chat}"),
        Event::Ready { .. } => {
            let (picture, _) = user.keys(chat).await?;
            println!("chat {chat}: ready; compare the key: {picture}");
        }
        Event::Message { message, file, .. } => {
            println!("chat {chat}: {}", message.message);
            if let Some(file) = file {
                let path = fetch(user, &message, &file, directory).await?;
                println!("chat {chat}: a file, saved as {}", path.display());
            }
        }
        Event::Closed(reason) => println!("chat {chat}: closed, {reason}"),
        Event::Failed { why, .. } => println!("chat {chat}: {why}"),
        Event::Sent { .. } => {}
        other => println!("chat {chat}: {other:?}"),
    }
    Ok(())
}

/// Saves a file under a name of our own: the peer's could lead anywhere.
async fn fetch(
    user: &User,
    message: &DecryptedMessage,
    file: &EncryptedFile,
    directory: &Path,
) -> Result<PathBuf, Failure> {
    let mut download = Download::new(message, file)?;
    let path = directory.join(format!("file-{:016x}", message.random_id));
    user.chats.download(&mut download, File::create(&path)?, progress::bar("down")).await?;
    Ok(path)
}

//! Two users and their server in this process.

use std::io::Cursor;
use std::path::Path;

use secret_runtime::chat::Event;
use secret_runtime::client::chats::News;
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::client::{Connection, ConnectionSettings, DataCenters, LogIn, Transport};
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::types::EncryptedFile;
use tl_types::secret::constructors::DecryptedMessage;

use crate::user::{User, rng};
use crate::{Failure, photo, progress};

/// From log-in to the end of the chat.
pub(crate) async fn show() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(Settings::default()).await?;
    println!("A server listens on {}, as data centre 1", server.address());

    title("Log-in: an authorization key for each user, auth.sendCode, auth.signIn");
    let mut alice = open(&server, directory.path(), "alice_demo", "+9996600001").await?;
    let mut bob = open(&server, directory.path(), "bob_demo", "+9996600002").await?;

    title("Alice requests a chat, Bob accepts");
    let chat = alice.chats.request(alice.find("bob_demo").await?).await?;
    wait(&mut bob, |event| matches!(event, Event::Requested)).await?;
    bob.chats.accept(chat).await?;
    wait(&mut bob, |event| matches!(event, Event::Ready { .. })).await?;
    wait(&mut alice, |event| matches!(event, Event::Ready { .. })).await?;
    let ((alices, _), (bobs, _)) = (alice.keys(chat).await?, bob.keys(chat).await?);
    println!("Alice sees the key as  {alices}\nBob sees the key as    {bobs}");
    same(&alices, &bobs)?;

    title("Each sends a text of 10,000 characters: messages of at most 4096");
    for (from, to) in [("Alice", "Bob"), ("Bob", "Alice")] {
        let text = long_text(from);
        let sent = alice.chats.send_encrypted(chat, text.as_str()).await?;
        let received = texts(&mut bob, sent.len()).await?;
        let lengths: Vec<usize> = received.iter().map(|part| part.encode_utf16().count()).collect();
        println!("{from}: {} messages.sentEncryptedMessage; {to} receives {lengths:?} UTF-16 units", sent.len());
        // Blanks at the ends of the parts are not sent.
        same(&without_blanks(&received.concat()), &without_blanks(&text))?;
        std::mem::swap(&mut alice, &mut bob);
    }

    title("Alice sends a photo, encrypted with a key of its own");
    let (content, message) = photo::of_key(&alice.chats.chat(chat).await?)?;
    let mut upload = Upload::new(u64::try_from(content.len())?, false, &mut rng())?;
    let source = Cursor::new(content.clone());
    alice.chats.send_encrypted_file(chat, message, &mut upload, source, progress::bar("up  ")).await?;
    let (message, file) = photo_of(&mut bob).await?;
    let mut download = Download::new(&message, &file)?;
    let received = bob.chats.download(&mut download, Cursor::new(Vec::new()), progress::bar("down")).await?;
    println!("Bob has {} bytes of JPEG", received.get_ref().len());
    same(received.get_ref(), &content)?;

    title("A new key after a hundred messages: RequestKey, AcceptKey, CommitKey");
    let (_, before) = alice.keys(chat).await?;
    for number in 0..100 {
        alice.chats.send_encrypted(chat, format!("message {number}")).await?;
    }
    texts(&mut bob, 100).await?;
    let (now, bobs) = (replaced(&mut alice, chat, &before).await?, replaced(&mut bob, chat, &before).await?);
    println!("the key {before} is replaced by {now}; what users compare stays the same");
    same(&now, &bobs)?;
    same(&alice.keys(chat).await?.0, &alices)?;

    title("A restart: Bob's client ends, Alice writes, the server restarts, Bob's client starts again");
    bob.close().await;
    alice.chats.send_encrypted(chat, "written while Bob was away").await?;
    let server = Server::resume(server.stop().await).await?;
    let mut bob = open(&server, directory.path(), "bob_demo", "+9996600002").await?;
    println!("Bob receives {:?}", texts(&mut bob, 1).await?);
    bob.chats.send_encrypted(chat, "read after the restart").await?;
    println!("Alice receives {:?}", texts(&mut alice, 1).await?);

    title("The end: messages.discardEncryption");
    alice.chats.discard(chat, true).await?;
    for (name, user) in [("Alice", &mut alice), ("Bob", &mut bob)] {
        let end = wait(user, |event| matches!(event, Event::Closed(_))).await?;
        println!("{name}: {end:?}");
    }
    alice.close().await;
    bob.close().await;
    server.stop().await;
    Ok(())
}

/// The user's client; the first time, it logs in and takes the name as its username.
async fn open(server: &Server, directory: &Path, name: &str, phone: &str) -> Result<User, Failure> {
    let key = RsaPublicKey::from_pem(server.public_key_pem())?;
    let mut settings = ConnectionSettings::new(1);
    settings.data_centers = DataCenters::single(1, server.address(), key);
    let log_in = async |connection: &Connection| {
        let code = connection.request_code(phone, "the api_hash").await?;
        let LogIn::Done(user) = connection.sign_in(&code, "22222").await? else { return Err("no log-in".into()) };
        connection.call(&UpdateUsername::new(name)).await?;
        println!("{name} is user {}", user.user_id);
        Ok(())
    };
    User::open(settings, &directory.join(name), log_in).await
}

/// The next event of a kind; others are passed over.
async fn wait(user: &mut User, is_it: impl Fn(&Event) -> bool) -> Result<Event, Failure> {
    loop {
        let news = user.events.next_unacknowledged().await.ok_or("the chats ended")?;
        // Seen, so it need not come again after the restart.
        user.events.acknowledge(&news);
        match news {
            News::Event { event: Event::Failed { why, .. }, .. } => return Err(why.to_string().into()),
            News::Event { event, .. } if is_it(&event) => return Ok(event),
            _ => {}
        }
    }
}

/// The fingerprint of the key that takes the place of another.
async fn replaced(user: &mut User, chat: i32, before: &str) -> Result<String, Failure> {
    loop {
        let (_, now) = user.keys(chat).await?;
        if now != before {
            return Ok(now);
        }
        wait(user, |event| matches!(event, Event::KeyReplaced { .. })).await?;
    }
}

async fn texts(user: &mut User, count: usize) -> Result<Vec<String>, Failure> {
    let mut texts = Vec::new();
    while texts.len() < count {
        if let Event::Message { message, .. } = wait(user, |event| matches!(event, Event::Message { .. })).await? {
            texts.push(message.message);
        }
    }
    Ok(texts)
}

async fn photo_of(user: &mut User) -> Result<(DecryptedMessage, EncryptedFile), Failure> {
    match wait(user, |event| matches!(event, Event::Message { .. })).await? {
        Event::Message { message, file: Some(file), .. } => Ok((message, file)),
        event => Err(format!("no photo, but {event:?}").into()),
    }
}

fn same<T: PartialEq + ?Sized>(one: &T, other: &T) -> Result<(), Failure> {
    if one == other { Ok(()) } else { Err("both sides should have the same".into()) }
}

fn title(text: &str) {
    println!("\n== {text}");
}

fn long_text(of: &str) -> String {
    let lines = (1..).map(|number| format!("{of}, line {number}: the quick brown fox jumps over the lazy dog.\n"));
    let mut text: String = lines.take(250).collect();
    text.truncate(10_000);
    text
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

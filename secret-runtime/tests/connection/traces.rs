//! What is traced: enough to follow what happens, and nothing that is secret.

mod collected;
mod leaks;
mod user;

use std::io::Cursor;
use std::time::Duration;

use secret_runtime::chat::Event;
use secret_runtime::client::Transport;
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::loopback::{Fault, Server, Settings};
use tl_types::RpcError;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument};
use tracing::Instrument;

use crate::random::random;
use crate::setup::{server_with, who_am_i};
use collected::collect;
use leaks::Secrets;
use user::{CODE, User, log_in_with_password};

const ALICE: &str = "9996604711";
const BOB: &str = "9996608155";

struct Scenario {
    chat: i32,
    secrets: Secrets,
}

#[test]
fn a_secret_chat_from_log_in_to_log_out_is_traced_without_its_secrets() {
    let (Scenario { chat, secrets }, text) =
        collect(async { tokio::time::timeout(Duration::from_secs(60), scenario()).await.unwrap() });
    let found = secrets.found_in(&text);
    assert!(found.is_empty(), "{found:?}");
    let expected = [
        // Log-in.
        r#"account{name="alice_traces"}:link{dc=1}:handshake{temporary=false}: secret_runtime"#.to_owned(),
        r#"request_code:call{function="auth.sendCode" dc=1 outcome="ok"}: "#.to_owned(),
        r#"sign_in:call{function="auth.signIn" dc=1 outcome=400 another error}: "#.to_owned(),
        r#"sign_in:call{function="auth.signIn" dc=1 outcome=401 SESSION_PASSWORD_NEEDED}: "#.to_owned(),
        r#"check_password:call{function="auth.checkPassword" dc=1 outcome="ok"}: "#.to_owned(),
        r#"log_out:call{function="auth.logOut" dc=1 outcome="ok"}: "#.to_owned(),
        // A chat begins.
        r#"request:call{function="messages.requestEncryption" dc=1 outcome="ok"}: "#.to_owned(),
        format!(r#"request{{outcome="ok" chat={chat}}}: "#),
        format!(r#"accept{{chat={chat}}}:call{{function="messages.acceptEncryption" dc=1 outcome="ok"}}: "#),
        format!(r#"accept{{chat={chat} outcome="ok"}}: "#),
        // A text.
        format!(r#"DEBUG send_encrypted{{chat={chat}}}:call{{function="messages.sendEncrypted" dc=1 outcome="ok"}}: "#),
        format!(r#"DEBUG send_encrypted{{chat={chat} outcome="ok"}}: "#),
        r#"DEBUG account{name="alice_traces"}:commit{works=1 calls=1}: "#.to_owned(),
        // A file.
        r#"}:upload{bytes=50000}:call{function="upload.saveFilePart" dc=1 outcome="ok"}: "#.to_owned(),
        format!(
            r#"send_encrypted_file{{chat={chat} bytes=50000}}:send_encrypted{{chat={chat}}}:call{{function="messages.sendEncryptedFile" dc=1 outcome="ok"}}: "#
        ),
        format!(r#"send_encrypted_file{{chat={chat} bytes=50000 outcome="ok"}}: "#),
        r#"DEBUG download{bytes=50000}:call{function="upload.getFile" dc=1 outcome="ok"}: "#.to_owned(),
        r#"DEBUG download{bytes=50000 outcome="ok"}: "#.to_owned(),
        // What the chat does by itself.
        format!(
            r#"account{{name="alice_traces"}}:chat{{chat={chat}}}:call{{function="messages.sendEncryptedService" dc=1 outcome="ok"}}: "#
        ),
        format!(
            r#"account{{name="alice_traces"}}:chat{{chat={chat}}}:call{{function="messages.discardEncryption" dc=1 "#
        ),
        // What goes wrong.
        format!(r#"send_encrypted{{chat={} outcome=CHAT_ID_INVALID"#, chat ^ 1),
        format!(
            r#"send_encrypted{{chat={chat}}}:call{{function="messages.sendEncrypted" dc=1 outcome=400 DATA_INVALID}}: "#
        ),
        r#" elsewhere:call{function="auth.exportAuthorization" dc=1 outcome="ok"}: "#.to_owned(),
        r#" elsewhere:call{function="auth.importAuthorization" dc=2 outcome="ok"}: "#.to_owned(),
        r#" elsewhere:call{function="users.getUsers" dc=2 outcome="ok"}: "#.to_owned(),
        r#" account{name="alice_traces"}:link{dc=2}:handshake{temporary=false}: "#.to_owned(),
        r#"call{function="users.getUsers" dc=1 outcome=the connection is closed"#.to_owned(),
        format!(r#"read_history{{chat={chat}}}:call{{function="messages.readEncryptedHistory" dc=1 outcome="ok"}}: "#),
        format!(r#"typing{{chat={chat} outcome="ok"}}: "#),
        format!(r#"discard{{chat={chat} outcome="ok"}}: "#),
        format!(r#"forget{{chat={chat} outcome="ok"}}: "#),
    ];
    let missing: Vec<_> = expected.iter().filter(|told| !text.contains(*told)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    for told in [
        "connected",
        "a new authorization key",
        "the user is logged in",
        "the server asks to wait",
        "the peer requests a chat",
        "the chat is ready",
        "the key is replaced",
        "the connection is lost",
        "the chat is over",
        "the user has logged out",
    ] {
        assert!(text.lines().any(|line| line.starts_with(" INFO") && line.contains(told)), "{told}");
    }
    let lines: Vec<&str> = text.lines().collect();
    let last_end = lines.iter().rposition(|line| line.contains(" send_encrypted{") && line.ends_with(": close"));
    let discarded = lines.iter().position(|line| line.contains(" discard{"));
    assert!(last_end < discarded, "a span ends when its message has an answer");
    let (begun, ended) = (text.matches(": new\n").count(), text.matches(": close\n").count());
    assert_eq!(begun, ended, "every span ends");
}

async fn scenario() -> Scenario {
    let server = server_with(Settings { code: CODE.to_owned(), data_centers: vec![1, 2], ..Settings::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let files = [directory.path().join("alice"), directory.path().join("bob")];
    let mut secrets = Secrets::default();
    let mut alice = User::new(&server, "alice_traces", ALICE, &files[0], &mut secrets).await;
    let mut bob = User::new(&server, "bob_traces", BOB, &files[1], &mut secrets).await;

    log_in_with_password(&server, &alice.connection, ALICE, &mut secrets).await;

    let chat = alice.chats.request(alice.find("bob_traces", &mut secrets).await).await.unwrap();
    bob.expect(|event| matches!(event, Event::Requested)).await;
    bob.chats.accept(chat).await.unwrap();
    alice.expect(|event| matches!(event, Event::Ready { .. })).await;
    for number in 0..3 {
        let text = format!("the treasure is under the oak, {number} steps to the north");
        secrets.bytes("a text", &text);
        alice.chats.send_encrypted(chat, text.as_str()).await.unwrap();
        bob.expect(|event| matches!(event, Event::Message { .. })).await;
    }
    send_file(&mut alice, &mut bob, chat, &mut secrets).await;
    let kept = async |alice: &User, bob: &User, secrets: &mut Secrets| {
        alice.tell_what_is_kept(chat, &files[0], secrets).await;
        bob.tell_what_is_kept(chat, &files[1], secrets).await;
    };
    kept(&alice, &bob, &mut secrets).await;
    for user in [&alice, &bob] {
        user.chats.typing(chat, true).await.unwrap();
        user.chats.send_encrypted(chat, "yes, yes, yes!").await.unwrap();
    }
    alice.expect(|event| matches!(event, Event::KeyReplaced { .. })).await;
    bob.expect(|event| matches!(event, Event::KeyReplaced { .. })).await;
    kept(&alice, &bob, &mut secrets).await;
    go_wrong(&server, &alice, chat, &mut secrets).await;

    alice.chats.discard(chat, false).await.unwrap();
    bob.expect(|event| matches!(event, Event::Closed(_))).await;
    alice.expect(|event| matches!(event, Event::Closed(_))).await;
    while server.calls("messages.discardEncryption") == 0 {
        tokio::task::yield_now().await;
    }
    bob.chats.forget(chat).await.unwrap();
    let connection = alice.connection.clone();
    alice.end(&mut secrets).await;
    bob.end(&mut secrets).await;
    connection.call(&who_am_i()).await.unwrap_err();
    server.stop().await;
    Scenario { chat, secrets }
}

/// A file of letters, with a name and a caption.
async fn send_file(alice: &mut User, bob: &mut User, chat: i32, secrets: &mut Secrets) {
    const CAPTION: &str = "what my grandmother wrote";
    let content: Vec<u8> = (b'a'..=b'z').cycle().step_by(7).take(50_000).collect();
    let mut upload = Upload::new(50_000, false, &mut random(7)).unwrap();
    secrets.bytes("a caption", CAPTION);
    secrets.bytes("the content of a file", &content);
    secrets.bytes("the key of a file", upload.key().key());
    secrets.bytes("the iv of a file", upload.key().iv());
    let (none, empty) = (Vec::new(), Vec::new());
    let media =
        DecryptedMessageMediaDocument::new(empty, 0, 0, "text/plain", 0, none.clone(), none, Vec::new(), CAPTION);
    let message = DecryptedMessage::new(0, 0, "").with_media(media);
    let source = Cursor::new(content.clone());
    alice.chats.send_encrypted_file(chat, message, &mut upload, source, |_| {}).await.unwrap();
    let Event::Message { message, file: Some(file), .. } =
        bob.expect(|event| matches!(event, Event::Message { .. })).await
    else {
        panic!()
    };
    if let tl_types::api::types::EncryptedFile::EncryptedFile(file) = &file {
        secrets.number("the access hash of a file", file.access_hash);
    }
    let mut download = Download::new(&message, &file).unwrap();
    let received = bob.chats.download(&mut download, Cursor::new(Vec::new()), |_| {}).await.unwrap();
    assert_eq!(received.into_inner(), content);
}

/// What fails is traced, too.
async fn go_wrong(server: &Server, alice: &User, chat: i32, secrets: &mut Secrets) {
    const REFUSED: &str = "my aunt hides her silver in the piano";
    secrets.bytes("a text", REFUSED);
    server.fail_next("messages.sendEncrypted", Fault::Error(RpcError::new(400, "DATA_INVALID")));
    alice.chats.send_encrypted(chat, REFUSED).await.unwrap_err();
    alice.chats.send_encrypted(chat ^ 1, REFUSED).await.unwrap_err();
    alice.chats.read_history(chat, 1).await.unwrap();
    let elsewhere = tracing::info_span!("elsewhere");
    alice.connection.call_in(2, &who_am_i()).instrument(elsewhere).await.unwrap();
    server.disconnect_all();
    // Its answer is kept, since it has a name.
    alice.chats.send_encrypted(chat, DecryptedMessage::new(77, 0, "no, no, no!")).await.unwrap();
}

//! `grammers-mtsender` with a key that it has, through our server, in each of its framings: what our server frames,
//! encrypts, and encodes, another library's own types decode.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use grammers_mtproto::mtp::Encrypted;
use grammers_mtproto::transport::{Abridged, Full, Intermediate, Obfuscated, Transport};
use grammers_mtsender::{Sender, ServerAddr, connect_with_auth};
use grammers_session::updates::UpdatesLike;
use grammers_tl_types::{LAYER, enums, functions, types};
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::mtproto::AuthKey;

#[tokio::test]
async fn abridged() {
    check(Abridged::new, 1).await;
}

#[tokio::test]
async fn intermediate() {
    check(Intermediate::new, 2).await;
}

#[tokio::test]
async fn full() {
    check(Full::new, 3).await;
}

#[tokio::test]
async fn obfuscated_abridged() {
    check(|| Obfuscated::new(Abridged::new()), 4).await;
}

#[tokio::test]
async fn obfuscated_intermediate() {
    check(|| Obfuscated::new(Intermediate::new()), 5).await;
}

/// From the first call to an update, for two users whose transports are `transport`.
async fn check<T: Transport>(transport: impl Fn() -> T, seed: u64) {
    let server = Server::start(Settings { seed: Some([7; 32]), ..Settings::default() }).await.unwrap();
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut alice = connect(&server, transport(), &mut random).await;
    let mut bob = connect(&server, transport(), &mut random).await;
    log_in(&mut alice, "9996600001").await;
    let bob_himself = log_in(&mut bob, "9996600002").await;

    let found = alice.invoke(&functions::contacts::ResolvePhone { phone: "9996600002".into() }).await.unwrap();
    let enums::contacts::ResolvedPeer::Peer(found) = found;
    let found = user(found.users);
    assert_eq!(found.id, bob_himself.id);
    let request = functions::messages::RequestEncryption {
        user_id: types::InputUser { user_id: found.id, access_hash: found.access_hash.unwrap() }.into(),
        random_id: 12345,
        g_a: vec![0x7f; 256],
    };
    let answer = alice.invoke(&request).await.unwrap();
    assert!(
        matches!(answer, enums::EncryptedChat::Waiting(chat) if chat.id == 12345),
        "the request is with the server"
    );
    let chat = encryption(&mut bob).await;
    let enums::EncryptedChat::Requested(chat) = chat else { panic!("{chat:?}") };
    assert_eq!((chat.id, chat.participant_id, chat.g_a), (12345, bob_himself.id, vec![0x7f; 256]));
    server.stop().await;
}

/// Connects with a key that the server knows, and says which layer the client speaks.
async fn connect<T: Transport>(server: &Server, transport: T, random: &mut ChaCha20Rng) -> Sender<T, Encrypted> {
    let key = key(random);
    server.insert_key(key);
    let address = ServerAddr::Tcp { address: server.address() };
    let mut sender = connect_with_auth(transport, address, key).await.unwrap();
    let first = functions::InvokeWithLayer {
        layer: LAYER,
        query: functions::InitConnection {
            api_id: 1,
            device_model: "a device".into(),
            system_version: "a system".into(),
            app_version: "1".into(),
            system_lang_code: "en".into(),
            lang_pack: String::new(),
            lang_code: "en".into(),
            proxy: None,
            params: None,
            query: functions::help::GetConfig {},
        },
    };
    let enums::Config::Config(config) = sender.invoke(&first).await.unwrap();
    let enums::DcOption::Option(option) = &config.dc_options[0];
    assert_eq!((config.this_dc, option.id), (1, 1));
    assert_eq!((option.ip_address.as_str(), option.port), ("127.0.0.1", i32::from(server.address().port())));
    sender
}

/// Grammers takes an abridged packet that begins with a negative number for a transport error, and a packet begins with the
/// id of the key: half of all keys cannot be used with it.
fn key(random: &mut ChaCha20Rng) -> [u8; 256] {
    loop {
        let mut key = [0; 256];
        random.fill_bytes(&mut key);
        if AuthKey::new(key).id().to_le_bytes()[3] < 0x80 {
            return key;
        }
    }
}

async fn log_in<T: Transport>(sender: &mut Sender<T, Encrypted>, phone: &str) -> types::User {
    let settings = types::CodeSettings {
        allow_flashcall: false,
        current_number: false,
        allow_app_hash: false,
        allow_missed_call: false,
        allow_firebase: false,
        unknown_number: false,
        logout_tokens: None,
        token: None,
        app_sandbox: None,
    };
    let send = functions::auth::SendCode {
        phone_number: phone.into(),
        api_id: 1,
        api_hash: "hash".into(),
        settings: settings.into(),
    };
    let enums::auth::SentCode::Code(sent) = sender.invoke(&send).await.unwrap() else { panic!("no code was sent") };
    let sign_in = functions::auth::SignIn {
        phone_number: phone.into(),
        phone_code_hash: sent.phone_code_hash,
        phone_code: Some("22222".into()),
        email_verification: None,
    };
    let enums::auth::Authorization::Authorization(authorization) = sender.invoke(&sign_in).await.unwrap() else {
        panic!("not signed in")
    };
    let myself = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    let seen = user(sender.invoke(&myself).await.unwrap());
    assert_eq!(seen, user(vec![authorization.user]));
    assert_eq!((seen.phone.as_deref(), seen.is_self), (Some(phone), true));
    seen
}

fn user(users: Vec<enums::User>) -> types::User {
    match <[_; 1]>::try_from(users) {
        Ok([enums::User::User(user)]) => user,
        other => panic!("{other:?}"),
    }
}

/// The chat of the next update.
async fn encryption<T: Transport>(sender: &mut Sender<T, Encrypted>) -> enums::EncryptedChat {
    loop {
        for update in sender.step().await.unwrap() {
            let UpdatesLike::Updates(enums::Updates::Updates(updates)) = update else { panic!("{update:?}") };
            if let [enums::Update::Encryption(update)] = &updates.updates[..] {
                return update.chat.clone();
            }
        }
    }
}

//! A full disk, and a second process on what the first one has open: clear errors, and nothing is lost.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatError, News};
use secret_runtime::client::{SessionFile, SessionFileError};
use secret_runtime::loopback::{Server, Settings};
use secret_runtime::store::{Redb, RedbError, StoreKey};

use crate::ALONE;
use crate::disk::Disk;
use crate::user::{Home, Place, User, rng};

/// Two users with a chat, and disks that can be full.
struct Scene {
    server: Server,
    _directory: tempfile::TempDir,
    homes: [Home; 2],
    users: [User; 2],
    are_full: [Arc<AtomicBool>; 2],
    chat: i32,
}

impl Scene {
    async fn begin() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(Settings::default()).await.unwrap();
        let place = Place::of(&server, directory.path());
        let homes = [0, 1].map(|number| Home::new(&place, number));
        let are_full = [(); 2].map(|()| Arc::<AtomicBool>::default());
        let mut users = Vec::new();
        for (home, is_full) in homes.iter().zip(&are_full) {
            // A new file for the owner's eyes only.
            drop(Redb::open(home.store(), &home.key(), rng()).unwrap());
            let disk = Disk::new(&home.store(), is_full);
            let user = home.open_over(Redb::with_backend(disk, &home.key(), rng()).unwrap()).await;
            user.log_in(home).await;
            users.push(user);
        }
        let mut users = <[User; 2]>::try_from(users).ok().unwrap();
        let [one, other] = &mut users;
        let chat = one.chat_with(&homes[1], other).await;
        Self { server, _directory: directory, homes, users, are_full, chat }
    }

    async fn end(self) {
        for user in self.users {
            user.close().await;
        }
        self.server.stop().await;
    }
}

async fn texts(user: &mut User, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let news = user.events.next_unacknowledged().await.unwrap();
        user.events.acknowledge(&news);
        match news {
            News::Event { event: Event::Message { message, .. }, .. } => texts.push(message.message),
            News::Event { event: Event::Closed(why), .. } => panic!("{why:?}"),
            _ => {}
        }
    }
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_on_a_full_disk_is_told_and_the_server_is_not() {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::begin().await;
    let [one, other] = &mut scene.users;
    scene.are_full[0].store(true, Ordering::SeqCst);
    let before = scene.server.calls("messages.sendEncrypted");
    let refused = one.chats.send_encrypted(scene.chat, "lost").await.unwrap_err();
    assert!(matches!(refused.error, ChatError::Store(_)), "{refused:?}");
    assert!(refused.to_string().contains("no storage space"), "{refused}");
    assert_eq!(scene.server.calls("messages.sendEncrypted"), before);
    scene.are_full[0].store(false, Ordering::SeqCst);
    one.chats.send_encrypted(scene.chat, "kept").await.unwrap();
    assert_eq!(texts(other, 1).await, ["kept"]);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_a_full_disk_comes_when_there_is_room() {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::begin().await;
    let [one, other] = &mut scene.users;
    scene.are_full[1].store(true, Ordering::SeqCst);
    one.chats.send_encrypted(scene.chat, "0").await.unwrap();
    one.chats.send_encrypted(scene.chat, "1").await.unwrap();
    let failure = loop {
        match other.events.next().await.unwrap() {
            News::StoreFailed(failure) => break failure,
            News::Event { event: Event::Message { .. }, .. } => panic!("it cannot be durable"),
            _ => {}
        }
    };
    assert!(failure.to_string().contains("no storage space"), "{failure}");
    scene.are_full[1].store(false, Ordering::SeqCst);
    one.chats.send_encrypted(scene.chat, "2").await.unwrap();
    assert_eq!(texts(other, 3).await, ["0", "1", "2"]);
    // It goes on after a restart, on the file that was full.
    let [one, other] = scene.users;
    other.close().await;
    let mut other = scene.homes[1].open().await;
    one.chats.send_encrypted(scene.chat, "3").await.unwrap();
    assert_eq!(texts(&mut other, 1).await, ["3"]);
    one.close().await;
    other.close().await;
    scene.server.stop().await;
}

/// In the second process, the directory that the first one has open.
const SECOND: &str = "TL_SOAK_SECOND";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_that_the_first_has_the_files() {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::begin().await;
    // On the file itself, as everybody has it.
    let [one, mut other] = scene.users;
    one.close().await;
    let one = scene.homes[0].open().await;
    let second = Command::new(env::current_exe().unwrap())
        .args(["--exact", "trouble::in_a_second_process", "--nocapture"])
        .env(SECOND, scene.homes[0].directory())
        .output()
        .unwrap();
    let (said, errors) = (String::from_utf8_lossy(&second.stdout), String::from_utf8_lossy(&second.stderr));
    assert!(second.status.success(), "{said}{errors}");
    assert_eq!(said.matches("close it in the other process first").count(), 2, "{said}");
    one.chats.send_encrypted(scene.chat, "after it").await.unwrap();
    assert_eq!(texts(&mut other, 1).await, ["after it"]);
    scene.users = [one, other];
    scene.end().await;
}

/// Nothing, but in the process that the test above starts.
#[test]
fn in_a_second_process() {
    let Some(directory) = env::var_os(SECOND).map(std::path::PathBuf::from) else { return };
    let session = SessionFile::open(directory.join("session")).unwrap_err();
    assert!(matches!(session, SessionFileError::Locked { .. }), "{session:?}");
    let key = StoreKey::from_file(directory.join("chats.key"), &mut rng()).unwrap();
    let store = Redb::open(directory.join("chats.redb"), &key, rng()).unwrap_err();
    assert!(matches!(store, RedbError::Locked), "{store:?}");
    println!("{session}\n{store}");
}

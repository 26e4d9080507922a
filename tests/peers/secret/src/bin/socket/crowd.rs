//! Many chats at once on one connection of each user.

use std::time::Instant;

use secret_bench::process::{peak_resident, resident};
use secret_runtime::chat::Event;
use tokio::task::JoinSet;

use crate::Failure;
use crate::user::{Disk, Place, Thread, User};

const CHATS: usize = 1000;

/// In each chat, from each side, one after the other.
const TEXTS: usize = 10;

pub(crate) fn row(place: &Place) -> Result<(), Failure> {
    let (one, other) = (Thread::new()?, Thread::new()?);
    let mut sender = one.run(User::open(place, "sender", Disk::Synced))?;
    let mut receiver = other.run(User::open(place, "receiver", Disk::Synced))?;
    let empty = resident();

    let start = Instant::now();
    let accepted = other.begin(async move { receiver.ready(CHATS).await.map(|()| receiver) });
    let (sender, chats) = one.run(async move {
        let peer = sender.find("receiver").await?;
        let mut requests = JoinSet::new();
        for _ in 0..CHATS {
            let (chats, peer) = (sender.chats.clone(), peer.clone());
            requests.spawn(async move { chats.request(peer).await });
        }
        sender.ready(CHATS).await?;
        let chats = requests.join_all().await.into_iter().collect::<Result<Vec<i32>, _>>()?;
        Ok((sender, chats))
    })?;
    let receiver = accepted.recv()??;
    let handshakes = start.elapsed().as_secs_f64();
    println!("{CHATS} chats: {handshakes:.1} s until all are ready, {:.1} ms each", handshakes * 1e3 / CHATS as f64);

    let start = Instant::now();
    let theirs = other.begin(talk(receiver, chats.clone()));
    let sender = one.run(talk(sender, chats))?;
    let receiver = theirs.recv()??;
    let elapsed = start.elapsed().as_secs_f64();
    let texts = CHATS * TEXTS * 2;
    println!("    {texts} texts, {TEXTS} each way in all of them at once: {:.0}/s", texts as f64 / elapsed);
    println!("    memory: {} MiB with no chat, {} MiB at most", empty >> 20, peak_resident() >> 20);
    one.run(async move { Ok(sender.close().await) })?;
    other.run(async move { Ok(receiver.close().await) })
}

/// Sends in all chats at once, and receives as much.
async fn talk(mut user: User, chats: Vec<i32>) -> Result<User, Failure> {
    let mut sends = JoinSet::new();
    let count = chats.len() * TEXTS;
    for chat in chats {
        let chats = user.chats.clone();
        sends.spawn(async move {
            for number in 0..TEXTS {
                chats.send_encrypted(chat, format!("{number} {:.<90}", "a text")).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    let mut received = 0;
    while received < count {
        if let (_, Event::Message { .. }) = user.event().await? {
            received += 1;
        }
    }
    sends.join_all().await.into_iter().collect::<Result<(), _>>()?;
    Ok(user)
}

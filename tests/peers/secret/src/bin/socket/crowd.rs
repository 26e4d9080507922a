//! Many chats at once on one connection of each user.

use std::time::{Duration, Instant};

use secret_bench::process::{cpu_time, peak_resident, resident};
use secret_runtime::chat::Event;
use tokio::task::JoinSet;

use crate::Failure;
use crate::texts::quantiles;
use crate::user::{Disk, Place, REQUESTS, Thread, User};

const CHATS: usize = REQUESTS;

/// In each chat, from each side, one after the other.
const TEXTS: usize = 10;

pub(crate) fn row(place: &Place) -> Result<(), Failure> {
    let (one, other) = (Thread::new()?, Thread::new()?);
    let mut sender = one.run(User::open(place, "sender", Disk::Synced))?;
    let mut receiver = other.run(User::open(place, "receiver", Disk::Synced))?;
    let empty = resident();

    let (start, before) = (Instant::now(), cpu_time());
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
    let (handshakes, cpu) = (start.elapsed().as_secs_f64(), (cpu_time() - before).as_secs_f64());
    println!(
        "{CHATS} chats: {handshakes:.1} s until all are ready, {:.1} ms of both clients' processors each",
        cpu * 1e3 / CHATS as f64
    );

    let start = Instant::now();
    let theirs = other.begin(talk(receiver, chats.clone(), start));
    let (sender, mut latencies) = one.run(talk(sender, chats, start))?;
    let (receiver, others) = theirs.recv()??;
    let elapsed = start.elapsed().as_secs_f64();
    latencies.extend(others);
    let texts = latencies.len();
    let [half, most] = quantiles(latencies.into_iter());
    println!(
        "    {texts} texts, {TEXTS} each way in all of them at once: {:.0}/s, p50 {half:.0} ms, p99 {most:.0} ms",
        texts as f64 / elapsed
    );
    println!("    memory of both clients: {} MiB with no chat, {} MiB at most", empty >> 20, peak_resident() >> 20);
    one.run(async move { Ok(sender.close().await) })?;
    other.run(async move { Ok(receiver.close().await) })
}

/// Sends in all chats at once, and receives as much; how long each text took that was received. Texts say when they were
/// sent, after `start`.
async fn talk(mut user: User, chats: Vec<i32>, start: Instant) -> Result<(User, Vec<Duration>), Failure> {
    let mut sends = JoinSet::new();
    let count = chats.len() * TEXTS;
    for chat in chats {
        let chats = user.chats.clone();
        sends.spawn(async move {
            for _ in 0..TEXTS {
                let text = format!("{} {:.<90}", start.elapsed().as_nanos(), "a text");
                chats.send_encrypted(chat, text).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    let mut latencies = Vec::with_capacity(count);
    while latencies.len() < count {
        if let (_, Event::Message { message, .. }) = user.event().await? {
            let sent =
                message.message.split(' ').next().and_then(|sent| sent.parse().ok()).ok_or("not a text of ours")?;
            latencies.push(start.elapsed() - Duration::from_nanos(sent));
        }
    }
    sends.join_all().await.into_iter().collect::<Result<(), _>>()?;
    Ok((user, latencies))
}

//! How fast texts go from one user to another, beside tg-secret.

use std::time::Instant;

use tokio::sync::Semaphore;

use crate::Failure;
use crate::side::{Client, Place, Seen, Side};

/// So many texts of tg-secret: with the new key that it wants after a hundred it reads no more ("Unreachable").
const THEIRS: u32 = 90;

/// So many of ours, one awaited at a time, and many at once.
const OURS: u32 = 3000;

/// How many of ours are on their way at once, from the call to the event. With more than 1,000 that the peer has not confirmed, a
/// chat lets the rest wait.
const AT_ONCE: usize = 64;

/// Prints messages per second from the first call to the last event at the receiver.
pub(crate) async fn rate(place: &Place) -> Result<(), Failure> {
    let library = "tg-secret";
    let theirs = awaited(place.peer(library).await?, place.peer(library).await?, THEIRS).await?;
    let one_by_one = awaited(place.ours().await?, place.ours().await?, OURS).await?;
    let pipelined = pipelined(place.ours().await?, place.ours().await?, OURS).await?;
    println!("texts per second, from the first call to the last event of the receiver, through the same server:");
    println!("  tg-secret, each awaited (SQLite, no commit for a message): {theirs:8.0}");
    for (title, rate) in [("each awaited", one_by_one), ("many at once", pipelined)] {
        println!("  ours, {title} (redb, durable on both sides):      {rate:8.0}  {:6.1} times", rate / theirs);
    }
    Ok(())
}

async fn awaited(mut from: Side, mut to: Side, count: u32) -> Result<f64, Failure> {
    let chat = open(&mut from, &mut to).await?;
    let start = Instant::now();
    let send = async {
        match &mut from.client {
            Client::Peer(peer) => peer.texts(chat, count).await,
            Client::Ours(ours) => {
                for number in 0..count {
                    ours.text(chat, &number.to_string()).await?;
                }
                Ok(())
            }
        }
    };
    tokio::try_join!(send, receive(&mut to, count, || ()))?;
    finish(from, to, start, count).await
}

async fn pipelined(mut from: Side, mut to: Side, count: u32) -> Result<f64, Failure> {
    let chat = open(&mut from, &mut to).await?;
    let start = Instant::now();
    let Client::Ours(ours) = &from.client else { return Err("only ours sends many at once".into()) };
    let room = Semaphore::new(AT_ONCE);
    let send = async {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..count {
            room.acquire().await?.forget();
            let chats = ours.chats.clone();
            calls.spawn(async move { chats.send_encrypted(chat, number.to_string()).await });
        }
        while let Some(call) = calls.join_next().await {
            call??;
        }
        Ok(())
    };
    tokio::try_join!(send, receive(&mut to, count, || room.add_permits(1)))?;
    finish(from, to, start, count).await
}

async fn open(from: &mut Side, to: &mut Side) -> Result<i32, Failure> {
    let chat = from.request(&to.name).await?;
    to.sees(&Seen::Ready(chat)).await?;
    from.sees(&Seen::Ready(chat)).await?;
    Ok(chat)
}

async fn receive(to: &mut Side, count: u32, received_one: impl Fn()) -> Result<(), Failure> {
    let mut received = 0;
    while received < count {
        if let Seen::Text(_) = to.next().await? {
            received += 1;
            received_one();
        }
    }
    Ok(())
}

async fn finish(from: Side, to: Side, start: Instant, count: u32) -> Result<f64, Failure> {
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    from.stop().await?;
    to.stop().await?;
    Ok(rate)
}

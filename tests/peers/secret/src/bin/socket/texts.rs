//! Texts from one user to another.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use secret_runtime::chat::Event;
use secret_runtime::client::{Connection, SecretChats};
use secret_runtime::store::Redb;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::user::{Disk, Place, Thread, User};

/// How the calls follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Many at once.
    Pipelined,
    /// One after the answer of the one before.
    Awaited,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts {
    pub(crate) pace: Pace,
    pub(crate) disk: Disk,
}

/// How many texts are on their way at once, from the call to the event, if they are pipelined.
const WINDOW: usize = 64;

const WARM_UP: usize = 300;

pub(crate) fn row(place: &Place, texts: Texts) -> Result<(), Failure> {
    let Texts { pace, disk } = texts;
    let count = if pace == Pace::Pipelined { 20_000 } else { 4_000 };
    let (one, other) = (Thread::new()?, Thread::new()?);
    let mut sender = one.run(User::open(place, "sender", disk))?;
    let mut receiver = other.run(User::open(place, "receiver", disk))?;
    let accepted = other.begin(async move { receiver.ready(1).await.map(|()| receiver) });
    let (sender, chat) = one.run(async move {
        let peer = sender.find("receiver").await?;
        let chat = sender.chats.request(peer).await?;
        sender.ready(1).await?;
        Ok((sender, chat))
    })?;
    let receiver = accepted.recv()??;

    let (sender, receiver, _, _) = run(&one, &other, sender, receiver, chat, pace, WARM_UP)?;
    let before = [&sender, &receiver].map(|user| (user.waits.nanoseconds(), user.waits.count()));
    let start = Instant::now();
    let (sender, receiver, begun, arrived) = run(&one, &other, sender, receiver, chat, pace, count)?;
    let elapsed = start.elapsed().as_secs_f64();

    let [half, most] = quantiles(begun.iter().zip(&arrived).map(|(begun, arrived)| *arrived - *begun));
    println!("{pace:?}, {disk:?}: {count} texts, {:.0}/s, p50 {half:.2} ms, p99 {most:.2} ms", count as f64 / elapsed);
    for (name, user, (nanoseconds, syncs)) in [("sender", &sender, before[0]), ("receiver", &receiver, before[1])] {
        let (spent, count_of) = ((user.waits.nanoseconds() - nanoseconds) / 1e9, user.waits.count() - syncs);
        println!(
            "    {name}: {count_of} syncs, {:.1} texts for one, {:.2} ms each, {:.0} % of the time",
            count as f64 / count_of as f64,
            spent * 1e3 / count_of as f64,
            spent / elapsed * 100.0
        );
    }
    one.run(async move { Ok(sender.close().await) })?;
    other.run(async move { Ok(receiver.close().await) })
}

/// Milliseconds that a half of all, and 99 of 100, do not exceed.
pub(crate) fn quantiles(latencies: impl Iterator<Item = Duration>) -> [f64; 2] {
    let mut latencies: Vec<f64> = latencies.map(|latency| latency.as_secs_f64() * 1e3).collect();
    latencies.sort_by(f64::total_cmp);
    [0.5, 0.99].map(|share| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or_default())
}

type Run = (User, User, Vec<Instant>, Vec<Instant>);

/// Sends so many texts; returns when each was begun, and when each arrived.
fn run(
    one: &Thread,
    other: &Thread,
    mut sender: User,
    mut receiver: User,
    chat: i32,
    pace: Pace,
    count: usize,
) -> Result<Run, Failure> {
    let room = Arc::new(Semaphore::new(WINDOW));
    let arrivals = Arc::clone(&room);
    let received = other.begin(async move {
        let arrived = receive(&mut receiver, count, &arrivals).await;
        // Whoever waits for room waits in vain.
        arrivals.close();
        Ok::<_, Failure>((receiver, arrived?))
    });
    let sent = one.run(async move {
        let chats = sender.chats.clone();
        let mut sending = pin!(send(&chats, chat, pace, count, room));
        loop {
            // Who sends reads, too: what nobody takes fills the chat, until it takes nothing of the peer's either.
            tokio::select! {
                begun = &mut sending => return Ok((sender, begun?)),
                event = sender.event() => drop(event?),
            }
        }
    });
    let (sender, begun) = sent.map_err(|error| match received.try_recv() {
        Ok(Err(theirs)) => format!("the receiver failed: {theirs}"),
        _ => format!("the sender failed: {error}"),
    })?;
    let (receiver, arrived) = received.recv()?.map_err(|error| format!("the receiver failed: {error}"))?;
    Ok((sender, receiver, begun, arrived))
}

/// Sends so many texts; returns when each was begun.
async fn send(
    chats: &SecretChats<Connection, Redb>,
    chat: i32,
    pace: Pace,
    count: usize,
    room: Arc<Semaphore>,
) -> Result<Vec<Instant>, Failure> {
    let mut begun = Vec::with_capacity(count);
    let mut calls = Vec::new();
    for number in 0..count {
        if pace == Pace::Pipelined {
            // It is closed when something has failed: here, or there.
            let Ok(permit) = room.acquire().await else { break };
            permit.forget();
        }
        // A hundred bytes, more or less.
        let text = format!("{number} {:.<90}", "a text");
        begun.push(Instant::now());
        match pace {
            Pace::Awaited => drop(chats.send_encrypted(chat, text).await?),
            Pace::Pipelined => {
                let (room, chats) = (Arc::clone(&room), chats.clone());
                calls.push(begin(async move {
                    let sent = chats.send_encrypted(chat, text).await;
                    if sent.is_err() {
                        // It would never arrive.
                        room.close();
                    }
                    sent
                }));
            }
        }
    }
    let has_failed = begun.len() < count;
    for call in calls {
        if !has_failed || call.is_finished() {
            call.await??;
        }
    }
    if has_failed { Err("the other side reads no more".into()) } else { Ok(begun) }
}

/// Takes so many texts, in order; returns when each came.
async fn receive(receiver: &mut User, count: usize, room: &Semaphore) -> Result<Vec<Instant>, Failure> {
    let mut arrived = Vec::with_capacity(count);
    while arrived.len() < count {
        if let (_, Event::Message { message, .. }) = receiver.event().await? {
            let number = arrived.len();
            arrived.push(Instant::now());
            room.add_permits(1);
            if !message.message.starts_with(&format!("{number} ")) {
                return Err(format!("text {number} was to come, and not: {}", message.message).into());
            }
        }
    }
    Ok(arrived)
}

/// Hands a call over at once, so that the texts keep their order.
fn begin<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let mut call = Box::pin(tokio::task::unconstrained(call));
    let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    tokio::spawn(async move {
        match first {
            Poll::Ready(done) => done,
            Poll::Pending => call.await,
        }
    })
}

//! Many chats over one store: memory, opening, time per message, and commits:
//! `cargo run --release -p secret-bench --bin chats -- 100 10000 100000`.

use std::alloc::System;
use std::env;
use std::fs;
use std::path::Path;
use std::time::Instant;

use rand_core::Rng;
use secret_bench::disk::{self, Waits};
use secret_bench::population::{Peers, populate, send};
use secret_bench::process::{cpu, resident};
use secret_bench::{Error, NOW, median, seeded};
use secret_runtime::account::{Account, AccountSettings};
use secret_runtime::chat::Mtproto;
use secret_runtime::store::{Memory, Redb, Store};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TEXT: &str =
    "a hundred bytes of text, as people write it: neither very short nor long, and with a few commas too.";
/// Messages that are measured one by one, each way.
const MESSAGES: usize = 1500;
/// Messages for each size of group.
const GROUPED: usize = 2000;
/// Chats that the account keeps in memory though they are idle: fewer than there are, so that nearly every message is for
/// a chat that is read from the store. And enough to keep all that are used.
const COLD: usize = 10;
const WARM: usize = 1000;
/// Chats that are used when they are to be in memory.
const HOT: usize = 100;

/// What one message costs: medians, in nanoseconds of the processor.
struct Costs {
    receive: f64,
    send: f64,
}

struct Measured {
    chats: usize,
    file: f64,
    open: f64,
    heap: f64,
    resident: f64,
    cold: Costs,
    warm: Costs,
    memory: Costs,
}

fn main() -> Result<(), Error> {
    let mut sizes = env::args().skip(1).map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes = vec![100, 10_000];
    }
    // Not `/tmp`, which may be memory: here is a disk.
    let directory = tempfile::tempdir_in(env::current_dir()?)?;
    let all: Vec<Measured> =
        sizes.iter().map(|chats| measure(*chats, directory.path())).collect::<Result<_, Error>>()?;
    print_chats(&all);
    print_messages(&all);
    if let Some(chats) = sizes.first() {
        print_commits(*chats, directory.path())?;
    }
    Ok(())
}

fn measure(chats: usize, directory: &Path) -> Result<Measured, Error> {
    let path = directory.join(format!("{chats}.redb"));
    let mut rng = seeded();
    let waits = Waits::default();
    let (store, mut peers) = populate(disk::open(&path, &waits)?, chats, &mut rng)?;
    drop(store);
    let file = disk::size(&path)? as f64 / chats as f64;

    let (heap, resident, open) = measure_opening(&path)?;
    let account = Account::open(disk::open(&path, &waits)?, settings(COLD))?;
    let (cold, account) = one_by_one(account, &mut peers, chats)?;
    let account = Account::open(account.into_store(), settings(WARM))?;
    let (warm, _) = one_by_one(account, &mut peers, HOT.min(chats))?;

    let (store, mut peers) = populate(Memory::default(), chats, &mut rng)?;
    let (memory, _) = one_by_one(Account::open(store, settings(COLD))?, &mut peers, chats)?;
    fs::remove_file(&path)?;
    Ok(Measured { chats, file, open, heap, resident, cold, warm, memory })
}

/// Bytes of the heap, bytes of memory, and seconds of the processor that the account takes to be open.
fn measure_opening(path: &Path) -> Result<(f64, f64, f64), Error> {
    // What the database takes for itself, whatever it holds.
    let store = disk::open(path, &Waits::default())?;
    let region = Region::new(ALLOCATOR);
    let (resident_before, start) = (resident(), cpu());
    let mut account: Account<Redb, Mtproto> = Account::open(store, settings(WARM))?;
    let _ = account.resume(NOW, &mut seeded())?;
    let (open, change) = (cpu() - start, region.change());
    let heap = change.bytes_allocated as f64 - change.bytes_deallocated as f64 + change.bytes_reallocated as f64;
    let resident = resident().saturating_sub(resident_before) as f64;
    if account.in_memory() > 0 {
        return Err("the chats are not idle".into());
    }
    Ok((heap, resident, open / 1e9))
}

fn settings(idle_in_memory: usize) -> AccountSettings {
    let mut settings = AccountSettings::default();
    settings.idle_in_memory = idle_in_memory;
    // The agreement on keys is another measurement's.
    settings.chat.rekey.uses = u32::MAX;
    settings
}

/// Receives and sends messages in random chats, each with its own commit. What else a message brings is done between.
fn one_by_one<St: Store>(
    mut account: Account<St, Mtproto>,
    peers: &mut Peers,
    among: usize,
) -> Result<(Costs, Account<St, Mtproto>), Error> {
    let mut rng = seeded();
    let _ = account.resume(NOW, &mut rng)?;
    let (mut receive, mut sending) = (Vec::with_capacity(MESSAGES), Vec::with_capacity(MESSAGES));
    for number in 0..MESSAGES + HOT {
        let chat = random_chat(peers, among, &mut rng)?;
        let message = peers.write(chat, TEXT, &mut rng)?;
        let start = cpu_precise();
        account.message(message, None, NOW, &mut rng)?;
        let effects = account.commit()?;
        let received = cpu_precise() - start;
        if effects.events.is_empty() {
            return Err("a message is not told".into());
        }
        settle(&mut account, peers, &effects, &mut rng)?;

        let chat = random_chat(peers, among, &mut rng)?;
        let command = send(TEXT);
        let start = cpu_precise();
        account.command(chat, command, NOW, &mut rng)?;
        let effects = account.commit()?;
        let sent = cpu_precise() - start;
        settle(&mut account, peers, &effects, &mut rng)?;
        // The first ones warm up.
        if number >= HOT {
            receive.push(received);
            sending.push(sent);
        }
    }
    Ok((Costs { receive: median(receive), send: median(sending) }, account))
}

/// Answers the calls, has the peer confirm what was sent, and delivers all events.
fn settle<St: Store>(
    account: &mut Account<St, Mtproto>,
    peers: &mut Peers,
    effects: &secret_runtime::account::Effects,
    rng: &mut chacha20::ChaCha12Rng,
) -> Result<(), Error> {
    let mut chats: Vec<i32> = effects.events.iter().map(|(chat, ..)| *chat).collect();
    for (chat, answer) in peers.take(effects) {
        account.step(chat, answer, NOW, rng)?;
        let confirmation = peers.write(chat, TEXT, rng)?;
        account.message(confirmation, None, NOW, rng)?;
        chats.push(chat);
    }
    for chat in chats {
        account.delivered(chat, u64::MAX, NOW, rng)?;
    }
    let _ = account.commit()?;
    Ok(())
}

fn random_chat(peers: &Peers, among: usize, rng: &mut chacha20::ChaCha12Rng) -> Result<i32, Error> {
    let place = rng.next_u64() % among as u64;
    Ok(*peers.chats.get(usize::try_from(place)?).ok_or("there is no chat")?)
}

/// The scheduler brings its count up to date at its ticks and when the thread is switched; giving way asks for that.
fn cpu_precise() -> f64 {
    cpu()
}

fn print_chats(all: &[Measured]) {
    println!("## Idle chats\n");
    println!("| chats | file, bytes a chat | heap, bytes a chat | resident, bytes a chat | open and resume, ms |");
    println!("|---:|---:|---:|---:|---:|");
    for Measured { chats, file, open, heap, resident, .. } in all {
        let each = |bytes: &f64| bytes / *chats as f64;
        println!("| {chats} | {file:.0} | {:.0} | {:.0} | {:.1} |", each(heap), each(resident), open * 1e3);
    }
    println!();
}

fn print_messages(all: &[Measured]) {
    println!("## A message with its own commit, µs of the processor\n");
    println!("Cold: in any chat, which is read from the store. Warm: in one of {HOT} that are in memory.\n");
    println!("| chats | store | receive | beside the first | send | beside the first |");
    println!("|---:|---|---:|---:|---:|---:|");
    let rows: [(&str, fn(&Measured) -> &Costs); 3] =
        [("file, cold", |m| &m.cold), ("file, warm", |m| &m.warm), ("memory, cold", |m| &m.memory)];
    for (name, costs) in rows {
        let Some(first) = all.first().map(costs) else { continue };
        for measured in all {
            let Costs { receive, send } = costs(measured);
            println!(
                "| {} | {name} | {:.1} | {:.2} | {:.1} | {:.2} |",
                measured.chats,
                receive / 1e3,
                receive / first.receive,
                send / 1e3,
                send / first.send
            );
        }
    }
    println!();
}

/// Received messages, so many in one commit.
fn print_commits(chats: usize, directory: &Path) -> Result<(), Error> {
    println!("## Durable commits of received messages, {chats} chats\n");
    println!("| store | messages in a commit | commits a second | messages a second | waits for the disk | share |");
    println!("|---|---:|---:|---:|---:|---:|");
    for group in [1, 10, 100] {
        let path = directory.join(format!("group-{group}.redb"));
        let waits = Waits::default();
        let (store, peers) = populate(disk::open(&path, &waits)?, chats, &mut seeded())?;
        print_group("file", group, store, peers, &waits)?;
    }
    for group in [1, 10, 100] {
        let (store, peers) = populate(Memory::default(), chats, &mut seeded())?;
        print_group("memory", group, store, peers, &Waits::default())?;
    }
    Ok(())
}

fn print_group<St: Store>(name: &str, group: usize, store: St, mut peers: Peers, waits: &Waits) -> Result<(), Error> {
    let mut rng = seeded();
    let mut account: Account<St, Mtproto> = Account::open(store, settings(WARM))?;
    let _ = account.resume(NOW, &mut rng)?;
    let mut messages = Vec::with_capacity(GROUPED);
    for _ in 0..GROUPED {
        let chat = random_chat(&peers, peers.chats.len().min(HOT), &mut rng)?;
        messages.push(peers.write(chat, TEXT, &mut rng)?);
    }
    let (counted, waited, start) = (waits.count(), waits.nanoseconds(), Instant::now());
    let mut in_group = 0;
    for message in messages {
        account.message(message, None, NOW, &mut rng)?;
        in_group += 1;
        if in_group == group {
            let _ = account.commit()?;
            in_group = 0;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let commits = (GROUPED / group) as f64;
    println!(
        "| {name} | {group} | {:.0} | {:.0} | {:.1} a commit | {:.0} % |",
        commits / seconds,
        GROUPED as f64 / seconds,
        (waits.count() - counted) as f64 / commits,
        (waits.nanoseconds() - waited) / 1e7 / seconds
    );
    Ok(())
}

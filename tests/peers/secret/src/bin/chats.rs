//! Many chats over one store: memory, opening, time per message, and commits:
//! `cargo run --release -p secret-bench --bin chats -- 100 10000 100000`.

use std::alloc::System;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use chacha20::ChaCha12Rng;
use rand_core::Rng;
use secret_bench::disk::{self, Waits};
use secret_bench::population::{Peers, populate, send};
use secret_bench::process::resident;
use secret_bench::{Error, NOW, median, seeded};
use secret_runtime::account::{Account, AccountSettings, Effects};
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
/// Chats that the account keeps in memory though they are idle: so few that nearly every message is for a chat that is
/// read from the store.
const COLD: usize = 10;
/// Chats that are used when all that are used are to be in memory.
const HOT: usize = 100;
/// The argument that makes this program open a store and tell what that took: in a process of its own, since memory that
/// was used before does not count as new.
const OPEN: &str = "--open";

/// What one message costs: medians, in nanoseconds, without the time that the disk took.
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
    in_memory: Costs,
    full: Costs,
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, path] = arguments.as_slice()
        && first == OPEN
    {
        return open(Path::new(path));
    }
    let mut sizes = arguments.iter().map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
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
    let file = disk::size(&path)? as f64;
    let (resident, open) = open_elsewhere(&path)?;
    let account = Account::open(disk::open(&path, &waits)?, settings(COLD))?;
    let (cold, account) = one_by_one(account, &mut peers, chats, COLD, &waits, &mut rng)?;
    let account = Account::open(account.into_store(), settings(HOT))?;
    let (warm, _) = one_by_one(account, &mut peers, HOT.min(chats), HOT, &waits, &mut rng)?;
    fs::remove_file(&path)?;

    let no_waits = Waits::default();
    let (store, mut peers) = populate(Memory::default(), chats, &mut rng)?;
    let region = Region::new(ALLOCATOR);
    let account = Account::open(store, settings(COLD))?;
    let change = region.change();
    let heap = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    let (in_memory, account) = one_by_one(account, &mut peers, chats, COLD, &no_waits, &mut rng)?;
    let idle_in_memory = AccountSettings::default().idle_in_memory;
    let account = Account::open(account.into_store(), settings(idle_in_memory))?;
    let (full, _) = one_by_one(account, &mut peers, chats, idle_in_memory, &no_waits, &mut rng)?;
    Ok(Measured { chats, file, open, heap, resident, cold, warm, in_memory, full })
}

/// Prints the bytes of memory that an open account takes with its store, and the seconds that opening took.
fn open(path: &Path) -> Result<(), Error> {
    let (before, start) = (resident(), Instant::now());
    let mut account: Account<Redb, Mtproto> =
        Account::open(disk::open(path, &Waits::default())?, AccountSettings::default())?;
    let _ = account.resume(NOW, &mut seeded())?;
    let seconds = start.elapsed().as_secs_f64();
    if account.in_memory() > 0 {
        return Err("the chats are not idle".into());
    }
    println!("{} {seconds}", resident().saturating_sub(before));
    Ok(())
}

fn open_elsewhere(path: &Path) -> Result<(f64, f64), Error> {
    let program: PathBuf = env::current_exe()?;
    let output = Command::new(program).arg(OPEN).arg(path).output()?;
    let text = String::from_utf8(output.stdout)?;
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [resident, seconds] => Ok((resident.parse()?, seconds.parse()?)),
        _ => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
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
    idle_in_memory: usize,
    waits: &Waits,
    rng: &mut ChaCha12Rng,
) -> Result<(Costs, Account<St, Mtproto>), Error> {
    let _ = account.resume(NOW, rng)?;
    let (mut receive, mut sending) = (Vec::with_capacity(MESSAGES), Vec::with_capacity(MESSAGES));
    // Until as many chats are in memory as may be.
    let warming = (2 * idle_in_memory).max(HOT);
    for number in 0..warming + MESSAGES {
        let chat = random_chat(peers, among, rng)?;
        let message = peers.write(chat, TEXT, rng)?;
        let (start, waited) = (Instant::now(), waits.nanoseconds());
        account.message(message, None, NOW, rng)?;
        let effects = account.commit()?;
        let received = start.elapsed().as_secs_f64() * 1e9 - (waits.nanoseconds() - waited);
        if effects.events.is_empty() {
            return Err("a message is not told".into());
        }
        settle(&mut account, peers, &effects, rng)?;

        let chat = random_chat(peers, among, rng)?;
        let command = send(TEXT);
        let (start, waited) = (Instant::now(), waits.nanoseconds());
        account.command(chat, command, NOW, rng)?;
        let effects = account.commit()?;
        let sent = start.elapsed().as_secs_f64() * 1e9 - (waits.nanoseconds() - waited);
        settle(&mut account, peers, &effects, rng)?;
        if number >= warming {
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
    effects: &Effects,
    rng: &mut ChaCha12Rng,
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

fn random_chat(peers: &Peers, among: usize, rng: &mut ChaCha12Rng) -> Result<i32, Error> {
    let place = rng.next_u64() % among as u64;
    Ok(*peers.chats.get(usize::try_from(place)?).ok_or("there is no chat")?)
}

fn print_chats(all: &[Measured]) {
    println!("## Idle chats, bytes for each\n");
    println!("| chats | heap of the account | resident, with the store | file | open and resume, ms | µs for each |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for Measured { chats, file, open, heap, resident, .. } in all {
        let each = |all: &f64| all / *chats as f64;
        println!(
            "| {chats} | {:.0} | {:.0} | {:.0} | {:.1} | {:.2} |",
            each(heap),
            each(resident),
            each(file),
            open * 1e3,
            each(open) * 1e6
        );
    }
    println!();
}

fn print_messages(all: &[Measured]) {
    println!("## A message with its own commit: µs, without the wait for the disk\n");
    println!("- cold: in any chat; {COLD} are in memory, so that it is read from the store");
    println!("- warm: in one of {HOT} that are in memory");
    println!("- full: in any chat; as many are in memory as an account keeps\n");
    println!("| store | chats | receive | beside the first | send | beside the first |");
    println!("|---|---:|---:|---:|---:|---:|");
    type Row = (&'static str, fn(&Measured) -> &Costs);
    let rows: [Row; 4] = [
        ("file, cold", |measured| &measured.cold),
        ("file, warm", |measured| &measured.warm),
        ("memory, cold", |measured| &measured.in_memory),
        ("memory, full", |measured| &measured.full),
    ];
    for (name, costs) in rows {
        let Some(first) = all.first().map(costs) else { continue };
        for measured in all {
            let Costs { receive, send } = costs(measured);
            println!(
                "| {name} | {} | {:.1} | {:.2} | {:.1} | {:.2} |",
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
    let mut account: Account<St, Mtproto> = Account::open(store, settings(HOT))?;
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

//! A large file up and down, in constant memory.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use secret_bench::process::{cpu_time, cpu_time_of, peak_resident, resident};
use secret_runtime::chat::Event;
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::message::{Direction, Envelope, Header};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument};

use crate::Failure;
use crate::user::{Disk, Place, Thread, User, rng};

const SIZE: u64 = 1 << 30;
const PART: usize = 512 << 10;

pub(crate) fn row(place: &Place) -> Result<(), Failure> {
    let (one, other) = (Thread::new()?, Thread::new()?);
    let mut sender = one.run(User::open(place, "sender", Disk::Synced))?;
    let mut receiver = other.run(User::open(place, "receiver", Disk::Synced))?;
    let accepted = other.begin(async move { receiver.ready(1).await.map(|()| receiver) });
    let (sender, chat) = one.run(async move {
        let peer = sender.find("receiver").await?;
        let chat = sender.chats.request(peer).await?;
        sender.ready(1).await?;
        Ok((sender, chat))
    })?;
    let mut receiver = accepted.recv()??;
    let before = resident();

    let start = Usage::now(place);
    let sender = one.run(async move {
        let mut upload = Upload::new(SIZE, false, &mut rng())?;
        let (thumb, key, iv) = (Vec::new(), Vec::new(), Vec::new());
        let kind = "application/octet-stream";
        let media = DecryptedMessageMediaDocument::new(thumb, 0, 0, kind, 0, key, iv, Vec::new(), "");
        let message = DecryptedMessage::new(0, 0, "").with_media(media);
        sender.chats.send_encrypted_file(chat, message, &mut upload, Pattern::default(), |_| ()).await?;
        Ok(sender)
    })?;
    let up = start.until_now(place);
    let after_up = peak_resident();

    let (receiver, media) = other.run(async move {
        loop {
            let (_, event) = receiver.event().await?;
            if let Event::Message { message, file: Some(file), .. } = event {
                return Ok((receiver, Download::new(&message, &file)?));
            }
        }
    })?;
    let start = Usage::now(place);
    let receiver = other.run(async move {
        let mut download = media;
        let sink = receiver.chats.download(&mut download, Pattern::default(), |_| ()).await?;
        if sink.at != SIZE {
            return Err("the file is not whole".into());
        }
        Ok(receiver)
    })?;
    let (down, after_down) = (start.until_now(place), peak_resident());

    let [encrypt, decrypt, seal, open] = alone()?;
    println!("A file of {} MiB:", SIZE >> 20);
    println!("    ciphers alone, MB/s: file {encrypt:.0} and {decrypt:.0}, packet {seal:.0} and {open:.0}");
    up.tell("up", [encrypt, seal, open]);
    down.tell("down", [decrypt, seal, open]);
    println!(
        "    memory of both clients: {} MiB before, {} MiB at most after the upload, {} MiB after the download",
        before >> 20,
        after_up >> 20,
        after_down >> 20
    );
    one.run(async move { Ok(sender.close().await) })?;
    other.run(async move { Ok(receiver.close().await) })
}

/// What something takes.
struct Usage {
    /// When it began, by the clock.
    start: Instant,
    elapsed: Duration,
    clients: Duration,
    server: Duration,
}

impl Usage {
    fn now(place: &Place) -> Self {
        let (clients, server) = (cpu_time(), cpu_time_of(place.server));
        Self { start: Instant::now(), elapsed: Duration::ZERO, clients, server }
    }

    fn until_now(self, place: &Place) -> Self {
        let Self { start, elapsed: _, clients, server } = self;
        let (clients, server) = (cpu_time() - clients, cpu_time_of(place.server) - server);
        Self { start, elapsed: start.elapsed(), clients, server }
    }

    /// Beside the ciphers that every byte goes through, one after the other: as one of the file's, and, sealed and opened,
    /// as one of MTProto's, which is AES-256-IGE and SHA-256 on each side.
    fn tell(&self, way: &str, speeds: [f64; 3]) {
        let per_byte = |time: Duration| time.as_secs_f64() * 1e9 / SIZE as f64;
        let ciphers: f64 = speeds.iter().map(|speed| 1e3 / speed).sum();
        let (clients, server) = (per_byte(self.clients), per_byte(self.server));
        println!(
            "    {way}: {:.0} MB/s, of {:.0} that the ciphers leave to two processors; for a byte {:.2} ns of processors \
             (client {clients:.2}, server {server:.2}), of which {ciphers:.2} in ciphers: 3 times AES, 2 times SHA-256",
            SIZE as f64 / 1e6 / self.elapsed.as_secs_f64(),
            2e3 / ciphers,
            clients + server,
        );
    }
}

/// MB/s of the ciphers alone, on this machine at this moment, by the time of the processor: of the file's, to and fro, then of
/// a packet's envelope.
fn alone() -> Result<[f64; 4], Failure> {
    const PARTS: usize = 200;
    let mut part = vec![0x5a; PART];
    let (key, iv) = ([1; 32], [2; 32]);
    let (mut encryptor, mut decryptor) = (IgeEncryptor::new(&key, &iv), IgeDecryptor::new(&key, &iv));
    let envelope = Envelope::new(&AuthKey::new([3; 256]));
    let header = Header { salt: 1, session_id: 2, message_id: 4, seq_no: 1 };
    let sealed = envelope.seal(Direction::ToServer, header, &part, &mut rng())?.packet;
    let speed = |operation: &mut dyn FnMut() -> Result<(), Failure>| {
        let start = cpu_time();
        (0..PARTS).try_for_each(|_| operation())?;
        Ok::<_, Failure>((PARTS * PART) as f64 / 1e6 / (cpu_time() - start).as_secs_f64())
    };
    Ok([
        speed(&mut || Ok(encryptor.encrypt(&mut part)?))?,
        speed(&mut || Ok(decryptor.decrypt(&mut part)?))?,
        speed(&mut || Ok(drop(envelope.seal(Direction::ToServer, header, &part, &mut rng())?)))?,
        {
            // A packet is opened in its own memory, so each needs one.
            let mut packets = vec![sealed; PARTS];
            speed(&mut || Ok(drop(envelope.open(Direction::ToServer, packets.pop().unwrap_or_default())?)))?
        },
    ])
}

/// A file that costs nothing: each eight bytes are their place in it. Written to, it compares.
#[derive(Default)]
struct Pattern {
    at: u64,
}

impl Pattern {
    fn part(&self, length: usize) -> impl Iterator<Item = [u8; 8]> {
        (self.at / 8..).map(u64::to_le_bytes).take(length / 8)
    }
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(SIZE - self.at).unwrap_or(usize::MAX);
        let length = buffer.len().min(rest) & !7;
        for (to, from) in buffer.as_chunks_mut().0.iter_mut().zip(self.part(length)) {
            *to = from;
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Write for Pattern {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if !buffer.as_chunks().0.iter().copied().eq(self.part(buffer.len())) || buffer.len() % 8 != 0 {
            return Err(io::Error::other("the file is another one"));
        }
        self.at += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

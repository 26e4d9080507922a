//! A large file up and down, in constant memory.

use std::io::{self, Read, Write};
use std::time::Instant;

use secret_bench::process::{peak_resident, resident};
use secret_runtime::chat::Event;
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
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

    let start = Instant::now();
    let sender = one.run(async move {
        let mut upload = Upload::new(SIZE, false, &mut rng())?;
        let (thumb, key, iv) = (Vec::new(), Vec::new(), Vec::new());
        let kind = "application/octet-stream";
        let media = DecryptedMessageMediaDocument::new(thumb, 0, 0, kind, 0, key, iv, Vec::new(), "");
        let message = DecryptedMessage::new(0, 0, "").with_media(media);
        sender.chats.send_encrypted_file(chat, message, &mut upload, Pattern::default(), |_| ()).await?;
        Ok(sender)
    })?;
    let up = start.elapsed().as_secs_f64();
    let after_up = peak_resident();

    let (receiver, down) = other.run(async move {
        loop {
            let (_, event) = receiver.event().await?;
            if let Event::Message { message, file: Some(file), .. } = event {
                let start = Instant::now();
                let mut download = Download::new(&message, &file)?;
                let sink = receiver.chats.download(&mut download, Pattern::default(), |_| ()).await?;
                if sink.at != SIZE {
                    return Err("the file is not whole".into());
                }
                return Ok((receiver, start.elapsed().as_secs_f64()));
            }
        }
    })?;
    let [encrypt, decrypt] = alone();
    let speed = |seconds: f64| SIZE as f64 / 1e6 / seconds;
    println!("A file of {} MiB, MB/s:", SIZE >> 20);
    println!("    up {:.0} (IGE alone {encrypt:.0}), down {:.0} (IGE alone {decrypt:.0})", speed(up), speed(down));
    println!(
        "    memory of both clients: {} MiB before, {} MiB at most after the upload, {} MiB after the download",
        before >> 20,
        after_up >> 20,
        peak_resident() >> 20
    );
    one.run(async move { Ok(sender.close().await) })?;
    other.run(async move { Ok(receiver.close().await) })
}

/// MB/s of the cipher alone, on this machine at this moment.
fn alone() -> [f64; 2] {
    let mut part = vec![0x5a; PART];
    let (key, iv) = ([1; 32], [2; 32]);
    let (mut encryptor, mut decryptor) = (IgeEncryptor::new(&key, &iv), IgeDecryptor::new(&key, &iv));
    let mut speed = |operation: &mut dyn FnMut(&mut [u8]) -> bool| {
        let start = Instant::now();
        let parts = (0..200).filter(|_| operation(&mut part)).count();
        (parts * PART) as f64 / 1e6 / start.elapsed().as_secs_f64()
    };
    [speed(&mut |part| encryptor.encrypt(part).is_ok()), speed(&mut |part| decryptor.decrypt(part).is_ok())]
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

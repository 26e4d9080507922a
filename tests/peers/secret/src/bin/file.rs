//! How fast files are encrypted, beside AES-256-IGE alone, and in how much memory:
//! `cargo run --release -p secret-bench --bin file -- --size 4096`.

use std::env;
use std::hint::black_box;
use std::time::Instant;

use secret_bench::process::{peak_resident, resident};
use secret_bench::{Error, median, seeded};
use secret_runtime::crypto::file::FileKey;
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};

/// The largest part that the server takes.
const PART: usize = 512 << 10;
const MIB: usize = 1 << 20;
/// MiB of the file, unless told otherwise.
const SIZE: usize = 256;

fn main() -> Result<(), Error> {
    let size = size()?;
    let parts = size * MIB / PART;
    println!("A file of {size} MiB in parts of {} KiB, encrypted and decrypted in turn.\n", PART >> 10);
    // All that is measured works in this one part.
    let mut part: Vec<u8> = Vec::with_capacity(PART + 16);
    part.resize(PART, 0x5a);
    let key = FileKey::generate(&mut seeded());
    let before = resident();

    let mut encryptor = key.encryptor();
    let mut raw_encryptor = IgeEncryptor::new(key.key(), key.iv());
    let encryption = alternate(parts, &mut part, |part| encryptor.update(part), |part| raw_encryptor.encrypt(part))?;
    // A file has any length: its end is padded.
    part.truncate(100);
    encryptor.finish(&mut part, &mut seeded());
    part.resize(PART, 0x5a);

    let mut decryptor = key.decryptor((parts * PART) as u64);
    let mut raw_decryptor = IgeDecryptor::new(key.key(), key.iv());
    let decryption = alternate(
        parts,
        &mut part,
        |part| {
            black_box(decryptor.update(part)?);
            Ok(())
        },
        |part| raw_decryptor.decrypt(part),
    )?;
    decryptor.finish()?;

    println!("| operation | file, MB/s | IGE alone, MB/s | ratio of times |");
    println!("|---|---:|---:|---:|");
    for (operation, [file, raw, ratio]) in [("encrypt", encryption), ("decrypt", decryption)] {
        println!("| {operation} | {:.0} | {:.0} | {ratio:.3} |", speed(file), speed(raw));
    }
    println!("\nMemory: {} KiB before the first part, {} KiB at most.", before / 1024, peak_resident() / 1024,);
    Ok(())
}

/// Nanoseconds for a part in both ways, and the ratio: medians over all parts of the file.
fn alternate<E: std::error::Error + 'static>(
    parts: usize,
    part: &mut [u8],
    mut file: impl FnMut(&mut [u8]) -> Result<(), E>,
    mut raw: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<[f64; 3], Error> {
    let mut times = Vec::with_capacity(parts);
    for number in 0..parts {
        let (file_time, raw_time);
        if number % 2 == 0 {
            file_time = time(|| file(part))?;
            raw_time = time(|| raw(part))?;
        } else {
            raw_time = time(|| raw(part))?;
            file_time = time(|| file(part))?;
        }
        times.push((file_time, raw_time));
    }
    Ok([
        median(times.iter().map(|(file, _)| *file)),
        median(times.iter().map(|(_, raw)| *raw)),
        median(times.iter().map(|(file, raw)| file / raw)),
    ])
}

fn time<E: std::error::Error + 'static>(operation: impl FnOnce() -> Result<(), E>) -> Result<f64, Error> {
    let start = Instant::now();
    operation()?;
    Ok(start.elapsed().as_secs_f64() * 1e9)
}

/// MB/s of a part that takes so many nanoseconds.
fn speed(nanoseconds: f64) -> f64 {
    PART as f64 * 1e3 / nanoseconds
}

fn size() -> Result<usize, Error> {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => Ok(SIZE),
        (Some("--size"), Some(size)) => Ok(size.parse()?),
        _ => Err("usage: file [--size MIB]".into()),
    }
}

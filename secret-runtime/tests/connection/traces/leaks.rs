//! Secrets, and whether a text has them in any form that people write bytes and numbers in.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use chacha20::ChaCha20Rng;
use rand_core::{Rng, TryCryptoRng, TryRng};

use crate::random::random;

/// So many bytes in a row are no accident.
const WINDOW: usize = 8;

/// What must not be told, each with what it is.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    pub(crate) fn bytes(&mut self, what: &'static str, secret: impl AsRef<[u8]>) {
        self.0.push((what, secret.as_ref().to_vec()));
    }

    /// A number: as decimals, or as its bytes in either order.
    pub(crate) fn number(&mut self, what: &'static str, secret: i64) {
        assert!(secret.unsigned_abs() > 1 << 32, "{what} is {secret}, which could be any number");
        self.bytes(what, secret.to_le_bytes());
        self.bytes(what, secret.to_be_bytes());
    }

    /// What the text has, each with a part that was found.
    pub(crate) fn found_in(&self, text: &str) -> Vec<String> {
        let readings = readings(text);
        let windows: HashSet<&[u8]> = readings.iter().flat_map(|reading| reading.windows(WINDOW)).collect();
        let is_there = |part: &&[u8]| match part.len() {
            WINDOW => is_telling(part) && windows.contains(part),
            len => readings.iter().any(|reading| reading.windows(len).any(|window| window == *part)),
        };
        let part = |secret: &Vec<u8>| secret.windows(WINDOW.min(secret.len())).find(is_there).map(<[u8]>::to_vec);
        let found = self.0.iter().filter_map(|(what, secret)| Some((*what, part(secret)?)));
        found.map(|(what, part)| format!("{what}: {:?}", String::from_utf8_lossy(&part))).collect()
    }
}

/// Zeros, for example, are in any record.
fn is_telling(window: &[u8]) -> bool {
    window.iter().collect::<HashSet<_>>().len() >= WINDOW / 2
}

/// Everything that a text can be read as.
fn readings(text: &str) -> Vec<Vec<u8>> {
    let mut readings = vec![text.as_bytes().to_vec()];
    for digits in runs(text, |c| c.is_ascii_hexdigit()) {
        let nibbles: Vec<u8> = digits.chars().map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
        for start in 0..2.min(nibbles.len()) {
            readings.push(nibbles[start..].chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect());
        }
    }
    for digits in runs(text, |c| c.is_ascii_alphanumeric() || "+/-_".contains(c)) {
        let sextets: Vec<u32> = digits.chars().map(sextet).collect();
        for start in 0..4.min(sextets.len()) {
            readings.push(sextets[start..].chunks(4).flat_map(three_bytes).collect());
        }
    }
    for digits in runs(text, |c| c.is_ascii_digit() || c == '-') {
        let number = digits.parse::<i64>().or_else(|_| digits.parse::<u64>().map(u64::cast_signed));
        readings.extend(number.map(|number| number.to_le_bytes().to_vec()));
    }
    for list in runs(text, |c| c.is_ascii_hexdigit() || ", x".contains(c)) {
        let items = || list.split(',').map(str::trim);
        readings.push(items().filter_map(|item| item.parse().ok()).collect());
        let hex = |item: &str| u8::from_str_radix(item.trim_start_matches("0x"), 16).ok();
        readings.push(items().filter_map(hex).collect());
    }
    readings
}

fn runs(text: &str, is_part: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !is_part(c)).filter(|run| !run.is_empty())
}

/// Of base64, in its alphabet or in that for addresses.
fn sextet(digit: char) -> u32 {
    match digit {
        'A'..='Z' => u32::from(digit) - u32::from('A'),
        'a'..='z' => u32::from(digit) - u32::from('a') + 26,
        '0'..='9' => u32::from(digit) - u32::from('0') + 52,
        '+' | '-' => 62,
        _ => 63,
    }
}

fn three_bytes(sextets: &[u32]) -> Vec<u8> {
    let bits = sextets.iter().fold(0, |bits, sextet| bits << 6 | sextet) << (6 * (4 - sextets.len()));
    bits.to_be_bytes()[1..sextets.len()].to_vec()
}

/// A client's randomness, all of which is secret: keys, exponents, nonces, the session's id, padding.
pub(crate) struct Recorded {
    rng: ChaCha20Rng,
    drawn: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorded {
    pub(crate) fn new(seed: u64) -> (Self, Arc<Mutex<Vec<Vec<u8>>>>) {
        let drawn = Arc::default();
        (Self { rng: random(seed), drawn: Arc::clone(&drawn) }, drawn)
    }
}

impl TryRng for Recorded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.rng.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.rng.fill_bytes(bytes);
        if bytes.len() >= WINDOW {
            self.drawn.lock().unwrap().push(bytes.to_vec());
        }
        Ok(())
    }
}

impl TryCryptoRng for Recorded {}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = [0x9f, 0x12, 0xe4, 0x77, 0x03, 0xab, 0x5c, 0xd1, 0x88, 0x2e];
    let number = i64::from_le_bytes(secret[..8].try_into().unwrap());
    let mut secrets = Secrets::default();
    secrets.bytes("bytes", secret);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        format!("key={hex}"),
        format!("key={}", hex.to_uppercase()),
        format!("key={secret:?}"),
        format!("key={secret:02x?}"),
        format!("key={secret:#04x?}").replace(",\n", ", "),
        format!("salt={number}"),
        format!("salt={}", number.cast_unsigned()),
        "key=nxLkdwOrXNGILg==".to_owned(),
        "key=AJ8S5HcDq1zRiC4=".to_owned(),
        "key=AACfEuR3A6tc0Ygu".to_owned(),
    ] {
        assert!(!secrets.found_in(&text).is_empty(), "{text}");
    }
    assert!(secrets.found_in("key=9f12e477 03ab5c [159, 18, 228, 119]").is_empty());
    let mut secrets = Secrets::default();
    secrets.number("number", number);
    for text in [format!("{number:x}"), format!("hash={number}"), format!("{:?}", number.to_be_bytes())] {
        assert!(!secrets.found_in(&text).is_empty(), "{text}");
    }
    let mut secrets = Secrets::default();
    secrets.bytes("code", "83917");
    for text in ["the code is 83917", "3833393137", "[56, 51, 57, 49, 55]"] {
        assert!(!secrets.found_in(text).is_empty(), "{text}");
    }
}

//! Files that one library encrypts and the other decrypts.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use secret_runtime::crypto::file::FileKey;
use serde_json::json;

use crate::deviations::Deviations;
use crate::hex;
use crate::peer::Peer;

/// What is wrong with a file.
pub(crate) type Outcome = Result<(), String>;

/// Where our files are divided.
const PART: usize = 16 * 1024;

/// A file of theirs, which we decrypt.
pub(crate) fn theirs(peer: &mut Peer, size: usize, rng: &mut ChaCha20Rng, deviations: &mut Deviations) -> Outcome {
    let content = random(size, rng);
    let answer = peer.get("encrypt_file", json!({ "content": hex::encode(&content) }), deviations);
    let key =
        FileKey::from_parts(&hex::of(&answer["key"]), &hex::of(&answer["iv"])).map_err(|error| error.to_string())?;
    let fingerprint = i32::try_from(answer["fingerprint"].as_i64().unwrap()).unwrap();
    key.verify(fingerprint).map_err(|error| error.to_string())?;
    let parts: Vec<_> = answer["parts"].as_array().unwrap().iter().map(hex::of).collect();
    if decrypted(&key, size, &parts, false)? == content {
        return Ok(());
    }
    if peer.package == "telethon-secret-chat" && decrypted(&key, size, &parts, true)? == content {
        deviations.note(peer.package, "file-parts-not-chained");
        return Ok(());
    }
    Err(format!("a file of {size} bytes is another after decryption"))
}

/// A file of ours, which they decrypt.
pub(crate) fn ours(peer: &mut Peer, size: usize, rng: &mut ChaCha20Rng, deviations: &mut Deviations) -> Outcome {
    let content = random(size, rng);
    let key = FileKey::generate(rng);
    let mut encryptor = key.encryptor();
    let mut parts: Vec<_> = content.chunks(PART).map(<[u8]>::to_vec).collect();
    let mut last = parts.pop().unwrap_or_default();
    for part in &mut parts {
        encryptor.update(part).map_err(|error| error.to_string())?;
    }
    encryptor.finish(&mut last, rng);
    parts.push(last);
    let is_chained = peer.package != "telethon-secret-chat" || parts.len() == 1;
    let arguments = json!({
        "parts": parts.iter().map(|part| hex::encode(part)).collect::<Vec<_>>(),
        "key": hex::encode(key.key()), "iv": hex::encode(key.iv()), "fingerprint": key.fingerprint(),
    });
    let (answer, _) = peer.ask("decrypt_file", arguments, deviations);
    let found = hex::of(&answer?);
    match found.get(..size) {
        Some(found) if found == content => Ok(()),
        Some(found) if !is_chained && found[..PART] == content[..PART] => {
            deviations.note(peer.package, "file-parts-not-chained");
            Ok(())
        }
        _ => Err(format!("a file of {size} bytes is another after decryption")),
    }
}

/// The content of a file; `anew` if every part begins with the file's iv.
fn decrypted(key: &FileKey, size: usize, parts: &[Vec<u8>], anew: bool) -> Result<Vec<u8>, String> {
    let mut decryptor = key.decryptor(size as u64);
    let mut content = Vec::new();
    for part in parts {
        if anew {
            decryptor = key.decryptor((size - content.len()) as u64);
        }
        let mut part = part.clone();
        content.extend_from_slice(decryptor.update(&mut part).map_err(|error| error.to_string())?);
    }
    decryptor.finish().map_err(|error| error.to_string())?;
    Ok(content)
}

fn random(size: usize, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut content = vec![0; size];
    rng.fill_bytes(&mut content);
    content
}

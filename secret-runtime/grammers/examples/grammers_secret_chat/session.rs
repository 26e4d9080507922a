//! A session that is kept: secret chats are bound to its authorization key, and end when that is lost. `SqliteSession`, a
//! feature of `grammers-session`, does this and more; it brings SQLite along.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use grammers_session::storages::MemorySession;
use grammers_session::{Session, SessionData};

use crate::Failure;

/// The numbers of Telegram's data centres.
const DATA_CENTERS: std::ops::RangeInclusive<i32> = 1..=5;

/// The session in the file, or a new one: the number of the home data centre, then those of others with their keys.
pub(crate) fn load(path: &Path) -> Result<MemorySession, Failure> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(MemorySession::default()),
        text => text?,
    };
    let broken = || format!("{} is no session; delete it, and log in again", path.display());
    let mut lines = text.lines();
    let home_dc = lines.next().and_then(|home| home.parse().ok()).ok_or_else(broken)?;
    let mut data = SessionData { home_dc, ..SessionData::default() };
    for line in lines {
        let (id, key) = line.split_once(' ').ok_or_else(broken)?;
        let option = id.parse().ok().and_then(|id| data.dc_options.get_mut(&id)).ok_or_else(broken)?;
        option.auth_key = Some(bytes(key).ok_or_else(broken)?);
    }
    Ok(data.into())
}

/// Keeps the session in a file that only its owner can read.
pub(crate) fn save(session: &MemorySession, path: &Path) -> Result<(), Failure> {
    let mut text = format!("{}\n", session.home_dc_id()?);
    for id in DATA_CENTERS {
        if let Some(key) = session.dc_option(id)?.and_then(|option| option.auth_key) {
            write!(text, "{id} ")?;
            key.iter().try_for_each(|byte| write!(text, "{byte:02x}"))?;
            text.push('\n');
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(text.as_bytes())?)
}

fn bytes(hex: &str) -> Option<[u8; 256]> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let (directory, key) = (tempfile::tempdir().unwrap(), std::array::from_fn(|place| place as u8));
        let path = directory.path().join("session");
        let mut data = SessionData { home_dc: 4, ..SessionData::default() };
        data.dc_options.get_mut(&4).unwrap().auth_key = Some(key);
        save(&data.into(), &path).unwrap();
        let loaded = load(&path).unwrap();
        assert_eq!(loaded.home_dc_id().unwrap(), 4);
        assert_eq!(loaded.dc_option(4).unwrap().unwrap().auth_key, Some(key));
        assert_eq!(loaded.dc_option(2).unwrap().unwrap().auth_key, None);

        std::fs::write(&path, "4\n4 0123\n").unwrap();
        assert!(load(&path).is_err());
    }
}

//! Files that appear under their name whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::private;

/// Creates a file, lets `write` fill it and make it durable, and only then gives it its name. If there is one by then, it
/// stays. A crash may leave a file behind whose name has `suffix` at its end, which nobody needs.
// A link, unlike a rename, never replaces what another process put there first.
pub(super) fn create<E: From<io::Error>>(
    path: &Path,
    suffix: u64,
    write: impl FnOnce(File) -> Result<(), E>,
) -> Result<(), E> {
    let mut name = path.file_name().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?.to_owned();
    name.push(format!(".{suffix:016x}"));
    let unfinished = path.with_file_name(name);

    let file = private::options(OpenOptions::new().read(true).write(true).create_new(true)).open(&unfinished)?;
    let written = write(file);
    let named = written.and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    });
    fs::remove_file(&unfinished)?;
    named?;
    Ok(private::sync_directory_of(path)?)
}

//! Files that only their owner may use, and that appear under their name whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

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

    let file = private(OpenOptions::new().read(true).write(true).create_new(true)).open(&unfinished)?;
    let written = write(file);
    let named = written.and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    });
    fs::remove_file(&unfinished)?;
    named?;
    Ok(sync_directory_of(path)?)
}

/// The mode of a file that others than its owner may use (Unix).
#[cfg(unix)]
pub(super) fn mode_beyond_owner(metadata: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(super) fn mode_beyond_owner(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}

//! Files that only their owner may use.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// The mode of a file that others than its owner may use (Unix).
#[cfg(unix)]
pub(crate) fn mode_beyond_owner(metadata: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(crate) fn mode_beyond_owner(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Lets only the owner use the file that is created (Unix).
#[cfg(unix)]
pub(crate) fn options(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
pub(crate) fn options(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes durable that a file has its name (Unix).
#[cfg(unix)]
pub(crate) fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}

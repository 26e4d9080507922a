use std::fs;
use std::path::{Path, PathBuf};

use secret_runtime::client::{ConnectError, LoginError, SessionFile, SessionFileError};
use sha2::{Digest, Sha256};

use crate::setup::{HASH, PHONE, client, is_logged_in, kept_user, open, server, settings};

fn path_in(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("session")
}

/// A file of somebody who was logged in.
async fn file(path: &Path) -> Vec<u8> {
    let server = server().await;
    let (connection, _incoming) = kept_user(&server, path).await;
    connection.shutdown().await;
    fs::read(path).unwrap()
}

#[tokio::test]
async fn a_log_in_lasts_over_a_restart() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let (connection, _incoming) = kept_user(&server, &path_in(&directory)).await;
    let user = connection.user();
    connection.shutdown().await;
    drop(connection);
    let file = SessionFile::open(path_in(&directory)).unwrap();
    assert_eq!((file.user(), file.home()), (user, Some(1)));
    let (connection, _incoming) = open(settings(&server), file).await.unwrap();
    assert!(is_logged_in(&connection).await);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_use_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    file(&path).await;
    for name in ["session", "session.lock"] {
        let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = SessionFile::open(&path);
    assert!(matches!(refused, Err(SessionFileError::Permissions { mode: 0o640, .. })), "{refused:?}");
}

#[test]
fn one_has_the_file_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let first = SessionFile::open(&path).unwrap();
    assert!(matches!(SessionFile::open(&path), Err(SessionFileError::Locked { .. })));
    drop(first);
    assert!(SessionFile::open(&path).is_ok());
}

#[tokio::test]
async fn a_file_that_was_changed_or_cut_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let good = file(&path).await;
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let refused = SessionFile::open(&path);
        let kinds = matches!(refused, Err(SessionFileError::Damaged { .. } | SessionFileError::NewerFormat { .. }));
        assert!(kinds, "{refused:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    };
    for index in 0..good.len() {
        let mut changed = good.clone();
        changed[index] ^= 0x40;
        check(&changed);
        check(&good[..index]);
    }
    check(&[good.as_slice(), &[0]].concat());
    fs::write(&path, &good).unwrap();
    assert!(SessionFile::open(&path).unwrap().user().is_some());
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_told_from_a_damaged_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let mut bytes = file(&path).await;
    bytes[8] = 9;
    fs::write(&path, bytes).unwrap();
    let refused = SessionFile::open(&path);
    assert!(matches!(refused, Err(SessionFileError::NewerFormat { found: 9, known: 2, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_file_of_the_first_format_which_had_no_addresses_is_read_and_written_as_a_new_one() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = path_in(&directory);
    let (connection, _incoming) = kept_user(&server, &path).await;
    let user = connection.user();
    connection.shutdown().await;
    drop(connection);
    let bytes = fs::read(&path).unwrap();
    // The addresses come last, before the checksum, and there are none.
    let (content, _) = bytes.split_last_chunk::<32>().unwrap();
    let Some((0, content)) = content.split_last() else { panic!("there are addresses") };
    let mut first = content.to_vec();
    first[8] = 1;
    first.extend_from_slice(&Sha256::digest(&first));
    fs::write(&path, first).unwrap();

    let file = SessionFile::open(&path).unwrap();
    assert_eq!((file.user(), file.home()), (user, Some(1)));
    let (connection, _incoming) = open(settings(&server), file).await.unwrap();
    assert!(is_logged_in(&connection).await);
    connection.log_out().await.unwrap();
    assert_eq!(fs::read(&path).unwrap()[8], 2);
}

#[tokio::test]
async fn what_a_crash_left_beside_the_file_does_no_harm() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = path_in(&directory);
    fs::write(directory.path().join("session.new"), "half of a file").unwrap();
    let (connection, _incoming) = kept_user(&server, &path).await;
    connection.shutdown().await;
    drop(connection);
    assert!(SessionFile::open(&path).unwrap().user().is_some());
    assert!(!directory.path().join("session.new").exists());
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_not_used() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    // What is written first cannot be, as on a full disk.
    fs::create_dir(directory.path().join("session.new")).unwrap();
    let error = open(settings(&server), SessionFile::open(path_in(&directory)).unwrap()).await.unwrap_err();
    assert!(matches!(&*error, ConnectError::SessionFile(SessionFileError::Io { .. })), "{error}");
    assert_eq!(server.calls("help.getConfig"), 0);
}

#[tokio::test]
async fn a_log_in_that_cannot_be_kept_is_an_error_and_what_was_kept_stays() {
    let (server, directory) = (server().await, tempfile::tempdir().unwrap());
    let path = path_in(&directory);
    let (connection, _incoming) = open(settings(&server), SessionFile::open(&path).unwrap()).await.unwrap();
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    fs::create_dir(directory.path().join("session.new")).unwrap();
    let refused = connection.sign_in(&code, "22222").await;
    assert!(matches!(refused, Err(LoginError::SessionFile(SessionFileError::Io { .. }))), "{refused:?}");
    assert_eq!(connection.user(), None);
    connection.shutdown().await;
    drop(connection);
    assert_eq!(SessionFile::open(&path).unwrap().user(), None);
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    file(&path).await;
    let file = SessionFile::open(&path).unwrap();
    let user = file.user().unwrap().user_id;
    assert_eq!(
        format!("{file:?}"),
        format!(
            "SessionFile {{ path: Some({path:?}), home: Some(1), user: Some(SignedIn {{ user_id: {user}, bot: false }}), .. }}"
        )
    );
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    assert_eq!(
        format!("{code:?} {connection:?}"),
        "SentCode { timeout: None, .. } Connection { home: 1, user: None, .. }"
    );
}

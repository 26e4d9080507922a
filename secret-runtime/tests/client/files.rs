//! Files up and down.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secret_runtime::chat::Event;
use secret_runtime::client::files::{
    Download, DownloadError, PARTS_AT_ONCE, Progress, SendFileError, Upload, UploadError,
};
use tl_types::api::types::EncryptedFile;
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageMediaAudio, DecryptedMessageMediaDocument, DecryptedMessageMediaPhoto,
    DecryptedMessageMediaVideo,
};

use crate::random::random;
use crate::world::{Party, World, settle};

const PART: usize = 512 << 10;

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place.wrapping_mul(31) >> 3) as u8).collect()
}

fn document() -> DecryptedMessage {
    let media = DecryptedMessageMediaDocument::new(
        Vec::new(),
        0,
        0,
        "application/octet-stream",
        0,
        Vec::new(),
        Vec::new(),
        Vec::new(),
        "a file",
    );
    DecryptedMessage::new(0, 0, "").with_media(media)
}

fn upload(size: usize) -> Upload {
    Upload::new(size as u64, false, &mut random(9)).unwrap()
}

async fn receive(bob: &mut Party) -> (DecryptedMessage, EncryptedFile) {
    match bob.expect(|event| matches!(event, Event::Message { .. })).await {
        Event::Message { message, file: Some(file), .. } => (message, file),
        other => panic!("{other:?}"),
    }
}

/// Sends a file, and gives what the other side receives.
async fn send(world: &World, size: usize) -> (Party, Party, DecryptedMessage, EncryptedFile) {
    let (alice, mut bob) = world.both().await;
    let source = Cursor::new(content(size));
    let sent =
        alice.chats.send_encrypted_file(world.chat, document(), &mut upload(size), source, |_| {}).await.unwrap();
    assert!(sent[0].file().is_some());
    let (message, file) = receive(&mut bob).await;
    (alice, bob, message, file)
}

async fn check(size: usize) {
    let world = World::ready();
    let (_alice, bob, message, file) = send(&world, size).await;
    let mut download = Download::new(&message, &file).unwrap();
    assert_eq!(download.size(), size as u64);
    let mut told = Vec::new();
    let received = bob.chats.download(&mut download, Vec::new(), |progress| told.push(progress)).await.unwrap();
    assert!(received == content(size), "the file is the same");
    assert_eq!(told.len(), size.div_ceil(PART));
    assert_eq!(told.last(), Some(&Progress { done: size as u64, total: size as u64 }));
}

#[tokio::test(start_paused = true)]
async fn a_file_of_one_byte_arrives() {
    check(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_of_several_parts_arrives() {
    check(3 * PART + 5).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_of_whole_parts_arrives() {
    check(2 * PART).await;
}

#[tokio::test(start_paused = true)]
async fn a_big_file_arrives() {
    check(21 * PART + 1).await;
}

#[tokio::test(start_paused = true)]
async fn parts_go_side_by_side_and_not_too_many_of_them() {
    let world = World::ready();
    let alice = world.alice().await;
    settle().await;
    alice.line.faults().delays = [30, 5, 20].map(Duration::from_millis).to_vec();
    alice.line.faults().most_at_once = 0;
    let size = 12 * PART;
    upload(size).run(&alice.line, Cursor::new(content(size)), |_| {}).await.unwrap();
    assert_eq!(alice.line.faults().most_at_once, PARTS_AT_ONCE);
}

/// A file that says how much of it was read.
struct Counted {
    content: Cursor<Vec<u8>>,
    read: Arc<AtomicUsize>,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(bytes)?;
        self.read.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_of_a_file_is_in_memory_than_the_parts_on_their_way() {
    let world = World::ready();
    let alice = world.alice().await;
    alice.line.faults().hold = Some("upload.saveBigFilePart");
    let (size, read) = (40 * PART, Arc::new(AtomicUsize::new(0)));
    let source = Counted { content: Cursor::new(content(size)), read: Arc::clone(&read) };
    let mut upload = upload(size);
    let run = upload.run(&alice.line, source, |_| {});
    assert!(tokio::time::timeout(Duration::from_secs(5), run).await.is_err());
    assert_eq!(read.load(Ordering::SeqCst), (PARTS_AT_ONCE + 1) * PART);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_was_cancelled_goes_on_with_the_parts_that_are_missing() {
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    alice.line.faults().delays = vec![Duration::from_millis(10)];
    let size = 20 * PART - 3;
    let mut upload = upload(size);
    let cut = upload.run(&alice.line, Cursor::new(content(size)), |_| {});
    assert!(tokio::time::timeout(Duration::from_millis(70), cut).await.is_err());
    settle().await;
    let saved = world.server().count("upload.saveFilePart");
    assert!(saved > 4 && saved < 20, "{saved} parts are there");
    // As after a restart.
    let mut upload: Upload = serde_json::from_str(&serde_json::to_string(&upload).unwrap()).unwrap();
    let sent =
        alice.chats.send_encrypted_file(world.chat, document(), &mut upload, Cursor::new(content(size)), |_| {}).await;
    sent.unwrap();
    let saved_again = world.server().count("upload.saveFilePart") - saved;
    assert!(saved_again <= 20 - saved + PARTS_AT_ONCE, "{saved} and then {saved_again}");
    let (message, file) = receive(&mut bob).await;
    let mut download = Download::new(&message, &file).unwrap();
    assert!(bob.chats.download(&mut download, Vec::new(), |_| {}).await.unwrap() == content(size));
}

#[tokio::test(start_paused = true)]
async fn a_part_is_sent_again_after_a_flood_or_a_lost_answer_and_fails_for_good_otherwise() {
    let world = World::ready();
    let alice = world.alice().await;
    world.server().answer_next_with("upload.saveFilePart", 420, "FLOOD_PREMIUM_WAIT_9");
    world.server().answer_next_with("upload.saveFilePart", 500, "INTERNAL");
    alice.line.faults().lose_answers = Some(("upload.saveFilePart", 1));
    upload(5).run(&alice.line, Cursor::new(content(5)), |_| {}).await.unwrap();
    world.server().answer_next_with("upload.saveFilePart", 420, "FLOOD_WAIT_300");
    upload(5).run(&alice.line, Cursor::new(content(5)), |_| {}).await.unwrap();
    for (code, message) in [(400, "FILE_PART_INVALID"), (420, "FLOOD_WAIT_301")] {
        world.server().answer_next_with("upload.saveFilePart", code, message);
        let error = upload(5).run(&alice.line, Cursor::new(content(5)), |_| {}).await.unwrap_err();
        assert!(matches!(error, UploadError::Call(_)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_shorter_or_longer_than_was_said_is_not_sent() {
    let world = World::ready();
    let alice = world.alice().await;
    for size in [99, 101, 0, PART] {
        let error = upload(100).run(&alice.line, Cursor::new(content(size)), |_| {}).await.unwrap_err();
        assert!(matches!(error, UploadError::SizeChanged { expected: 100 }), "{error:?}");
    }
    assert!(matches!(Upload::new(0, false, &mut random(1)), Err(UploadError::File(_))));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_done_is_not_done_again() {
    let world = World::ready();
    let alice = world.alice().await;
    let mut upload = upload(5);
    let file = upload.run(&alice.line, Cursor::new(content(5)), |_| {}).await.unwrap();
    assert_eq!(upload.run(&alice.line, io::empty(), |_| {}).await.unwrap(), file);
    assert_eq!(world.server().count("upload.saveFilePart"), 1);
}

#[tokio::test(start_paused = true)]
async fn photos_videos_and_audio_say_what_their_files_are_encrypted_with() {
    let none = Vec::<u8>::new;
    let photo = DecryptedMessageMediaPhoto::new(none(), 0, 0, 0, 0, 0, none(), none(), "");
    let video = DecryptedMessageMediaVideo::new(none(), 0, 0, 0, "video/mp4", 0, 0, 0, none(), none(), "");
    let audio = DecryptedMessageMediaAudio::new(0, "audio/ogg", 0, none(), none());
    let messages = [
        DecryptedMessage::new(0, 0, "").with_media(photo),
        DecryptedMessage::new(0, 0, "").with_media(video),
        DecryptedMessage::new(0, 0, "").with_media(audio),
    ];
    let world = World::ready();
    let (alice, mut bob) = world.both().await;
    for message in messages {
        let source = Cursor::new(content(99));
        let sent = alice.chats.send_encrypted_file(world.chat, message, &mut upload(99), source, |_| {}).await;
        assert!(sent.unwrap()[0].file().is_some());
        let (message, file) = receive(&mut bob).await;
        let mut download = Download::new(&message, &file).unwrap();
        assert_eq!(download.size(), 99);
        assert_eq!(bob.chats.download(&mut download, Vec::new(), |_| {}).await.unwrap(), content(99));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_without_media_takes_no_file() {
    let world = World::ready();
    let alice = world.alice().await;
    let message = DecryptedMessage::new(0, 0, "text");
    let sent =
        alice.chats.send_encrypted_file(world.chat, message, &mut upload(5), Cursor::new(content(5)), |_| {}).await;
    assert!(matches!(sent, Err(SendFileError::NoMedia(_))));
    assert_eq!(world.server().count("upload.saveFilePart"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_download_goes_on_where_it_stopped() {
    let world = World::ready();
    let size = 9 * PART + 77;
    let (_alice, bob, message, file) = send(&world, size).await;
    bob.line.faults().delays = vec![Duration::from_millis(10)];
    let mut download = Download::new(&message, &file).unwrap();
    let sink = Shared::default();
    let cut = bob.chats.download(&mut download, sink.clone(), |_| {});
    assert!(tokio::time::timeout(Duration::from_millis(30), cut).await.is_err());
    let written = usize::try_from(download.written()).unwrap();
    assert!(written > 0 && written < size, "{written}");
    let mut received = sink.0.lock().unwrap()[..written].to_vec();
    let mut download: Download = serde_json::from_str(&serde_json::to_string(&download).unwrap()).unwrap();
    received.extend(bob.chats.download(&mut download, Vec::new(), |_| {}).await.unwrap());
    assert!(received == content(size), "the file is the same");
}

#[derive(Clone, Default)]
struct Shared(Arc<std::sync::Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_under_another_key_is_not_downloaded() {
    let world = World::ready();
    let (_alice, _bob, message, file) = send(&world, 100).await;
    let EncryptedFile::EncryptedFile(mut known) = file else { panic!("there is a file") };
    known.key_fingerprint ^= 1;
    let error = Download::new(&message, &known.clone().into()).unwrap_err();
    assert!(matches!(error, DownloadError::Fingerprint(_)), "{error:?}");
    known.key_fingerprint ^= 1;
    known.size += 1;
    let error = Download::new(&message, &known.into()).unwrap_err();
    assert!(matches!(error, DownloadError::File(_)), "{error:?}");
    assert!(matches!(Download::new(&message, &EncryptedFile::Empty), Err(DownloadError::NoFile)));
}

#[tokio::test(start_paused = true)]
async fn a_part_of_another_size_is_refused() {
    let world = World::ready();
    let (_alice, bob, message, file) = send(&world, PART + 16).await;
    world.server().cut_files();
    let mut download = Download::new(&message, &file).unwrap();
    let error = bob.chats.download(&mut download, Vec::new(), |_| {}).await.unwrap_err();
    assert!(matches!(error, DownloadError::PartSize { part: 1, expected: 16, found: 15 }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn debug_shows_no_key() {
    let upload = upload(5);
    let key: String = upload.key().key().iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = format!("{upload:?}");
    assert!(!shown.contains(&key) && !shown.contains(&format!("{:?}", upload.key().key())), "{shown}");
}

use secret_runtime::loopback::Settings;
use tl_types::api::{constructors, functions, types};

use crate::chats::Pair;
use crate::client::{Client, server, start};

const PART: usize = 64 * 1024;

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8).collect()
}

async fn upload_big(client: &mut Client, id: i64, bytes: &[u8]) -> i32 {
    let parts = bytes.chunks(PART);
    let total = i32::try_from(parts.len()).unwrap();
    for (index, part) in (0..).zip(parts) {
        client.call(&functions::upload::SaveBigFilePart::new(id, index, total, part)).await.unwrap();
    }
    total
}

fn with_file(
    chat: &types::InputEncryptedChat,
    random_id: i64,
    file: impl Into<types::InputEncryptedFile>,
) -> functions::messages::SendEncryptedFile {
    functions::messages::SendEncryptedFile::new(chat.clone(), random_id, vec![1; 56], file)
}

async fn received(client: &mut Client) -> constructors::EncryptedFile {
    let (types::EncryptedMessage::EncryptedMessage(message), _) = client.message().await else { panic!() };
    match message.file {
        types::EncryptedFile::EncryptedFile(file) => file,
        other => panic!("{other:?}"),
    }
}

fn piece(file: &constructors::EncryptedFile, offset: i64, limit: i32) -> functions::upload::GetFile {
    let location = constructors::InputEncryptedFileLocation::new(file.id, file.access_hash);
    functions::upload::GetFile::new(types::InputFileLocation::from(location), offset, limit)
}

async fn download(client: &mut Client, file: &constructors::EncryptedFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    while i64::try_from(bytes.len()).unwrap() < file.size {
        let answer = client.call(&piece(file, i64::try_from(bytes.len()).unwrap(), 128 * 1024)).await.unwrap();
        let types::upload::File::File(part) = answer else { panic!() };
        bytes.extend(part.bytes);
    }
    bytes
}

#[tokio::test]
async fn a_file_goes_up_with_a_message_and_comes_down_as_it_was() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bytes = content(5 * PART + 13);
    let parts = upload_big(&mut pair.ada, 7, &bytes).await;
    let input = constructors::InputEncryptedFileBigUploaded::new(7, parts, 55);
    let answer = pair.ada.call(&with_file(&pair.of_ada, 1, input)).await.unwrap();
    let file = received(&mut pair.bob).await;
    let types::messages::SentEncryptedMessage::SentEncryptedFile(sent) = answer else { panic!() };
    assert_eq!(sent.file, file.clone().into());
    assert_eq!((file.size, file.key_fingerprint, file.dc_id), (bytes.len() as i64, 55, 1));
    assert_eq!(download(&mut pair.bob, &file).await, bytes);
    let again = constructors::InputEncryptedFile::new(file.id, file.access_hash);
    pair.ada.call(&with_file(&pair.of_ada, 2, again)).await.unwrap();
    assert_eq!(received(&mut pair.bob).await, file);
}

#[tokio::test]
async fn a_small_file_is_compared_with_its_sum() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let part = functions::upload::SaveFilePart::new(7, 0, b"abc");
    pair.ada.call(&part).await.unwrap();
    let uploaded = |sum: &str| constructors::InputEncryptedFileUploaded::new(7, 1, sum, 0);
    let wrong = with_file(&pair.of_ada, 1, uploaded("900150983cd24fb0d6963f7d28e17f73"));
    assert_eq!(pair.ada.error(&wrong).await, "400 MD5_CHECKSUM_INVALID");
    let right = with_file(&pair.of_ada, 1, uploaded("900150983cd24fb0d6963f7d28e17f72"));
    pair.ada.call(&right).await.unwrap();
    assert_eq!(received(&mut pair.bob).await.size, 3);
}

#[tokio::test]
async fn a_file_that_is_not_whole_is_refused_and_can_be_completed() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bytes = content(3 * PART);
    let save = |index: usize| {
        let part = &bytes[index * PART..(index + 1) * PART];
        functions::upload::SaveBigFilePart::new(7, i32::try_from(index).unwrap(), 3, part)
    };
    let message = with_file(&pair.of_ada, 1, constructors::InputEncryptedFileBigUploaded::new(7, 3, 0));
    assert_eq!(pair.ada.error(&message).await, "400 FILE_EMTPY");
    pair.ada.call(&save(2)).await.unwrap();
    pair.ada.call(&save(0)).await.unwrap();
    assert_eq!(pair.ada.error(&message).await, "400 FILE_PART_1_MISSING");
    let few = with_file(&pair.of_ada, 1, constructors::InputEncryptedFileBigUploaded::new(7, 1, 0));
    assert_eq!(pair.ada.error(&few).await, "400 FILE_PARTS_INVALID");
    pair.ada.call(&save(1)).await.unwrap();
    pair.ada.call(&message).await.unwrap();
    let file = received(&mut pair.bob).await;
    assert_eq!(download(&mut pair.bob, &file).await, bytes);
    assert_eq!(server.file_bytes(), bytes.len(), "the parts are the file");
}

#[tokio::test]
async fn parts_that_break_the_rules_are_refused() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let big = |index, total, len: usize| functions::upload::SaveBigFilePart::new(7, index, total, vec![1; len]);
    for (part, error) in [
        (big(0, 2, 0), "400 FILE_PART_EMPTY"),
        (big(0, 2, 512 * 1024 + 1024), "400 FILE_PART_TOO_BIG"),
        (big(2, 2, 1024), "400 FILE_PART_INVALID"),
        (big(-1, 2, 1024), "400 FILE_PART_INVALID"),
        (big(0, 0, 1024), "400 FILE_PARTS_INVALID"),
        (big(0, 2, 1025), "400 FILE_PART_SIZE_INVALID"),
        (big(0, 2, 3 * 1024), "400 FILE_PART_SIZE_INVALID"),
    ] {
        assert_eq!(ada.error(&part).await, error);
    }
    ada.call(&big(0, 3, 1024)).await.unwrap();
    assert_eq!(ada.error(&big(1, 3, 2048)).await, "400 FILE_PART_SIZE_CHANGED");
}

#[tokio::test]
async fn pieces_that_break_the_rules_are_refused() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let parts = upload_big(&mut pair.ada, 7, &content(PART)).await;
    let input = constructors::InputEncryptedFileBigUploaded::new(7, parts, 55);
    pair.ada.call(&with_file(&pair.of_ada, 1, input)).await.unwrap();
    let file = received(&mut pair.bob).await;
    for (offset, limit, error) in [
        (1, 4096, "400 OFFSET_INVALID"),
        (-4096, 4096, "400 OFFSET_INVALID"),
        (0, 0, "400 LIMIT_INVALID"),
        (0, 4095, "400 LIMIT_INVALID"),
        (0, 3 * 4096, "400 LIMIT_INVALID"),
        (0, 2 * 1024 * 1024, "400 LIMIT_INVALID"),
        (1024 * 1024 - 4096, 8192, "400 LIMIT_INVALID"),
    ] {
        assert_eq!(pair.bob.error(&piece(&file, offset, limit)).await, error);
    }
    let mut precise = piece(&file, 1024, 3 * 1024);
    precise.precise = true;
    let types::upload::File::File(part) = pair.bob.call(&precise).await.unwrap() else { panic!() };
    assert_eq!(part.bytes, content(PART)[1024..4096]);
    let mut other = file.clone();
    other.access_hash ^= 1;
    assert_eq!(pair.bob.error(&piece(&other, 0, 4096)).await, "400 LOCATION_INVALID");
    let types::upload::File::File(end) = pair.bob.call(&piece(&file, 1 << 20, 4096)).await.unwrap() else { panic!() };
    assert_eq!(end.bytes, []);
}

#[tokio::test]
async fn the_oldest_files_make_room_and_what_never_fits_is_refused() {
    let server = start(Settings { file_memory: 3 * PART, ..Settings::default() }).await;
    let mut pair = Pair::new(&server).await;
    let mut files = Vec::new();
    for id in 1..=2 {
        let parts = upload_big(&mut pair.ada, id, &content(2 * PART)).await;
        let input = constructors::InputEncryptedFileBigUploaded::new(id, parts, 0);
        pair.ada.call(&with_file(&pair.of_ada, id, input)).await.unwrap();
        files.push(received(&mut pair.bob).await);
    }
    assert_eq!(pair.bob.error(&piece(&files[0], 0, 4096)).await, "400 LOCATION_INVALID");
    assert_eq!(download(&mut pair.bob, &files[1]).await.len(), 2 * PART);
    upload_big(&mut pair.ada, 9, &content(3 * PART)).await;
    let more = functions::upload::SaveFilePart::new(10, 0, vec![1; PART]);
    assert_eq!(pair.ada.error(&more).await, "500 FILE_WRITE_FAILED");
    assert_eq!(server.file_bytes(), 3 * PART);
}

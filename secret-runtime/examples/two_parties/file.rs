//! A file in a secret chat: encrypted here, uploaded in parts, and named in a message together with its key.

use std::error::Error;

use secret_runtime::chat::files::{DownloadPlan, UploadPlan, document_size};
use secret_runtime::crypto::file::FileKey;
use tl_types::api::types::{EncryptedFile, InputEncryptedFile};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument, DocumentAttributeFilename};
use tl_types::secret::types::DecryptedMessageMedia;

use crate::server::Server;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// 1.5 MB that are easy to recognise.
pub(crate) fn content() -> Vec<u8> {
    (0..1_500_001_u32).flat_map(|number| number.to_le_bytes().into_iter().take(1)).collect()
}

/// Uploads the file, and gives the message and the file that go together.
pub(crate) fn encrypt(content: &[u8], server: &mut Server) -> Result<(DecryptedMessage, InputEncryptedFile)> {
    let mut rng = rand::rng();
    let key = FileKey::generate(&mut rng);
    let plan = UploadPlan::new(u64::try_from(content.len())?, false)?;
    let mut encryptor = Some(key.encryptor());
    let mut parts = Vec::new();
    for (part, range) in content.chunks(usize::try_from(plan.part_size())?).zip(1..) {
        let mut part = part.to_vec();
        if range < plan.part_count() {
            encryptor.as_mut().ok_or("the last part came early")?.update(&mut part)?;
        } else if let Some(encryptor) = encryptor.take() {
            encryptor.finish(&mut part, &mut rng);
        }
        parts.push(part);
    }
    println!(
        "{} bytes become {} in {} parts; key fingerprint {:08x}",
        plan.plain_size(),
        plan.encrypted_size(),
        plan.part_count(),
        key.fingerprint()
    );
    let id = 77;
    server.files.insert(id, parts);
    let media = DecryptedMessageMediaDocument::new(
        Vec::new(),
        0,
        0,
        "application/octet-stream",
        i64::try_from(plan.plain_size())?,
        key.key().to_vec(),
        key.iv().to_vec(),
        vec![DocumentAttributeFilename::new("numbers.bin").into()],
        "a file",
    );
    let message = DecryptedMessage::new(0, 0, "").with_media(media);
    Ok((message, plan.input_file(id, None, key.fingerprint())))
}

/// Downloads the file, checks that its key is the one that was announced, and decrypts it.
pub(crate) fn decrypt(message: &DecryptedMessage, file: &EncryptedFile, server: &Server) -> Result<Vec<u8>> {
    let Some(DecryptedMessageMedia::Document(media)) = message.media.as_deref() else {
        return Err("the message has no document".into());
    };
    let EncryptedFile::EncryptedFile(known) = file else { return Err("the message has no file".into()) };
    let key = FileKey::from_parts(&media.key, &media.iv)?;
    key.verify(known.key_fingerprint)?;
    let plan = DownloadPlan::new(known)?;
    let parts = server.files.get(&known.id).ok_or("the file is not there")?;
    let mut decryptor = key.decryptor(document_size(media.size, known.size));
    let mut content = Vec::new();
    for (part, _) in parts.iter().zip(0..plan.part_count()) {
        let mut part = part.clone();
        content.extend_from_slice(decryptor.update(&mut part)?);
    }
    decryptor.finish()?;
    Ok(content)
}

/// The id and the key fingerprint of an uploaded file.
pub(crate) fn uploaded(file: &InputEncryptedFile) -> (i64, i32) {
    match file {
        InputEncryptedFile::Uploaded(file) => (file.id, file.key_fingerprint),
        InputEncryptedFile::BigUploaded(file) => (file.id, file.key_fingerprint),
        _ => (0, 0),
    }
}

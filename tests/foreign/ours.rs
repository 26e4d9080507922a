//! A user of ours.

use std::io::Cursor;
use std::sync::Arc;

use secret_runtime::chat::Event;
use secret_runtime::client::chats::{ChatsSettings, Events, News, SecretChats};
use secret_runtime::client::files::{Download, Upload};
use secret_runtime::client::{Connection, ConnectionSettings, DataCenters, LogIn, SessionFile, Transport};
use secret_runtime::mtproto::handshake::RsaPublicKey;
use secret_runtime::store::{Redb, StoreKey};
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::functions::contacts::ResolveUsername;
use tl_types::api::types::{EncryptedFile, User};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageMediaDocument, DocumentAttributeFilename};

use crate::Failure;
use crate::side::{CODE, Content, DC, Place, Seen};

pub(crate) struct Ours {
    connection: Arc<Connection>,
    pub(crate) chats: SecretChats<Connection, Redb>,
    events: Events,
}

impl Ours {
    pub(crate) async fn start(place: &Place, number: u32, name: &str) -> Result<Self, Failure> {
        let home = place.home(name)?;
        let mut settings = ConnectionSettings::new(1);
        settings.data_centers = DataCenters::single(DC, place.address, RsaPublicKey::from_pem(&place.key)?);
        let (connection, incoming) = Connection::open(settings, SessionFile::in_memory(), rng()).await?;
        let code = connection.request_code(&format!("+99966{number:05}"), "hash").await?;
        let LogIn::Done(_) = connection.sign_in(&code, CODE).await? else { return Err("not signed in".into()) };
        connection.call(&UpdateUsername::new(name)).await?;
        let key = StoreKey::from_file(home.join("store.key"), &mut rng())?;
        let store = Redb::open(home.join("store.redb"), &key, rng())?;
        let connection = Arc::new(connection);
        let settings = ChatsSettings::default();
        let (chats, events) = SecretChats::open(Arc::clone(&connection), store, incoming, rng(), settings).await?;
        Ok(Self { connection, chats, events })
    }

    pub(crate) async fn request(&mut self, name: &str) -> Result<i32, Failure> {
        let answer = self.connection.call(&ResolveUsername::new(name)).await?;
        let Some(User::User(user)) = answer.users.into_iter().next() else { return Err("no such user".into()) };
        Ok(self.chats.request(InputUser::new(user.id, user.access_hash.unwrap_or_default())).await?)
    }

    pub(crate) async fn text(&mut self, chat: i32, text: &str) -> Result<(), Failure> {
        Ok(self.chats.send_encrypted(chat, text).await.map(drop)?)
    }

    pub(crate) async fn file(&mut self, chat: i32, content: &[u8]) -> Result<(), Failure> {
        let name = DocumentAttributeFilename::new("content.bin");
        let kind = "application/octet-stream";
        let (thumb, key, iv) = (Vec::new(), Vec::new(), Vec::new());
        let media = DecryptedMessageMediaDocument::new(thumb, 0, 0, kind, 0, key, iv, vec![name.into()], "");
        let message = DecryptedMessage::new(0, 0, "").with_media(media);
        let mut upload = Upload::new(content.len() as u64, false, &mut rng())?;
        let source = Cursor::new(content.to_vec());
        self.chats.send_encrypted_file(chat, message, &mut upload, source, |_| ()).await?;
        Ok(())
    }

    pub(crate) async fn discard(&mut self, chat: i32) -> Result<(), Failure> {
        Ok(self.chats.discard(chat, false).await?)
    }

    pub(crate) async fn next(&mut self) -> Result<Seen, Failure> {
        loop {
            let (chat, event) = match self.events.next().await.ok_or("the chats ended")? {
                News::Event { chat, event, .. } => (chat, event),
                News::StoreFailed(failure) => return Err(failure.into()),
                _ => continue,
            };
            match event {
                Event::Requested => self.chats.accept(chat).await?,
                Event::Ready { .. } => return Ok(Seen::Ready(chat)),
                Event::Message { message, file: None, .. } => return Ok(Seen::Text(message.message)),
                Event::Message { message, file: Some(file), .. } => return self.download(&message, &file).await,
                Event::Closed(_) => return Ok(Seen::Closed),
                Event::Failed { why, .. } => return Err(why.to_string().into()),
                _ => {}
            }
        }
    }

    async fn download(&self, message: &DecryptedMessage, file: &EncryptedFile) -> Result<Seen, Failure> {
        let mut download = Download::new(message, file)?;
        let content = self.chats.download(&mut download, Cursor::new(Vec::new()), |_| ()).await?;
        Ok(Seen::File(Content::of(content.get_ref())))
    }

    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.chats.shutdown().await;
        self.connection.shutdown().await;
        Ok(())
    }
}

fn rng() -> impl rand_core::CryptoRng + Send {
    rand_core::UnwrapErr(rand::rngs::SysRng)
}

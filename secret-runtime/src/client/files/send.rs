//! Files as callers of the chats send and fetch them.

use std::io::{Read, Write};

use tl_types::secret::constructors::DecryptedMessage;
use tracing::field::Empty;

use super::media::describe;
use super::{Download, DownloadError, Progress, SendFileError, Upload};
use crate::client::Transport;
use crate::client::chats::{OutgoingMessage, Peer, SecretChats, Sent};
use crate::client::trace::in_span;
use crate::store::Store;

impl<T: Transport, St: Store + Send + 'static> SecretChats<T, St> {
    /// Uploads what of the file is not there yet, then sends the message that it goes with, and answers as
    /// [`send_encrypted`](Self::send_encrypted).
    ///
    /// The message has a photo, a video, audio or a document; key, iv and size are filled in. `source` is the file from its
    /// beginning, and `progress` is told after every part. To cancel, drop the future; with the same `upload`, and a
    /// `random_id` that is not 0, the call goes on where it stopped.
    ///
    /// # Errors
    /// [`SendFileError`], by what failed.
    pub async fn send_encrypted_file(
        &self,
        peer: impl Into<Peer> + Send,
        mut message: DecryptedMessage,
        upload: &mut Upload,
        source: impl Read + Send + 'static,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Vec<Sent>, SendFileError> {
        let peer = peer.into();
        let span =
            tracing::debug_span!("send_encrypted_file", chat = peer.chat, bytes = upload.size(), outcome = Empty);
        let send = async {
            describe(&mut message, upload.key(), upload.size()).map_err(SendFileError::NoMedia)?;
            let file = upload.run(self.transport(), source, progress).await.map_err(SendFileError::Upload)?;
            let message = OutgoingMessage::from(message).with_file(file);
            self.send_encrypted(peer, message).await.map_err(SendFileError::Send)
        };
        in_span(span, send).await
    }

    /// Downloads what of a file is missing; see [`Download::run`].
    ///
    /// # Errors
    /// [`DownloadError`], by what failed.
    pub async fn download<W: Write + Send + 'static>(
        &self,
        download: &mut Download,
        sink: W,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<W, DownloadError> {
        download.run(self.transport(), sink, progress).await
    }
}

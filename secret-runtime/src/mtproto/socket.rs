//! The one place that has sockets: packets go in and out of a TCP stream, framed by a [`Codec`].
//!
//! It knows nothing of what packets mean. Every future here can be dropped at any time: nothing that was read or queued is
//! lost, and none of it is read or written twice.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use rand_core::CryptoRng;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::framing::{Codec, Frame, FramingError, TransportError, Wire};

/// How much is read at once.
const READ: usize = 64 * 1024;

/// One end of a connection.
pub struct Socket {
    stream: TcpStream,
    codec: Codec,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
}

impl Socket {
    /// Connects to a server.
    ///
    /// # Errors
    /// [`SocketError`] if there is none at the address, or if the framing cannot be obfuscated so.
    pub fn connect(
        address: SocketAddr,
        wire: &Wire,
        rng: &mut dyn CryptoRng,
    ) -> impl Future<Output = Result<Self, SocketError>> + Send + use<> {
        // The generator is not taken along to where the future goes.
        let codec = Codec::client(wire, rng);
        async move {
            let (codec, first) = codec?;
            Self::new(TcpStream::connect(address).await?, codec, first)
        }
    }

    /// A server's end of a connection, which takes the framing that the client speaks.
    ///
    /// # Errors
    /// [`SocketError::Io`] if the connection is gone already.
    pub fn accept(stream: TcpStream) -> Result<Self, SocketError> {
        Self::new(stream, Codec::server(), Vec::new())
    }

    fn new(stream: TcpStream, codec: Codec, output: Vec<u8>) -> Result<Self, SocketError> {
        // Packets are whole: nothing is gained by waiting for more.
        stream.set_nodelay(true)?;
        Ok(Self { stream, codec, input: vec![0; READ], output, written: 0 })
    }

    /// Queues a packet; [`next`](Self::next) and [`flush`](Self::flush) write it.
    ///
    /// # Errors
    /// [`SocketError::Framing`] if it is no packet.
    pub fn queue(
        &mut self,
        packet: &[u8],
        wants_quick_ack: bool,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SocketError> {
        Ok(self.codec.encode(packet, wants_quick_ack, rng, &mut self.output)?)
    }

    /// Queues a server's quick acknowledgement.
    pub fn queue_quick_ack(&mut self, token: u32) {
        self.codec.encode_quick_ack(token, &mut self.output);
    }

    /// Queues a server's transport error.
    pub fn queue_error(&mut self, error: TransportError, rng: &mut dyn CryptoRng) {
        self.codec.encode_error(error, rng, &mut self.output);
    }

    /// How many bytes are queued.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.output.len() - self.written
    }

    /// Waits for the next frame, and meanwhile writes what is queued. Nothing if the other side has closed the connection.
    ///
    /// # Errors
    /// [`SocketError`]; the connection is of no use any more then.
    pub async fn next(&mut self) -> Result<Option<Frame>, SocketError> {
        loop {
            self.try_write()?;
            if let Some(frame) = self.codec.next_frame()? {
                return Ok(Some(frame));
            }
            if !self.progress(Interest::READABLE).await? {
                return Ok(None);
            }
        }
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    /// [`SocketError`]; the connection is of no use any more then.
    pub async fn flush(&mut self) -> Result<(), SocketError> {
        self.try_write()?;
        while self.queued() > 0 {
            self.stream.writable().await?;
            self.try_write()?;
        }
        Ok(())
    }

    /// Reads or writes as soon as something can be. Whether there may be more to read.
    async fn progress(&mut self, read: Interest) -> Result<bool, SocketError> {
        let interest = if self.queued() > 0 { read.add(Interest::WRITABLE) } else { read };
        let ready = self.stream.ready(interest).await?;
        if !(ready.is_readable() || ready.is_read_closed()) {
            return Ok(true);
        }
        match self.stream.try_read(&mut self.input) {
            Ok(0) => Ok(false),
            Ok(read) => {
                self.codec.receive(self.input.get(..read).unwrap_or_default());
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn try_write(&mut self) -> Result<(), SocketError> {
        while let Some(rest) = self.output.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stream.try_write(rest) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => self.written += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, codec: _, input: _, output: _, written: _ } = self;
        f.debug_struct("Socket").field("peer", &stream.peer_addr().ok()).finish_non_exhaustive()
    }
}

/// Why a connection cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SocketError {
    /// The system says so.
    Io(io::Error),
    /// What comes in is no MTProto, or what was to go out is none.
    Framing(FramingError),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(source) => write!(f, "the socket failed: {source}"),
            Self::Framing(source) => source.fmt(f),
        }
    }
}

impl std::error::Error for SocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Framing(source) => Some(source),
        }
    }
}

impl From<io::Error> for SocketError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<FramingError> for SocketError {
    fn from(error: FramingError) -> Self {
        Self::Framing(error)
    }
}

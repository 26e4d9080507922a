//! A TCP stream with a framing on it. This is the only file that has tokio's sockets.
//!
//! It knows frames and nothing of what is in them. What is to be sent is queued without waiting; [`Socket::next`] sends
//! it while it waits for the next frame.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use rand_core::CryptoRng;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};

use super::framing::{Codec, Frame, FramingError, TransportError, Wire};

/// How many bytes are read at a time.
const READ: usize = 64 * 1024;

/// How much of the queue may have been sent before the rest is moved to its front, if the rest is less.
const SENT: usize = 256 * 1024;

/// How much memory the queue keeps when it is empty: two parts of a file.
const KEPT: usize = 1 << 20;

/// A connection: a stream, its framing, and what waits to be sent.
pub struct Socket {
    stream: TcpStream,
    codec: Codec,
    input: Box<[u8]>,
    output: Vec<u8>,
    /// How many bytes of `output` are sent.
    sent: usize,
}

impl Socket {
    /// Connects, and queues the bytes that the framing begins with.
    ///
    /// # Errors
    /// [`SocketError`] if nobody listens there, or the framing cannot be obfuscated.
    pub fn connect(
        address: SocketAddr,
        wire: &Wire,
        rng: &mut dyn CryptoRng,
    ) -> impl Future<Output = Result<Self, SocketError>> + Send + use<> {
        // The generator stays with the caller, so that the future can go to another thread.
        let codec = Codec::client(wire, rng);
        async move {
            let (codec, start) = codec?;
            let mut socket = Self::new(TcpStream::connect(address).await?, codec)?;
            socket.output = start;
            Ok(socket)
        }
    }

    fn new(stream: TcpStream, codec: Codec) -> Result<Self, SocketError> {
        // Messages are whole when they are written; waiting for more would only delay them.
        stream.set_nodelay(true)?;
        Ok(Self { stream, codec, input: vec![0; READ].into(), output: Vec::new(), sent: 0 })
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// [`SocketError`] if the connection is gone.
    pub fn peer(&self) -> Result<SocketAddr, SocketError> {
        Ok(self.stream.peer_addr()?)
    }

    /// The framing, and of a server's side what the client says in it.
    #[must_use]
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Queues a packet.
    ///
    /// # Errors
    /// [`FramingError`]; nothing was queued then.
    pub fn queue(&mut self, packet: &[u8], wants_quick_ack: bool, rng: &mut dyn CryptoRng) -> Result<(), FramingError> {
        self.codec.encode(packet, wants_quick_ack, rng, &mut self.output)
    }

    /// Queues a quick acknowledgement: a server's answer to a packet that asked for one.
    pub fn queue_quick_ack(&mut self, token: u32) {
        self.codec.encode_quick_ack(token, &mut self.output);
    }

    /// Queues a transport error, behind which a server closes the connection.
    pub fn queue_error(&mut self, error: TransportError, rng: &mut dyn CryptoRng) {
        self.codec.encode_error(error, rng, &mut self.output);
    }

    /// How many bytes wait to be sent.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Waits for the next frame, and meanwhile sends what is queued; nothing if the other side has closed the
    /// connection. May be dropped before it is done: nothing is lost then.
    ///
    /// # Errors
    /// [`SocketError`]; the connection is of no use any more.
    pub async fn next(&mut self) -> Result<Option<Frame>, SocketError> {
        self.send_some()?;
        loop {
            if let Some(frame) = self.codec.next_frame()? {
                return Ok(Some(frame));
            }
            let mut interest = Interest::READABLE;
            if self.queued() > 0 {
                interest = interest.add(Interest::WRITABLE);
            }
            let ready = self.stream.ready(interest).await?;
            if ready.is_writable() {
                self.send_some()?;
            }
            if (ready.is_readable() || ready.is_read_closed()) && !self.receive_some()? {
                return Ok(None);
            }
        }
    }

    /// Waits until no more than `rest` bytes are queued. May be dropped before it is done: nothing is lost then.
    ///
    /// # Errors
    /// [`SocketError`]; the connection is of no use any more.
    pub async fn flush(&mut self, rest: usize) -> Result<(), SocketError> {
        self.send_some()?;
        while self.queued() > rest {
            self.stream.writable().await?;
            self.send_some()?;
        }
        Ok(())
    }

    /// Sends what can be sent without waiting.
    fn send_some(&mut self) -> Result<(), SocketError> {
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.try_write(rest) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        if self.sent == self.output.len() {
            self.output.clear();
            self.output.shrink_to(KEPT);
            self.sent = 0;
        } else if self.sent > SENT.max(self.queued()) {
            self.output.drain(..self.sent);
            self.sent = 0;
        }
        Ok(())
    }

    /// Receives what is there; false if there will never be more.
    fn receive_some(&mut self) -> Result<bool, SocketError> {
        match self.stream.try_read(&mut self.input) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.codec.receive(self.input.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, codec: _, input: _, output, sent } = self;
        f.debug_struct("Socket").field("stream", stream).field("queued", &(output.len() - sent)).finish_non_exhaustive()
    }
}

/// Where a server takes connections.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
}

impl Listener {
    /// Listens; at a port that is free, if `address` has port 0.
    ///
    /// # Errors
    /// [`SocketError`] if the address is taken, or none of this machine's.
    pub async fn bind(address: SocketAddr) -> Result<Self, SocketError> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`SocketError`] if the system does not tell.
    pub fn address(&self) -> Result<SocketAddr, SocketError> {
        Ok(self.listener.local_addr()?)
    }

    /// Waits for the next connection. `codec` is the server's side of a framing.
    ///
    /// # Errors
    /// [`SocketError`] if that connection is gone already; others will come.
    pub async fn accept(&self, codec: Codec) -> Result<Socket, SocketError> {
        let (stream, _) = self.listener.accept().await?;
        Socket::new(stream, codec)
    }
}

/// The connection is of no use.
#[derive(Debug)]
pub enum SocketError {
    /// The network or the system refused.
    Io(io::Error),
    /// The other side does not follow the framing, or ours cannot say what it should.
    Framing(FramingError),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("the connection failed: look whether the address can be reached, and try again"),
            Self::Framing(_) => f.write_str("the bytes on the connection make no sense: close it, and connect again"),
        }
    }
}

impl Error for SocketError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Framing(error) => Some(error),
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

//! One side of one connection.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::input::Input;
use super::layout::{self, Head, Role};
use super::obfuscation::{self, Ciphers};
use super::{Frame, Framing, FramingError, TransportError, Wire};

/// Turns packets into the bytes of a stream, and back: one side of one connection, both directions.
///
/// Call [`receive`](Self::receive) with what a socket gave, then [`next_frame`](Self::next_frame) until it gives
/// nothing: then at most one packet that is not complete stays in memory.
pub struct Codec {
    role: Role,
    /// A server knows it when the client has begun.
    framing: Option<Framing>,
    ciphers: Option<Ciphers>,
    secret: Option<Zeroizing<[u8; 16]>>,
    dc: Option<i16>,
    input: Input,
    /// How many packets were sent and received: they are numbered in full framing.
    sent: u32,
    received: u32,
    failed: Option<FramingError>,
}

impl Codec {
    /// A client's side, and the bytes that it must send first.
    ///
    /// # Errors
    /// [`FramingError::FullObfuscated`].
    pub fn client(wire: &Wire, rng: &mut dyn CryptoRng) -> Result<(Self, Vec<u8>), FramingError> {
        let mut codec = Self::new(Role::Client, Some(wire.framing));
        let Some(obfuscation) = &wire.obfuscation else {
            return Ok((codec, layout::announcement(wire.framing).to_vec()));
        };
        let (ciphers, start) = Ciphers::client(wire.framing, obfuscation, rng).ok_or(FramingError::FullObfuscated)?;
        codec.ciphers = Some(ciphers);
        codec.dc = Some(obfuscation.dc);
        Ok((codec, start.to_vec()))
    }

    /// A server's side: it recognises every framing from the client's first bytes, and obfuscation without a secret.
    #[must_use]
    pub fn server() -> Self {
        Self::new(Role::Server, None)
    }

    /// A server's side that only takes streams which are obfuscated with that secret, as a proxy does.
    #[must_use]
    pub fn server_with_secret(secret: [u8; 16]) -> Self {
        Self { secret: Some(Zeroizing::new(secret)), ..Self::server() }
    }

    fn new(role: Role, framing: Option<Framing>) -> Self {
        Self {
            role,
            framing,
            ciphers: None,
            secret: None,
            dc: None,
            input: Input::default(),
            sent: 0,
            received: 0,
            failed: None,
        }
    }

    /// The framing, as soon as it is known.
    #[must_use]
    pub fn framing(&self) -> Option<Framing> {
        self.framing
    }

    /// The data centre that an obfuscated stream names; see [`Obfuscation::dc`](super::Obfuscation::dc).
    #[must_use]
    pub fn dc(&self) -> Option<i16> {
        self.dc
    }

    /// Appends a packet to `out`, which then goes into the stream as it is, in order.
    ///
    /// A client may ask for a quick acknowledgement; in full framing there is none, and the wish is not sent.
    ///
    /// # Errors
    /// [`FramingError`]; nothing was appended then.
    pub fn encode(
        &mut self,
        packet: &[u8],
        wants_quick_ack: bool,
        rng: &mut dyn CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<(), FramingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let framing = self.framing.ok_or(FramingError::NotYetKnown)?;
        let wants_quick_ack = wants_quick_ack && self.role == Role::Client;
        let start = out.len();
        layout::write(framing, self.role, packet, wants_quick_ack, self.sent, rng, out)?;
        self.sent = self.sent.wrapping_add(1);
        self.hide(out, start);
        Ok(())
    }

    /// Appends a quick acknowledgement, which a server gives for a packet that was verified. The number is as in
    /// [`Frame::QuickAck`]; bit 31 is set here. Appends nothing in full framing, or before the framing is known.
    pub fn encode_quick_ack(&mut self, token: u32, out: &mut Vec<u8>) {
        let Some(bytes) = self.framing.and_then(|framing| layout::quick_ack(framing, token)) else { return };
        let start = out.len();
        out.extend(bytes);
        self.hide(out, start);
    }

    /// Appends a transport error, which a server gives before it closes the connection. Appends nothing before the framing
    /// is known.
    pub fn encode_error(&mut self, error: TransportError, rng: &mut dyn CryptoRng, out: &mut Vec<u8>) {
        let Some(framing) = self.framing else { return };
        let start = out.len();
        // Four bytes fit every framing.
        if layout::write(framing, self.role, &error.code.to_le_bytes(), false, self.sent, rng, out).is_ok() {
            self.sent = self.sent.wrapping_add(1);
            self.hide(out, start);
        }
    }

    fn hide(&mut self, out: &mut [u8], start: usize) {
        if let (Some(ciphers), Some(bytes)) = (&mut self.ciphers, out.get_mut(start..)) {
            ciphers.hide(bytes);
        }
    }

    /// Takes bytes of the stream, in order, in parts of any length.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.input.push(bytes);
        if let Some(ciphers) = &mut self.ciphers {
            ciphers.reveal(self.input.last_mut(bytes.len()));
        }
    }

    /// The next of what was received; nothing if more bytes are needed for it.
    ///
    /// # Errors
    /// [`FramingError`]: the peer's stream makes no sense. Every later call gives the same error.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.read_frame().inspect_err(|error| {
            self.failed = Some(*error);
            self.input.clear();
        })
    }

    fn read_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        let framing = match self.framing {
            Some(framing) => framing,
            None => match self.recognise()? {
                Some(framing) => framing,
                None => return Ok(None),
            },
        };
        let unread = self.input.unread();
        let (header, length, trailer, wants_quick_ack) = match layout::head(framing, self.role, unread)? {
            None => return Ok(None),
            Some(Head::QuickAck(token)) => {
                self.input.consume(size_of::<u32>());
                return Ok(Some(Frame::QuickAck(token)));
            }
            Some(Head::Packet { header, length, trailer, wants_quick_ack }) => {
                (header, length, trailer, wants_quick_ack)
            }
        };
        let whole = header + length + trailer;
        let Some((whole_bytes, content)) = unread.get(..whole).zip(unread.get(header..header + length)) else {
            return Ok(None);
        };
        if framing == Framing::Full {
            layout::check_full(whole_bytes, self.received)?;
            self.received = self.received.wrapping_add(1);
        }
        let frame = match layout::transport_error(framing, content) {
            Some(code) if self.role == Role::Client => Frame::Error(TransportError { code }),
            _ => {
                let padded = framing == Framing::PaddedIntermediate;
                let bytes = if padded { layout::without_padding(content) } else { content };
                Frame::Packet { bytes: bytes.to_vec(), wants_quick_ack }
            }
        };
        self.input.consume(whole);
        Ok(Some(frame))
    }

    /// Finds out what the client speaks.
    fn recognise(&mut self) -> Result<Option<Framing>, FramingError> {
        let unread = self.input.unread();
        if self.secret.is_none() {
            for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate] {
                let announcement = layout::announcement(framing);
                if unread.starts_with(announcement) {
                    self.input.consume(announcement.len());
                    self.framing = Some(framing);
                    return Ok(self.framing);
                }
            }
            if unread.first_chunk().is_some_and(|first| obfuscation::is_foreign(*first)) {
                return Err(FramingError::UnknownFraming);
            }
            // The length of the first packet, then its number, which an obfuscated stream does not have there.
            if let Some([_, _, _, _, 0, 0, 0, 0]) = unread.first_chunk() {
                self.framing = Some(Framing::Full);
                return Ok(self.framing);
            }
        }
        let Some(start) = unread.first_chunk() else { return Ok(None) };
        let (mut ciphers, framing, dc) =
            Ciphers::server(start, self.secret.as_deref()).ok_or(FramingError::UnknownFraming)?;
        self.input.consume(obfuscation::START);
        let behind = self.input.unread().len();
        ciphers.reveal(self.input.last_mut(behind));
        (self.ciphers, self.framing, self.dc) = (Some(ciphers), Some(framing), Some(dc));
        Ok(self.framing)
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role: _, framing, ciphers: _, secret: _, dc, input: _, sent: _, received: _, failed } = self;
        f.debug_struct("Codec")
            .field("framing", framing)
            .field("dc", dc)
            .field("failed", failed)
            .finish_non_exhaustive()
    }
}

//! Streams in every framing.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use secret_runtime::mtproto::framing::{Codec, Frame, Framing, FramingError, Obfuscation, Wire};

const FRAMINGS: [Framing; 4] = [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full];

pub(super) fn client(choice: u8, stream: &[u8]) {
    let framing = FRAMINGS[usize::from(choice) % FRAMINGS.len()];
    let is_obfuscated = choice & 0x80 != 0 && framing != Framing::Full;
    let obfuscation = is_obfuscated.then_some(Obfuscation { dc: 2, secret: Some([9; 16]) });
    let wire = Wire { framing, obfuscation };
    check(stream, || Codec::client(&wire, &mut ChaCha20Rng::seed_from_u64(1)).unwrap().0);
}

pub(super) fn server(stream: &[u8]) {
    check(stream, Codec::server);
    check(stream, || Codec::server_with_secret([9; 16]));
}

/// A stream says the same in one piece as in many, and frames hold no more than it.
fn check(stream: &[u8], codec: impl Fn() -> Codec) {
    let whole = read(&mut codec(), [stream]);
    let (left, right) = stream.split_at(stream.len() / 2);
    assert_eq!(whole, read(&mut codec(), [left, right]));
    assert_eq!(whole, read(&mut codec(), stream.chunks(1)));
    let bytes = |frame: &Frame| if let Frame::Packet { bytes, .. } = frame { bytes.len() } else { 4 };
    assert!(whole.0.iter().map(bytes).sum::<usize>() <= stream.len());
}

fn read<'a>(codec: &mut Codec, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<FramingError>) {
    let mut frames = Vec::new();
    for piece in pieces {
        codec.receive(piece);
        loop {
            match codec.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

//! A universe with one of everything that schemas use.

use std::fmt;
use std::sync::OnceLock;

use tl_types::{Combinator, Decode, Encode, Index, Raw, Reader, Schema, Shape, Sink};

pub(crate) const TEXT: &str = "\
// A comment; with a semicolon and a = sign.
===8===
peerNone#9 = Peer;
peerUser#a1b2c3d user_id:long access_hash:long = Peer; // redacted: access_hash
file#00000f11 flags:# spoiler:flags.0?true key:bytes iv:int128 digest:int256 thumb:flags.1?bytes = File; // redacted: key iv
note#00000107 id:long text:string = Note; // redacted: text
===46===
note#00000207 flags:# silent:flags.0?true id:long text:string ratio:double seen:Bool file:flags.3?File more:# from:more.31?Peer tags:more.0?Vector<string> words:flags.0?Vector<string> = Note; // redacted: text words
batch#00000b17 notes:Vector<Note> count:# = Batch;
thread#00000717 text:string replies:Vector<Thread> = Thread;
message#5bb8e511 msg_id:long seqno:int bytes:int body:Object = Message;
container#73f1f8dc messages:vector<message> last:%Message peers:vector<Peer> = Container;
vault#00000fa1 owner:Peer content:Object = Vault; // redacted: owner content
---functions---
invoke#da9b0d0d {X:Type} layer:int query:!X = X;
notes.send#00000501 note:Note = Vector<Note>;
";

pub(crate) static SCHEMA: Schema = Schema::new("sample", 46, TEXT, index);

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| Index::parse(TEXT))
}

/// What every combinator says of itself.
macro_rules! combinator {
    ($name:literal, $id:literal) => {
        const ID: u32 = $id;
        const NAME: &'static str = $name;
        const SCHEMA: &'static Schema = &SCHEMA;
    };
}

/// `Debug` of generated types.
macro_rules! debug_by_table {
    ($($rust:ty),*) => {$(
        impl fmt::Debug for $rust {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                tl_types::debug(&SCHEMA, self, f)
            }
        }
    )*};
}

debug_by_table!(Peer, Note, Batch, Thread, Message, Container, Vault);

#[derive(Clone)]
pub(crate) enum Peer {
    None,
    User { user_id: i64, access_hash: i64 },
}

impl Encode for Peer {
    fn encode<S: Sink>(&self, sink: &mut S) {
        match self {
            Self::None => sink.id(9),
            Self::User { user_id, access_hash } => {
                sink.id(0xa1b_2c3d);
                user_id.encode(sink);
                access_hash.encode(sink);
            }
        }
    }
}

impl Decode for Peer {
    const SHAPE: Shape = Shape::Boxed(&SCHEMA, "Peer");

    fn decode(reader: &mut Reader<'_>) -> Self {
        match reader.id() {
            9 => Self::None,
            0xa1b_2c3d => Self::User { user_id: reader.long(), access_hash: reader.long() },
            id => {
                reader.unknown(id);
                Self::None
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct File {
    pub spoiler: bool,
    pub key: Vec<u8>,
    pub iv: [u8; 16],
    pub digest: [u8; 32],
    pub thumb: Option<Vec<u8>>,
}

impl Combinator for File {
    combinator!("file", 0xf11);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        sink.nat(u32::from(self.spoiler) | u32::from(self.thumb.is_some()) << 1);
        self.key.encode(sink);
        self.iv.encode(sink);
        self.digest.encode(sink);
        if let Some(thumb) = &self.thumb {
            thumb.encode(sink);
        }
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        let flags = reader.nat();
        Self {
            spoiler: flags & 1 != 0,
            key: reader.bytes(),
            iv: reader.int128(),
            digest: reader.int256(),
            thumb: if flags & 2 != 0 { Some(reader.bytes()) } else { None },
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Note {
    pub silent: bool,
    pub id: i64,
    pub text: String,
    pub ratio: f64,
    pub seen: bool,
    pub file: Option<File>,
    pub from: Option<Peer>,
    pub tags: Option<Vec<String>>,
    /// Shares its bit with `silent`.
    pub words: Vec<String>,
}

impl Combinator for Note {
    combinator!("note", 0x207);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        sink.nat(u32::from(self.silent) | u32::from(self.file.is_some()) << 3);
        self.id.encode(sink);
        self.text.encode(sink);
        self.ratio.encode(sink);
        self.seen.encode(sink);
        if let Some(file) = &self.file {
            file.encode(sink);
        }
        sink.nat(u32::from(self.tags.is_some()) | u32::from(self.from.is_some()) << 31);
        if let Some(from) = &self.from {
            from.encode(sink);
        }
        if let Some(tags) = &self.tags {
            tags.encode(sink);
        }
        if self.silent {
            self.words.encode(sink);
        }
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        let flags = reader.nat();
        let (id, text, ratio, seen) = (reader.long(), reader.string(), reader.double(), reader.bool());
        let file = if flags & 8 != 0 { Some(File::decode(reader)) } else { None };
        let more = reader.nat();
        Self {
            silent: flags & 1 != 0,
            id,
            text,
            ratio,
            seen,
            file,
            from: if more >> 31 != 0 { Some(Peer::decode(reader)) } else { None },
            tags: if more & 1 != 0 { Some(reader.vector()) } else { None },
            words: if flags & 1 != 0 { reader.vector() } else { Vec::new() },
        }
    }
}

#[derive(Clone)]
pub(crate) struct Batch {
    pub notes: Vec<Note>,
    pub count: u32,
}

impl Combinator for Batch {
    combinator!("batch", 0xb17);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        sink.vector(&self.notes);
        sink.nat(self.count);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { notes: reader.vector(), count: reader.nat() }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Thread {
    pub text: String,
    pub replies: Vec<Thread>,
}

impl Combinator for Thread {
    combinator!("thread", 0x717);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        self.text.encode(sink);
        sink.vector(&self.replies);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { text: reader.string(), replies: reader.vector() }
    }
}

#[derive(Clone)]
pub(crate) struct Message<T = Raw> {
    pub msg_id: i64,
    pub seqno: i32,
    pub body: T,
}

impl<T: Encode + Decode> Combinator for Message<T> {
    combinator!("message", 0x5bb8_e511);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        self.msg_id.encode(sink);
        self.seqno.encode(sink);
        sink.sized(&self.body);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { msg_id: reader.long(), seqno: reader.int(), body: reader.sized() }
    }
}

#[derive(Clone)]
pub(crate) struct Container {
    pub messages: Vec<Message>,
    pub last: Message,
    pub peers: Vec<Peer>,
}

impl Combinator for Container {
    combinator!("container", 0x73f1_f8dc);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        sink.bare_vector(&self.messages);
        self.last.encode_fields(sink);
        sink.count(self.peers.len());
        self.peers.iter().for_each(|peer| peer.encode(sink));
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { messages: reader.bare_vector(), last: Message::decode_fields(reader), peers: reader.items(Peer::decode) }
    }
}

#[derive(Clone)]
pub(crate) struct Vault {
    pub owner: Peer,
    pub content: Raw,
}

impl Combinator for Vault {
    combinator!("vault", 0xfa1);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        self.owner.encode(sink);
        self.content.encode(sink);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { owner: Peer::decode(reader), content: Raw::decode(reader) }
    }
}

#[derive(Clone)]
pub(crate) struct Invoke<X> {
    pub layer: i32,
    pub query: X,
}

impl<X: Encode + Decode> Combinator for Invoke<X> {
    combinator!("invoke", 0xda9b_0d0d);

    fn encode_fields<S: Sink>(&self, sink: &mut S) {
        self.layer.encode(sink);
        self.query.encode(sink);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Self {
        Self { layer: reader.int(), query: X::decode(reader) }
    }
}

pub(crate) fn peer() -> Peer {
    Peer::User { user_id: 5, access_hash: 0x5ec_2e7 }
}

/// A note in which every optional field is there.
pub(crate) fn full_note() -> Note {
    Note {
        silent: true,
        id: 7,
        text: "meet me at nine".into(),
        ratio: 0.5,
        seen: true,
        file: Some(File {
            spoiler: true,
            key: vec![0xaa; 32],
            iv: [0xbb; 16],
            digest: [0xcc; 32],
            thumb: Some(vec![1, 2, 3]),
        }),
        from: Some(peer()),
        tags: Some(vec!["red".into(), "blue".into()]),
        words: vec!["hush".into()],
    }
}

pub(crate) fn message<T: Encode>(object: &T) -> Message {
    Message { msg_id: 1, seqno: 2, body: Raw(bytes(object)) }
}

/// The encoding of a value that TL can say.
pub(crate) fn bytes<T: Encode>(value: &T) -> Vec<u8> {
    value.to_bytes().unwrap_or_default()
}

//! A chat between the two libraries, with a server between them that delivers at once; everything is compared on the way.

use std::collections::VecDeque;

use secret_runtime::chat::{Answer, Arrival, Call, Command, Dropped, Event, Input, Notice, policy};
use secret_runtime::crypto::Role;
use secret_runtime::crypto::file::FileKey;
use serde_json::json;
use tl_types::api::constructors::messages::{DhConfigNotModified, SentEncryptedFile, SentEncryptedMessage};
use tl_types::api::constructors::{EncryptedFile, InputEncryptedFileUploaded};
use tl_types::secret::constructors::DecryptedMessageLayer;
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction as Action, DecryptedMessageMedia as Media};
use tl_types::{Decode, Encode, Layered, Raise, Raw};

use crate::deviations::Deviations;
use crate::handshake::{Begun, Kind};
use crate::messages::is_protocol;
use crate::ours::Ours;
use crate::peer::{Peer, Sent};
use crate::{hex, tree};

/// A chat that is going on.
pub(crate) struct Talk<'a> {
    ours: Ours,
    peer: &'a mut Peer,
    kind: Kind,
    pub(crate) deviations: &'a mut Deviations,
    arriving: VecDeque<Sent>,
    /// How many messages of ours were delivered.
    delivered: u32,
    /// The counter of the message of theirs that comes next.
    next_in: u32,
    /// The layer of the last that came; it may not fall.
    their_layer: u32,
    /// How many keys came after the first.
    pub(crate) replaced: u32,
}

/// What is wrong with one message, or its course.
type Outcome = Result<(), String>;

impl<'a> Talk<'a> {
    pub(crate) fn new(begun: Begun, peer: &'a mut Peer, kind: Kind, deviations: &'a mut Deviations) -> Self {
        let mut ours = begun.ours;
        ours.take_news();
        let arriving = begun.sent.into();
        Self {
            ours,
            peer,
            kind,
            deviations,
            arriving,
            delivered: 0,
            next_in: 0,
            their_layer: policy::MIN_LAYER,
            replaced: 0,
        }
    }

    pub(crate) fn layer(&self) -> u32 {
        self.ours.session().map_or(policy::MIN_LAYER, |session| session.layer())
    }

    /// Whether our side is to drop everything that the other sends.
    fn refuses(&self) -> bool {
        self.kind.envelope == 1 && self.kind.layer >= 73
    }

    /// Delivers everything that is on its way.
    pub(crate) fn settle(&mut self) -> Outcome {
        loop {
            if !self.ours.calls.is_empty() {
                self.deliver(None)?;
            } else if let Some(sent) = self.arriving.pop_front() {
                self.arrive(sent, None)?;
            } else {
                return Ok(());
            }
        }
    }

    /// Sends a message of ours; the other library has to read what we wrote.
    pub(crate) fn send(&mut self, message: DecryptedMessage) -> Outcome {
        let expected = self.give(message)?;
        self.deliver(Some(&expected))?;
        self.settle()
    }

    /// Sends a message, up to where the server would take it, and returns what the other library has to read.
    fn give(&mut self, message: DecryptedMessage) -> Result<Vec<u8>, String> {
        let session = self.ours.session().ok_or("the chat is closed")?;
        let layer = session.layer();
        let mut expected = message.clone();
        if let DecryptedMessage::DecryptedMessage(content) = &mut expected
            && content.ttl == 0
        {
            content.ttl = session.ttl();
        }
        let expected = expected.encode_at(layer).map_err(|error| error.to_string())?;
        let file = file_key(&message).map(|key| InputEncryptedFileUploaded::new(1, 1, "", key.fingerprint()).into());
        let command = Command::Send { message, file, lower: false };
        self.ours.step(Input::Command(command)).map_err(|error| format!("it is refused: {error}"))?;
        Ok(self.representable(expected))
    }

    /// Delivers the next call of ours. `expected` is what it sends, unless it is a move of the protocol.
    fn deliver(&mut self, expected: Option<&[u8]>) -> Outcome {
        let (call, received) = self.ours.calls.pop_front().ok_or("nothing was sent")?;
        if matches!(call.call, Call::GetDhConfig(_)) {
            let random = DhConfigNotModified::new(vec![9; 256]);
            return self.step(Input::Answer { call: call.id, answer: Answer::DhConfig(random.into()) });
        }
        let (data, kind, fingerprint) = wire(&call.call)?;
        let counter = self.delivered;
        self.delivered += 1;
        let arguments = json!({ "data": hex::encode(&data), "kind": kind, "fingerprint": fingerprint });
        let layer = self.layer();
        let (answer, sent) = self.peer.ask("receive", arguments, self.deviations);
        self.arriving.extend(sent);
        let sent = match fingerprint {
            Some(fingerprint) => SentEncryptedFile::new(0, file(fingerprint)).into(),
            None => SentEncryptedMessage::new(0).into(),
        };
        self.step(Input::Answer { call: call.id, answer: Answer::Sent(sent) })?;
        let body = hex::of(&answer.map_err(|error| format!("the other library does not take it: {error}"))?);
        let read = Layer::decode(&body)?;
        let x = u32::from(self.kind.peer == Role::Acceptor);
        let numbers = (2 * received + 1 - x, 2 * counter + x);
        // A key exchange does not change the layer, so that of now is that of then; but the very first message has 46.
        let layers = if counter == 0 { [policy::MIN_LAYER, layer] } else { [layer, layer] };
        if (read.in_seq_no, read.out_seq_no) != numbers || !layers.contains(&read.layer) {
            return Err(format!("layer {layers:?} and numbers {numbers:?} were read as {read:?}"));
        }
        match expected {
            Some(expected) if expected == read.message => Ok(()),
            Some(expected) => Err(format!("{} was read as {}", shown(expected), shown(&read.message))),
            None => protocol(&read.message),
        }
    }

    /// Lets the other library send a message; we have to read what it wrote, and it has to write what it was given.
    pub(crate) fn receive(&mut self, message: &[u8]) -> Outcome {
        let message = self.representable(message.to_vec());
        let decoded = raised(&message)?.0;
        let has_file = media_key(&decoded).is_some();
        let arguments = json!({ "message": tree::of(&message), "fingerprint": has_file.then_some(0) });
        let (answer, sent) = self.peer.ask("send", arguments, self.deviations);
        answer.map_err(|error| format!("the other library does not send {}: {error}", shown(&message)))?;
        let mut sent = VecDeque::from(sent);
        let first = sent.pop_front().ok_or("the other library sends nothing")?;
        self.arriving.extend(sent);
        self.arrive(first, Some(&message))?;
        self.settle()
    }

    fn arrive(&mut self, sent: Sent, expected: Option<&[u8]>) -> Outcome {
        let written = Layer::decode(&sent.body)?;
        let x = u32::from(self.kind.peer == Role::Originator);
        let number = 2 * self.next_in + x;
        self.next_in += 1;
        let layers = self.their_layer..=self.kind.layer;
        if written.out_seq_no != number || !layers.contains(&written.layer) {
            return Err(format!("number {number} of layers {layers:?} is {written:?}"));
        }
        self.their_layer = written.layer;
        match expected {
            Some(expected) if expected != written.message => {
                return Err(format!("{} was written as {}", shown(expected), shown(&written.message)));
            }
            Some(_) => {}
            None => protocol(&written.message)?,
        }
        let (message, lost) = raised(&written.message)?;
        let fingerprint = self.fingerprint(&sent, &message)?;
        let arrived = fingerprint.map(file);
        self.step(Input::Message(Arrival { date: 7, bytes: sent.data, file: arrived.clone() }))?;
        let (events, notices) = self.ours.take_news();
        if self.refuses() {
            let refused = [Notice::Dropped(Dropped::OldEnvelope)];
            let is_refused = notices == refused && events.is_empty();
            return if is_refused { Ok(()) } else { Err(format!("not refused, but {notices:?} and {events:?}")) };
        }
        self.compare(expectation(message, lost, arrived), events, notices)
    }

    /// The fingerprint of the file that came with a message: what the other library computed, or we did.
    fn fingerprint(&self, sent: &Sent, message: &DecryptedMessage) -> Result<Option<i32>, String> {
        if sent.kind != "file" {
            return Ok(None);
        }
        let ours = file_key(message).map(|key| key.fingerprint());
        match (sent.fingerprint, ours) {
            (Some(theirs), Some(ours)) if theirs != ours => Err(format!("file {theirs} has fingerprint {ours}")),
            (theirs, ours) => Ok(Some(theirs.or(ours).unwrap_or(0))),
        }
    }

    fn compare(
        &mut self,
        expected: (Option<Event>, Option<Notice>),
        events: Vec<Event>,
        notices: Vec<Notice>,
    ) -> Outcome {
        let mut found = (None, None);
        for event in events {
            match event {
                Event::KeyReplaced { .. } => self.replaced += 1,
                Event::Layer(_) | Event::Sent { .. } => {}
                other if found.0.is_none() => found.0 = Some(other),
                other => return Err(format!("{other:?} on top of {found:?}")),
            }
        }
        for notice in notices {
            match notice {
                // The loser of two key exchanges at once aborts its own, which we have left already.
                Notice::Dropped(Dropped::KeyExchange) => {}
                other if found.1.is_none() => found.1 = Some(other),
                other => return Err(format!("{other:?} on top of {found:?}")),
            }
        }
        if found == expected { Ok(()) } else { Err(format!("{expected:?} was read as {found:?}")) }
    }

    /// The message as the other library can hold it.
    fn representable(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        use exact::DecryptedMessage as Exact;
        let Ok(mut message) = Exact::from_bytes(&bytes) else { return bytes };
        let name = match (self.peer.package, &mut message) {
            ("telethon-secret-chat", Exact::DecryptedMessage73(content)) if content.no_webpage || content.silent => {
                (content.no_webpage, content.silent) = (false, false);
                "flags-without-field"
            }
            ("tg-secret", Exact::DecryptedMessage73(content))
                if content.entities.as_ref().is_some_and(Vec::is_empty) =>
            {
                content.entities = None;
                "absent-vector-is-empty"
            }
            ("tg-secret", Exact::DecryptedMessage45(content))
                if content.entities.as_ref().is_some_and(Vec::is_empty) =>
            {
                content.entities = None;
                "absent-vector-is-empty"
            }
            _ => return bytes,
        };
        self.deviations.note(self.peer.package, name);
        message.to_bytes().unwrap()
    }

    fn step(&mut self, input: Input<secret_runtime::chat::Mtproto>) -> Outcome {
        self.ours.step(input).map_err(|error| error.to_string())?;
        let closed = self.ours.events.iter().find(|event| matches!(event, Event::Closed(_) | Event::Failed { .. }));
        closed.map_or(Ok(()), |event| Err(format!("{event:?}")))
    }

    /// Whether the other library takes a message whose padding was changed on the way. The chat cannot go on then.
    pub(crate) fn takes_changed_padding(mut self, message: DecryptedMessage) -> Result<bool, String> {
        self.give(message)?;
        let (call, _) = self.ours.calls.pop_front().ok_or("nothing was sent")?;
        let (mut data, kind, fingerprint) = wire(&call.call)?;
        *data.last_mut().unwrap() ^= 1;
        let arguments = json!({ "data": hex::encode(&data), "kind": kind, "fingerprint": fingerprint });
        Ok(self.peer.ask("receive", arguments, self.deviations).0.is_ok())
    }
}

/// What is around a message.
struct Layer {
    layer: u32,
    in_seq_no: u32,
    out_seq_no: u32,
    message: Vec<u8>,
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { layer, in_seq_no, out_seq_no, message: _ } = self;
        write!(f, "layer {layer} and numbers ({in_seq_no}, {out_seq_no})")
    }
}

impl Layer {
    fn decode(body: &[u8]) -> Result<Self, String> {
        let layer = DecryptedMessageLayer::<Raw>::from_bytes(body).map_err(|error| error.to_string())?;
        if layer.random_bytes.len() < 15 {
            return Err(format!("only {} random bytes", layer.random_bytes.len()));
        }
        let number = |number: i32| u32::try_from(number).map_err(|_| format!("{number} in a layer"));
        Ok(Self {
            layer: number(layer.layer)?,
            in_seq_no: number(layer.in_seq_no)?,
            out_seq_no: number(layer.out_seq_no)?,
            message: layer.message.0,
        })
    }
}

/// What a call sends, as what, and the fingerprint of its file.
fn wire(call: &Call) -> Result<(Vec<u8>, &'static str, Option<i32>), String> {
    use tl_types::api::types::InputEncryptedFile as File;
    match call {
        Call::SendEncrypted(call) => Ok((call.data.clone(), "message", None)),
        Call::SendEncryptedService(call) => Ok((call.data.clone(), "service", None)),
        Call::SendEncryptedFile(call) => match &call.file {
            File::Uploaded(file) => Ok((call.data.clone(), "file", Some(file.key_fingerprint))),
            other => Err(format!("{other:?} was not given")),
        },
        other => Err(format!("{other:?} is made")),
    }
}

fn file(fingerprint: i32) -> tl_types::api::types::EncryptedFile {
    EncryptedFile::new(5, 6, 7, 2, fingerprint).into()
}

/// Whether the message is a move of the protocol, or one without meaning.
fn protocol(message: &[u8]) -> Outcome {
    match raised(message)?.0 {
        DecryptedMessage::Service(service) if is_protocol(&service.action) || service.action == Action::Noop => Ok(()),
        other => Err(format!("{other:?} was not given")),
    }
}

/// A message in its newest form, and what that has no place for.
fn raised(message: &[u8]) -> Result<(DecryptedMessage, Vec<String>), String> {
    let raised = exact::DecryptedMessage::from_bytes(message).map_err(|error| error.to_string())?.raise();
    Ok((raised.value, raised.lost.iter().map(|loss| loss.path().to_owned()).collect()))
}

/// What has to be told of a message that came.
fn expectation(
    message: DecryptedMessage,
    lost: Vec<String>,
    file: Option<tl_types::api::types::EncryptedFile>,
) -> (Option<Event>, Option<Notice>) {
    match message {
        DecryptedMessage::DecryptedMessage(mut message) => {
            message.ttl = policy::clamp_ttl(message.ttl);
            (Some(Event::Message { message, date: 7, file, lost }), None)
        }
        DecryptedMessage::Service(service) => match service.action {
            Action::SetMessageTtl(action) => (Some(Event::Ttl(policy::clamp_ttl(action.ttl_seconds))), None),
            Action::ReadMessages(action) => (Some(Event::Read(action.random_ids)), None),
            Action::ScreenshotMessages(action) => (Some(Event::Screenshot(action.random_ids)), None),
            Action::DeleteMessages(action) => (Some(Event::Deleted(action.random_ids)), None),
            Action::FlushHistory => (Some(Event::HistoryFlushed), None),
            Action::Typing(action) => (None, Some(Notice::Typing(action.action))),
            _ => (None, None),
        },
    }
}

fn media_key(message: &DecryptedMessage) -> Option<(&[u8], &[u8])> {
    let DecryptedMessage::DecryptedMessage(message) = message else { return None };
    match message.media.as_deref()? {
        Media::Photo(media) => Some((&media.key, &media.iv)),
        Media::Video(media) => Some((&media.key, &media.iv)),
        Media::Document(media) => Some((&media.key, &media.iv)),
        Media::Audio(media) => Some((&media.key, &media.iv)),
        _ => None,
    }
}

fn file_key(message: &DecryptedMessage) -> Option<FileKey> {
    let (key, iv) = media_key(message)?;
    FileKey::from_parts(key, iv).ok()
}

fn shown(message: &[u8]) -> String {
    let encoded = tl_tests::hex::hex(message);
    match raised(message) {
        Ok((message, _)) => format!("{message:?} = {encoded}"),
        Err(error) => format!("{encoded}, which does not decode: {error}"),
    }
}

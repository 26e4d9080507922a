//! Our side of a chat: the state machine, with nothing stored.

use std::collections::VecDeque;

use chacha20::ChaCha20Rng;
use secret_runtime::chat::{
    Chat, Command, CommandError, DhConfig, Event, Input, Mtproto, Notice, Outgoing, Session, Settings, Staged, UnixTime,
};
use tl_types::api::constructors::{EncryptedChatRequested, InputUser};

/// When everything happens.
const NOW: UnixTime = UnixTime(1_700_000_000);

/// A chat, and what its steps came to.
pub(crate) struct Ours {
    chat: Chat<Mtproto>,
    settings: Settings,
    rng: ChaCha20Rng,
    /// Calls to be made, each with how many messages had been received when it came up.
    pub(crate) calls: VecDeque<(Outgoing, u32)>,
    pub(crate) events: Vec<Event>,
    pub(crate) notices: Vec<Notice>,
}

impl Ours {
    pub(crate) fn request(id: i32, config: DhConfig<Mtproto>, settings: Settings, mut rng: ChaCha20Rng) -> Self {
        let staged = Chat::request(id, InputUser::new(2, 0).into(), config, NOW, &settings, &mut rng);
        Self::begin(staged, settings, rng)
    }

    pub(crate) fn requested(update: EncryptedChatRequested, settings: Settings, mut rng: ChaCha20Rng) -> Self {
        let staged = Chat::requested(update, NOW, &settings, &mut rng);
        Self::begin(staged, settings, rng)
    }

    fn begin(staged: Staged<Mtproto>, settings: Settings, rng: ChaCha20Rng) -> Self {
        let calls = staged.outgoing.iter().map(|call| (call.clone(), 0)).collect();
        let chat = Chat::begin(staged).expect("the first step of a chat");
        Self { chat, settings, rng, calls, events: Vec::new(), notices: Vec::new() }
    }

    /// Carries out a step, and takes note of what it comes to.
    pub(crate) fn step(&mut self, input: Input<Mtproto>) -> Result<(), CommandError> {
        let staged = self.chat.step(input, NOW, &self.settings, &mut self.rng)?;
        let last = staged.events().map(|(number, _)| number).last();
        self.events.extend(staged.events().map(|(_, event)| event.clone()));
        self.notices.extend(staged.notices.iter().cloned());
        let calls = staged.outgoing.clone();
        self.chat.merge(staged);
        let received = self.chat.session().map_or(0, Session::received);
        self.calls.extend(calls.into_iter().map(|call| (call, received)));
        match last {
            Some(last) => self.step(Input::Command(Command::Delivered(last))),
            None => Ok(()),
        }
    }

    pub(crate) fn session(&self) -> Option<&Session<Mtproto>> {
        self.chat.session()
    }

    /// What happened since it was last asked.
    pub(crate) fn take_news(&mut self) -> (Vec<Event>, Vec<Notice>) {
        (std::mem::take(&mut self.events), std::mem::take(&mut self.notices))
    }
}

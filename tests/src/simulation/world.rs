//! Two sides, the server between them, and the clock: carries out moves.

use secret_runtime::account::Made;
use secret_runtime::chat::{Answer, Command, Failure, Input, SlotKind, Suite, UnixTime};
use tl_types::RpcError;
use tl_types::api::constructors::{InputEncryptedFileUploaded, InputUser};
use tl_types::api::types::{EncryptedMessage, InputEncryptedFile};
use tl_types::secret::constructors as secret;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction, DecryptedMessageMedia};

use super::disk::Trap;
use super::endpoint::{Endpoint, Outcome, Pending, Wanted};
use super::errors;
use super::moves::{Fate, Move, Side, Way};
use super::peer::{Dialect, Peer};
use super::server::{Queued, Server, State, Update};
use super::setup::Setup;
use super::tap::Tap;
use super::witness::Witness;

/// What a side is.
#[derive(Debug)]
pub enum Party<S: Suite> {
    /// Our account.
    Ours(Box<Endpoint<Tap<S>>>),
    /// Somebody else's client.
    Theirs(Box<Peer<Tap<S>>>),
}

/// Everything there is.
#[derive(Debug)]
pub struct World<S: Suite> {
    /// What the seed stands for.
    pub setup: Setup,
    /// The time.
    pub now: UnixTime,
    /// The server.
    pub server: Server,
    /// The sides.
    pub sides: [Party<S>; 2],
    /// What is promised.
    pub witness: Witness,
    /// The id of the chat.
    pub chat: Option<i32>,
    /// Whether a side's user ended the chat.
    pub discarded: [bool; 2],
    /// Whether an error that ends the chat was answered.
    pub was_refused: bool,
    /// How many texts were written.
    pub texts: u32,
}

impl<S: Suite> World<S> {
    /// The world before the first move.
    pub fn new(setup: Setup) -> Self {
        super::tap::forget();
        let ours = |side: u64| Party::Ours(Box::new(Endpoint::new(setup.settings.clone(), setup.seed * 4 + side)));
        let theirs = |dialect| Party::Theirs(Box::new(Peer::new(dialect, setup.seed * 4 + 3)));
        Self {
            now: UnixTime(1_700_000_000),
            server: Server::new(setup.dedups, setup.new_config),
            sides: [ours(1), setup.dialect.map_or_else(|| ours(2), theirs)],
            witness: Witness { is_lying: setup.dialect == Some(Dialect::Liar), ..Witness::default() },
            chat: None,
            discarded: [false; 2],
            was_refused: false,
            texts: 0,
            setup,
        }
    }

    /// Carries out a move, and looks whether everything is as promised.
    ///
    /// # Panics
    /// If it is not.
    pub fn make(&mut self, one: Move) {
        match one {
            Move::Establish => self.establish(),
            Move::Request => self.request(),
            Move::Accept => self.accept(),
            Move::Text { side, length } => self.text(side, length.into()),
            Move::File { side } => self.file(side),
            Move::Service { side, action } => self.service(side, action),
            Move::Delete { side, back } => self.delete(side, back),
            Move::Passing { side } => {
                self.command(side, Command::SetTyping(true));
                self.command(side, Command::ReadHistory { max_date: 1 });
            }
            Move::Discard { side } => self.discard(side),
            Move::Call { side, index, fate } => drop(self.call(side, index.into(), fate)),
            Move::Answer { side, index } => drop(self.answer(side, index.into())),
            Move::Haunt { side } => self.haunt(side),
            Move::Pump { side } => self.pump(side),
            Move::Push { side, index, way } => drop(self.push(side, index.into(), way)),
            Move::Difference { side } => self.difference(side),
            Move::Lose { side, index } => self.lose(side, index.into()),
            Move::Read { side } => drop(self.read(side)),
            Move::Wait { seconds } => self.now = self.now.after(seconds),
            Move::Tick { side } => self.tick(side),
            Move::Lay { side, trap } => self.lay(side, trap),
            Move::Crash { side } => {
                if let Party::Ours(ours) = &mut self.sides[side] {
                    ours.crash();
                }
            }
            Move::Start { side } => self.start(side),
            Move::Peer { whim } => {
                let now = self.now;
                if let Party::Theirs(peer) = &mut self.sides[1] {
                    peer.whim(whim, now);
                }
                self.relay(1);
            }
        }
        self.watch();
    }

    pub(super) fn ours(&mut self, side: Side) -> Option<&mut Endpoint<Tap<S>>> {
        match &mut self.sides[side] {
            Party::Ours(ours) => Some(ours),
            Party::Theirs(_) => None,
        }
    }

    fn step<T>(
        &mut self,
        side: Side,
        stage: impl FnOnce(
            &mut secret_runtime::account::Account<super::disk::Disk, Tap<S>>,
            UnixTime,
            &mut dyn rand_core::CryptoRng,
        ) -> Result<T, secret_runtime::account::AccountError<super::disk::Trapped>>,
    ) -> Outcome<T> {
        let now = self.now;
        match self.ours(side) {
            Some(ours) => ours.step(|account, rng| stage(account, now, rng)),
            None => Outcome::Dead,
        }
    }

    fn request(&mut self) {
        let side = self.setup.originator;
        if self.chat.is_some() {
            return;
        }
        if let Party::Theirs(peer) = &mut self.sides[side] {
            self.chat = Some(peer.request());
            return self.relay(side);
        }
        let answer = self.server.dh_config(0);
        let outcome = self.step(side, |account, now, rng| {
            let config = account.dh_config(answer, rng).unwrap();
            account.request(InputUser::new(2, 0).into(), config, now, rng)
        });
        if let Outcome::Done(chat) = outcome {
            self.chat = Some(chat);
        } else if let Some(ours) = self.ours(side) {
            // It may be durable and its id unknown to us.
            self.chat = ours.durable().chats().unwrap().first().copied();
        }
    }

    fn accept(&mut self) {
        let side = 1 - self.setup.originator;
        let Some(chat) = self.chat else { return };
        let answer = self.server.dh_config(0);
        self.step(side, |account, now, rng| {
            if !account.chats().unwrap().contains(&chat) {
                return Ok(Made::default());
            }
            let config = account.dh_config(answer, rng).unwrap();
            account.command(chat, Command::Accept(config), now, rng)
        });
    }

    fn establish(&mut self) {
        if self.chat.is_some() {
            return;
        }
        let (originator, acceptor) = (self.setup.originator, 1 - self.setup.originator);
        self.request();
        self.pump(originator);
        self.difference(acceptor);
        self.accept();
        for _ in 0..2 {
            for side in [acceptor, originator] {
                self.pump(side);
                self.difference(side);
                self.read(side);
            }
        }
    }

    fn command(&mut self, side: Side, command: Command<Tap<S>>) -> Outcome<Made> {
        let Some(chat) = self.chat else { return Outcome::NotDurable };
        self.step(side, |account, now, rng| {
            if !account.chats().unwrap().contains(&chat) {
                return Ok(Made::default());
            }
            account.command(chat, command, now, rng)
        })
    }

    /// Sends a message, and gives what counts of it.
    fn send(&mut self, side: Side, message: DecryptedMessage, file: Option<InputEncryptedFile>) -> Vec<i64> {
        let is_content = matches!(message, DecryptedMessage::DecryptedMessage(_));
        let random_ids = match self.command(side, Command::Send { message, file, lower: true }) {
            Outcome::Done(made) => made.receipts.iter().map(|receipt| receipt.random_id).collect(),
            // The user does not know whether it counts; the disk does.
            Outcome::Dead => self.unheard(side),
            Outcome::Refused(_) | Outcome::NotDurable => Vec::new(),
        };
        self.witness.promises(side, &random_ids, is_content);
        random_ids
    }

    /// Messages of a side's user that are durable, though nobody was told.
    fn unheard(&mut self, side: Side) -> Vec<i64> {
        let Some((chat, ours)) = self.chat.and_then(|chat| Some((chat, self.ours(side)?))) else { return Vec::new() };
        let mut durable = ours.durable();
        let Ok(chat) = durable.chat(chat) else { return Vec::new() };
        let by_user = chat
            .slots()
            .filter(|(_, slot)| matches!(slot.kind(), SlotKind::Content | SlotKind::Command | SlotKind::Erasure));
        let random_ids: Vec<i64> = by_user.map(|(_, slot)| slot.random_id()).collect();
        let promised = &self.witness.sides[side].promised;
        random_ids.into_iter().filter(|random_id| !promised.contains_key(random_id)).collect()
    }

    pub(super) fn text(&mut self, side: Side, length: usize) {
        self.texts += 1;
        let text = format!("{}-{} ", side, self.texts);
        let text = text.clone() + &"x".repeat(length.saturating_sub(text.len()));
        if let Party::Theirs(peer) = &mut self.sides[side] {
            peer.text(&text);
            return self.relay(side);
        }
        self.send(side, secret::DecryptedMessage::new(0, 0, text).into(), None);
    }

    fn file(&mut self, side: Side) {
        self.texts += 1;
        let key = vec![1; 32];
        let photo = secret::DecryptedMessageMediaPhoto::new(vec![], 1, 1, 1, 1, 7, key.clone(), key, "caption");
        let media: DecryptedMessageMedia = photo.into();
        let message = secret::DecryptedMessage::new(0, 0, "").with_media(media);
        let file = InputEncryptedFileUploaded::new(i64::from(self.texts), 1, "", 5).into();
        self.send(side, message.into(), Some(file));
    }

    fn service(&mut self, side: Side, action: u8) {
        let of_peer = || self.witness.sides[side].saw.keys().next_back().copied().into_iter().collect::<Vec<_>>();
        let action: DecryptedMessageAction = match action % 6 {
            0 => secret::DecryptedMessageActionSetMessageTtl::new(i32::from(action)).into(),
            1 => secret::DecryptedMessageActionReadMessages::new(of_peer()).into(),
            2 => secret::DecryptedMessageActionScreenshotMessages::new(of_peer()).into(),
            3 => DecryptedMessageAction::FlushHistory,
            4 => DecryptedMessageAction::Noop,
            _ => secret::DecryptedMessageActionDeleteMessages::new(of_peer()).into(),
        };
        self.send(side, secret::DecryptedMessageService::new(0, action).into(), None);
    }

    fn delete(&mut self, side: Side, back: u8) {
        let Some(random_id) = self.witness.sides[side].written.iter().rev().nth(back.into()).copied() else { return };
        let action = secret::DecryptedMessageActionDeleteMessages::new(vec![random_id]);
        if !self.send(side, secret::DecryptedMessageService::new(0, action).into(), None).is_empty() {
            self.witness.sides[side].deleted.insert(random_id);
        }
    }

    fn discard(&mut self, side: Side) {
        if let Party::Theirs(peer) = &mut self.sides[side] {
            peer.close("its user wants it");
            return self.relay(side);
        }
        // Also where the program dies: the command may be durable.
        self.discarded[side] |= self.chat.is_some();
        self.command(side, Command::Discard { delete_history: false });
    }

    /// Makes one of the calls that wait; whether there was one whose turn it is.
    pub(super) fn call(&mut self, side: Side, index: usize, fate: Fate) -> bool {
        let may_close = self.setup.may_close;
        let Some(ours) = self.ours(side) else { return false };
        let Some(pending) = ours.calls.get(index) else { return false };
        // The server waits for a call that others wait for.
        if pending.after.is_some_and(|after| ours.calls.iter().any(|call| call.serial == after)) {
            return false;
        }
        let pending = ours.calls.remove(index);
        let Wanted::Chat(outgoing) = pending.wanted.clone() else {
            if fate != Fate::Lost {
                self.carry_out(side, &pending);
            }
            return true;
        };
        let call = &outgoing.call;
        let rpc = |error: RpcError| Answer::Failed(Failure::Rpc(error));
        let is_handshake =
            matches!(outgoing.id, secret_runtime::chat::CallId::Handshake | secret_runtime::chat::CallId::Discard);
        let (carried_out, error) = match fate {
            Fate::Done => (true, None),
            Fate::Lost => (false, Some(Answer::Failed(Failure::Unanswered))),
            Fate::Unheard => (true, Some(Answer::Failed(Failure::Unanswered))),
            Fate::Late => {
                ours.zombies.push(pending.clone());
                (false, Some(Answer::Failed(Failure::Unanswered)))
            }
            Fate::Passing { which, carried_out } => (carried_out, Some(rpc(errors::passing(call, which)))),
            Fate::Refused { which, carried_out } if may_close || !is_handshake => {
                (carried_out, Some(rpc(errors::refused(call, which).unwrap_or_else(|| errors::passing(call, which)))))
            }
            Fate::Closing { which } if may_close => {
                (false, Some(rpc(errors::closing(call, which).unwrap_or_else(|| errors::passing(call, which)))))
            }
            Fate::Refused { which, .. } | Fate::Closing { which } => (false, Some(rpc(errors::passing(call, which)))),
        };
        let closes = |error: &Answer| {
            matches!(error, Answer::Failed(Failure::Rpc(error))
                if error.code == 403 || error.message == "ENCRYPTION_DECLINED" || is_handshake && error.code == 400)
        };
        self.was_refused |= error.as_ref().is_some_and(closes);
        let answer = if carried_out { Some(self.carry_out(side, &pending)) } else { None };
        let Some(ours) = self.ours(side) else { return false };
        if answer.is_none() {
            ours.outcomes.insert(pending.serial, false);
        }
        let answer = error.or(answer).expect("it was carried out, or failed");
        ours.answers.push((outgoing.id, answer));
        true
    }

    /// What the server does with a call that arrives.
    fn carry_out(&mut self, side: Side, pending: &Pending) -> Answer {
        let now = self.now;
        let outgoing = match &pending.wanted {
            Wanted::ReceivedQueue(qts) => {
                let durable = self.ours(side).and_then(|ours| ours.durable().qts());
                assert!(durable >= Some(*qts), "side {side} acknowledges {qts}, but only {durable:?} is durable");
                self.server.acknowledge(side, *qts);
                return Answer::Done;
            }
            Wanted::Chat(outgoing) => outgoing.clone(),
        };
        let Some(ours) = self.ours(side) else { return Answer::Done };
        if pending.after.is_some_and(|after| ours.outcomes.get(&after) != Some(&true)) {
            ours.outcomes.insert(pending.serial, false);
            return Answer::Failed(Failure::Rpc(RpcError::new(400, "MSG_WAIT_FAILED")));
        }
        let result = self.server.carry_out(side, &outgoing.call, now);
        if let Some(ours) = self.ours(side) {
            ours.outcomes.insert(pending.serial, result.is_ok());
        }
        result.unwrap_or_else(|error| Answer::Failed(Failure::Rpc(error)))
    }

    /// Hands in one of the answers that came; whether there was one.
    pub(super) fn answer(&mut self, side: Side, index: usize) -> bool {
        let Some(chat) = self.chat else { return false };
        let Some(ours) = self.ours(side) else { return false };
        let Some((call, answer)) = ours.answers.get(index).cloned() else { return false };
        let outcome = self.step(side, |account, now, rng| account.step(chat, Input::Answer { call, answer }, now, rng));
        if let (Outcome::Done(_), Some(ours)) = (outcome, self.ours(side)) {
            ours.answers.remove(index);
        }
        true
    }

    fn haunt(&mut self, side: Side) {
        let Some(ours) = self.ours(side) else { return };
        for pending in std::mem::take(&mut ours.zombies) {
            self.carry_out(side, &pending);
        }
    }

    pub(super) fn pump(&mut self, side: Side) {
        for _ in 0..10_000 {
            if !self.call(side, 0, Fate::Done) && !self.answer(side, 0) {
                return;
            }
        }
        panic!("side {side} makes calls for ever");
    }

    pub(super) fn push(&mut self, side: Side, index: usize, way: Way) -> bool {
        let pushes = &mut self.server.inboxes[side].pushes;
        if index >= pushes.len() {
            return false;
        }
        let mut queued = if way == Way::Twice { pushes[index].clone() } else { pushes.remove(index) };
        if let Party::Theirs(_) = self.sides[side] {
            // It gets everything in order, and some of it twice.
            self.difference(side);
            if way == Way::Twice {
                queued.qts = None;
                self.deliver(side, &[queued]);
            }
            return true;
        }
        let known = self.ours(side).and_then(|ours| ours.account.as_ref()?.qts()).unwrap_or(0);
        match way {
            Way::Dropped => return true,
            Way::Checked if queued.qts.is_some_and(|qts| qts > known + 1) => self.difference(side),
            Way::Corrupted { bit } => {
                corrupt(&mut queued, bit.into());
                // What is wrong with it is not told, so it does not count as received.
                queued.qts = None;
                self.deliver(side, &[queued]);
            }
            Way::Checked | Way::Unchecked | Way::Twice => self.deliver(side, &[queued]),
        }
        true
    }

    pub(super) fn difference(&mut self, side: Side) {
        if let Some(ours) = self.ours(side) {
            let Some(account) = &ours.account else { return };
            let qts = account.qts();
            assert_eq!(ours.durable().qts(), qts, "the qts of a question is not durable");
            self.server.acknowledge(side, qts.unwrap_or(0));
        }
        let kept: Vec<Queued> = self.server.inboxes[side].kept.iter().cloned().collect();
        if self.setup.groups {
            self.deliver(side, &kept);
        } else {
            kept.chunks(1).for_each(|one| self.deliver(side, one));
        }
    }

    /// Gives updates to a side, in one commit.
    fn deliver(&mut self, side: Side, updates: &[Queued]) {
        if let Party::Theirs(_) = &self.sides[side] {
            updates.iter().for_each(|queued| self.deliver_to_peer(side, queued));
            return;
        }
        let id = self.chat;
        let outcome = self.step(side, |account, now, rng| {
            let mut taken = Vec::new();
            for queued in updates {
                trace(side, account.chat(id.unwrap_or(0)).ok(), &queued.update);
                let staged = match queued.update.clone() {
                    Update::Message(message) => account.message(message, queued.qts, now, rng),
                    Update::Chat(chat) => account.news(chat, now, rng),
                };
                match staged {
                    Ok(()) => taken.push(queued.number),
                    // The user has to look first; the rest stays on the server.
                    Err(secret_runtime::account::AccountError::Command(_)) => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(taken)
        });
        if let Outcome::Done(taken) = outcome {
            taken.into_iter().for_each(|number| self.server.took(side, number));
        }
    }

    fn deliver_to_peer(&mut self, side: Side, queued: &Queued) {
        let Party::Theirs(peer) = &mut self.sides[side] else { return };
        peer.take(&queued.update, self.now);
        self.server.took(side, queued.number);
        if let Some(qts) = queued.qts {
            self.server.acknowledge(side, qts);
        }
        self.relay(side);
    }

    fn lose(&mut self, side: Side, index: usize) {
        if matches!(self.sides[side], Party::Theirs(_)) && self.setup.dialect != Some(Dialect::Ios) {
            // The others ask once, and wait for ever if the answer is lost, too.
            return;
        }
        let inbox = &mut self.server.inboxes[side];
        let messages = || inbox.kept.iter().filter(|queued| queued.qts.is_some());
        let Some(number) = messages().nth(index).map(|queued| queued.number) else { return };
        inbox.kept.retain(|queued| queued.number != number);
        inbox.pushes.retain(|queued| queued.number != number);
    }

    /// The user looks at the events; whether there were any.
    pub(super) fn read(&mut self, side: Side) -> bool {
        let Some(chat) = self.chat else { return false };
        let Some((last, new)) = self.ours(side).and_then(Endpoint::show) else { return false };
        new.iter().for_each(|event| self.witness.sees(side, event));
        let outcome = self.step(side, |account, now, rng| account.delivered(chat, last, now, rng));
        if let (Outcome::Done(()), Some(ours)) = (outcome, self.ours(side)) {
            ours.told.retain(|number, _| *number > last);
        }
        true
    }

    pub(super) fn tick(&mut self, side: Side) {
        self.step(side, |account, now, rng| account.tick(now, rng));
    }

    fn lay(&mut self, side: Side, trap: Trap) {
        if let Some(account) = self.ours(side).and_then(|ours| ours.account.as_mut()) {
            account.store().trap = Some(trap);
        }
    }

    pub(super) fn start(&mut self, side: Side) {
        let now = self.now;
        if let Some(ours) = self.ours(side) {
            ours.start(now);
        }
    }

    /// Makes the calls of a peer that is not ours; they always arrive.
    pub(super) fn relay(&mut self, side: Side) {
        let now = self.now;
        let Party::Theirs(peer) = &mut self.sides[side] else { return };
        while let Some(call) = peer.calls.pop_front() {
            if let Some((_, data)) = super::watch::message(&call) {
                self.witness.peer_sends(side, data);
            }
            if let Ok(answer) = self.server.carry_out(side, &call, now) {
                peer.answered(answer);
            }
        }
    }

    /// Whether the server passes messages on.
    pub fn is_open(&self) -> bool {
        self.server.chat.as_ref().is_some_and(|chat| !matches!(chat.state, State::Discarded(_)))
    }
}

fn corrupt(queued: &mut Queued, bit: usize) {
    if let Update::Message(EncryptedMessage::EncryptedMessage(message)) = &mut queued.update
        && let Some(last) = message.bytes.len().checked_sub(1)
    {
        message.bytes[(bit / 8).min(last)] ^= 1 << (bit % 8);
    }
}

/// With `TL_SIM_TRACE`, tells what arrives.
fn trace<S: Suite>(side: Side, chat: Option<&secret_runtime::chat::Chat<S>>, update: &Update) {
    if std::env::var_os("TL_SIM_TRACE").is_none() {
        return;
    }
    let Update::Message(EncryptedMessage::EncryptedMessage(message)) = update else { return };
    let Some((_, content)) = super::witness::Content::of(&message.bytes) else {
        return eprintln!("-> {side}: garbage");
    };
    let session = chat.and_then(|chat| Some((chat.session()?, chat.waiting())));
    let due = session.map(|(session, waiting)| (session.received(), waiting, session.confirmed()));
    let text = format!("{:?}", content.message);
    eprintln!("-> {side} {due:?}: {} in {} {text:.150}", content.counter(), content.received());
}

//! Many chats over one store: points 40 to 43.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use secret_runtime::account::{Account, AccountError, AccountSettings};
use secret_runtime::chat::{Answer, CallId, Command, Dropped, Event, Input, Mtproto, UnixTime};
use secret_runtime::store::{Batch, Loaded, Memory, RecordKey, RecordValue, Scope, Store};
use tl_types::api::constructors::messages::SentEncryptedMessage;
use tl_types::api::constructors::{EncryptedChatRequested, EncryptedMessageService};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageActionDeleteMessages, DecryptedMessageService};

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::Puppet;

/// A store whose next commit can be made to fail.
#[derive(Clone, Debug, Default)]
struct Failing {
    memory: Memory,
    fails: Rc<Cell<bool>>,
}

#[derive(Clone, Copy, Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no space left")
    }
}

impl std::error::Error for Full {}

impl Store for Failing {
    type Error = Full;

    fn load(&self, scope: Scope) -> Result<Loaded, Full> {
        self.memory.load(scope).map_err(|_| Full)
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Full> {
        self.memory.read(key).map_err(|_| Full)
    }

    fn chats(&self) -> Result<Vec<i32>, Full> {
        self.memory.chats().map_err(|_| Full)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), Full> {
        if self.fails.get() {
            return Err(Full);
        }
        self.memory.commit(batch).map_err(|_| Full)
    }

    fn scrub(&mut self) -> Result<(), Full> {
        self.memory.scrub().map_err(|_| Full)
    }
}

const NOW: UnixTime = UnixTime(1_700_000_000);

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(3)
}

fn request(id: i32) -> tl_types::api::types::EncryptedChat {
    EncryptedChatRequested::new(id, 0, 0, 9, 2, vec![3; 256]).into()
}

#[test]
fn qts_is_confirmed_when_it_is_durable_and_never_goes_back() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    pair.make_call(ALICE);
    let Some(crate::pair::Delivery::Message(message)) = pair.sides[BOB].inbox.pop_front() else { panic!("no message") };
    let (now, mut rng) = (pair.now, rng());
    let account = &mut pair.sides[BOB].account;
    account.message(message.clone(), Some(7), now, &mut rng).unwrap();
    let effects = account.commit().unwrap();
    assert_eq!(effects.received_queue, Some(7));
    assert!(matches!(effects.events[..], [(_, _, Event::Message { .. })]));
    account.message(message, Some(5), now, &mut rng).unwrap();
    assert_eq!(account.commit().unwrap().received_queue, None);
    pair.restart(BOB);
    assert_eq!(pair.sides[BOB].account.qts(), Some(7));
}

#[test]
fn a_commit_that_fails_changes_nothing_and_lets_nothing_out() {
    let store = Failing::default();
    let fails = Rc::clone(&store.fails);
    let mut account: Account<Failing, Mtproto> = Account::open(store, AccountSettings::default()).unwrap();
    let mut rng = rng();
    fails.set(true);
    account.news(request(5), NOW, &mut rng).unwrap();
    let message = EncryptedMessageService::new(1, 5, 0, vec![0; 64]);
    account.message(message.into(), Some(3), NOW, &mut rng).unwrap();
    assert_eq!(account.commit().unwrap_err().to_string(), "the store failed: no space left");
    assert_eq!(account.qts(), None);
    assert!(matches!(account.chat(5), Err(AccountError::UnknownChat { chat: 5 })));
    fails.set(false);
    account.news(request(5), NOW, &mut rng).unwrap();
    let effects = account.commit().unwrap();
    assert_eq!(effects.events, [(5, 0, Event::Requested)]);
    assert_eq!(account.chat(5).unwrap().id(), 5);
}

/// A commit fails while a call is on its way; `then` is done before the next step.
fn check_made_again(then: impl FnOnce(&mut Account<Failing>, i32)) {
    let store = Failing::default();
    let fails = Rc::clone(&store.fails);
    let mut account: Account<Failing, Mtproto> = Account::open(store, AccountSettings::default()).unwrap();
    let mut rng = rng();
    let mut pair = Pair::new(AccountSettings::default());
    let config = pair.dh_config(ALICE);
    let user = tl_types::api::constructors::InputUser::new(2, 0);
    let chat = account.request(user.into(), config, NOW, &mut rng).unwrap();
    let call = account.commit().unwrap().outgoing.remove(0);
    assert_eq!(account.due(), None);
    fails.set(true);
    account.message(EncryptedMessageService::new(1, chat, 0, vec![0; 64]).into(), Some(3), NOW, &mut rng).unwrap();
    assert!(account.commit().is_err());
    fails.set(false);
    assert!(account.due() < Some(NOW));
    then(&mut account, chat);
    account.tick(NOW, &mut rng).unwrap();
    assert_eq!(account.commit().unwrap().outgoing, [call]);
    assert!(account.due() > Some(NOW));
}

#[test]
fn calls_that_were_on_their_way_when_a_commit_failed_are_made_again() {
    check_made_again(|_, _| {});
}

#[test]
fn a_look_at_the_chat_does_not_keep_them_from_it() {
    check_made_again(|account, chat| assert_eq!(account.chat(chat).unwrap().id(), chat));
}

#[test]
fn a_group_of_steps_is_one_commit() {
    let mut pair = Pair::ready();
    let (chat, now) = (pair.chat, pair.now);
    let mut rng = rng();
    let account = &mut pair.sides[ALICE].account;
    for number in 0..5 {
        let message = DecryptedMessage::new(0, 0, number.to_string()).into();
        account.command(chat, Command::Send { message, file: None, lower: false }, now, &mut rng).unwrap();
    }
    let before = account.store().clone();
    let effects = account.commit().unwrap();
    assert_eq!(effects.outgoing.len(), 5);
    // What was there before the commit knows of none of them.
    let mut old: Account<Memory, Mtproto> = Account::open(before, AccountSettings::default()).unwrap();
    assert_eq!(old.chat(chat).unwrap().slots().filter(|(_, slot)| !slot.is_sent()).count(), 0);
}

#[test]
fn a_message_that_is_deleted_in_the_group_that_made_it_never_goes_out() {
    let mut pair = Pair::ready();
    let (chat, now) = (pair.chat, pair.now);
    let mut rng = rng();
    let account = &mut pair.sides[ALICE].account;
    let delete = DecryptedMessageService::new(0, DecryptedMessageActionDeleteMessages::new(vec![5]));
    for message in [DecryptedMessage::new(5, 0, "never").into(), delete.into()] {
        account.command(chat, Command::Send { message, file: None, lower: false }, now, &mut rng).unwrap();
    }
    let calls: Vec<_> = account.commit().unwrap().outgoing.into_iter().map(|(_, call)| call.id).collect();
    assert_eq!(calls, [CallId::Deletion(1), CallId::Slot(2)]);
}

/// Alice does `inputs` in one commit; the calls of it, and behind which each one waits.
fn check_group(pair: &mut Pair, inputs: Vec<Input<Mtproto>>, calls: &[(CallId, Option<u32>)]) {
    let (chat, now) = (pair.chat, pair.now);
    let account = &mut pair.sides[ALICE].account;
    for input in inputs {
        account.step(chat, input, now, &mut rng()).unwrap();
    }
    let made = account.commit().unwrap().outgoing;
    assert_eq!(made.into_iter().map(|(_, call)| (call.id, call.after)).collect::<Vec<_>>(), calls);
}

fn send(message: impl Into<tl_types::secret::types::DecryptedMessage>) -> Input<Mtproto> {
    Input::Command(Command::Send { message: message.into(), file: None, lower: false })
}

#[test]
fn a_deletion_goes_out_in_the_place_of_its_message() {
    let delete = DecryptedMessageService::new(7, DecryptedMessageActionDeleteMessages::new(vec![5]));
    let inputs =
        vec![send(DecryptedMessage::new(5, 0, "never")), send(DecryptedMessage::new(6, 0, "behind it")), send(delete)];
    let calls = [(CallId::Deletion(1), None), (CallId::Slot(2), Some(1)), (CallId::Slot(3), Some(2))];
    check_group(&mut Pair::ready(), inputs, &calls);
}

#[test]
fn a_message_does_not_go_out_if_its_chat_is_closed_in_the_same_group() {
    let inputs =
        vec![send(DecryptedMessage::new(5, 0, "never")), Input::Command(Command::Discard { delete_history: false })];
    check_group(&mut Pair::ready(), inputs, &[(CallId::Discard, None)]);
}

#[test]
fn a_message_does_not_go_out_again_if_the_answer_comes_with_what_makes_its_call_again() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    pair.text(ALICE, "behind it");
    // The account goes on with the first step after it was opened.
    let store = pair.sides[ALICE].account.store().clone();
    pair.reopen(ALICE, store);
    let answer = Answer::Sent(SentEncryptedMessage::new(0).into());
    let inputs = vec![Input::Answer { call: CallId::Slot(1), answer }];
    check_group(&mut pair, inputs, &[(CallId::Slot(2), None)]);
}

#[test]
fn events_are_told_again_until_they_are_delivered() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    pair.run();
    let events = pair.sides[BOB].events.clone();
    pair.restart(BOB);
    assert!(pair.sides[BOB].events.ends_with(&events));
    let last = pair.chat(BOB).events().last().unwrap().0;
    pair.command(BOB, Command::Delivered(last));
    pair.restart(BOB);
    assert_eq!(pair.sides[BOB].events, []);
}

#[test]
fn a_user_who_takes_no_events_stops_the_flow_and_loses_nothing() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.events = 4;
    let mut puppet = Puppet::new(Pair::new(settings));
    let message = |puppet: &mut Puppet, id: i64| {
        let wire = puppet.next_wire(DecryptedMessage::new(id, 0, id.to_string()));
        EncryptedMessageService::new(1, puppet.pair.chat, 0, wire).into()
    };
    let now = puppet.pair.now;
    let mut refused = Vec::new();
    for id in 1..=4 {
        let message: tl_types::api::types::EncryptedMessage = message(&mut puppet, id);
        let account = &mut puppet.pair.sides[ALICE].account;
        if let Err(error) = account.message(message.clone(), Some(id.try_into().unwrap()), now, &mut rng()) {
            assert_eq!(error.to_string(), "4 events were not delivered; deliver them first");
            refused.push(message);
        }
        puppet.pair.commit(ALICE);
    }
    assert!(!refused.is_empty());
    let accepted = 4 - refused.len();
    assert_eq!(puppet.pair.sides[ALICE].account.qts(), Some(accepted.try_into().unwrap()));
    puppet.command(Command::Delivered(u64::MAX));
    for message in refused {
        puppet.pair.sides[ALICE].account.message(message, None, now, &mut rng()).unwrap();
        puppet.pair.commit(ALICE);
    }
    assert_eq!(puppet.pair.texts(ALICE), ["1", "2", "3", "4"]);
}

#[test]
fn what_was_refused_is_not_confirmed_by_what_comes_behind_it_in_the_same_commit() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.events = 1;
    let mut puppet = Puppet::new(Pair::new(settings));
    let mut message = |id: i64| {
        let wire = puppet.next_wire(DecryptedMessage::new(id, 0, id.to_string()));
        tl_types::api::types::EncryptedMessage::from(EncryptedMessageService::new(1, puppet.pair.chat, 0, wire))
    };
    let messages = [message(1), message(2), message(3)];
    let elsewhere = EncryptedMessageService::new(4, 0x7777, 0, Vec::new());
    let now = puppet.pair.now;
    puppet.pair.commit(ALICE);
    let account = &mut puppet.pair.sides[ALICE].account;
    let before = account.qts();
    let results = (100..).zip(messages).map(|(qts, message)| account.message(message, Some(qts), now, &mut rng()));
    assert!(results.filter(Result::is_err).count() > 0);
    account.message(elsewhere.into(), Some(103), now, &mut rng()).unwrap();
    account.caught_up(Some(103), 1);
    let taken = account.commit().unwrap().received_queue;
    assert_eq!(account.qts(), taken.or(before));
    assert!(taken < Some(102), "{taken:?}");
    assert_ne!(account.date(), Some(1));

    // It is only until then.
    account.caught_up(Some(104), 1);
    assert_eq!(account.commit().unwrap().received_queue, Some(104));
    assert_eq!(account.date(), Some(1));
}

#[test]
fn idle_chats_leave_the_memory_and_come_back() {
    let mut settings = AccountSettings::default();
    settings.idle_in_memory = 2;
    let mut account: Account<Memory, Mtproto> = Account::open(Memory::default(), settings).unwrap();
    let mut rng = rng();
    for id in 1..=10 {
        account.news(request(id), NOW, &mut rng).unwrap();
        let _ = account.commit().unwrap();
        assert!(account.in_memory() <= 3);
    }
    for id in 1..=10 {
        assert_eq!(account.chat(id).unwrap().peer(), 9);
    }
    assert_eq!(account.chats().unwrap().len(), 10);
}

#[test]
fn a_damaged_chat_is_named_and_the_others_open() {
    let mut account: Account<Memory, Mtproto> = Account::open(Memory::default(), AccountSettings::default()).unwrap();
    let mut rng = rng();
    for id in [1, 2] {
        account.news(request(id), NOW, &mut rng).unwrap();
    }
    let _ = account.commit().unwrap();
    let mut store = account.into_store();
    // A record that breaks its format.
    let key = store.load(Scope::Chat(1)).unwrap().records[0].0;
    let mut batch = Batch::default();
    batch.put(key, vec![1, 255].into());
    store.commit(&batch).unwrap();
    let mut account: Account<Memory, Mtproto> = Account::open(store, AccountSettings::default()).unwrap();
    let effects = account.resume(NOW, &mut rng).unwrap();
    assert_eq!(effects.events, [(2, 0, Event::Requested)]);
    assert_eq!(account.damaged().iter().map(|damaged| damaged.key).collect::<Vec<_>>(), [Some(key)]);
    let error = account.chat(1).unwrap_err();
    assert!(matches!(&error, AccountError::Damaged { chat: 1, .. }), "{error}");
    let message = EncryptedMessageService::new(1, 1, 0, vec![0; 64]);
    account.message(message.into(), Some(3), NOW, &mut rng).unwrap();
    assert_eq!(account.commit().unwrap().received_queue, Some(3), "the others do not wait for it");
    assert_eq!(account.dropped()[&Dropped::DamagedChat], 1);
    account.forget(1).unwrap();
    let _ = account.commit().unwrap();
    assert_eq!(account.chats().unwrap(), [2]);
}

#[test]
fn a_record_of_a_newer_version_is_no_damage_but_asks_for_an_upgrade() {
    let mut account: Account<Memory, Mtproto> = Account::open(Memory::default(), AccountSettings::default()).unwrap();
    account.news(request(1), NOW, &mut rng()).unwrap();
    let _ = account.commit().unwrap();
    let mut store = account.into_store();
    let (key, mut value) = store.load(Scope::Chat(1)).unwrap().records.remove(0);
    value[0] = 200;
    let mut batch = Batch::default();
    batch.put(key, value);
    store.commit(&batch).unwrap();
    let mut account: Account<Memory, Mtproto> = Account::open(store, AccountSettings::default()).unwrap();
    let error = account.chat(1).unwrap_err();
    assert!(matches!(error, AccountError::Format { format: 200, .. }), "{error}");
    assert!(error.to_string().ends_with("a newer version wrote; upgrade"), "{error}");
}

#[test]
fn a_chat_that_is_forgotten_leaves_nothing() {
    let mut pair = Pair::ready();
    pair.command(ALICE, Command::Discard { delete_history: false });
    pair.run();
    let chat = pair.chat;
    pair.sides[ALICE].account.forget(chat).unwrap();
    pair.commit(ALICE);
    let store = pair.sides[ALICE].account.store();
    assert!(store.chats().unwrap().is_empty());
    assert!(store.load(Scope::Chat(chat)).unwrap().records.is_empty());
    let (now, mut rng) = (pair.now, rng());
    let error = pair.sides[ALICE].account.step(chat, Input::Tick, now, &mut rng).unwrap_err();
    assert_eq!(error.to_string(), format!("there is no secret chat {chat}"));
}

#[test]
fn the_configuration_is_kept_and_asked_for_by_its_version() {
    use tl_types::api::constructors::messages::DhConfigNotModified;
    let mut pair = Pair::ready();
    pair.restart(ALICE);
    let mut rng = rng();
    let account = &mut pair.sides[ALICE].account;
    assert_eq!((account.get_dh_config().version, account.get_dh_config().random_length), (1, 256));
    let config = account.dh_config(DhConfigNotModified::new(vec![5; 256]).into(), &mut rng).unwrap();
    assert_eq!((config.version, config.random), (1, vec![5; 256]));
    let mut fresh: Account<Memory, Mtproto> = Account::open(Memory::default(), AccountSettings::default()).unwrap();
    let error = fresh.dh_config(DhConfigNotModified::new(vec![]).into(), &mut rng).unwrap_err();
    assert!(matches!(error, AccountError::NoDhConfig));
}

#[test]
fn an_unsafe_configuration_is_refused() {
    use tl_types::api::constructors::messages::DhConfig;
    let mut account: Account<Memory, Mtproto> = Account::open(Memory::default(), AccountSettings::default()).unwrap();
    let answer = DhConfig::new(3, vec![0xff; 256], 1, vec![]);
    let error = account.dh_config(answer.into(), &mut rng()).unwrap_err();
    assert!(matches!(error, AccountError::Group(_)), "{error}");
}

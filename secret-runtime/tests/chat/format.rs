//! Records that an earlier version wrote: they have to open as what they were.
//!
//! `SECRET_RUNTIME_MAKE_FIXTURE=1 cargo test --package secret-runtime --test chat format` writes the records of this version
//! to `fixtures/`. A fixture that was released is never written again: a change of the records raises their format, and
//! adds a fixture beside the old ones.

use std::fmt::Write as _;

use secret_runtime::account::AccountSettings;
use secret_runtime::store::{Batch, Memory, RecordKey, Scope, Store};

use crate::pair::{ALICE, Pair, hex};
use crate::redaction::full;

const FORMAT_1: &str = include_str!("fixtures/format-1.txt");

/// A line a record: the chat or `account`, the kind, the number, and the bytes.
fn write(store: &Memory) -> String {
    let scopes = store.chats().unwrap().into_iter().map(Scope::Chat).chain([Scope::Account]);
    let records = scopes.flat_map(|scope| store.load(scope).unwrap().records);
    records.fold(String::new(), |mut text, (RecordKey { scope, kind, number }, value)| {
        let scope = match scope {
            Scope::Account => "account".to_owned(),
            Scope::Chat(chat) => chat.to_string(),
        };
        write!(text, "{scope} {kind} {number} ").unwrap();
        value.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text + "\n"
    })
}

fn read(text: &str) -> Memory {
    let mut batch = Batch::default();
    for line in text.lines() {
        let [scope, kind, number, value] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not a record: {line}")
        };
        let scope = if scope == "account" { Scope::Account } else { Scope::Chat(scope.parse().unwrap()) };
        let key = RecordKey { scope, kind: kind.parse().unwrap(), number: number.parse().unwrap() };
        batch.put(key, hex(value).into());
    }
    let mut store = Memory::default();
    store.commit(&batch).unwrap();
    store
}

#[test]
fn records_of_format_1_open_and_the_chat_goes_on() {
    if std::env::var_os("SECRET_RUNTIME_MAKE_FIXTURE").is_some() {
        let store = full().pair.sides[ALICE].account.store().clone();
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chat/fixtures/format-1.txt"), write(&store))
            .unwrap();
    }
    let store = read(FORMAT_1);
    assert_eq!(write(&store), FORMAT_1);
    let mut pair = Pair::new(AccountSettings::default());
    pair.chat = store.chats().unwrap()[0];
    pair.reopen(ALICE, store);
    insta::assert_snapshot!(format!("{:#?}", pair.chat(ALICE)));
    pair.restart(ALICE);
    // Two messages that were on their way, and one more.
    pair.text(ALICE, "more");
    assert_eq!(pair.sides[ALICE].calls.len(), 3);
}

//! Decodes `Updates` or `messages.Messages` from standard input with `grammers-tl-types`, and prints what is in it:
//! `consumer-ours` is the same program for `tl-types`.

use std::io::{self, Read};
use std::process::ExitCode;

use grammers_tl_types::Deserializable;
use grammers_tl_types::enums::{self, messages};

fn main() -> ExitCode {
    let mut bytes = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut bytes) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let printed = match std::env::args().nth(1).as_deref() {
        Some("messages") => messages::Messages::from_bytes(&bytes).map(|messages| print_messages(&messages)),
        _ => enums::Updates::from_bytes(&bytes).map(|updates| print_updates(&updates)),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_updates(updates: &enums::Updates) {
    match updates {
        enums::Updates::Updates(all) => {
            all.updates.iter().for_each(print_update);
            all.users.iter().for_each(print_user);
        }
        enums::Updates::UpdateShort(short) => print_update(&short.update),
        enums::Updates::UpdateShortMessage(short) => println!("{}: {}", short.user_id, short.message),
        _ => println!("other updates"),
    }
}

fn print_update(update: &enums::Update) {
    match update {
        enums::Update::NewMessage(new) => print_message(&new.message),
        enums::Update::NewChannelMessage(new) => print_message(&new.message),
        enums::Update::DeleteMessages(deleted) => println!("deleted {:?}", deleted.messages),
        _ => println!("other update"),
    }
}

fn print_messages(messages: &messages::Messages) {
    let (messages, users) = match messages {
        messages::Messages::Messages(all) => (&all.messages, &all.users),
        messages::Messages::Slice(slice) => (&slice.messages, &slice.users),
        messages::Messages::ChannelMessages(channel) => (&channel.messages, &channel.users),
        _ => return println!("nothing new"),
    };
    messages.iter().for_each(print_message);
    users.iter().for_each(print_user);
}

fn print_message(message: &enums::Message) {
    match message {
        enums::Message::Message(message) => println!("{}: {}", message.id, message.message),
        _ => println!("other message"),
    }
}

fn print_user(user: &enums::User) {
    match user {
        enums::User::User(user) => println!("{}: {:?}", user.id, user.first_name),
        _ => println!("nobody"),
    }
}

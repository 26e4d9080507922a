//! Decodes `Updates` or `messages.Messages` from standard input with `tl-types`, and prints what is in it: the least
//! that a program does with the bindings. `consumer-grammers` is the same program for the other library.

use std::io::{self, Read};
use std::process::ExitCode;

use tl_types::Decode;
use tl_types::api::types::{self, messages};

fn main() -> ExitCode {
    let mut bytes = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut bytes) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let printed = match std::env::args().nth(1).as_deref() {
        Some("messages") => messages::Messages::from_bytes(&bytes).map(|messages| print_messages(&messages)),
        _ => types::Updates::from_bytes(&bytes).map(|updates| print_updates(&updates)),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_updates(updates: &types::Updates) {
    match updates {
        types::Updates::Updates(all) => {
            all.updates.iter().for_each(print_update);
            all.users.iter().for_each(print_user);
        }
        types::Updates::UpdateShort(short) => print_update(&short.update),
        types::Updates::UpdateShortMessage(short) => println!("{}: {}", short.user_id, short.message),
        _ => println!("other updates"),
    }
}

fn print_update(update: &types::Update) {
    match update {
        types::Update::NewMessage(new) => print_message(&new.message),
        types::Update::NewChannelMessage(new) => print_message(&new.message),
        types::Update::DeleteMessages(deleted) => println!("deleted {:?}", deleted.messages),
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

fn print_message(message: &types::Message) {
    match message {
        types::Message::Message(message) => println!("{}: {}", message.id, message.message),
        _ => println!("other message"),
    }
}

fn print_user(user: &types::User) {
    match user {
        types::User::User(user) => println!("{}: {:?}", user.id, user.first_name),
        _ => println!("nobody"),
    }
}

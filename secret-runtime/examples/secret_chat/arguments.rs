//! What the command line says.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Failure;

pub(crate) const USAGE: &str = "\
usage: secret_chat                     two users and their server, in this process
       secret_chat --phone +NUMBER     log in to Telegram and chat from the terminal
           [--to USERNAME]             request a chat with this user
           [--directory DIRECTORY]     where the log-in and the chats are kept (telegram-secret-chats)
           [--server ADDRESS --key FILE]   another server than Telegram's, and its RSA key in PEM
The application's TELEGRAM_API_ID and TELEGRAM_API_HASH come from the environment.";

pub(crate) enum Arguments {
    Loopback,
    Telegram(Telegram),
    Help,
}

pub(crate) struct Telegram {
    pub(crate) phone: String,
    pub(crate) to: Option<String>,
    pub(crate) directory: PathBuf,
    pub(crate) server: Option<(SocketAddr, PathBuf)>,
    pub(crate) api_id: i32,
    pub(crate) api_hash: String,
}

pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
    let (mut phone, mut to, mut directory, mut server, mut key) = (None, None, None, None, None);
    while let Some(argument) = arguments.next() {
        let place = match argument.as_str() {
            "--phone" => &mut phone,
            "--to" => &mut to,
            "--directory" => &mut directory,
            "--server" => &mut server,
            "--key" => &mut key,
            "--help" | "-h" => return Ok(Arguments::Help),
            _ => return Err(format!("{argument} is no option\n{USAGE}").into()),
        };
        *place = Some(arguments.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))?);
    }
    let Some(phone) = phone else {
        if to.is_some() || directory.is_some() || server.is_some() || key.is_some() {
            return Err(format!("--phone is missing\n{USAGE}").into());
        }
        return Ok(Arguments::Loopback);
    };
    let server = match (server, key) {
        (Some(server), Some(key)) => Some((server.parse()?, PathBuf::from(key))),
        (None, None) => None,
        _ => return Err(format!("--server and --key go together\n{USAGE}").into()),
    };
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set; see my.telegram.org"));
    let api_id = variable("TELEGRAM_API_ID")?.parse().map_err(|_| "TELEGRAM_API_ID is no number")?;
    Ok(Arguments::Telegram(Telegram {
        phone,
        to,
        directory: directory.unwrap_or_else(|| "telegram-secret-chats".to_owned()).into(),
        server,
        api_id,
        api_hash: variable("TELEGRAM_API_HASH")?,
    }))
}

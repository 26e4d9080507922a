//! Log-in, a connection to a data centre, and secret chats over it.

pub mod chats;
mod connection;
mod data_center;
pub mod files;
mod login;
mod session_file;
mod transport;
mod updates;

pub use chats::SecretChats;
pub use connection::{Clock, ConnectError, Connection, ConnectionSettings, ConnectionState};
pub use data_center::DataCenters;
pub use login::{LogIn, LoginError, PasswordNeeded, SentCode, srp};
pub use session_file::{SessionFile, SessionFileError, SignedIn};
pub use transport::{CallError, Incoming, Ticket, Transport};

//! Log-in, a connection to a data centre, and secret chats over it.

mod connection;
mod data_center;
mod login;
mod session_file;
mod transport;

pub use connection::{Clock, ConnectError, Connection, ConnectionSettings, ConnectionState};
pub use data_center::DataCenters;
pub use login::{LogIn, LoginError, PasswordNeeded, SentCode, srp};
pub use session_file::{SessionFile, SessionFileError, SignedIn};
pub use transport::{CallError, Incoming, Ticket, Transport};

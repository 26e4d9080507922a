//! Log-in, a connection to a data centre, and secret chats over it.

//! A small MTProto server in the process, for the demonstration, for our tests, and for the tests of those who depend on us.

mod backend;
mod random;

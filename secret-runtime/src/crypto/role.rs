/// Which side of a secret chat somebody is on; it never changes while the chat lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// Requested the chat: `x = 0` in key derivation when this side sends.
    Originator,
    /// Accepted the chat: `x = 8` in key derivation when this side sends.
    Acceptor,
}

impl Role {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Originator => Self::Acceptor,
            Self::Acceptor => Self::Originator,
        }
    }

    /// The offset that makes the keys of the two directions differ.
    pub(super) fn x(self) -> usize {
        match self {
            Self::Originator => 0,
            Self::Acceptor => 8,
        }
    }
}

//! Where Telegram's data centres are, and which RSA keys they prove themselves with.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::mtproto::handshake::RsaPublicKey;

const PORT: u16 = 443;

/// The key that Telegram publishes for its production servers, fingerprint `d09d1d85de64fd85`.
const PRODUCTION_KEY: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g
5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO
62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/
+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9
t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs
5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB
-----END RSA PUBLIC KEY-----
";

/// The key of the test servers, fingerprint `b25898df208d2603`.
const TEST_KEY: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR
yy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv
plUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/
j25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1
aHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO
j4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB
-----END RSA PUBLIC KEY-----
";

const PRODUCTION: [(i32, Ipv4Addr, Ipv6Addr); 5] = [
    (1, Ipv4Addr::new(149, 154, 175, 53), Ipv6Addr::new(0x2001, 0xb28, 0xf23d, 0xf001, 0, 0, 0, 0xa)),
    (2, Ipv4Addr::new(149, 154, 167, 51), Ipv6Addr::new(0x2001, 0x67c, 0x4e8, 0xf002, 0, 0, 0, 0xa)),
    (3, Ipv4Addr::new(149, 154, 175, 100), Ipv6Addr::new(0x2001, 0xb28, 0xf23d, 0xf003, 0, 0, 0, 0xa)),
    (4, Ipv4Addr::new(149, 154, 167, 91), Ipv6Addr::new(0x2001, 0x67c, 0x4e8, 0xf004, 0, 0, 0, 0xa)),
    (5, Ipv4Addr::new(91, 108, 56, 130), Ipv6Addr::new(0x2001, 0xb28, 0xf23f, 0xf005, 0, 0, 0, 0xa)),
];

const TEST: [(i32, Ipv4Addr, Ipv6Addr); 3] = [
    (1, Ipv4Addr::new(149, 154, 175, 10), Ipv6Addr::new(0x2001, 0xb28, 0xf23d, 0xf001, 0, 0, 0, 0xe)),
    (2, Ipv4Addr::new(149, 154, 167, 40), Ipv6Addr::new(0x2001, 0x67c, 0x4e8, 0xf002, 0, 0, 0, 0xe)),
    (3, Ipv4Addr::new(149, 154, 175, 117), Ipv6Addr::new(0x2001, 0xb28, 0xf23d, 0xf003, 0, 0, 0, 0xe)),
];

/// Test servers are told apart in the handshake by a number that is so much higher
/// (<https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication>).
const TEST_OFFSET: i32 = 10_000;

/// The data centres that may be connected to: their addresses, and the RSA keys they may have.
///
/// ```
/// use secret_runtime::client::DataCenters;
///
/// let production = DataCenters::production();
/// assert_eq!(production.home(), 2);
/// assert_eq!(production.addresses(4).first().map(ToString::to_string).as_deref(), Some("149.154.167.91:443"));
/// ```
#[derive(Clone, Debug)]
pub struct DataCenters {
    addresses: BTreeMap<i32, Vec<SocketAddr>>,
    keys: Vec<RsaPublicKey>,
    home: i32,
    test: bool,
    learns: bool,
}

impl DataCenters {
    /// Telegram's production servers, at the addresses and with the key that it publishes.
    #[must_use]
    pub fn production() -> Self {
        Self::built_in(&PRODUCTION, PRODUCTION_KEY, false)
    }

    /// Telegram's test servers, which have accounts of their own
    /// (<https://core.telegram.org/api/auth#test-accounts>).
    #[must_use]
    pub fn test() -> Self {
        Self::built_in(&TEST, TEST_KEY, true)
    }

    /// A single data centre with the number `dc`: a server of one's own, such as the loopback server. What it says of
    /// addresses does not count, so a client that reaches it by a proxy or a forwarded port goes no other way.
    #[must_use]
    pub fn single(dc: i32, address: SocketAddr, key: RsaPublicKey) -> Self {
        Self { addresses: BTreeMap::from([(dc, vec![address])]), keys: vec![key], home: dc, test: false, learns: false }
    }

    /// The same, with one more address of the data centre `dc`. The ones before it are tried first
    /// ([`addresses`](Self::addresses)).
    #[must_use]
    pub fn with_address(mut self, dc: i32, address: SocketAddr) -> Self {
        self.addresses.entry(dc).or_default().push(address);
        self
    }

    /// The same, with one more RSA key that any of the data centres may have.
    #[must_use]
    pub fn with_key(mut self, key: RsaPublicKey) -> Self {
        self.keys.push(key);
        self
    }

    /// The same, with another data centre for who has not logged in yet.
    #[must_use]
    pub fn with_home(mut self, dc: i32) -> Self {
        self.home = dc;
        self
    }

    /// The same, and whether the addresses count that the servers tell (`dc_options` in the answer to `help.getConfig`).
    ///
    /// If they do, data centres are found that are not among these or have moved. They are kept in the
    /// [`SessionFile`](super::SessionFile), so that the next start has them. They do for [`production`](Self::production) and
    /// [`test`](Self::test); without, no address counts but those given here. The RSA keys are those given here in any case.
    #[must_use]
    pub fn with_learning(mut self, learns: bool) -> Self {
        self.learns = learns;
        self
    }

    /// Whether the addresses count that the servers tell.
    #[must_use]
    pub fn learns(&self) -> bool {
        self.learns
    }

    /// The data centre that a client turns to before it knows its own.
    #[must_use]
    pub fn home(&self) -> i32 {
        self.home
    }

    /// The given addresses of a data centre, in the order in which they are tried; none if there is no such data centre.
    ///
    /// Those that the servers have told come before them, if they [count](Self::with_learning). Each address is tried a
    /// quarter of a second after the one before it, or at once if that one fails, and the first that takes the connection is
    /// used (RFC 8305). If it then says nothing, the next attempt begins with the address behind it. Here IPv4 comes before
    /// IPv6.
    #[must_use]
    pub fn addresses(&self, dc: i32) -> &[SocketAddr] {
        self.addresses.get(&dc).map_or(&[], Vec::as_slice)
    }

    /// The RSA keys that a server may have.
    #[must_use]
    pub fn keys(&self) -> &[RsaPublicKey] {
        &self.keys
    }

    /// The number that a data centre goes by in the handshake.
    pub(crate) fn handshake_number(&self, dc: i32) -> i32 {
        if self.test { dc.saturating_add(TEST_OFFSET) } else { dc }
    }

    fn built_in(servers: &[(i32, Ipv4Addr, Ipv6Addr)], key: &str, test: bool) -> Self {
        let at = |address: IpAddr| SocketAddr::new(address, PORT);
        let addresses = servers.iter().map(|(dc, v4, v6)| (*dc, vec![at((*v4).into()), at((*v6).into())])).collect();
        // A test has the fingerprints of both.
        Self { addresses, keys: RsaPublicKey::from_pem(key).into_iter().collect(), home: 2, test, learns: true }
    }
}

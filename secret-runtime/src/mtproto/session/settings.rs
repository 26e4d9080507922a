/// How a client's session behaves. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionSettings {
    /// How long an acknowledgement waits for a message to travel with.
    pub ack_delay: u32,
    /// After how long a request that nobody answered or acknowledged is asked about (`msgs_state_req`), and asked about
    /// again.
    pub ask_after: u32,
    /// How often to ping an idle connection (`ping_delay_disconnect`).
    pub ping_interval: u32,
    /// The server closes the connection when it has not been pinged for so long; more than `ping_interval`.
    pub disconnect_delay: u32,
    /// How long a ping may go unanswered before the connection is taken for lost.
    pub pong_timeout: u32,
    /// How many messages a container has at most; the protocol's limit is 1020.
    pub container_messages: usize,
    /// How long a container is at most; a longer message travels alone.
    pub container_bytes: usize,
    /// Requests that are shorter are not compressed.
    pub compress_from: usize,
    /// What is compressed may have this length when it is unpacked.
    pub unpacked_bytes: usize,
    /// How many requests may be on their way at once; later ones wait.
    pub in_flight: usize,
    /// How often a request is sent anew after the server rejected or forgot it, before it is given up.
    pub attempts: u32,
    /// Ask for quick acknowledgements, and give their tokens.
    pub quick_acks: bool,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            ack_delay: 500,
            ask_after: 15_000,
            ping_interval: 60_000,
            disconnect_delay: 75_000,
            pong_timeout: 15_000,
            container_messages: 512,
            container_bytes: 128 * 1024,
            compress_from: 1024,
            unpacked_bytes: 32 * 1024 * 1024,
            in_flight: 4096,
            attempts: 8,
            quick_acks: false,
        }
    }
}

/// How a server's session behaves. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSettings {
    /// How long an acknowledgement waits for a message to travel with.
    pub ack_delay: u32,
    /// After how long an answer or an update that was not acknowledged is sent again.
    pub resend_after: u32,
    /// An answer above this is not sent again unasked: the client is told about it (`msg_detailed_info`).
    pub detailed_above: usize,
    /// How many messages a container has at most.
    pub container_messages: usize,
    /// How long a container is at most; a longer message travels alone.
    pub container_bytes: usize,
    /// Answers and updates that are shorter are not compressed.
    pub compress_from: usize,
    /// What is compressed may have this length when it is unpacked.
    pub unpacked_bytes: usize,
    /// How many requests may wait for their answers at once; above, they are answered with `FLOOD_WAIT_1`.
    pub in_flight: usize,
    /// How many bytes of answers and updates are kept until they are acknowledged; the oldest are forgotten first.
    pub kept_bytes: usize,
    /// How long a request waits for those that it must come after (`invokeAfterMsg`).
    pub wait_timeout: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            ack_delay: 100,
            resend_after: 10_000,
            detailed_above: 32 * 1024,
            container_messages: 512,
            container_bytes: 128 * 1024,
            compress_from: 1024,
            unpacked_bytes: 32 * 1024 * 1024,
            in_flight: 4096,
            kept_bytes: 64 * 1024 * 1024,
            wait_timeout: 30_000,
        }
    }
}

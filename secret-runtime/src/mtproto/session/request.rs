/// The caller's name for a request; one that is in use is not used again before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// How a request is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestOptions {
    /// The server carries this one out after those (`invokeAfterMsg`, `invokeAfterMsgs`). If one of them fails or goes
    /// unanswered, this one is answered with `400 MSG_WAIT_FAILED`. Those that are not pending any more do not count.
    pub after: Vec<RequestId>,
    /// It is given up after so many milliseconds.
    pub timeout: Option<u32>,
    /// Whether it may be sent anew when the server has forgotten whether it carried it out. If not, it is reported as
    /// unanswered then.
    pub repeatable: bool,
    /// Whether it may be compressed. What looks random is not, in any case.
    pub compress: bool,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self { after: Vec::new(), timeout: None, repeatable: true, compress: true }
    }
}

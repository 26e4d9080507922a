//! The process that runs the other library. It knows how to ask, and not what for.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::deviations::Deviations;
use crate::hex;

/// A library of Python, at the other end of a pair of pipes.
pub(crate) struct Peer {
    pub(crate) package: &'static str,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What the library sent while it did what it was asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "hex::deserialize")]
    pub(crate) data: Vec<u8>,
    /// The `decryptedMessageLayer` inside.
    #[serde(deserialize_with = "hex::deserialize")]
    pub(crate) body: Vec<u8>,
    pub(crate) kind: String,
    /// Of the file, where there is one and the library computes it.
    #[serde(default)]
    pub(crate) fingerprint: Option<i32>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: Value,
    error: Option<String>,
    sent: Vec<Sent>,
    deviations: Vec<String>,
}

impl Peer {
    pub(crate) fn start(python: &Path, package: &'static str, seed: u64) -> Self {
        let mut process = Command::new(python)
            .arg("-B")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop/peer"))
            .args([package, &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { package, process, input, output }
    }

    /// Asks the library to do something: what that came to, or the exception, and what it sent all the same.
    pub(crate) fn ask(
        &mut self,
        what: &str,
        mut arguments: Value,
        deviations: &mut Deviations,
    ) -> (Result<Value, String>, Vec<Sent>) {
        arguments["do"] = json!(what);
        writeln!(self.input, "{arguments}").unwrap_or_else(|error| panic!("{} has ended: {error}", self.package));
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Answer =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{} answers {line:?}: {error}", self.package));
        for name in &answer.deviations {
            deviations.note(self.package, name);
        }
        (answer.error.map_or(Ok(answer.ok), Err), answer.sent)
    }

    /// Asks for what cannot fail, and sends nothing.
    pub(crate) fn get(&mut self, what: &str, arguments: Value, deviations: &mut Deviations) -> Value {
        let (answer, sent) = self.ask(what, arguments, deviations);
        assert!(sent.is_empty(), "{what} sent something");
        answer.unwrap_or_else(|error| panic!("{what} of {}: {error}", self.package))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It would end by itself with its input; after a panic nobody closes that.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

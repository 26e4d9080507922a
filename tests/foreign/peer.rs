//! A client that is a process.

#![allow(clippy::indexing_slicing, reason = "what is not in a JSON object is null")]

use std::collections::VecDeque;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Failure;
use crate::side::{CODE, Content, DC, PATIENCE, Place, Seen};

pub(crate) struct Peer {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    seen: VecDeque<Seen>,
}

impl Peer {
    pub(crate) async fn start(place: &Place, library: &str, number: u32, name: &str) -> Result<Self, Failure> {
        let mut process = Command::new(&place.python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/peer"))
            .arg(library)
            .arg(place.home(name)?)
            .arg(place.address.ip().to_string())
            .arg(place.address.port().to_string())
            .arg(DC.to_string())
            .arg(&place.key_file)
            .arg(format!("+99966{number:05}"))
            .arg(CODE)
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = process.stdin.take().ok_or("no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let mut peer = Self { process, input, output, seen: VecDeque::new() };
        let first = peer.line().await?;
        if word(&first, "event") != Some("logged_in") {
            return Err(format!("{name} did not log in: {first}").into());
        }
        Ok(peer)
    }

    pub(crate) async fn request(&mut self, name: &str) -> Result<i32, Failure> {
        let done = self.command(json!({"do": "request", "user": name})).await?;
        chat_of(&done)
    }

    pub(crate) async fn text(&mut self, chat: i32, text: &str) -> Result<(), Failure> {
        self.command(json!({"do": "text", "chat": chat, "text": text})).await.map(drop)
    }

    /// Texts that are numbers from 0, each awaited before the next.
    pub(crate) async fn texts(&mut self, chat: i32, count: u32) -> Result<(), Failure> {
        self.command(json!({"do": "texts", "chat": chat, "count": count})).await.map(drop)
    }

    pub(crate) async fn file(&mut self, chat: i32, content: &[u8]) -> Result<(), Failure> {
        let content: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
        self.command(json!({"do": "file", "chat": chat, "content": content})).await.map(drop)
    }

    pub(crate) async fn discard(&mut self, chat: i32) -> Result<(), Failure> {
        self.command(json!({"do": "discard", "chat": chat})).await.map(drop)
    }

    pub(crate) async fn next(&mut self) -> Result<Seen, Failure> {
        loop {
            if let Some(seen) = self.seen.pop_front() {
                return Ok(seen);
            }
            let line = self.line().await?;
            self.seen.extend(seen_in(&line)?);
        }
    }

    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.write(&json!({"do": "stop"})).await?;
        let status = tokio::time::timeout(PATIENCE, self.process.wait()).await??;
        if status.success() { Ok(()) } else { Err(format!("the client ended with {status}").into()) }
    }

    /// What the client answers; what it sees in the meantime is kept.
    async fn command(&mut self, command: Value) -> Result<Value, Failure> {
        self.write(&command).await?;
        loop {
            let line = self.line().await?;
            match word(&line, "event") {
                Some("done") => return Ok(line),
                Some("failed") => return Err(line.to_string().into()),
                _ => self.seen.extend(seen_in(&line)?),
            }
        }
    }

    async fn write(&mut self, command: &Value) -> Result<(), Failure> {
        self.input.write_all(format!("{command}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    async fn line(&mut self) -> Result<Value, Failure> {
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await;
        let line = line.map_err(|_| "the client says nothing")??.ok_or("the client ended")?;
        Ok(serde_json::from_str(&line)?)
    }
}

fn seen_in(line: &Value) -> Result<Option<Seen>, Failure> {
    Ok(match word(line, "event") {
        Some("ready" | "requested") => Some(Seen::Ready(chat_of(line)?)),
        Some("text") => Some(Seen::Text(word(line, "text").ok_or("no text")?.to_owned())),
        Some("file") => Some(Seen::File(Content {
            size: line.get("size").and_then(Value::as_u64).ok_or("no size")?,
            sha256: word(line, "sha256").ok_or("no hash")?.to_owned(),
        })),
        Some("closed") => Some(Seen::Closed),
        _ => return Err(format!("the client says {line}").into()),
    })
}

fn chat_of(line: &Value) -> Result<i32, Failure> {
    Ok(line.get("chat").and_then(Value::as_i64).and_then(|chat| i32::try_from(chat).ok()).ok_or("no chat")?)
}

fn word<'l>(line: &'l Value, name: &str) -> Option<&'l str> {
    line.get(name)?.as_str()
}

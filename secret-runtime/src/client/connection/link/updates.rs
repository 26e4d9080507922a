//! Passing updates on to who takes them, without ever waiting for them to be taken: the answers to calls come in between.

use tl_types::Decode;
use tl_types::api::types::Updates;
use tokio::sync::mpsc;

use crate::client::Incoming;

pub(in super::super) struct UpdateSender {
    sender: mpsc::Sender<Incoming>,
    /// Something was dropped, and who takes updates does not know that yet.
    behind: bool,
}

impl UpdateSender {
    pub(super) fn new(sender: mpsc::Sender<Incoming>) -> Self {
        Self { sender, behind: false }
    }

    /// Passes updates on as the server has encoded them.
    pub(super) fn updates(&mut self, encoded: &[u8]) {
        match Updates::from_bytes(encoded) {
            Ok(updates) => self.pass(Incoming::Updates(Box::new(updates))),
            Err(error) => {
                tracing::warn!(%error, "updates cannot be read; the difference has to be asked for");
                self.lost();
            }
        }
    }

    /// Updates may have been lost.
    pub(super) fn lost(&mut self) {
        self.pass(Incoming::Reconnected);
    }

    fn pass(&mut self, incoming: Incoming) {
        if !self.behind
            && let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(incoming)
        {
            tracing::warn!("nobody takes the updates; the difference has to be asked for");
            self.behind = true;
        }
    }

    /// Whether [`catch_up`](Self::catch_up) has something to do.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Waits for room, and tells that updates were lost. It may be dropped at any time.
    pub(super) async fn catch_up(&mut self) {
        if let Ok(room) = self.sender.reserve().await {
            room.send(Incoming::Reconnected);
        }
        self.behind = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_finds_no_room_is_dropped_and_one_reconnection_stands_for_it() {
        let (sender, mut taken) = mpsc::channel(2);
        let mut updates = UpdateSender::new(sender);
        for _ in 0..5 {
            updates.pass(Incoming::Updates(Box::new(Updates::TooLong)));
        }
        assert!(updates.is_behind());
        assert_eq!(taken.recv().await, Some(Incoming::Updates(Box::new(Updates::TooLong))));
        updates.catch_up().await;
        assert!(!updates.is_behind());
        assert_eq!(taken.recv().await, Some(Incoming::Updates(Box::new(Updates::TooLong))));
        assert_eq!(taken.recv().await, Some(Incoming::Reconnected));
        updates.lost();
        assert_eq!(taken.recv().await, Some(Incoming::Reconnected));
    }

    #[tokio::test]
    async fn updates_that_cannot_be_read_are_lost_updates() {
        let (sender, mut taken) = mpsc::channel(2);
        UpdateSender::new(sender).updates(&[1, 2, 3, 4]);
        assert_eq!(taken.recv().await, Some(Incoming::Reconnected));
    }
}

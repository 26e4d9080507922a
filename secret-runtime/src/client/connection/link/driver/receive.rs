//! What comes in: frames from the socket, and what the session makes of them.

use std::net::SocketAddr;

use tl_types::RpcError;

use super::super::LinkError;
use super::super::session::{Session, Step};
use super::keys::REFUSALS;
use super::{Driver, End};
use crate::client::connection::ConnectError;
use crate::mtproto::framing::{Frame, TransportError};
use crate::mtproto::session::{RequestId, SessionEvent};

impl Driver {
    pub(super) fn frame(&mut self, frame: Frame) -> Result<(), End> {
        match frame {
            Frame::Packet { bytes, .. } => self.packet(bytes),
            Frame::QuickAck(token) => {
                if let Some(session) = &mut self.session {
                    session.client.quick_ack(token);
                }
                Ok(())
            }
            Frame::Error(TransportError::KEY_UNKNOWN) => Err(self.key_refused().into()),
            Frame::Error(source) => Err(ConnectError::Transport { dc: self.dc, source }.into()),
        }
    }

    fn packet(&mut self, bytes: Vec<u8>) -> Result<(), End> {
        let Some(session) = &mut self.session else { return Ok(()) };
        tracing::trace!(bytes = bytes.len(), "a packet came");
        match session.client.receive(bytes, self.core.now()) {
            Ok(()) => {
                // Only who has the key can have sent this.
                self.heard = true;
                self.last_heard = Some(self.connection);
                self.refusals = 0;
                self.backoff.reset();
                Ok(())
            }
            Err(error) if error.closes_connection() => Err(ConnectError::Message { dc: self.dc, source: error }.into()),
            Err(error) => {
                tracing::debug!(%error, "a message is dropped");
                Ok(())
            }
        }
    }

    pub(super) fn event(&mut self, event: SessionEvent, address: SocketAddr) -> Result<(), End> {
        match event {
            SessionEvent::Answer { request, result } => self.answer(request, result)?,
            SessionEvent::Unanswered { request, reason } => {
                if Session::is_step(request) {
                    return Err(ConnectError::Silent { dc: self.dc, address }.into());
                }
                tracing::debug!(request = request.0, %reason, "a call has no answer");
                self.finish(request, Err(LinkError::Unanswered));
            }
            SessionEvent::Updates(encoded) => {
                if let Some(updates) = &mut self.updates {
                    updates.updates(&encoded);
                }
            }
            SessionEvent::NewSession => {
                if let Some(updates) = &mut self.updates {
                    updates.lost();
                }
            }
            SessionEvent::Salt(salt) => self.keep_change(|kept| kept.salt = salt),
            SessionEvent::TimeOffset(offset) => self.keep_change(|kept| kept.clock_offset = offset.0),
            SessionEvent::ConnectionLost => return Err(ConnectError::Silent { dc: self.dc, address }.into()),
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, request: RequestId, result: Result<Vec<u8>, RpcError>) -> Result<(), End> {
        let dc = self.dc;
        let Some(session) = &mut self.session else { return Ok(()) };
        match session.step(&self.core, request, &result) {
            Step::Call => self.finish(request, result.map_err(LinkError::Rpc)),
            Step::Next => {}
            Step::Ready(config) => {
                if let Some(config) = config {
                    self.core.learn(&config);
                }
            }
            Step::KeyRefused => {
                self.drop_session();
                self.refusals = REFUSALS;
                let refused = ConnectError::KeyRefused { dc };
                return Err(self.permanent_key_refused().unwrap_or(refused).into());
            }
            Step::Refused(source) => {
                self.drop_session();
                return Err(ConnectError::Refused { dc, source }.into());
            }
        }
        Ok(())
    }
}

//! The requests that wait, and those that are on their way.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;

use tl_types::RpcError;

use super::super::{RequestId, RequestOptions, SessionEvent, UnansweredReason, UnixMillis, gzip};

/// What a request sends.
pub(super) enum Body {
    Encoded(Vec<u8>),
    /// Made for a message id, and kept for as long as the request has that id.
    Made {
        make: Box<dyn FnMut(i64) -> Vec<u8> + Send>,
        made: Option<(i64, Vec<u8>)>,
    },
}

/// Bodies may hold secrets.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoded(body) => write!(f, "Encoded({} bytes)", body.len()),
            Self::Made { make: _, made: _ } => f.write_str("Made"),
        }
    }
}

impl Body {
    /// The bytes to send as the message with this id.
    pub(super) fn bytes(&mut self, message_id: i64) -> &[u8] {
        match self {
            Self::Encoded(body) => body,
            Self::Made { make, made } => {
                if made.as_ref().is_none_or(|(id, _)| *id != message_id) {
                    *made = Some((message_id, make(message_id)));
                }
                made.as_ref().map_or(&[], |(_, body)| body)
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) body: Body,
    /// When it was submitted, among all; it is sent and sent again in this order.
    order: u64,
    /// The id and sequence number that it was sent with, or will be sent with again.
    pub(super) sent_as: Option<(i64, i32)>,
    /// Ids that it was sent with before; an answer to one of them is as good.
    former: Vec<i64>,
    /// Those it comes after that are still pending.
    pub(super) after: Vec<RequestId>,
    /// Those, and any that failed, as the messages that they were when this was sent last.
    sent_after: Vec<(RequestId, i64)>,
    /// It comes after some.
    is_ordered: bool,
    /// One of those failed.
    doomed: bool,
    deadline: Option<UnixMillis>,
    repeatable: bool,
    /// How often it was sent anew.
    attempts: u32,
    pub(super) received: bool,
    /// When it was sent or asked about last.
    asked_at: UnixMillis,
    /// On which connection it was sent first under the id it has.
    sent_on: u32,
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    all: HashMap<RequestId, Request>,
    by_message: HashMap<i64, RequestId>,
    waiting: BTreeSet<(u64, RequestId)>,
    dependents: HashMap<RequestId, Vec<RequestId>>,
    deadlines: BTreeSet<(UnixMillis, RequestId)>,
    /// When each message was sent or asked about. Entries count whose request has the same id and time.
    asked: VecDeque<(UnixMillis, i64)>,
    submitted: u64,
    in_flight: usize,
    connection: u32,
}

impl Requests {
    pub(super) fn submit(
        &mut self,
        id: RequestId,
        mut body: Body,
        options: RequestOptions,
        compress_from: usize,
        now: UnixMillis,
    ) {
        let RequestOptions { mut after, timeout, repeatable, compress } = options;
        if let Body::Encoded(plain) = &mut body
            && compress
            && plain.len() >= compress_from
            && let Some(packed) = gzip::pack(plain)
        {
            *plain = packed;
        }
        after.retain(|other| *other != id && self.all.contains_key(other));
        for other in &after {
            self.dependents.entry(*other).or_default().push(id);
        }
        let deadline = timeout.map(|millis| now.after(millis));
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id));
        }
        let order = self.submitted;
        self.submitted += 1;
        let is_ordered = !after.is_empty();
        let request = Request {
            body,
            order,
            sent_as: None,
            former: Vec::new(),
            after,
            sent_after: Vec::new(),
            is_ordered,
            doomed: false,
            deadline,
            repeatable,
            attempts: 0,
            received: false,
            asked_at: now,
            sent_on: 0,
        };
        self.all.insert(id, request);
        self.waiting.insert((order, id));
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn contains(&self, id: RequestId) -> bool {
        self.all.contains_key(&id)
    }

    pub(super) fn request(&mut self, id: RequestId) -> Option<&mut Request> {
        self.all.get_mut(&id)
    }

    /// Which request was sent as this message.
    pub(super) fn of_message(&self, message_id: i64) -> Option<RequestId> {
        self.by_message.get(&message_id).copied()
    }

    /// How many more may be on their way.
    pub(super) fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.in_flight)
    }

    /// Those that wait, in order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = RequestId> {
        self.waiting.iter().map(|(_, id)| *id)
    }

    /// Those that were never sent.
    pub(super) fn unsent(&self) -> impl Iterator<Item = RequestId> {
        let unsent = self.all.iter().filter(|(_, request)| request.sent_as.is_none() && request.former.is_empty());
        unsent.map(|(id, _)| *id)
    }

    /// The messages that this request must come after, or `None` if one of them was not sent yet.
    pub(super) fn after(&mut self, id: RequestId) -> Option<Vec<i64>> {
        let request = self.all.get(&id)?;
        if !request.is_ordered {
            return Some(Vec::new());
        }
        let pending = request.after.iter().filter_map(|other| Some((*other, self.all.get(other)?)));
        let mut after =
            pending.map(|(other, request)| Some((other, request.sent_as?.0))).collect::<Option<Vec<_>>>()?;
        if request.sent_as.is_some() {
            // An earlier copy may arrive yet, and must not be carried out under other terms.
            after.extend(request.sent_after.iter().filter(|(other, _)| !self.all.contains_key(other)));
        }
        let messages = after.iter().map(|(_, message_id)| *message_id).collect();
        self.all.get_mut(&id)?.sent_after = after;
        Some(messages)
    }

    /// A request goes out now as this message.
    pub(super) fn sent(&mut self, id: RequestId, message_id: i64, seq_no: i32, now: UnixMillis) {
        let Some(request) = self.all.get_mut(&id) else { return };
        if self.waiting.remove(&(request.order, id)) {
            self.in_flight += 1;
        }
        if request.sent_as.is_none_or(|(before, _)| before != message_id) {
            request.sent_on = self.connection;
        }
        request.sent_as = Some((message_id, seq_no));
        request.asked_at = now;
        self.by_message.insert(message_id, id);
        self.asked.push_back((now, message_id));
    }

    /// A request has to be sent again, with the id it had.
    pub(super) fn send_again(&mut self, id: RequestId) {
        if let Some(request) = self.all.get_mut(&id)
            && self.waiting.insert((request.order, id))
        {
            request.received = false;
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// A request has to be sent under a new id. `false` if that happened too often already.
    pub(super) fn send_anew(&mut self, id: RequestId, limit: u32) -> bool {
        let Some(request) = self.all.get_mut(&id) else { return true };
        if request.attempts >= limit {
            return false;
        }
        request.attempts += 1;
        self.renumber(id);
        true
    }

    /// As [`Requests::send_anew`], for a reason that is no fault of the request's.
    pub(super) fn renumber(&mut self, id: RequestId) {
        if let Some(request) = self.all.get_mut(&id) {
            request.former.extend(request.sent_as.take().map(|(id, _)| id));
        }
        self.send_again(id);
    }

    pub(super) fn is_repeatable(&self, id: RequestId) -> bool {
        self.all.get(&id).is_some_and(|request| request.repeatable)
    }

    /// Whether a request comes after others, none of which failed.
    pub(super) fn is_refused_wrongly(&self, id: RequestId) -> bool {
        self.all.get(&id).is_some_and(|request| request.is_ordered && !request.doomed)
    }

    /// All that are on their way.
    pub(super) fn in_flight(&self) -> Vec<(i64, RequestId)> {
        let sent = |(id, request): (&RequestId, &Request)| {
            let (message_id, _) = request.sent_as?;
            (!self.waiting.contains(&(request.order, *id))).then_some((message_id, *id))
        };
        let mut sent: Vec<_> = self.all.iter().filter_map(sent).collect();
        sent.sort_unstable();
        sent
    }

    /// The messages to ask the server about now: those sent, or asked about, up to `until`.
    pub(super) fn ask(&mut self, until: UnixMillis, now: UnixMillis) -> Vec<i64> {
        let mut ids = Vec::new();
        while let Some((at, message_id)) = self.asked.front().copied().filter(|(at, _)| *at <= until) {
            self.asked.pop_front();
            if self.is_asked(at, message_id) {
                ids.push(message_id);
            }
        }
        self.note_asked(&ids, now);
        ids
    }

    fn note_asked(&mut self, ids: &[i64], now: UnixMillis) {
        for message_id in ids {
            self.asked.push_back((now, *message_id));
            if let Some(request) = self.by_message.get(message_id).and_then(|id| self.all.get_mut(id)) {
                request.asked_at = now;
            }
        }
    }

    /// Whether a request may have been carried out on a connection before this one.
    pub(super) fn is_of_earlier_connection(&self, id: RequestId) -> bool {
        self.all.get(&id).is_some_and(|request| request.sent_on != self.connection)
    }

    /// On a new connection, everything on its way is asked about anew.
    pub(super) fn ask_about_all(&mut self, now: UnixMillis) -> Vec<i64> {
        let ids: Vec<_> = self.in_flight().into_iter().map(|(message_id, _)| message_id).collect();
        self.connection = self.connection.wrapping_add(1);
        self.asked.clear();
        self.note_asked(&ids, now);
        ids
    }

    /// Whether this entry of `asked` counts: its request is on its way as that message.
    fn is_asked(&self, at: UnixMillis, message_id: i64) -> bool {
        let request = self.of_message(message_id).and_then(|id| Some((id, self.all.get(&id)?)));
        request.is_some_and(|(id, request)| {
            let is_current = request.sent_as.is_some_and(|(sent, _)| sent == message_id) && request.asked_at == at;
            is_current && !self.waiting.contains(&(request.order, id))
        })
    }

    /// When the oldest question or message on its way was sent.
    pub(super) fn oldest(&mut self) -> Option<UnixMillis> {
        // What was answered in order is dropped here, so that it does not wake anybody.
        while let Some((at, message_id)) = self.asked.front().copied() {
            if self.is_asked(at, message_id) {
                return Some(at);
            }
            self.asked.pop_front();
        }
        None
    }

    pub(super) fn first_deadline(&self) -> Option<UnixMillis> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A request whose time has run out.
    pub(super) fn expired(&self, now: UnixMillis) -> Option<RequestId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    /// A request has its answer, or will have none; those that must come after it and were not sent fail with it.
    pub(super) fn finish(&mut self, event: SessionEvent, events: &mut VecDeque<SessionEvent>) {
        let mut finished = VecDeque::from([event]);
        while let Some(event) = finished.pop_front() {
            let (id, succeeded) = match &event {
                SessionEvent::Answer { request, result } => (*request, result.is_ok()),
                SessionEvent::Unanswered { request, reason: _ } => (*request, false),
                _ => continue,
            };
            if self.remove(id).is_none() {
                continue;
            }
            events.push_back(event);
            for dependent in self.dependents.remove(&id).unwrap_or_default() {
                let Some(request) = self.all.get_mut(&dependent) else { continue };
                request.after.retain(|other| *other != id);
                if succeeded {
                    request.sent_after.retain(|(other, _)| *other != id);
                }
                request.doomed |= !succeeded;
                if request.doomed && request.sent_as.is_none() {
                    let result = Err(RpcError::new(400, "MSG_WAIT_FAILED"));
                    finished.push_back(SessionEvent::Answer { request: dependent, result });
                }
            }
        }
    }

    /// A request that comes after one that failed is not sent any more.
    pub(super) fn is_doomed(&self, id: RequestId) -> bool {
        self.all.get(&id).is_some_and(|request| request.doomed && request.sent_as.is_none())
    }

    fn remove(&mut self, id: RequestId) -> Option<Request> {
        let request = self.all.remove(&id)?;
        if !self.waiting.remove(&(request.order, id)) {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        if let Some(deadline) = request.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        for message_id in request.former.iter().copied().chain(request.sent_as.map(|(id, _)| id)) {
            self.by_message.remove(&message_id);
        }
        Some(request)
    }
}

/// A request that will have no answer.
pub(super) fn unanswered(request: RequestId, reason: UnansweredReason) -> SessionEvent {
    SessionEvent::Unanswered { request, reason }
}

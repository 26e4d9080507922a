//! The requests of a client: which run, which wait for others, and which were answered.

use std::collections::{HashMap, VecDeque};

use super::super::UnixMillis;

/// How many answered requests are remembered, for those that come after them and against carrying one out twice.
const ANSWERED: usize = 16 * 1024;

#[derive(Debug)]
pub(super) enum Call {
    /// Waits for those messages' success (`invokeAfterMsg`).
    Held {
        body: Vec<u8>,
        after: Vec<i64>,
    },
    Running,
    Answered {
        succeeded: bool,
    },
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    all: HashMap<i64, Call>,
    answered: VecDeque<i64>,
    dependents: HashMap<i64, Vec<i64>>,
    /// Until when each of those that were held may wait.
    held: VecDeque<(UnixMillis, i64)>,
    open: usize,
}

/// What to do with a request.
pub(super) enum Verdict {
    Run(Vec<u8>),
    Hold,
    /// One that it comes after failed.
    Fail,
}

impl Calls {
    pub(super) fn call(&self, message_id: i64) -> Option<&Call> {
        self.all.get(&message_id)
    }

    /// How many were not answered yet.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    pub(super) fn begin(&mut self, id: i64, mut after: Vec<i64>, body: &[u8], until: UnixMillis) -> Verdict {
        let has_failed =
            |other: &i64| *other == id || matches!(self.all.get(other), Some(Call::Answered { succeeded: false }));
        let fails = after.iter().any(has_failed);
        after.retain(|other| !matches!(self.all.get(other), Some(Call::Answered { .. })));
        self.open += 1;
        if fails || after.is_empty() {
            self.all.insert(id, Call::Running);
            return if fails { Verdict::Fail } else { Verdict::Run(body.to_vec()) };
        }
        for other in &after {
            self.dependents.entry(*other).or_default().push(id);
        }
        self.held.push_back((until, id));
        self.all.insert(id, Call::Held { body: body.to_vec(), after });
        Verdict::Hold
    }

    /// A request is answered; `false` if it was not open. What waited for it is moved to `ready`.
    pub(super) fn finish(&mut self, id: i64, succeeded: bool, ready: &mut Vec<(i64, Verdict)>) -> bool {
        match self.all.get_mut(&id).map(|call| std::mem::replace(call, Call::Answered { succeeded })) {
            Some(Call::Held { body: _, after }) => self.wait_no_longer(id, &after),
            Some(Call::Running) => {}
            Some(before @ Call::Answered { .. }) => {
                self.all.insert(id, before);
                return false;
            }
            None => return false,
        }
        self.open -= 1;
        self.answered.push_back(id);
        if self.answered.len() > ANSWERED
            && let Some(oldest) = self.answered.pop_front()
        {
            self.all.remove(&oldest);
        }
        for dependent in self.dependents.remove(&id).unwrap_or_default() {
            let Some(call) = self.all.get_mut(&dependent) else { continue };
            let Call::Held { body, after } = call else { continue };
            after.retain(|other| *other != id);
            if !succeeded {
                ready.push((dependent, Verdict::Fail));
            } else if after.is_empty() {
                let body = std::mem::take(body);
                *call = Call::Running;
                ready.push((dependent, Verdict::Run(body)));
            }
        }
        true
    }

    /// Takes it that a request that runs did not come; `false` if it does not run. Those that come after it wait on.
    pub(super) fn forget(&mut self, id: i64) -> bool {
        let runs = matches!(self.all.get(&id), Some(Call::Running));
        if runs {
            self.all.remove(&id);
            self.open -= 1;
        }
        runs
    }

    /// A held request that has waited long enough.
    pub(super) fn expired(&mut self, now: UnixMillis) -> Option<i64> {
        while let Some((until, id)) = self.held.front().copied() {
            let is_held = matches!(self.all.get(&id), Some(Call::Held { .. }));
            if is_held && until > now {
                return None;
            }
            self.held.pop_front();
            if is_held {
                return Some(id);
            }
        }
        None
    }

    /// What may never come is forgotten.
    fn wait_no_longer(&mut self, id: i64, after: &[i64]) {
        for other in after {
            if let Some(dependents) = self.dependents.get_mut(other) {
                dependents.retain(|dependent| *dependent != id);
                if dependents.is_empty() {
                    self.dependents.remove(other);
                }
            }
        }
    }

    pub(super) fn due(&self) -> Option<UnixMillis> {
        self.held.front().map(|(until, _)| *until)
    }
}

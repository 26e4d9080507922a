//! What the server does wrong when it is told to.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use rand_core::Rng;
use tl_types::RpcError;

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// It is answered with this error, and not carried out.
    Error(RpcError),
    /// It is carried out, and its answer comes so much later.
    Delay(Duration),
    /// The connection is closed, and it is not carried out: a client that asks is told that it never came.
    DropBefore,
    /// It is carried out, and the connection is closed before the answer is sent.
    DropAfter,
    /// It is carried out, and never answered.
    Silence,
}

/// What goes wrong with an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateFault {
    /// It is not sent; `updates.getDifference` has it.
    Lose,
    /// It is sent twice.
    Repeat,
    /// `updatesTooLong` is sent in its place.
    TooLong,
    /// It is sent behind the next one for the same device.
    Reorder,
}

/// What goes wrong at random: probabilities from 0 to 1. By default nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chaos {
    /// A call is answered with `500 INTERNAL` in the place of being carried out.
    pub error: f64,
    /// The connection is closed in the place of carrying out a call.
    pub drop_before: f64,
    /// The connection is closed behind carrying out a call.
    pub drop_after: f64,
    /// An update is lost.
    pub lose: f64,
    /// An update is repeated.
    pub repeat: f64,
    /// An update changes places with the next one.
    pub reorder: f64,
}

/// What is still to go wrong.
#[derive(Debug, Default)]
pub(super) struct Misbehaviour {
    pub(super) chaos: Chaos,
    calls: HashMap<String, VecDeque<Fault>>,
    updates: VecDeque<UpdateFault>,
}

impl Misbehaviour {
    pub(super) fn new(chaos: Chaos) -> Self {
        Self { chaos, ..Self::default() }
    }

    pub(super) fn call(&mut self, method: &str, fault: Fault) {
        self.calls.entry(method.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn update(&mut self, fault: UpdateFault) {
        self.updates.push_back(fault);
    }

    /// What goes wrong with a call of this method.
    pub(super) fn next_call(&mut self, method: &str, rng: &mut dyn Rng) -> Option<Fault> {
        if let Some(fault) = self.calls.get_mut(method).and_then(VecDeque::pop_front) {
            return Some(fault);
        }
        let Chaos { error, drop_before, drop_after, .. } = self.chaos;
        // Without an authorization nothing could go on.
        if method.starts_with("auth.") {
            return None;
        }
        match pick([error, drop_before, drop_after], rng)? {
            0 => Some(Fault::Error(RpcError::new(500, "INTERNAL"))),
            1 => Some(Fault::DropBefore),
            _ => Some(Fault::DropAfter),
        }
    }

    /// What goes wrong with the next update.
    pub(super) fn next_update(&mut self, rng: &mut dyn Rng) -> Option<UpdateFault> {
        if let Some(fault) = self.updates.pop_front() {
            return Some(fault);
        }
        let Chaos { lose, repeat, reorder, .. } = self.chaos;
        match pick([lose, repeat, reorder], rng)? {
            0 => Some(UpdateFault::Lose),
            1 => Some(UpdateFault::Repeat),
            _ => Some(UpdateFault::Reorder),
        }
    }
}

/// One of three things that happen with these probabilities, or none.
fn pick(probabilities: [f64; 3], rng: &mut dyn Rng) -> Option<usize> {
    if probabilities.iter().all(|probability| *probability <= 0.0) {
        return None;
    }
    let mut rest = f64::from(rng.next_u32()) / (f64::from(u32::MAX) + 1.0);
    for (index, probability) in probabilities.into_iter().enumerate() {
        if rest < probability {
            return Some(index);
        }
        rest -= probability;
    }
    None
}

//! Every request is answered exactly once, or reported as unanswered, whatever the link, the salts and the clocks do.

use std::collections::HashMap;
use std::sync::Arc;

use rand_core::Rng;
use secret_runtime::mtproto::message::{Direction, Envelope};
use secret_runtime::mtproto::session::{
    ClientSession, ClockOffset, RequestId, RequestOptions, ServerEvent, ServerSalts, ServerSession, ServerSettings,
    SessionEvent, SessionSettings, UnansweredReason, UnixMillis,
};
use tl_types::RpcError;

use crate::pair::{DAY, SALT, START, call, key, number, result};
use crate::random::Random;

/// One step of the virtual clock in milliseconds.
const STEP: i64 = 50;

#[derive(Clone, Copy)]
struct World {
    /// Packets are lost, repeated and reordered on a living connection, which TCP does not do.
    is_lossy: bool,
    /// The server forgets its sessions now and then.
    restarts: bool,
    skew: i64,
}

#[derive(Default)]
struct Record {
    after: Vec<u32>,
    /// When the server was given it, and how often.
    carried_out: Vec<i64>,
    /// When the server answered it, and whether well.
    answered: Option<(i64, bool)>,
    ends: Vec<SessionEvent>,
    may_end_early: bool,
    is_repeatable: bool,
}

struct Run {
    world: World,
    rng: Random,
    time: i64,
    client: ClientSession,
    server: ServerSession,
    salts: Arc<ServerSalts>,
    envelope: Envelope,
    /// When a packet arrives, where, and what.
    link: Vec<(i64, Direction, Vec<u8>)>,
    reconnect_at: Option<i64>,
    records: HashMap<u32, Record>,
    /// When the server answers, what message, which request.
    answers: Vec<(i64, i64, u32)>,
    submitted: u32,
    pushed: u32,
    updates: HashMap<u32, u32>,
    /// How many requests there were when the client heard of the session.
    before_session: Option<u32>,
}

impl Run {
    fn new(seed: u64, world: World) -> Self {
        let mut rng = Random::new(seed);
        let salts = Arc::new(ServerSalts::new([seed as u8; 32], SALT, UnixMillis(START), 10));
        let mut settings = SessionSettings::default();
        // The salt changes every ten seconds here.
        settings.attempts = 30;
        let client = ClientSession::new(&key(), SALT, ClockOffset(0), settings, &mut rng);
        let server = server(&client, &salts, &mut rng);
        Self {
            world,
            rng,
            time: START,
            client,
            server,
            salts,
            envelope: Envelope::new(&key()),
            link: Vec::new(),
            reconnect_at: Some(START),
            records: HashMap::new(),
            answers: Vec::new(),
            submitted: 0,
            pushed: 0,
            updates: HashMap::new(),
            before_session: None,
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.rng.next_u64() % 100 < percent
    }

    fn local(&self) -> UnixMillis {
        UnixMillis(self.time + self.world.skew)
    }

    fn step(&mut self, is_calm: bool) {
        self.time += STEP;
        if self.reconnect_at.is_some_and(|at| at <= self.time) {
            self.reconnect_at = None;
            self.client.connected(self.local());
            self.server.connected();
        }
        if !is_calm {
            self.act();
        }
        let now = self.time;
        for (_, message_id, n) in self.answers.extract_if(.., |(at, ..)| *at <= now).collect::<Vec<_>>() {
            let succeeds = !n.is_multiple_of(7);
            self.records.get_mut(&n).unwrap().answered = Some((now, succeeds));
            let answer = if succeeds { Ok(result(n)) } else { Err(RpcError::new(400, "SEVEN")) };
            self.server.answer(message_id, answer);
        }
        self.transmit(is_calm);
        self.deliver();
        self.take_events();
    }

    /// What the two users do, and what befalls them.
    fn act(&mut self) {
        if self.chance(30) {
            for _ in 0..self.rng.next_u64() % 8 {
                self.submit();
            }
        }
        if self.chance(5) {
            self.pushed += 1;
            self.server.push(call(self.pushed));
        }
        if self.chance(1) && self.reconnect_at.is_none() {
            self.client.disconnected();
            self.server.disconnected();
            self.link.clear();
            let pause = if self.chance(10) { 400_000 } else { 5_000 };
            self.reconnect_at = Some(self.time + (self.rng.next_u64() % pause) as i64);
            if self.world.restarts && self.chance(50) {
                self.server = server(&self.client, &self.salts, &mut self.rng);
                self.answers.clear();
            }
        }
    }

    fn submit(&mut self) {
        self.submitted += 1;
        let n = self.submitted;
        let mut options = RequestOptions::default();
        if self.chance(30) {
            let others = (0..=self.rng.next_u64() % 2).map(|_| (self.rng.next_u64() % 5) as u32 + 1);
            let others: Vec<u32> = others.filter_map(|back| n.checked_sub(back)).filter(|n| *n > 0).collect();
            options.after = others.iter().map(|n| RequestId((*n).into())).collect();
        }
        let is_timed = self.chance(10);
        options.timeout = is_timed.then_some(3_000);
        options.repeatable = self.chance(70);
        // Those that are answered already don't count.
        let pending = |n: &u32| self.records.get(n).is_some_and(|record| record.ends.is_empty());
        let after = options.after.iter().map(|id| id.0 as u32).filter(pending).collect();
        let is_repeatable = options.repeatable;
        self.client.submit(RequestId(n.into()), call(n), options, self.local());
        let record = Record { after, may_end_early: is_timed, is_repeatable, ..Record::default() };
        self.records.insert(n, record);
        if self.chance(3) {
            let n = n - (self.rng.next_u64() % u64::from(n.min(10))) as u32;
            self.records.get_mut(&n).unwrap().may_end_early = true;
            self.client.cancel(RequestId(n.into()));
            self.take_events();
        }
    }

    fn transmit(&mut self, is_calm: bool) {
        let mut packets = Vec::new();
        while let Some(transmit) = self.client.poll_transmit(self.local(), &mut self.rng) {
            packets.push((Direction::ToServer, transmit.packet));
        }
        while let Some(packet) = self.server.poll_transmit(UnixMillis(self.time), &mut self.rng) {
            packets.push((Direction::ToClient, packet));
        }
        for (direction, packet) in packets {
            let is_lossy = self.world.is_lossy && !is_calm;
            if is_lossy && self.chance(15) {
                continue;
            }
            if is_lossy && self.chance(5) {
                self.link.push((self.time + 700, direction, packet.clone()));
            }
            let delay = if is_lossy { (self.rng.next_u64() % 500) as i64 } else { 100 };
            self.link.push((self.time + delay, direction, packet));
        }
    }

    fn deliver(&mut self) {
        let now = self.time;
        let mut arrived: Vec<_> = self.link.extract_if(.., |(at, ..)| *at <= now).collect();
        arrived.sort_by_key(|(at, ..)| *at);
        for (_, direction, packet) in arrived {
            match direction {
                Direction::ToServer => {
                    let opened = self.envelope.open(direction, packet).expect("the link changes nothing");
                    if opened.header().session_id != self.server.session_id() {
                        self.server = server(&self.client, &self.salts, &mut self.rng);
                        self.server.connected();
                    }
                    self.server.receive(&opened, UnixMillis(now)).expect("the client keeps to the protocol");
                }
                Direction::ToClient => {
                    let result = self.client.receive(packet, self.local());
                    assert!(result.is_ok_and(|()| true) || result.is_err_and(|error| !error.closes_connection()));
                }
            }
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match &event {
                SessionEvent::Answer { request, .. } | SessionEvent::Unanswered { request, .. } => {
                    self.records.get_mut(&(request.0 as u32)).unwrap().ends.push(event);
                }
                SessionEvent::Updates(body) => *self.updates.entry(number(body)).or_default() += 1,
                SessionEvent::NewSession => _ = self.before_session.get_or_insert(self.submitted),
                SessionEvent::ConnectionLost => {
                    self.client.connected(self.local());
                    self.server.connected();
                }
                _ => {}
            }
        }
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Request { message_id, body } = event {
                let n = number(&body);
                self.records.get_mut(&n).unwrap().carried_out.push(self.time);
                let delay = if self.chance(5) { 30_000 } else { 300 };
                self.answers.push((self.time + (self.rng.next_u64() % delay) as i64, message_id, n));
            }
        }
    }

    fn check(&self, seed: u64) {
        assert_eq!(self.client.pending(), 0, "seed {seed}");
        for (n, record) in &self.records {
            let at = format!("request {n} of seed {seed}: {:?}, carried out {:?}", record.ends, record.carried_out);
            assert_eq!(record.ends.len(), 1, "{at}");
            let once = !self.world.restarts || !record.is_repeatable;
            assert!(record.carried_out.len() <= 1 || !once, "{at}");
            match &record.ends[0] {
                SessionEvent::Answer { result: Ok(body), .. } => {
                    assert!(*body == result(*n) && !record.carried_out.is_empty(), "{at}");
                }
                SessionEvent::Answer { result: Err(error), .. } if error.message == "SEVEN" => {
                    assert!(n.is_multiple_of(7) && !record.carried_out.is_empty(), "{at}");
                }
                SessionEvent::Answer { result: Err(error), .. } => {
                    assert!(error.message == "MSG_WAIT_FAILED" && !record.after.is_empty(), "{at}");
                    assert!(record.carried_out.is_empty() || self.world.restarts, "{at}");
                    let failed =
                        |n: &u32| !matches!(self.records[n].ends[0], SessionEvent::Answer { result: Ok(_), .. });
                    assert!(record.after.iter().any(failed), "{at}");
                }
                SessionEvent::Unanswered { reason: UnansweredReason::Forgotten, .. } => {
                    // Before the client heard of the session, it could not know whether there had been another.
                    let is_early = self.before_session.is_none_or(|count| *n <= count);
                    assert!((self.world.restarts || is_early) && !record.is_repeatable, "{at}");
                }
                SessionEvent::Unanswered { .. } => assert!(record.may_end_early, "{at}"),
                _ => unreachable!(),
            }
            if let Some(begin) = record.carried_out.first()
                && !self.world.restarts
            {
                for before in &record.after {
                    let answered = self.records[before].answered;
                    assert!(
                        answered.is_some_and(|(end, succeeded)| succeeded && end <= *begin),
                        "{at}: before {before}"
                    );
                }
            }
        }
        for n in 1..=self.pushed {
            let count = self.updates.get(&n).copied().unwrap_or_default();
            assert!(count > 0 || self.world.restarts, "update {n} of seed {seed}");
        }
    }
}

fn server(client: &ClientSession, salts: &Arc<ServerSalts>, rng: &mut Random) -> ServerSession {
    let mut settings = ServerSettings::default();
    settings.wait_timeout = 60_000;
    ServerSession::new(&key(), client.session_id(), Arc::clone(salts), settings, rng)
}

/// Runs `count` seeds from `first` on; `TL_SESSION_SEEDS` is another count.
fn run(first: u64, count: u64, world: World) {
    let count = std::env::var("TL_SESSION_SEEDS").map_or(count, |count| count.parse().unwrap());
    for seed in first..first + count {
        let mut run = Run::new(seed, world);
        (0..1_200).for_each(|_| run.step(false));
        run.reconnect_at = run.reconnect_at.map(|at| at.min(run.time + 5_000));
        // Five minutes of calm, in which everything must come to its end.
        (0..6_000).for_each(|_| run.step(true));
        assert!(run.submitted > 500, "{}", run.submitted);
        run.check(seed);
    }
}

#[test]
fn over_tcp_that_breaks() {
    run(0, 6, World { is_lossy: false, restarts: false, skew: 0 });
}

#[test]
fn over_tcp_that_breaks_with_a_clock_a_day_ahead() {
    run(20, 3, World { is_lossy: false, restarts: false, skew: DAY });
}

#[test]
fn over_tcp_that_breaks_with_a_clock_a_day_behind_and_a_server_that_forgets() {
    run(40, 8, World { is_lossy: false, restarts: true, skew: -DAY });
}

#[test]
fn over_a_link_that_loses_and_repeats_and_reorders() {
    run(60, 6, World { is_lossy: true, restarts: false, skew: 0 });
}

#[test]
fn over_a_link_that_loses_and_repeats_and_reorders_with_a_clock_a_day_ahead() {
    run(80, 3, World { is_lossy: true, restarts: false, skew: DAY });
}

#[test]
fn over_a_link_that_loses_and_repeats_and_reorders_with_a_clock_a_day_behind() {
    run(100, 3, World { is_lossy: true, restarts: false, skew: -DAY });
}

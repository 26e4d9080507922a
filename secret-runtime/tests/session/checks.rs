//! What a client refuses of what comes in (<https://core.telegram.org/mtproto/security_guidelines>).

use secret_runtime::mtproto::AuthKey;
use secret_runtime::mtproto::message::{Direction, Envelope, Header, OpenError};
use secret_runtime::mtproto::session::{ProtocolFault, SessionError, SessionEvent};
use tl_types::mtproto::constructors::{Message, MsgContainer, MsgsAck, MsgsStateReq, Pong};
use tl_types::{Encode, Raw};

use crate::pair::{Pair, SALT, START, call, id_at, key, open};
use crate::random::Random;

fn updates(pair: &Pair) -> usize {
    pair.events.iter().filter(|event| matches!(event, SessionEvent::Updates(_))).count()
}

#[test]
fn a_message_is_taken_once() {
    let mut pair = Pair::new();
    let packet = pair.forge(id_at(START, 3), 1, &call(1));
    pair.deliver_to_client(packet.clone());
    pair.deliver_to_client(packet);
    assert_eq!(updates(&pair), 1);
    assert_eq!(pair.errors, [SessionError::Duplicate { message_id: id_at(START, 3) }]);
    assert!(!pair.errors[0].closes_connection());
}

#[test]
fn a_message_older_than_all_that_are_remembered_is_dropped() {
    let mut pair = Pair::new();
    for n in 0..17_000 {
        let packet = pair.forge(id_at(START, 3) + 4 * n, 1, &call(1));
        pair.deliver_to_client(packet);
        pair.take_events();
    }
    pair.events.clear();
    // The first of them was forgotten, and so were some after it.
    for n in -1..1_000 {
        let packet = pair.forge(id_at(START, 3) + 4 * n, 1, &call(1));
        pair.deliver_to_client(packet);
    }
    assert_eq!((updates(&pair), pair.errors.len()), (0, 1_001));
}

#[test]
fn messages_out_of_order_are_taken() {
    let mut pair = Pair::new();
    for n in [5, 1, 3, 2, 4] {
        let packet = pair.forge(id_at(START, 3) + 4 * n, 1, &call(1));
        pair.deliver_to_client(packet);
    }
    assert_eq!((updates(&pair), pair.errors.len()), (5, 0));
}

#[test]
fn another_session_is_refused() {
    let mut pair = Pair::new();
    let header = Header { salt: SALT, session_id: 1, message_id: id_at(START, 3), seq_no: 1 };
    let packet = Envelope::new(&key()).seal(Direction::ToClient, header, &call(1), &mut Random::new(1)).unwrap().packet;
    pair.deliver_to_client(packet);
    assert_eq!((updates(&pair), pair.errors), (0, vec![SessionError::Session { session_id: 1 }]));
}

#[test]
fn another_key_is_refused() {
    let mut pair = Pair::new();
    let other = AuthKey::new([8; 256]);
    let header = Header { salt: SALT, session_id: 1, message_id: id_at(START, 3), seq_no: 1 };
    let packet = Envelope::new(&other).seal(Direction::ToClient, header, &call(1), &mut Random::new(1)).unwrap().packet;
    pair.deliver_to_client(packet);
    assert_eq!(pair.errors, [SessionError::Open(OpenError::UnknownKey { auth_key_id: other.id() })]);
    assert!(pair.errors[0].closes_connection());
}

#[test]
fn an_even_message_id_is_a_fault() {
    let mut pair = Pair::new();
    let message_id = id_at(START, 2);
    let packet = pair.forge(message_id, 1, &call(1));
    pair.deliver_to_client(packet);
    assert_eq!((updates(&pair), pair.errors), (0, vec![ProtocolFault::Parity { message_id }.into()]));
}

#[test]
fn an_even_message_id_in_a_container_is_a_fault_of_all_of_it() {
    let mut pair = Pair::new();
    let message = |message_id: i64| Message::new(message_id, 1, Raw(call(1)));
    let container = MsgContainer::new(vec![message(id_at(START, 3)), message(id_at(START, 2) + 4)]).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 3) + 8, 0, &container);
    pair.deliver_to_client(packet);
    let fault = ProtocolFault::Parity { message_id: id_at(START, 2) + 4 };
    assert_eq!((updates(&pair), pair.errors), (0, vec![fault.into()]));
}

#[test]
fn a_message_is_taken_from_300_seconds_ago_to_30_seconds_ahead() {
    for (millis, accepted) in [(-300_000, true), (-300_100, false), (30_000, true), (30_100, false)] {
        let mut pair = Pair::new();
        let packet = pair.forge(id_at(START + millis, 3), 1, &call(1));
        pair.deliver_to_client(packet);
        assert_eq!(updates(&pair), usize::from(accepted), "{millis}");
        assert_eq!(pair.errors.is_empty(), accepted, "{millis}");
    }
}

#[test]
fn an_old_message_that_answers_nothing_does_not_move_the_clock() {
    let mut pair = Pair::new();
    let packet = pair.forge(id_at(START - 400_000, 1), 0, &Pong::new(1, 2).to_bytes().unwrap());
    pair.deliver_to_client(packet);
    assert_eq!(pair.client.server_time(pair.local()), pair.now());
    assert_eq!(pair.events, []);
}

#[test]
fn a_service_message_that_cannot_be_read_is_a_fault() {
    let mut pair = Pair::new();
    let body = MsgsStateReq::new(vec![1, 2]).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 3), 0, &body[..16]);
    pair.deliver_to_client(packet);
    let fault = SessionError::Fault(ProtocolFault::Malformed { id: 0xda69_fb52 });
    assert_eq!(pair.errors, [fault]);
}

#[test]
fn any_bytes_in_an_authentic_message_are_borne() {
    let mut rng = Random::new(99);
    let mut pair = Pair::new();
    pair.answers = false;
    let ids = [
        0x73f1f8dc_u32,
        0x3072cfa1,
        0xf35c6d01,
        0x62d6b459,
        0xa7eff811,
        0xedab447b,
        0x9ec20908,
        0x347773c5,
        0xae500895,
        0x04deb57d,
        0x8cc0d131,
        0x276d3ec6,
        0x809db6df,
        0xda69fb52,
        0x7d861a08,
        0x8610baeb,
        0xe06046b2,
        0x58e4a740,
        0xb921bd04,
        0x7abe77ec,
        0xf3427b8c,
        0xe7512126,
        0xcb9f372d,
        0x3dc4b4f0,
    ];
    for n in 0..20_000 {
        let draw = rand_core::Rng::next_u64(&mut rng) as usize;
        let mut body = vec![0; 4 * (draw % 16)];
        rand_core::Rng::fill_bytes(&mut rng, &mut body);
        // Small numbers are what counts and lengths are made of.
        body.iter_mut().skip(5).step_by(4).for_each(|byte| *byte = 0);
        body.iter_mut().skip(6).step_by(4).for_each(|byte| *byte = 0);
        if let Some(id) = body.first_chunk_mut() {
            *id = ids[draw / 16 % ids.len()].to_le_bytes();
        }
        let packet = pair.forge(id_at(START, 1) + 4 * n, (n % 2) as i32, &body);
        pair.deliver_to_client(packet);
        let packet = pair.forge_request(SALT, id_at(START, 0) + 4 * n, (2 * n as i32) | 1, &body);
        pair.deliver_to_server(packet);
        while pair.server.poll_transmit(pair.now(), &mut pair.rng).is_some() {}
    }
}

#[test]
fn a_message_that_comes_again_is_acknowledged_again() {
    let mut pair = Pair::new();
    // What the server said at the beginning is acknowledged first.
    pair.run(1_000);
    let message_id = id_at(START, 3) + 4_000;
    let packet = pair.forge(message_id, 1, &call(1));
    for _ in 0..2 {
        pair.deliver_to_client(packet.clone());
        pair.time += 500;
        pair.collect();
        let (_, body) = open(Direction::ToServer, &pair.to_server.pop_back().unwrap());
        assert_eq!(body, MsgsAck::new(vec![message_id]).to_bytes().unwrap());
    }
}

//! Compression, and its limits.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use secret_runtime::mtproto::message::Direction;
use secret_runtime::mtproto::session::{
    ProtocolFault, RequestId, RequestOptions, ServerEvent, SessionEvent, SessionSettings, UnansweredReason,
};
use tl_types::mtproto::constructors::{GzipPacked, Message, MsgContainer, RpcResult};
use tl_types::{Encode, Raw};

use crate::pair::{Pair, SALT, START, call, id_at, open};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    GzipPacked::new(encoder.finish().unwrap()).to_bytes().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    GzipPacked::new(encoder.finish().unwrap()).to_bytes().unwrap()
}

fn long(number: u32) -> Vec<u8> {
    let mut body = call(number);
    body.resize(50_000, 7);
    body
}

#[test]
fn a_long_request_and_a_long_answer_and_a_long_update_travel_packed() {
    let mut pair = Pair::new();
    pair.settle();
    pair.answers = false;
    pair.client.submit(RequestId(1), long(1), RequestOptions::default(), pair.local());
    pair.collect();
    assert!(pair.to_server[0].len() < 1_000);
    pair.settle();
    let message_id = pair.message_of(1);
    assert!(pair.seen.contains(&ServerEvent::Request { message_id, body: long(1) }));
    pair.server.answer(message_id, Ok(long(2)));
    pair.server.push(long(3));
    pair.collect();
    assert!(pair.to_client.iter().all(|packet| packet.len() < 1_000));
    pair.settle();
    assert!(pair.events.contains(&SessionEvent::Answer { request: RequestId(1), result: Ok(long(2)) }));
    assert!(pair.events.contains(&SessionEvent::Updates(long(3))));
}

#[test]
fn what_looks_random_or_must_not_be_packed_is_not() {
    let mut pair = Pair::new();
    pair.settle();
    let mut random = long(1);
    rand_core::Rng::fill_bytes(&mut pair.rng, &mut random[8..]);
    let mut options = RequestOptions::default();
    options.compress = false;
    pair.client.submit(RequestId(1), random.clone(), RequestOptions::default(), pair.local());
    pair.client.submit(RequestId(2), long(2), options, pair.local());
    pair.collect();
    let (_, body) = open(Direction::ToServer, &pair.to_server[0]);
    let plain = long(2);
    assert!([&random[..8], &plain[..8]].iter().all(|start| body.windows(8).any(|window| window == *start)));
}

#[test]
fn gzip_and_zlib_headers_are_both_read() {
    for packed in [gzip(&long(1)), zlib(&long(1))] {
        let mut pair = Pair::new();
        let packet = pair.forge(id_at(START, 3), 1, &packed);
        pair.deliver_to_client(packet);
        assert_eq!(pair.events, [SessionEvent::Updates(long(1))]);
    }
}

#[test]
fn a_container_may_be_packed() {
    let mut pair = Pair::new();
    let message = |n: u32| Message::new(id_at(START, 3) + 4 * i64::from(n), 1, Raw(call(n)));
    let container = MsgContainer::new(vec![message(1), message(2)]).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 3) + 12, 0, &gzip(&container));
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, [SessionEvent::Updates(call(1)), SessionEvent::Updates(call(2))]);
}

#[test]
fn a_packed_message_that_grows_beyond_the_limit_is_a_fault() {
    let mut settings = SessionSettings::default();
    settings.unpacked_bytes = 50_000;
    let check = |body: &[u8], accepted: bool| {
        let mut pair = Pair::with(settings.clone(), Default::default(), 0, 0);
        let packet = pair.forge(id_at(START, 3), 1, &gzip(body));
        pair.deliver_to_client(packet);
        assert_eq!(pair.errors.is_empty(), accepted);
        assert_eq!(pair.events.is_empty(), !accepted);
    };
    check(&vec![1; 50_000], true);
    check(&vec![1; 50_004], false);
    check(&vec![1; 50_000_000], false);
}

#[test]
fn an_answer_that_cannot_be_unpacked_leaves_its_request_unanswered() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit(1);
    pair.settle();
    let mut packed = gzip(&long(1));
    packed.truncate(packed.len() / 8 * 4);
    let result = RpcResult::new(pair.message_of(1), tl_types::Raw(packed)).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 1) + 4_000, 1, &result);
    pair.deliver_to_client(packet);
    let unanswered = SessionEvent::Unanswered { request: RequestId(1), reason: UnansweredReason::Unreadable };
    assert!(pair.events.contains(&unanswered));
    assert_eq!(pair.errors, [ProtocolFault::Packed.into()]);
}

#[test]
fn a_request_of_another_client_may_be_packed_around_or_inside_invoke_after() {
    let mut pair = Pair::new();
    pair.answers = false;
    let mut inside = [&0xcb9f_372d_u32.to_le_bytes()[..], &id_at(START, 0).to_le_bytes()].concat();
    inside.extend(zlib(&long(2)));
    for (n, body) in [gzip(&long(1)), inside].iter().enumerate() {
        let packet = pair.forge_request(SALT, id_at(START, 0) + 4 * n as i64, 2 * n as i32 + 1, body);
        pair.deliver_to_server(packet);
    }
    assert_eq!(pair.carried_out(), [1]);
    pair.server.answer(id_at(START, 0), Ok(call(0)));
    pair.take_events();
    assert_eq!(pair.carried_out(), [1, 2]);
}

#[test]
fn packed_in_packed_is_a_fault_at_some_depth() {
    let mut body = call(1);
    (0..10).for_each(|_| body = gzip(&body));
    let mut pair = Pair::new();
    let packet = pair.forge(id_at(START, 3), 1, &body);
    pair.deliver_to_client(packet);
    assert_eq!((pair.events.len(), pair.errors.len()), (0, 1));
}

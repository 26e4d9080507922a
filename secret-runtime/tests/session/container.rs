//! Containers: what waits is gathered.

use secret_runtime::mtproto::message::Direction;
use secret_runtime::mtproto::session::{ProtocolFault, RequestId, RequestOptions, SessionError, SessionSettings};
use tl_types::Encode;
use tl_types::mtproto::constructors::MsgContainer;

use crate::pair::{Pair, START, call, id_at, open};

#[test]
fn what_waits_travels_in_one_packet() {
    let mut pair = Pair::new();
    pair.settle();
    (0..100).for_each(|n| pair.submit(n));
    pair.collect();
    assert_eq!(pair.to_server.len(), 1);
    pair.settle();
    assert_eq!(pair.answered().len(), 100);
    assert_eq!(pair.carried_out(), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_container_has_at_most_as_many_messages_and_bytes_as_it_may() {
    let mut settings = SessionSettings::default();
    settings.container_messages = 10;
    settings.container_bytes = 4096;
    let mut pair = Pair::with(settings, Default::default(), 0, 0);
    pair.settle();
    (0..100).for_each(|n| pair.submit(n));
    // Random, so that it is not compressed.
    let mut long = call(100);
    long.resize(30_000, 0);
    rand_core::Rng::fill_bytes(&mut pair.rng, &mut long[8..]);
    pair.client.submit(RequestId(100), long, RequestOptions::default(), pair.local());
    pair.submit(101);
    pair.collect();
    assert!(pair.to_server.len() >= 13, "{}", pair.to_server.len());
    for packet in &pair.to_server {
        let (_, body) = open(Direction::ToServer, packet);
        let container = <MsgContainer as tl_types::Decode>::from_bytes(&body);
        assert!(container.is_err() || body.len() <= 4096 + 8 && container.unwrap().messages.len() <= 10);
    }
    pair.settle();
    assert_eq!(pair.answered().len(), 102);
}

#[test]
fn one_message_travels_without_a_container() {
    let mut pair = Pair::new();
    pair.settle();
    pair.run(1_000);
    pair.submit(1);
    pair.collect();
    let (header, body) = open(Direction::ToServer, &pair.to_server[0]);
    assert_eq!((body, header.seq_no & 1), (call(1), 1));
}

#[test]
fn a_container_in_a_container_and_lengths_beyond_its_end_are_faults() {
    let check = |body: &[u8]| {
        let mut pair = Pair::new();
        let packet = pair.forge(id_at(START, 1), 0, body);
        pair.deliver_to_client(packet);
        assert_eq!(pair.errors, [SessionError::Fault(ProtocolFault::Container)]);
        let packet = pair.forge_request(crate::pair::SALT, id_at(START, 0), 0, body);
        pair.deliver_to_server(packet);
        pair.collect();
        assert!(pair.carried_out().is_empty());
    };
    let empty = MsgContainer::new(Vec::new()).to_bytes().unwrap();
    let word = |n: i32| n.to_le_bytes().to_vec();
    let container = |count: i32, message: Vec<Vec<u8>>| {
        let mut body = empty[..4].to_vec();
        body.extend(word(count));
        body.extend(message.concat());
        body
    };
    let id = id_at(START, 1).to_le_bytes().to_vec();
    check(&container(1, vec![id.clone(), word(0), word(8), empty.clone()]));
    check(&container(1, vec![id.clone(), word(1), word(12), call(1)]));
    check(&container(1, vec![id.clone(), word(1), word(-4), call(1)]));
    check(&container(2, vec![id.clone(), word(1), word(8), call(1)]));
    check(&container(1, vec![id.clone(), word(1), word(4), call(1)]));
    check(&container(-1, vec![]));
    check(&container(1021, vec![vec![0; 1021 * 16]]));
}

#[test]
fn thousands_of_requests_take_as_many_packets_as_their_containers() {
    let mut pair = Pair::new();
    pair.settle();
    (0..30_000).for_each(|n| pair.submit(n));
    let mut packets = 0;
    while pair.client.pending() > 0 {
        pair.collect();
        packets += pair.to_server.len() + pair.to_client.len();
        while let Some(packet) = pair.to_server.pop_front() {
            pair.deliver_to_server(packet);
        }
        while let Some(packet) = pair.to_client.pop_front() {
            pair.deliver_to_client(packet);
        }
    }
    assert!(packets < 2 * 30_000 / 500 + 100, "{packets}");
    assert_eq!(pair.answered().len(), 30_000);
}

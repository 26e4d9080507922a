//! Functions of MTProto itself: their answers are not in an `rpc_result`, and are no updates.

use secret_runtime::mtproto::session::{RequestId, RequestOptions, ServerEvent, SessionEvent};
use tl_types::mtproto::constructors::{DestroySessionNone, FutureSalts, HttpWait, MsgResendAnsReq, Pong};
use tl_types::mtproto::functions::{DestroyAuthKey, DestroySession, GetFutureSalts, Ping};
use tl_types::mtproto::types::{DestroyAuthKeyRes, RpcDropAnswer};
use tl_types::{Decode, Encode};

use crate::pair::{Pair, START, call, id_at};

fn submit<F: Encode>(pair: &mut Pair, id: u64, function: &F) {
    let options = RequestOptions::default();
    pair.client.submit(RequestId(id), function.to_bytes().unwrap(), options, pair.local());
}

/// What a request was answered.
fn answer<T: Decode>(pair: &Pair, id: u64) -> Option<T> {
    let answer = |event: &SessionEvent| match event {
        SessionEvent::Answer { request, result: Ok(body) } if *request == RequestId(id) => Some(body.clone()),
        _ => None,
    };
    pair.events.iter().find_map(answer).map(|body| T::from_bytes(&body).unwrap())
}

#[test]
fn a_function_of_mtproto_that_is_submitted_has_its_answer() {
    let mut pair = Pair::new();
    submit(&mut pair, 1, &DestroyAuthKey::new());
    submit(&mut pair, 2, &DestroySession::new(5));
    submit(&mut pair, 3, &DestroySession::new(6));
    submit(&mut pair, 4, &Ping::new(7));
    submit(&mut pair, 5, &GetFutureSalts::new(1));
    pair.settle();
    assert!(pair.seen.contains(&ServerEvent::DestroyKey));
    assert!(pair.seen.contains(&ServerEvent::DestroySession { session_id: 6 }));
    assert_eq!(answer::<Pong>(&pair, 4).unwrap().ping_id, 7);
    assert_eq!(answer::<FutureSalts>(&pair, 5).unwrap().salts.len(), 1);
    pair.server.session_destroyed(6, false);
    pair.server.session_destroyed(8, false);
    pair.server.key_destroyed(true);
    pair.settle();
    assert_eq!(answer(&pair, 1), Some(DestroyAuthKeyRes::DestroyAuthKeyOk));
    assert_eq!(answer::<DestroySessionNone>(&pair, 2), None);
    assert_eq!(answer(&pair, 3), Some(DestroySessionNone::new(6)));
    assert_eq!(pair.client.pending(), 1);
    assert!(!pair.events.iter().any(|event| matches!(event, SessionEvent::Updates(_))));
}

#[test]
fn what_mtproto_declares_is_no_update() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    pair.events.clear();
    let bodies = [
        DestroyAuthKeyRes::DestroyAuthKeyOk.to_bytes(),
        DestroyAuthKeyRes::DestroyAuthKeyFail.to_bytes(),
        DestroySessionNone::new(1).to_bytes(),
        RpcDropAnswer::RpcAnswerUnknown.to_bytes(),
        HttpWait::new(0, 0, 0).to_bytes(),
        MsgResendAnsReq::new(vec![1]).to_bytes(),
        Ping::new(1).to_bytes(),
        Pong::new(1, 1).to_bytes(),
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let packet = pair.forge(id_at(START, 3) + 4 * n as i64 + 40_000, 1, &body.unwrap());
        pair.deliver_to_client(packet);
    }
    assert_eq!((&pair.events, &pair.errors), (&vec![], &vec![]));
    let packet = pair.forge(id_at(START, 3) + 80_000, 1, &call(1));
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, [SessionEvent::Updates(call(1))]);
}

//! The seeds of the network's target: what servers and clients send, streams in every framing, and courses of a session.

use tl_tests::fuzz::receive::{CONTAINER, CONTENT, Deed, PACKED, PACKED_AROUND, RESULT, SALT};
use tl_types::Encode;
use tl_types::mtproto::{constructors as tl, functions, types};

/// Stands for the id of the client's last message.
const LAST: i64 = 0xffff_ffff;

fn run(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

fn message<T: Encode>(to: Deed, form: u8, body: &T) -> Vec<u8> {
    [&[to as u8, form, 0][..], &run(&body.to_bytes().unwrap())].concat()
}

/// A request that is on its way, and a message of the server's.
fn answered<T: Encode>(form: u8, body: &T) -> Vec<u8> {
    let submits = [Deed::Submit as u8, 0, Deed::Submit as u8, 2 | 4];
    let rest = [Deed::Carry as u8, 9, Deed::Answer as u8, 1, Deed::Carry as u8, 9, Deed::Connect as u8];
    [&[0][..], &submits, &message(Deed::ToClient, form, body), &rest].concat()
}

/// The beginning of a session, and a message of the client's.
fn asked<T: Encode>(form: u8, body: &T) -> Vec<u8> {
    let rest = [Deed::Carry as u8, 9, Deed::Answer as u8, 0, Deed::Carry as u8, 9];
    [&[0][..], &message(Deed::ToServer, form, body), &rest].concat()
}

pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let ids = vec![LAST, 1];
    let salt = tl::FutureSalt::new(1_790_000_000, 1_790_003_600, 7);
    let mut seeds = vec![
        ("result", answered(RESULT | CONTENT, &tl_types::Raw(vec![0x22; 8]))),
        ("packed_result", answered(RESULT | CONTENT | PACKED, &tl_types::Raw(vec![0x22; 8]))),
        ("error", answered(RESULT | CONTENT, &tl::RpcError::new(420, "FLOOD_WAIT_3"))),
        ("wait_failed", answered(RESULT | CONTENT, &tl::RpcError::new(400, "MSG_WAIT_FAILED"))),
        ("container", answered(CONTAINER | PACKED_AROUND, &tl::MsgsAck::new(ids.clone()))),
        ("acknowledged", answered(0, &tl::MsgsAck::new(ids.clone()))),
        ("id_too_low", answered(0, &tl::BadMsgNotification::new(LAST, 1, 16))),
        ("id_too_high", answered(0, &tl::BadMsgNotification::new(LAST, 1, 17))),
        ("too_old", answered(0, &tl::BadMsgNotification::new(LAST, 1, 20))),
        ("number_too_low", answered(CONTENT, &tl::BadMsgNotification::new(LAST, 1, 32))),
        ("another_salt", answered(0, &tl::BadServerSalt::new(LAST, 1, 48, 9))),
        ("new_session", answered(CONTENT, &tl::NewSessionCreated::new(LAST, 5, 9))),
        ("pong", answered(0, &tl::Pong::new(LAST, 1))),
        ("salts", answered(0, &tl::FutureSalts::new(LAST, 1_790_000_000, vec![salt]))),
        ("states", answered(0, &tl::MsgsStateInfo::new(LAST, vec![4, 1]))),
        ("states_unasked", answered(0, &tl::MsgsAllInfo::new(ids.clone(), vec![68, 2]))),
        ("long_answer", answered(0, &tl::MsgDetailedInfo::new(LAST, 5, 100, 0))),
        ("long_update", answered(0, &tl::MsgNewDetailedInfo::new(5, 100, 0))),
        ("asks_for_states", answered(0, &tl::MsgsStateReq::new(ids.clone()))),
        ("asks_again", answered(0, &tl::MsgResendReq::new(ids.clone()))),
        ("key_destroyed", answered(0, &types::DestroyAuthKeyRes::DestroyAuthKeyOk)),
        ("request", asked(CONTENT, &tl_types::Raw(vec![0x11; 8]))),
        ("packed_request", asked(CONTENT | PACKED, &tl_types::Raw(vec![0x11; 8]))),
        ("wrong_salt", asked(CONTENT | SALT, &tl_types::Raw(vec![0x11; 8]))),
        ("requests", asked(CONTENT | CONTAINER, &tl_types::Raw(vec![0x11; 8]))),
        ("ping", asked(0, &functions::PingDelayDisconnect::new(1, 75))),
        ("drop_answer", asked(CONTENT, &functions::RpcDropAnswer::new(LAST))),
        ("future_salts", asked(0, &functions::GetFutureSalts::new(64))),
        ("destroy_session", asked(CONTENT, &functions::DestroySession::new(5))),
        ("destroy_key", asked(CONTENT, &functions::DestroyAuthKey::new())),
        ("client_states", asked(0, &tl::MsgsStateReq::new(ids.clone()))),
        ("client_asks_again", asked(0, &tl::MsgResendAnsReq::new(ids))),
    ];
    let lost =
        [Deed::Submit as u8, 0, Deed::Carry as u8, 9, Deed::Forget as u8, 0, Deed::Connect as u8, Deed::Carry as u8];
    let again =
        [9, Deed::Answer as u8, 0, Deed::Carry as u8, 9, Deed::Cancel as u8, 0, Deed::Wait as u8, 0xff, 0xff, 9];
    seeds.push(("lost_request", [&[0][..], &lost, &again].concat()));
    seeds.push((
        "small_limits",
        [&[7][..], &[Deed::Submit as u8, 8].repeat(9), &[Deed::Push as u8; 20], &lost, &again].concat(),
    ));
    let streams: [(&str, &[u8]); 5] = [
        ("abridged", &[0xef, 1, 0, 0, 0, 0, 0x7f, 1, 0, 0, 1, 2, 3, 4]),
        ("intermediate", &[0xee, 0xee, 0xee, 0xee, 4, 0, 0, 0, 1, 2, 3, 4]),
        ("padded", &[0xdd, 0xdd, 0xdd, 0xdd, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6]),
        ("full", &[16, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0x4d, 0x21, 0x1b, 0x12]),
        ("obfuscated", &[0x5a; 80]),
    ];
    for (framing, (name, stream)) in streams.into_iter().enumerate() {
        // What the client is sent has nothing in front.
        let answer = stream.split_at(if framing == 0 { 1 } else { 4 * usize::from(framing < 3) }).1;
        let client = [Deed::Client as u8, framing as u8, Deed::Client as u8, framing as u8 | 0x80];
        let both = [&[0, Deed::Server as u8][..], &run(stream), &client[..2], &run(answer), &client[2..], &run(answer)];
        seeds.push((name, both.concat()));
    }
    for (which, name) in ["req_pq", "res_pq", "req_dh", "dh_ok", "set_dh", "dh_gen"].into_iter().enumerate() {
        let change = run(&[21, 0, 1]);
        seeds.push((name, [&[0, Deed::Exchange as u8, which as u8][..], &change].concat()));
    }
    seeds.push((
        "exchange",
        [&[0, Deed::Exchange as u8, 0][..], &run(&[]), &[Deed::Instead as u8, 1], &run(&[0; 8])].concat(),
    ));
    seeds
}

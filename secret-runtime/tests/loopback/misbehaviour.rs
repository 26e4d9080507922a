use std::time::Duration;

use secret_runtime::loopback::{Chaos, Fault, Settings, UpdateFault};
use tl_types::RpcError;
use tl_types::api::{functions, types};

use crate::chats::{Pair, send};
use crate::client::{Client, Failure, server, start};

fn state() -> functions::updates::GetState {
    functions::updates::GetState::new()
}

#[tokio::test]
async fn a_call_fails_as_told_and_only_as_often() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.fail_next("updates.getState", Fault::Error(RpcError::new(420, "FLOOD_WAIT_3")));
    ada.call(&functions::help::GetConfig::new()).await.unwrap();
    assert_eq!(ada.error(&state()).await, "420 FLOOD_WAIT_3");
    ada.call(&state()).await.unwrap();
    assert_eq!(server.calls("updates.getState"), 2);
}

#[tokio::test]
async fn a_connection_is_dropped_before_or_behind_a_call() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for (fault, random_id) in [(Fault::DropBefore, 1), (Fault::DropAfter, 2)] {
        server.fail_next("messages.sendEncrypted", fault);
        let failed = pair.ada.call(&send(&pair.of_ada, random_id)).await;
        assert_eq!(failed.unwrap_err(), Failure::Closed);
        pair.ada.reconnect().await;
        if random_id == 1 {
            assert_eq!(pair.bob.updates().await, []);
        }
    }
    assert_eq!(pair.bob.message().await.1, 2);
}

#[tokio::test]
async fn an_answer_that_was_lost_with_the_connection_is_kept_for_the_next() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.fail_next("updates.getState", Fault::DropAfter);
    let id = ada.submit(tl_types::Encode::to_bytes(&state()).unwrap());
    assert_eq!(ada.answer(id).await, Err(Failure::Closed));
    ada.reconnect().await;
    ada.answer(id).await.unwrap();
    assert_eq!(server.calls("updates.getState"), 1);
}

#[tokio::test]
async fn an_answer_that_is_delayed_does_not_hold_up_others() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.fail_next("updates.getState", Fault::Delay(Duration::from_millis(50)));
    let late = ada.submit(tl_types::Encode::to_bytes(&state()).unwrap());
    ada.call(&functions::help::GetConfig::new()).await.unwrap();
    ada.answer(late).await.unwrap();
}

#[tokio::test]
async fn updates_are_lost_repeated_replaced_and_put_out_of_order() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for fault in [UpdateFault::Lose, UpdateFault::Repeat, UpdateFault::TooLong, UpdateFault::Reorder] {
        server.fail_next_update(fault);
    }
    for random_id in 1..=5 {
        pair.ada.call(&send(&pair.of_ada, random_id)).await.unwrap();
    }
    let mut qts = Vec::new();
    for _ in 0..4 {
        qts.push(pair.bob.message().await.1);
    }
    assert_eq!(qts, [3, 3, 6, 5]);
    assert_eq!(pair.bob.too_long, 1);
    let missed = functions::updates::GetDifference::new(1, i32::MAX, 1);
    let types::updates::Difference::Difference(all) = pair.bob.call(&missed).await.unwrap() else { panic!() };
    assert_eq!(all.new_encrypted_messages.len(), 5);
}

#[tokio::test]
async fn chaos_spares_logging_in_and_comes_as_often_as_told() {
    let chaos = Chaos { error: 1.0, ..Chaos::default() };
    let server = start(Settings { chaos, ..Settings::default() }).await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    assert_eq!(ada.error(&state()).await, "500 INTERNAL");
    server.set_chaos(Chaos { error: 0.5, ..Chaos::default() });
    let mut failed = 0;
    for _ in 0..100 {
        failed += usize::from(ada.call(&state()).await.is_err());
    }
    assert!((30..70).contains(&failed), "{failed}");
}

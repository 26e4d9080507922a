use std::future::{Future, poll_fn};
use std::task::Poll;

use secret_runtime::client::{CallError, Ticket, Transport};
use secret_runtime::loopback::Fault;
use tl_types::RpcError;
use tl_types::api::functions::account::UpdateUsername;
use tl_types::api::types;

use crate::setup::{server, user, who_am_i};

fn fault(code: i32, message: &str) -> Fault {
    Fault::Error(RpcError::new(code, message))
}

async fn username(connection: &secret_runtime::client::Connection) -> Option<String> {
    match &connection.call(&who_am_i()).await.unwrap()[..] {
        [types::User::User(user)] => user.username.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn calls_that_come_after_each_other_are_carried_out_in_that_order() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    let tickets: Vec<_> = (0..20).map(|_| Ticket::issue()).collect();
    let names: Vec<_> = (0..20).map(|index| UpdateUsername::new(format!("user_number_{index}"))).collect();
    let calls = names.iter().zip(&tickets).enumerate().map(|(index, (name, ticket))| {
        let (connection, name, ticket) = (connection.clone(), name.clone(), *ticket);
        let after = index.checked_sub(1).map(|before| tickets[before]);
        async move { connection.call_after(ticket, after, &name).await }
    });
    let mut running = Vec::new();
    for call in calls {
        // Each is polled before the next one is made.
        let mut call = Box::pin(call);
        let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending()));
        assert!(first.await);
        running.push(call);
    }
    for call in running {
        call.await.unwrap();
    }
    assert_eq!(username(&connection).await.as_deref(), Some("user_number_19"));
}

#[tokio::test]
async fn a_call_waits_for_the_one_before_it_even_when_that_has_to_wait() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("account.updateUsername", fault(420, "FLOOD_WAIT_1"));
    let (first, second) = (Ticket::issue(), Ticket::issue());
    let names = ["the_first_name", "the_second_name"].map(UpdateUsername::new);
    let (one, two) = tokio::join!(
        biased;
        connection.call_after(first, None, &names[0]),
        connection.call_after(second, Some(first), &names[1])
    );
    one.unwrap();
    two.unwrap();
    assert_eq!(username(&connection).await.as_deref(), Some("the_second_name"));
}

#[tokio::test]
async fn a_call_after_one_that_failed_is_not_carried_out() {
    let server = server().await;
    let (connection, _incoming) = user(&server).await;
    server.fail_next("account.updateUsername", fault(400, "USERNAME_INVALID"));
    let (first, second, third) = (Ticket::issue(), Ticket::issue(), Ticket::issue());
    let name = UpdateUsername::new("the_name");
    let (one, two) = tokio::join!(
        biased;
        connection.call_after(first, None, &name),
        connection.call_after(second, Some(first), &name)
    );
    let failed = |message| Err(CallError::Rpc(RpcError::new(400, message)));
    assert_eq!(one.map(|_| ()), failed("USERNAME_INVALID"));
    assert_eq!(two.map(|_| ()), failed("MSG_WAIT_FAILED"));
    // Also long after, and after one that was not carried out for that reason.
    assert_eq!(connection.call_after(third, Some(second), &name).await.map(|_| ()), failed("MSG_WAIT_FAILED"));
    assert_eq!(username(&connection).await, None);
}

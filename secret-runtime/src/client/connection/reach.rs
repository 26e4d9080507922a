//! Reaching one of several addresses: each is tried a little after the one before it, and the first that answers is taken
//! (RFC 8305, section 5). So an address that is dead, or a family that the network does not carry, costs a moment, and not
//! the time that an attempt may take.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;

/// How long an address is tried alone: RFC 8305's "Connection Attempt Delay".
const DELAY: Duration = Duration::from_millis(250);

/// Attempts under way; the first ones were begun first.
type Attempts<F> = Vec<(SocketAddr, Pin<Box<F>>)>;

/// The first success, or the first failure if all fail; nothing if there are no addresses. A failure brings the next attempt
/// forward; the attempts that are left are dropped.
pub(super) async fn reach<T, E, F: Future<Output = Result<T, E>>>(
    addresses: Vec<SocketAddr>,
    mut connect: impl FnMut(SocketAddr) -> F,
) -> Result<(SocketAddr, T), Option<(SocketAddr, E)>> {
    let mut addresses = addresses.into_iter();
    let mut attempts = Attempts::new();
    let mut failure = None;
    loop {
        match addresses.next() {
            Some(address) => attempts.push((address, Box::pin(connect(address)))),
            None if attempts.is_empty() => return Err(failure),
            None => {}
        }
        let ended = poll_fn(|context| poll_any(&mut attempts, context));
        let ended = if addresses.len() == 0 { Some(ended.await) } else { timeout(DELAY, ended).await.ok() };
        match ended {
            Some((address, Ok(reached))) => return Ok((address, reached)),
            Some((address, Err(error))) => drop(failure.get_or_insert((address, error))),
            None => {}
        }
    }
}

/// Takes the first attempt that has ended out.
fn poll_any<F: Future>(attempts: &mut Attempts<F>, context: &mut Context<'_>) -> Poll<(SocketAddr, F::Output)> {
    for index in 0..attempts.len() {
        let polled = attempts.get_mut(index).map(|(address, attempt)| (*address, attempt.as_mut().poll(context)));
        if let Some((address, Poll::Ready(output))) = polled {
            drop(attempts.remove(index));
            return Poll::Ready((address, output));
        }
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::{Instant, sleep};

    use super::*;

    fn address(host: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, host], 443))
    }

    /// Reaches hosts that answer after so many milliseconds, and says which one it was and when each was begun.
    async fn check(hosts: &[(u64, bool)], expected: Result<u8, Option<u8>>, begun: &[u128]) {
        let start = Instant::now();
        let tried = RefCell::new(Vec::new());
        let addresses = (0..hosts.len()).map(|host| address(host.try_into().unwrap())).collect();
        let host_of =
            |address: SocketAddr| address.to_string().split(['.', ':']).nth(3).unwrap().parse::<u8>().unwrap();
        let reached = reach(addresses, |address| {
            tried.borrow_mut().push(start.elapsed().as_millis());
            let (millis, good) = hosts[usize::from(host_of(address))];
            async move {
                sleep(Duration::from_millis(millis)).await;
                if good { Ok(()) } else { Err(()) }
            }
        });
        let reached = reached.await.map(|(address, ())| host_of(address));
        assert_eq!(reached.map_err(|failure| failure.map(|(address, ())| host_of(address))), expected);
        assert_eq!(*tried.borrow(), begun);
    }

    const NEVER: u64 = 1_000_000;

    #[tokio::test(start_paused = true)]
    async fn an_address_that_answers_soon_is_the_only_one_tried() {
        check(&[(249, true), (0, true)], Ok(0), &[0]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_address_is_tried_a_quarter_of_a_second_later_and_the_first_answer_counts() {
        check(&[(NEVER, true), (100, true), (0, true)], Ok(1), &[0, 250]).await;
        check(&[(NEVER, true), (NEVER, true), (9, true)], Ok(2), &[0, 250, 500]).await;
        check(&[(300, true), (100, true)], Ok(0), &[0, 250]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_the_next_address_is_tried_at_once() {
        check(&[(10, false), (5, false), (NEVER, false), (1, true)], Ok(3), &[0, 10, 15, 265]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn if_all_fail_the_first_failure_is_told() {
        check(&[(10, false), (5, false)], Err(Some(0)), &[0, 10]).await;
        check(&[(400, false), (5, false)], Err(Some(1)), &[0, 250]).await;
        check(&[], Err(None), &[]).await;
    }
}

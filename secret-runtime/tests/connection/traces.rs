//! What is traced: enough to know what happens, and nothing that is secret.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use secret_runtime::client::LogIn;
use secret_runtime::loopback::Fault;
use tl_types::RpcError;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::setup::{HASH, client, is_logged_in, log_in, server};

/// Writes down everything.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("secret_runtime::client")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        writeln!(self.0.lock().unwrap(), "{}", span.metadata().name()).unwrap();
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_log_in_is_traced_without_its_secrets() {
    const PHONE: &str = "9996698765";
    let traces = Everything::default();
    let _guard = tracing::subscriber::set_default(traces.clone());
    let server = server().await;
    let (connection, _incoming) = client(&server).await;
    log_in(&connection, PHONE).await;
    server.set_password(PHONE, Some("correct horse")).unwrap();
    let code = connection.request_code(PHONE, HASH).await.unwrap();
    server.fail_next("auth.signIn", Fault::Error(RpcError::new(420, "FLOOD_WAIT_0")));
    let Ok(LogIn::Password(needed)) = connection.sign_in(&code, "22222").await else { panic!() };
    connection.check_password(&needed, "correct horse").await.unwrap();
    server.disconnect_all();
    assert!(is_logged_in(&connection).await);

    let text = traces.0.lock().unwrap().clone();
    for told in
        ["link", "dc=1", "a new authorization key", "the user is logged in", "auth.signIn", "the connection is lost"]
    {
        assert!(text.contains(told), "{told} in {text}");
    }
    for secret in [PHONE, HASH, "22222", "correct horse"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

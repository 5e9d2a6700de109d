//! SIGTERM under load.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::client::{Client, post, request};
use crate::service::Service;

const CLIENTS: usize = 64;
const ROUNDS: usize = 20;

/// What one client met.
#[derive(Debug, Default)]
struct Met {
    answers: usize,
    /// Answers that said that the connection closes.
    goodbyes: usize,
    failures: Vec<String>,
}

/// Stores and reads documents until nobody listens any more. A connection is kept until the service says that it closes.
fn work(address: SocketAddr, signaled: &AtomicBool) -> Met {
    let mut met = Met::default();
    loop {
        let mut client = match Client::connect_within(Duration::from_millis(500), address) {
            Ok(client) => client,
            // The listener is gone, or lets no handshake begin any more.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::TimedOut) => {
                if !signaled.load(Ordering::SeqCst) {
                    met.failures.push(format!("connecting before the signal: {error}"));
                }
                return met;
            }
            Err(error) => {
                met.failures.push(format!("connecting: {error}"));
                return met;
            }
        };
        let mut next = post(r#"{"some":"document"}"#);
        loop {
            let answer = match client.ask(&next) {
                Ok(answer) => answer,
                Err(error) => {
                    met.failures.push(format!("after {} answers: {error} ({:?})", met.answers, error.kind()));
                    return met;
                }
            };
            met.answers += 1;
            if !matches!(answer.status, 200 | 201) {
                met.failures.push(format!("{answer:?}"));
            }
            next = match answer.json()["key"].as_str() {
                Some(key) => request("GET", &format!("/data/{key}")),
                None => post(r#"{"some":"document"}"#),
            };
            if answer.closes() {
                met.goodbyes += 1;
                break;
            }
        }
    }
}

#[test]
fn no_request_fails_under_load() {
    for round in 0..ROUNDS {
        let mut service = Service::start_with(&[("SHUTDOWN_DELAY", "500ms")]);
        let address = service.address;
        let signaled = AtomicBool::new(false);
        let met: Vec<Met> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| work(address, &signaled))).collect();
            thread::sleep(Duration::from_millis(200));
            signaled.store(true, Ordering::SeqCst);
            service.signal("TERM");
            clients.into_iter().map(|client| client.join().expect("no panic")).collect()
        });
        let failures: Vec<_> = met.iter().flat_map(|met| &met.failures).collect();
        assert!(failures.is_empty(), "round {round}: {failures:#?}");
        // Some clients may have come after the signal alone; not all of them.
        let (answers, goodbyes) = met.iter().fold((0, 0), |(a, g), met| (a + met.answers, g + met.goodbyes));
        assert!(answers > goodbyes && goodbyes > 0, "round {round}: {met:?}");
        assert!(service.exit().success(), "round {round}");
        service.logged("stopped");
    }
}

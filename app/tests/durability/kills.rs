//! The process is killed while it writes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use data_processor::store::Key;

use crate::scratch::Scratch;
use crate::service::{Client, Service, program};

const KILLS: u64 = 200;
const WRITERS: u64 = 8;

/// A document that tells whether it is whole: its own number, and as many digits as the number says.
fn document(number: u64) -> Vec<u8> {
    let length = usize::try_from(number.wrapping_mul(2_654_435_761) % 20_000).expect("small");
    format!("{{\"number\":{number},\"filler\":\"{}\"}}", "x".repeat(length)).into_bytes()
}

fn number(document: &[u8]) -> u64 {
    let value: serde_json::Value = serde_json::from_slice(document).expect("a document is whole");
    value["number"].as_u64().expect("a document has a number")
}

#[test]
fn nothing_acknowledged_is_lost() {
    let scratch = Scratch::new("nothing_acknowledged_is_lost");
    let root = scratch.path().join("data");
    let url = format!("file:{}", root.display());
    let (mut acknowledged, mut unanswered) = (BTreeMap::new(), 0);
    let numbers = AtomicU64::new(0);
    let mut last: BTreeMap<Key, u64> = BTreeMap::new();
    for round in 0..KILLS {
        let mut service = Service::start(program(), &url).expect("the service starts, whatever was left");
        // Of all processes that were killed, nothing is left but what the present one has.
        let staging: Vec<_> = fs::read_dir(root.join("tmp")).expect("it is there").flatten().collect();
        assert_eq!(staging.len(), 1, "{round}: {staging:?}");
        let mut client = Client::connect(service.address).expect("the service listens");
        for (key, number) in &last {
            let found = client.get(*key).expect("the service answers");
            assert_eq!(found, Some(document(*number)), "round {round}: {key}");
        }
        acknowledged.append(&mut last);
        let begun = numbers.load(Ordering::SeqCst);
        let (stop, address) = (AtomicBool::new(false), service.address);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| write(address, &numbers, &stop))).collect();
            // From before the first answer to well into the work.
            thread::sleep(Duration::from_micros(fastrand::u64(0..60_000)));
            service.kill();
            stop.store(true, Ordering::SeqCst);
            for writer in writers {
                last.extend(writer.join().expect("no writer fails"));
            }
        });
        unanswered += numbers.load(Ordering::SeqCst) - begun - u64::try_from(last.len()).expect("small");
    }
    let service = Service::start(program(), &url).expect("the service starts, whatever was left");
    let mut client = Client::connect(service.address).expect("the service listens");
    acknowledged.append(&mut last);
    // What was not acknowledged may be there, and is whole then.
    let listed = client.keys().expect("the service answers");
    assert!(listed.is_sorted());
    let (mut found, mut surplus) = (0, 0);
    for key in listed {
        let stored = client.get(key).expect("the service answers").expect("what is listed is there");
        let number = acknowledged.get(&key).copied().unwrap_or_else(|| number(&stored));
        assert_eq!(stored, document(number), "{key}");
        if acknowledged.contains_key(&key) { found += 1 } else { surplus += 1 }
    }
    assert_eq!(found, acknowledged.len());
    // Kills came while documents were written, or they tried nothing.
    assert!(acknowledged.len() > 500 && unanswered > KILLS, "{} {unanswered}", acknowledged.len());
    let counts = format!("{found} acknowledged and found, {unanswered} not answered, of which {surplus} found");
    // A closed stderr is no reason to fail a test.
    _ = writeln!(io::stderr(), "{KILLS} kills: {counts}");
}

/// Stores documents until the service does not answer; those that were acknowledged.
fn write(address: SocketAddr, numbers: &AtomicU64, stop: &AtomicBool) -> Vec<(Key, u64)> {
    let mut acknowledged = Vec::new();
    let Ok(mut client) = Client::connect(address) else { return acknowledged };
    while !stop.load(Ordering::SeqCst) {
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        match client.post(&document(number)) {
            Ok(Some(key)) => acknowledged.push((key, number)),
            Ok(None) => panic!("the service refused document {number}"),
            Err(_) => break,
        }
    }
    acknowledged
}

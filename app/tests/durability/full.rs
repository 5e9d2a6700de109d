//! A disk that is full.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::scratch::Scratch;
use crate::service::{Client, Service, program};
use crate::skip::skip;

#[test]
fn a_full_disk_is_read_and_deleted_from_and_written_to_again() {
    let case = "a_full_disk";
    let scratch = Scratch::new(case);
    let root = scratch.path().join("data");
    fs::create_dir(&root).expect("the scratch folder is writable");
    // A file system of 2 MiB that the service alone sees.
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg("mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$1\"")
        .arg(&root)
        .arg(program().get_program());
    let service = match Service::start(command, &format!("file:{}", root.display())) {
        Ok(service) => service,
        Err(error) => return skip(case, &format!("a file system cannot be mounted here: {error}")),
    };
    let mut client = Client::connect(service.address).expect("the service listens");
    let document =
        |number: usize| format!("{{\"number\":{number},\"filler\":\"{}\"}}", "x".repeat(100_000)).into_bytes();
    let mut kept = Vec::new();
    for round in 0..3 {
        loop {
            assert!(kept.len() < 100, "the disk is never full");
            match client.request("POST", "/data", &document(kept.len() + round)).expect("it answers") {
                (201, body) => {
                    let body: Value = serde_json::from_slice(&body).expect("JSON");
                    let key = body["key"].as_str().and_then(|text| text.parse().ok()).expect("a key");
                    kept.push((key, document(kept.len() + round)));
                }
                (503, body) => {
                    let problem: Value = serde_json::from_slice(&body).expect("JSON");
                    assert_eq!(problem["status"], 503);
                    break;
                }
                (status, body) => panic!("{status}: {}", String::from_utf8_lossy(&body)),
            }
        }
        assert!(kept.len() > 5, "{}", kept.len());
        // Nothing is left of what did not fit, and all else is there.
        assert_eq!(client.keys().expect("it answers"), kept.iter().map(|(key, _)| *key).collect::<Vec<_>>());
        for (key, document) in &kept {
            assert_eq!(client.get(*key).expect("it answers").as_ref(), Some(document));
        }
        for (key, _) in kept.drain(..kept.len() / 2) {
            let (status, _) = client.request("DELETE", &format!("/data/{key}"), b"").expect("it answers");
            assert_eq!(status, 204);
        }
    }
    // Where there is room it is ready again, at the latest a second later.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(client.request("GET", "/ready", b"").expect("it answers").0, 200);
}

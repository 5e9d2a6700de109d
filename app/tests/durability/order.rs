//! The order of the calls to the system, which decides what a loss of power can take.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::scratch::Scratch;
use crate::service::{Client, Service, program};
use crate::skip::skip;

/// Starts the program under `strace`, which writes down what it asks of the system.
fn traced(case: &str, parameters: &str) -> Option<(Scratch, Service)> {
    if !Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        skip(case, "strace is not installed; tests/tools/install does that");
        return None;
    }
    let scratch = Scratch::new(case);
    let mut command = Command::new("strace");
    // With -D the process that we started is the program, which we can end, and strace looks on.
    command
        .args(["-D", "-f", "-y", "-s", "32", "-o"])
        .arg(scratch.path().join("calls"))
        .args(["-e", "trace=openat,mkdirat,linkat,unlinkat,fsync,fdatasync,write,writev,sendto"])
        .arg(program().get_program());
    let url = format!("file:{}/data{parameters}", scratch.path().display());
    match Service::start(command, &url) {
        Ok(service) => Some((scratch, service)),
        Err(error) => {
            skip(case, &format!("strace may not trace here: {error}"));
            None
        }
    }
}

/// Ends the service and returns the calls in the order in which they had their effect: those that change or flush when they returned, those that
/// answer when they began.
fn calls(scratch: &Scratch, mut service: Service) -> Vec<String> {
    service.kill();
    let id = service.process.id();
    let end = Instant::now() + Duration::from_secs(10);
    let text = loop {
        let text = fs::read_to_string(scratch.path().join("calls")).expect("strace writes it");
        if text.lines().any(|line| line.starts_with(&format!("{id} ")) && line.ends_with("+++ killed by SIGKILL +++")) {
            break text;
        }
        assert!(Instant::now() < end, "strace does not end");
        thread::sleep(Duration::from_millis(10));
    };
    let mut begun = BTreeMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let (process, call) = line.split_once(' ').expect("a process and a call");
        let call = call.trim_start();
        let answer = ["write(", "writev(", "sendto("].iter().any(|name| call.starts_with(name));
        if let Some(begin) = call.strip_suffix(" <unfinished ...>") {
            if answer {
                calls.push(begin.to_owned());
            } else {
                begun.insert(process.to_owned(), begin.to_owned());
            }
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            calls.extend(begun.remove(process).map(|begin| format!("{begin}{end}")));
        } else {
            calls.push(call.to_owned());
        }
    }
    calls
}

/// The first call from `begin` on that has all of `parts` and succeeded.
fn position(calls: &[String], begin: usize, parts: &[&str]) -> usize {
    let fits = |call: &String| parts.iter().all(|part| call.contains(part)) && !call.contains(" = -1 ");
    let found = calls[begin..].iter().position(fits);
    begin + found.unwrap_or_else(|| panic!("no call has {parts:?} after call {begin} of\n{}", calls.join("\n")))
}

#[test]
fn an_answer_comes_after_the_disk() {
    let Some((scratch, service)) = traced("an_answer_comes_after_the_disk", "") else { return };
    let mut client = Client::connect(service.address).expect("the service listens");
    let key = client.post(b"{\"number\":1}").expect("it answers").expect("it is stored").to_string();
    let (status, _) = client.request("DELETE", &format!("/data/{key}"), b"").expect("it answers");
    assert_eq!(status, 204);
    let calls = calls(&scratch, service);
    let root = scratch.path().join("data");
    let (upper, lower) = (root.join(&key[..6]), root.join(&key[..6]).join(&key[6..8]));
    let shown = |path: &Path| format!("<{}>", path.display());
    // The content, then the name, then the directory of the name, then the answer.
    let staged = format!("/{key}>");
    let written = position(&calls, 0, &["write(", "/data/tmp/", &staged]);
    let flushed = position(&calls, written, &["fsync(", "/data/tmp/", &staged]);
    let named = position(&calls, flushed, &["linkat(", &shown(&lower), &key]);
    let lasting = position(&calls, named, &["fsync(", &shown(&lower)]);
    let answered = position(&calls, 0, &["HTTP/1.1 201"]);
    assert!(lasting < answered, "{}", calls.join("\n"));
    // The directories that lead there are new: their names last too.
    for (parent, name) in [(&root, &key[..6]), (&upper, &key[6..8])] {
        let made = position(&calls, 0, &["mkdirat(", &shown(parent), &format!("\"{name}\"")]);
        let lasting = position(&calls, made, &["fsync(", &shown(parent)]);
        assert!(lasting < answered, "{}", calls.join("\n"));
    }
    // So is what is gone.
    let removed = position(&calls, answered, &["unlinkat(", &shown(&lower), &key]);
    let lasting = position(&calls, removed, &["fsync(", &shown(&lower)]);
    assert!(lasting < position(&calls, answered, &["HTTP/1.1 204"]), "{}", calls.join("\n"));
}

#[test]
fn the_disk_is_not_waited_for_where_the_process_is_enough() {
    let case = "the_disk_is_not_waited_for";
    let Some((scratch, service)) = traced(case, "?durability=process") else { return };
    let mut client = Client::connect(service.address).expect("the service listens");
    let key = client.post(b"{\"number\":1}").expect("it answers").expect("it is stored").to_string();
    let calls = calls(&scratch, service);
    let named = position(&calls, 0, &["linkat(", &key]);
    assert!(named < position(&calls, 0, &["HTTP/1.1 201"]));
    let flushed = calls.iter().filter(|call| call.starts_with("fsync(") && call.contains(&key)).count();
    assert_eq!(flushed, 0, "{}", calls.join("\n"));
}

//! What the service tells of itself, as real receivers get it: Prometheus, promtool, and rotel for OTLP.

#![cfg(unix)]

#[expect(dead_code, reason = "the tests of the program ask for more")]
#[path = "../program/client.rs"]
mod client;
mod outages;
mod prometheus;
mod published;
mod receiver;
mod rotel;
mod service;
#[path = "../shared/skip.rs"]
mod skip;
mod tools;

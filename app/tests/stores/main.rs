//! The stores, each on the real system or on an emulator of it: what they have in common, and what they do when the
//! system fails.

mod conformance;
mod credentials;
mod databases;
mod faults;
mod files;
mod postgres;
mod proxy;
mod s3;
#[path = "../shared/scratch.rs"]
mod scratch;
#[path = "../shared/skip.rs"]
mod skip;
mod tools;

//! The stores, each on the real system or on an emulator of it: what they have in common, and what they do when the
//! system fails.

mod conformance;
mod faults;
mod files;
mod postgres;
mod proxy;
mod s3;
mod tools;

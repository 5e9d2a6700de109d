//! The program itself, as a container runs it.

#![cfg(unix)]

mod client;
mod hostile;
mod service;
mod shutdown;
mod start;

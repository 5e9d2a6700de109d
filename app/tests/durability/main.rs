//! The program and its disk: what it acknowledged is there, whatever happens to the process, and in the right order.

mod full;
mod kills;
mod order;
#[path = "../shared/scratch.rs"]
mod scratch;
mod service;
#[path = "../shared/skip.rs"]
mod skip;

//! Every status that the service answers, and what becomes of the storage's faults.

mod answers;
mod asking;
mod faults;

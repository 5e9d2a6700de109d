//! The command line, as functions that the binaries call.
//!
//! Results go to the standard output; whatever else there is to say, to the standard error.

mod failure;
mod ls;
mod output_format;
mod package;
mod run;
mod source;
mod synth;

pub(crate) use package::packaging;
pub use run::{cargo_main, main};

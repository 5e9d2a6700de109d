//! The command line, as functions that the binaries call.
//!
//! Results go to the standard output; whatever else there is to say, to the standard error. With `--output json` the
//! result is one JSON document, and each event a JSON object on a line of its own.

mod asking;
mod completions;
mod connect;
mod dashboards;
mod deploy;
mod destroy;
mod diagnose;
mod diff;
mod doctor;
mod drift;
mod events;
mod failure;
mod grafana;
mod grafana_files;
mod grafana_text;
mod logs;
mod ls;
mod official;
mod output_format;
mod outputs;
mod package;
mod parameter;
mod parameters;
mod report;
mod result;
mod rollback;
mod run;
mod session;
mod source;
mod stack_arguments;
mod stacks;
mod status;
mod synth;
mod to_image;
mod watch;

/// What a process exits with that was ended by Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

pub(crate) use package::{imaging, packaging};
pub use run::{app_main, cargo_main, main};

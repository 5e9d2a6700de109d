//! Log lines on stdout, and log records over OTLP.

mod json;
mod output;
mod subscriber;

pub(crate) use self::json::Chain;
pub(crate) use self::output::Output;
pub(crate) use self::subscriber::subscriber;

//! Log lines on stdout, and log records over OTLP.

mod json;
mod subscriber;

pub(crate) use self::json::Chain;
pub(crate) use self::subscriber::{Output, subscriber};

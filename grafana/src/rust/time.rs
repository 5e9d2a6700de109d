//! Durations, as Grafana writes them and as Rust does.

use std::time::Duration;

use super::both::Both;
use super::code::Code;
pub(super) use crate::duration::{parse, text};

/// A duration as code, from a text.
pub(super) fn duration(wanted: &serde_json::Value) -> Option<Both<Duration>> {
    parse(wanted.as_str()?).map(of)
}

/// A duration as code, from whole seconds.
pub(super) fn seconds(wanted: &serde_json::Value) -> Option<Both<Duration>> {
    wanted.as_u64().map(|seconds| of(Duration::from_secs(seconds)))
}

pub(super) fn of(time: Duration) -> Both<Duration> {
    let code = if time.is_zero() {
        Code::plain("Duration::ZERO")
    } else if time.subsec_millis() == 0 {
        Code::call("Duration::from_secs", vec![Code::plain(time.as_secs().to_string())])
    } else {
        Code::call("Duration::from_millis", vec![Code::plain(time.as_millis().to_string())])
    };
    Both::new(time, code)
}

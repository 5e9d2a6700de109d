//! Durations, as Grafana writes them and as Rust does.

use std::time::Duration;

use super::both::Both;
use super::code::Code;
pub(super) use crate::duration::text;

/// Reads a duration such as `1h30m`, as Prometheus and Go write them.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut all = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|at: char| at.is_ascii_digit()).len();
        let number: u64 = rest[..digits].parse().ok()?;
        let letters =
            rest[digits..].len() - rest[digits..].trim_start_matches(|at: char| at.is_ascii_alphabetic()).len();
        let milliseconds = match &rest[digits..digits + letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return None,
        };
        all = all.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        rest = &rest[digits + letters..];
    }
    (!text.is_empty()).then_some(all)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for milliseconds in [0, 90_000, 1_500, 129_600_000, 432_000_000, 1_209_600_000] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(parse(&text(time)), Some(time));
        }
        assert_eq!(parse("300s"), Some(Duration::from_secs(300)));
        assert_eq!([parse(""), parse("5"), parse("m"), parse("1y"), parse("-1m"), parse("$interval")], [None; 6]);
    }
}

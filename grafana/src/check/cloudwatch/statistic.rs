//! What a query of CloudWatch takes of each period, and how long a period is.

use std::ops::RangeInclusive;

use crate::check::nearest;
use crate::duration;

const STATISTICS: [&str; 6] = ["Average", "Maximum", "Minimum", "Sum", "SampleCount", "IQM"];

const PERCENT: RangeInclusive<f64> = 0.0..=100.0;

/// What is wrong with a statistic, and what is meant, if anything is.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>.
pub(super) fn complaint(statistic: &str) -> Option<(String, Option<&'static str>)> {
    if STATISTICS.contains(&statistic) || is_percentile(statistic) || is_between(statistic) {
        return None;
    }
    let names = STATISTICS.join(", ");
    let message = format!("`{statistic}` is no statistic; there are {names} and such as `p99`, `tm95` and `PR(:300)`");
    Some((message, nearest(statistic, STATISTICS)))
}

/// `p99.9`, `tm90` and the like.
fn is_percentile(text: &str) -> bool {
    let number = ["tm", "wm", "tc", "ts", "p"].iter().find_map(|name| text.strip_prefix(name));
    number.and_then(plain_number).is_some_and(|percent| PERCENT.contains(&percent))
}

/// `TM(10%:90%)`, `PR(:300)` and the like: a bound is a share or a value, and one of the two may be left out.
fn is_between(text: &str) -> bool {
    let Some((name, bounds)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else { return false };
    let known = ["TM", "WM", "TC", "TS", "PR"].iter().any(|known| known.eq_ignore_ascii_case(name));
    let Some((low, high)) = bounds.split_once(':') else { return false };
    let legal = |bound: &str| match bound.strip_suffix('%') {
        Some(share) => plain_number(share).is_some_and(|share| PERCENT.contains(&share)),
        None => bound.is_empty() || plain_number(bound.trim_start_matches('-')).is_some(),
    };
    let of_one_kind = low.is_empty() || high.is_empty() || low.ends_with('%') == high.ends_with('%');
    known && bounds != ":" && legal(low) && legal(high) && of_one_kind
}

/// A number of digits and a point.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

/// Whether a period is one: seconds, or a time such as `5m`.
pub(super) fn is_period(period: &str) -> bool {
    let milliseconds = match period.parse::<u128>() {
        Ok(seconds) => seconds * 1_000,
        Err(_) => duration::parse(period).map_or(0, |time| time.as_millis()),
    };
    matches!(milliseconds, 1_000 | 5_000 | 10_000 | 20_000 | 30_000)
        || milliseconds > 0 && milliseconds.is_multiple_of(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_cloudwatch() {
        for known in [
            "Average",
            "IQM",
            "p99",
            "p99.9",
            "p0",
            "p100",
            "tm90",
            "wm98.5",
            "tc90",
            "ts90",
            "TM(2%:98%)",
            "TM(150:1000)",
            "TM(:95%)",
            "WM(10%:)",
            "PR(:300)",
            "PR(100:2000)",
            "TC(0.005:0.030)",
            "TS(80%:)",
        ] {
            assert_eq!(complaint(known), None, "{known}");
        }
        for unknown in
            ["Avrage", "p101", "p", "pp99", "iqm90", "PR(300)", "TM(:)", "TM(10%:90)", "TM(110%:)", "XY(1:2)", "p1e1"]
        {
            assert!(complaint(unknown).is_some(), "{unknown}");
        }
        assert_eq!(complaint("average").and_then(|(_, near)| near), Some("Average"));
    }

    #[test]
    fn periods_are_those_of_cloudwatch() {
        for period in ["1", "5", "30", "60", "86400", "5m", "1h30m", "10s", "1d"] {
            assert!(is_period(period), "{period}");
        }
        for period in ["0", "7", "61", "90s", "often", "99999999999999999999999999999999999999999999"] {
            assert!(!is_period(period), "{period}");
        }
    }
}

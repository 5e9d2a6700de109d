//! Durations as Prometheus and Grafana write them.

use std::time::Duration;

/// Returns the duration as Prometheus and Grafana themselves write it, such as `1h30m`: weeks and days only where nothing is
/// left over, so that what they answer is what was sent. To the millisecond.
#[must_use]
pub fn text(duration: Duration) -> String {
    const WHOLE: [(&str, u128); 2] = [("w", 604_800_000), ("d", 86_400_000)];
    const UNITS: [(&str, u128); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = duration.as_millis();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length) in WHOLE {
        if rest >= length && rest.is_multiple_of(length) {
            return format!("{}{unit}", rest / length);
        }
    }
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    text
}

/// Reads a duration such as `1h30m`, `5d` or `0`, as Grafana and Prometheus do.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("ms", 1),
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let (mut rest, mut total) = (text, 0_u64);
    while !rest.is_empty() && text != "0" {
        let number = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let (unit, length) = UNITS.iter().find(|(unit, _)| number.starts_with(unit))?;
        let count: u64 = rest[..rest.len() - number.len()].parse().ok()?;
        total = total.checked_add(count.checked_mul(*length)?)?;
        rest = &number[unit.len()..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_they_are_answered() {
        for (milliseconds, written) in [
            (0, "0s"),
            (90_000, "1m30s"),
            (1_500, "1s500ms"),
            (129_600_000, "36h"),
            (432_000_000, "5d"),
            (1_209_600_000, "2w"),
        ] {
            assert_eq!(text(Duration::from_millis(milliseconds)), written);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for milliseconds in [0, 1, 1_500, 90_000, 129_600_000, 432_000_000, 1_209_600_000] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(parse(&text(time)), Some(time));
        }
        assert_eq!(parse("0"), Some(Duration::ZERO));
        for wrong in ["", "5", "5 min", "m", "-1m", "99999999999999999999s"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

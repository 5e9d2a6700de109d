//! Durations as Prometheus and Grafana write them.

use std::time::Duration;

/// Returns the duration as Grafana itself writes it, such as `1h30m`: weeks and days only where nothing is left over, so
/// that what Grafana answers is what was sent. To the millisecond.
pub(crate) fn text(duration: Duration) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_grafana_answers_them() {
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
}

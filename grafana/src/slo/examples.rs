//! Examples that prove when an alert of an objective fires and when it does not.

use std::time::Duration;

use super::indicator::Sample;
use crate::prometheus::{FiringAlert, RuleExample};

const MINUTE: Duration = Duration::from_secs(60);

/// How long the errors of an example last, in minutes: longer than any alert holds.
const MINUTES: u32 = 30;

/// A ratio of errors, and what must come of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Case {
    name: &'static str,
    /// With two digits, so that what people read in the alert is exact.
    ratio: f64,
    fires: bool,
}

impl Case {
    /// The cases for an alert whose conditions have these thresholds.
    pub(super) fn all(least: f64, greater: Option<f64>) -> Vec<Self> {
        let case = |name, ratio, fires| Self { name, ratio: two_digits(ratio), fires };
        let mut cases = vec![
            case("no errors", 0.0, false),
            case("errors within what is allowed", 0.8 * least, false),
            case("errors above the lower limit", (1.2 * least).min(1.0), true),
        ];
        if let Some(greater) = greater {
            cases.push(case("errors above every limit", (2.0 * greater).min(1.0), true));
        }
        cases
    }

    /// The ratio as Prometheus writes it for people.
    pub(super) fn percentage(self) -> String {
        format!("{}%", two_digits(100.0 * self.ratio))
    }
}

fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}

/// Returns an example of the case: it is as expected while there are errors, and an alert is over `calm` after the start.
pub(super) fn example(
    sample: &Sample,
    case: Case,
    (hold_for, calm): (Duration, Duration),
    least_requests: u64,
    alert: FiringAlert,
) -> RuleExample {
    #[expect(clippy::cast_precision_loss, reason = "any number that is large enough will do")]
    let requests = (least_requests as f64).max(1_000.0);
    let during = hold_for + 6 * MINUTE;
    let series = sample.growth(case.ratio, requests);
    let healthy = sample.growth(0.0, requests);
    let rest = calm.as_secs() / 60;
    let mut example = RuleExample::new(case.name);
    for ((series, each), (_, after)) in series.into_iter().zip(healthy) {
        let reached = each * f64::from(MINUTES);
        let values = match case.fires {
            true => format!("0+{each}x{MINUTES} {}+{after}x{rest}", reached + after),
            false => format!("0+{each}x{MINUTES}"),
        };
        example = example.series(series.to_string(), values);
    }
    if case.fires { example.fires(during, alert).quiet(calm) } else { example.quiet(during) }
}

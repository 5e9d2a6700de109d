//! Mute timings: times that come again.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::report::Report;
use super::super::{rules, text_of};
use crate::alerting::TimePeriod;

pub(super) fn check(report: &mut Report<'_>, timings: &[Json]) {
    let mut names = BTreeSet::new();
    for timing in timings {
        let name = text_of(timing, "name");
        let place = format!("mute timing `{name}`");
        if !names.insert(name) {
            report.problem(rules::DUPLICATE, &place, "another mute timing has this name").fix =
                Some("give one of the two another name".to_owned());
        }
        for period in timing.get("time_intervals").and_then(Json::as_array).into_iter().flatten() {
            let complaints = TimePeriod::read(period).map_or_else(|complaint| vec![complaint], |it| it.complaints());
            for complaint in complaints {
                report.problem(rules::ALERT_ROUTE, &place, complaint).fix = Some("change the period".to_owned());
            }
        }
    }
}

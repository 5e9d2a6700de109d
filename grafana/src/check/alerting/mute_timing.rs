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
        let periods = timing.get("time_intervals").and_then(Json::as_array);
        if periods.is_some_and(Vec::is_empty) {
            let message = "the mute timing has no period, so that it mutes nothing";
            report.warn(rules::ALERT_ROUTE, &place, message).fix = Some("give it a period, or remove it".to_owned());
        }
        for period in periods.into_iter().flatten() {
            if period.as_object().is_some_and(|members| members.values().all(is_nothing)) {
                let message = "a period of the mute timing limits nothing, so that it mutes always";
                report.warn(rules::ALERT_ROUTE, &place, message).fix = Some("say when it is".to_owned());
            }
            let complaints = TimePeriod::read(period).map_or_else(|complaint| vec![complaint], |it| it.complaints());
            for complaint in complaints {
                report.problem(rules::ALERT_ROUTE, &place, complaint).fix = Some("change the period".to_owned());
            }
        }
    }
}

/// Whether a member says nothing.
fn is_nothing(value: &Json) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("")
}

//! Where alerts go, and when they do not.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use super::both::{Both, both, elements, text};
use super::code::Code;
use super::meaning;
use super::references::References;
use super::time::duration;
use crate::alerting::{
    Grouping, Matcher, MuteTiming, MuteTimingRef, Notification, Policies, Route, TimePeriod, Weekday,
};

/// Returns the tree of policies as code.
pub(super) fn policies(wanted: &Json, references: &mut References) -> Both<Policies> {
    let wanted = &meaning::route(wanted);
    let contact_point = references.contact_point(meaning::text(wanted, "receiver"));
    let mut policies = both!(Policies::new(contact_point.by_ref()));
    let is_default = wanted
        .as_object()
        .is_some_and(|members| !members.keys().any(|name| name.starts_with("group_") && name != "group_by"))
        && wanted.get("repeat_interval").is_none()
        && wanted["group_by"] == serde_json::json!(["grafana_folder", "alertname"]);
    if !is_default {
        let grouping = grouping(wanted).unwrap_or_else(|| both!(Grouping::new()));
        both!(policies.grouping(grouping));
    }
    for below in wanted["routes"].as_array().into_iter().flatten() {
        both!(policies.route(route(below, references)));
    }
    policies
}

fn route(wanted: &Json, references: &mut References) -> Both<Route> {
    let contact_point = references.contact_point(meaning::text(wanted, "receiver"));
    let mut route = both!(Route::to(contact_point.by_ref()));
    for wanted in wanted["object_matchers"].as_array().into_iter().flatten() {
        if let Some(matcher) = matcher(wanted) {
            both!(route.when(matcher));
        }
    }
    if let Some(grouping) = grouping(wanted) {
        both!(route.grouping(grouping));
    }
    if wanted["continue"] == true {
        both!(route.continue_matching());
    }
    for timing in timings(wanted, "mute_time_intervals", references) {
        both!(route.mute_during(timing.by_ref()));
    }
    for timing in timings(wanted, "active_time_intervals", references) {
        both!(route.active_during(timing.by_ref()));
    }
    for below in wanted["routes"].as_array().into_iter().flatten() {
        both!(route.route(self::route(below, references)));
    }
    route
}

/// Returns where the alerts of one rule go as code.
pub(super) fn notification(wanted: &Json, references: &mut References) -> Option<Both<Notification>> {
    let contact_point = references.contact_point(wanted["receiver"].as_str()?);
    let mut notification = both!(Notification::to(contact_point.by_ref()));
    if let Some(grouping) = grouping(wanted) {
        both!(notification.grouping(grouping));
    }
    for timing in timings(wanted, "mute_time_intervals", references) {
        both!(notification.mute_during(timing.by_ref()));
    }
    for timing in timings(wanted, "active_time_intervals", references) {
        both!(notification.active_during(timing.by_ref()));
    }
    Some(notification)
}

fn timings(wanted: &Json, name: &str, references: &mut References) -> Vec<Both<MuteTimingRef>> {
    let names = wanted[name].as_array().into_iter().flatten().filter_map(Json::as_str);
    names.map(|name| references.mute_timing(name)).collect()
}

fn matcher(wanted: &Json) -> Option<Both<Matcher>> {
    let [label, operator, value] = wanted.as_array()?.as_slice() else { return None };
    let (label, value) = (text(label)?, text(value)?);
    Some(match operator.as_str()? {
        "=" => both!(Matcher::equal(label, value)),
        "!=" => both!(Matcher::not_equal(label, value)),
        "=~" => both!(Matcher::regex(label, value)),
        "!~" => both!(Matcher::not_regex(label, value)),
        _ => return None,
    })
}

fn grouping(wanted: &Json) -> Option<Both<Grouping>> {
    let (by, wait) = (&wanted["group_by"], duration(&wanted["group_wait"]));
    let (interval, repeat) = (duration(&wanted["group_interval"]), duration(&wanted["repeat_interval"]));
    if !by.is_array() && wait.is_none() && interval.is_none() && repeat.is_none() {
        return None;
    }
    let mut grouping = both!(Grouping::new());
    if *by == serde_json::json!(["..."]) {
        both!(grouping.each_alert());
    } else if let Some(by) = elements(by, text) {
        both!(grouping.by(by));
    }
    if let Some(wait) = wait {
        both!(grouping.wait(wait));
    }
    if let Some(interval) = interval {
        both!(grouping.interval(interval));
    }
    if let Some(repeat) = repeat {
        both!(grouping.repeat_interval(repeat));
    }
    Some(grouping)
}

/// Returns a mute timing as code, if it has a period and one location.
pub(super) fn mute_timing(wanted: &Json) -> Option<Both<MuteTiming>> {
    let wanted = &meaning::mute_timing(wanted);
    let (first, others) = wanted["time_intervals"].as_array()?.split_first()?;
    let mut timing = both!(MuteTiming::new(text(&wanted["name"])?, period(first)?));
    for other in others {
        both!(timing.period(period(other)?));
    }
    if let Some(location) = text(&first["location"]) {
        both!(timing.location(location));
    }
    Some(timing)
}

fn period(wanted: &Json) -> Option<Both<TimePeriod>> {
    let list = |name: &str| wanted[name].as_array().cloned().unwrap_or_default();
    let mut period = both!(TimePeriod::new());
    for time in list("times") {
        both!(period.between(text(&time["start_time"])?, text(&time["end_time"])?));
    }
    for days in list("weekdays") {
        both!(period.weekdays(range(&days, weekday)?));
    }
    for days in list("days_of_month") {
        both!(period.days_of_month(range(&days, number::<i8>)?));
    }
    for months in list("months") {
        both!(period.months(range(&months, number::<u8>)?));
    }
    for years in list("years") {
        both!(period.years(range(&years, number::<u16>)?));
    }
    Some(period)
}

/// A range such as `monday:friday`, or one value.
fn range<T: Clone>(wanted: &Json, end: impl Fn(&str) -> Option<Both<T>>) -> Option<Both<RangeInclusive<T>>> {
    let text = wanted.as_str()?;
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (first, last) = (end(first)?, end(last)?);
    let code = format!("{}..={}", first.code.layout(0, 0, 0), last.code.layout(0, 0, 0));
    Some(Both::new(first.value..=last.value, Code::plain(code)))
}

fn number<T: std::str::FromStr + std::fmt::Display>(text: &str) -> Option<Both<T>> {
    let number: T = text.trim().parse().ok()?;
    let code = Code::plain(number.to_string());
    Some(Both::new(number, code))
}

fn weekday(text: &str) -> Option<Both<Weekday>> {
    let day = Weekday::read(text)?;
    Some(Both::new(day, Code::plain(format!("Weekday::{day:?}"))))
}

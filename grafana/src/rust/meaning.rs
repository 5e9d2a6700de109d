//! What it means that two contents are the same.

use serde_json::{Map, Value as Json};

use super::same::{compare, same, without_set_by_grafana};
use super::time;
use crate::alerting::month;
use crate::datasource::EXPRESSION;
use crate::document::{Document, RuleGroupDocument};

/// Where two contents differ in meaning, as one line for each place.
///
/// Each thing is compared with the one of its id; the order of things counts where Grafana reads it: the rules of a group, the
/// receivers of a contact point and the routes of a policy. Two things mean the same when they are the same JSON, but for
/// - what Grafana sets itself: numbers, versions, times of change and where a thing was provisioned from,
/// - members that are `null`, empty or `false` where Grafana takes that for absent,
/// - the spelling of a duration, of a month and of a range of one,
/// - in a query of a rule, what its data source is called again, and the step and the number of points that Grafana adds,
/// - the older spellings of a policy's matchers.
///
/// Dashboards are compared as [`differences`](super::differences) does.
#[must_use]
pub fn content_differences(left: &Document, right: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let (left, right) = (things(left), things(right));
    for (name, one) in &left {
        match right.iter().find(|(other, _)| other == name) {
            Some((_, other)) => compare(one, other, &mut name.clone(), &mut found),
            None => found.push(format!("{name}: only in the first")),
        }
    }
    let only_right = right.iter().filter(|(name, _)| !left.iter().any(|(other, _)| other == name));
    found.extend(only_right.map(|(name, _)| format!("{name}: only in the second")));
    found
}

/// Returns all things, each by the name that tells it from others, as they are compared.
fn things(document: &Document) -> Vec<(String, Json)> {
    let mut all: Vec<(String, Json)> = Vec::new();
    for folder in &document.folders {
        all.push((format!("folder `{}`", folder.uid), serde_json::json!([folder.title, folder.parent_uid])));
    }
    for source in &document.data_sources {
        all.push((format!("data source `{}`", text(source, "uid")), data_source(source)));
    }
    for placed in &document.dashboards {
        let dashboard = without_set_by_grafana(&placed.dashboard);
        let place = serde_json::json!({ "folder": placed.folder_uid, "dashboard": dashboard });
        all.push((format!("dashboard `{}`", text(&placed.dashboard, "uid")), place));
    }
    let alerting = &document.alerting;
    for group in &alerting.rule_groups {
        let rules: Json = group.rules.iter().map(rule).collect();
        let members = serde_json::json!({ "interval": group.interval, "rules": rules });
        all.push((format!("rule group `{}`", group_name(group)), members));
    }
    for (number, point) in alerting.contact_points.iter().enumerate() {
        let name = text(point, "name");
        let before = alerting.contact_points[..number].iter().filter(|other| text(other, "name") == name).count();
        all.push((format!("contact point `{name}`, receiver {}", before + 1), contact_point(point)));
    }
    if let Some(policies) = &alerting.policies {
        all.push(("notification policies".to_owned(), route(policies)));
    }
    for timing in &alerting.mute_timings {
        all.push((format!("mute timing `{}`", text(timing, "name")), mute_timing(timing)));
    }
    for template in &alerting.templates {
        all.push((format!("message template `{}`", template.name), template.template.as_str().into()));
    }
    all
}

/// The folder and the title, which tell a group from others.
pub(super) fn group_name(group: &RuleGroupDocument) -> String {
    format!("{}/{}", group.folder_uid, group.title)
}

pub(super) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_default()
}

/// Returns an object without members of these names, and without those that are `null`.
fn without(json: &Json, names: &[&str]) -> Map<String, Json> {
    let members = json.as_object().cloned().unwrap_or_default();
    members.into_iter().filter(|(name, value)| !names.contains(&name.as_str()) && !value.is_null()).collect()
}

/// Removes a member that says nothing: the default, or an empty one.
fn drop_default(members: &mut Map<String, Json>, name: &str, default: impl Into<Json>) {
    let (default, value) = (default.into(), members.get(name));
    if value.is_some_and(|value| same(value, &default) || is_empty(value)) {
        members.remove(name);
    }
}

fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Writes durations as Grafana answers them.
fn spell_durations(members: &mut Map<String, Json>, names: &[&str]) {
    for name in names {
        let written = members.get(*name).and_then(Json::as_str).and_then(time::parse).map(time::text);
        if let Some(written) = written {
            members.insert((*name).to_owned(), written.into());
        }
    }
}

pub(super) fn data_source(source: &Json) -> Json {
    const OF_GRAFANA: [&str; 9] = [
        "accessControl",
        "apiVersion",
        "id",
        "orgId",
        "readOnly",
        "secureJsonFields",
        "typeLogoUrl",
        "typeName",
        "version",
    ];
    let mut members = without(source, &OF_GRAFANA);
    members.retain(|_, value| !is_empty(value));
    for name in ["basicAuth", "isDefault", "withCredentials"] {
        drop_default(&mut members, name, false);
    }
    drop_default(&mut members, "access", "proxy");
    members.into()
}

pub(super) fn contact_point(point: &Json) -> Json {
    let mut members = without(point, &["id", "provenance", "uid", "version"]);
    drop_default(&mut members, "disableResolveMessage", false);
    members.into()
}

/// A rule without what its group says.
pub(super) fn rule(rule: &Json) -> Json {
    const OF_GRAFANA: [&str; 7] = ["folderUID", "id", "orgID", "orgId", "provenance", "ruleGroup", "updated"];
    let mut members = without(rule, &OF_GRAFANA);
    drop_default(&mut members, "isPaused", false);
    for name in ["annotations", "labels", "metadata", "notification_settings", "record"] {
        drop_default(&mut members, name, Json::Null);
    }
    spell_durations(&mut members, &["for", "keep_firing_for"]);
    drop_default(&mut members, "keep_firing_for", "0s");
    if let Some(settings) = members.get_mut("notification_settings") {
        *settings = route(settings);
    }
    if members.contains_key("record") {
        // Grafana takes these for recording rules and does not use them.
        members.retain(|name, _| !matches!(name.as_str(), "condition" | "execErrState" | "for" | "noDataState"));
    }
    if let Some(Json::Array(queries)) = members.get_mut("data") {
        queries.iter_mut().for_each(|query| *query = self::query(query));
    }
    members.into()
}

/// A query of a rule.
pub(super) fn query(query: &Json) -> Json {
    let mut members = without(query, &[]);
    drop_default(&mut members, "queryType", "");
    let mut uid = text(query, "datasourceUid");
    if uid == "-100" {
        // What Grafana 8 called its expressions.
        uid = EXPRESSION;
        members.insert("datasourceUid".to_owned(), uid.into());
    }
    if uid == EXPRESSION {
        members.remove("relativeTimeRange");
    }
    let mut model = without(&query["model"], &["datasource"]);
    drop_default(&mut model, "intervalMs", 1_000);
    drop_default(&mut model, "maxDataPoints", 43_200);
    for (name, of_query) in [("refId", "refId"), ("queryType", "queryType")] {
        if model.get(name).is_some_and(|value| members.get(of_query).is_none_or(|outer| outer == value)) {
            let value = model.remove(name).unwrap_or_default();
            members.entry(of_query).or_insert(value);
        }
    }
    members.insert("model".to_owned(), model.into());
    members.into()
}

/// A policy with those below it, or where alerts of one rule go.
pub(super) fn route(route: &Json) -> Json {
    let mut members = without(route, &["provenance"]);
    let mut matchers: Vec<Json> = members.remove("object_matchers").and_then(list).unwrap_or_default();
    for (name, operator) in [("match", "="), ("match_re", "=~")] {
        if let Some(Json::Object(labels)) = members.remove(name) {
            matchers.extend(labels.into_iter().map(|(label, value)| serde_json::json!([label, operator, value])));
        }
    }
    if !matchers.is_empty() {
        members.insert("object_matchers".to_owned(), matchers.into());
    }
    for name in ["active_time_intervals", "group_by", "matchers", "mute_time_intervals", "routes"] {
        drop_default(&mut members, name, Json::Null);
    }
    for name in ["group_interval", "group_wait", "repeat_interval"] {
        drop_default(&mut members, name, Json::Null);
    }
    drop_default(&mut members, "continue", false);
    spell_durations(&mut members, &["group_interval", "group_wait", "repeat_interval"]);
    if let Some(Json::Array(routes)) = members.get_mut("routes") {
        routes.iter_mut().for_each(|below| *below = self::route(below));
    }
    members.into()
}

fn list(json: Json) -> Option<Vec<Json>> {
    if let Json::Array(elements) = json { Some(elements) } else { None }
}

pub(super) fn mute_timing(timing: &Json) -> Json {
    let mut members = without(timing, &["id", "provenance", "version"]);
    if let Some(Json::Array(periods)) = members.get_mut("time_intervals") {
        periods.iter_mut().for_each(|period| *period = self::period(period));
    }
    members.into()
}

fn period(period: &Json) -> Json {
    let mut members = without(period, &[]);
    members.retain(|_, value| !is_empty(value));
    drop_default(&mut members, "location", "UTC");
    for name in ["weekdays", "days_of_month", "months", "years"] {
        if let Some(Json::Array(ranges)) = members.get_mut(name) {
            ranges.iter_mut().for_each(|range| *range = self::range(range));
        }
    }
    members.into()
}

/// `march:march` is `3`.
fn range(range: &Json) -> Json {
    let Some(text) = range.as_str() else { return range.clone() };
    let end = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        month(&text).map_or(text, |month| month.to_string())
    };
    match text.split_once(':') {
        Some((first, last)) if end(first) == end(last) => end(first).into(),
        Some((first, last)) => format!("{}:{}", end(first), end(last)).into(),
        None => end(text).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::AlertingDocument;

    fn document(rule: Json, route: Json, timing: Json, source: Json) -> Document {
        let group = RuleGroupDocument { folder_uid: "f".into(), title: "g".into(), interval: 60, rules: vec![rule] };
        let alerting = AlertingDocument {
            rule_groups: vec![group],
            policies: Some(route),
            mute_timings: vec![timing],
            ..AlertingDocument::default()
        };
        Document { data_sources: vec![source], alerting, ..Document::default() }
    }

    #[test]
    fn what_grafana_adds_is_no_difference() {
        let sent = document(
            json!({ "uid": "r", "for": "300s", "data": [{ "refId": "A", "datasourceUid": "p", "model": { "expr": "up" } }] }),
            json!({ "receiver": "team", "match": { "a": "b" }, "group_wait": "90s" }),
            json!({ "name": "m", "time_intervals": [{ "months": ["march:3"], "location": "UTC" }] }),
            json!({ "uid": "p", "type": "prometheus", "access": "proxy", "url": "" }),
        );
        let model = json!({ "expr": "up", "refId": "A", "intervalMs": 1000, "maxDataPoints": 43200, "datasource": { "uid": "p" } });
        let answered = document(
            json!({ "uid": "r", "id": 7, "orgID": 1, "folderUID": "f", "for": "5m", "isPaused": false, "labels": null, "updated": "x",
                "provenance": "api", "data": [{ "refId": "A", "queryType": "", "datasourceUid": "p", "model": model }] }),
            json!({ "receiver": "team", "object_matchers": [["a", "=", "b"]], "group_wait": "1m30s", "continue": false, "routes": [] }),
            json!({ "name": "m", "version": "3", "time_intervals": [{ "months": ["3"], "times": null }] }),
            json!({ "uid": "p", "id": 1, "orgId": 1, "type": "prometheus", "isDefault": false, "jsonData": {}, "version": 2 }),
        );
        assert_eq!(content_differences(&sent, &answered), [""; 0]);
    }

    #[test]
    fn what_counts_is_a_difference() {
        let of = |expr: &str, receiver: &str, url: &str| {
            let data = json!([{ "refId": "A", "datasourceUid": "p", "model": { "expr": expr } }]);
            document(
                json!({ "uid": "r", "data": data }),
                json!({ "receiver": receiver }),
                json!({ "name": "m", "time_intervals": [] }),
                json!({ "uid": "p", "url": url }),
            )
        };
        let mut found = content_differences(&of("up", "a", "x"), &of("down", "b", "y"));
        found.sort();
        let expected = [
            "data source `p`.url: \"x\" against \"y\"",
            "notification policies.receiver: \"a\" against \"b\"",
            "rule group `f/g`.rules[0].data[0].model.expr: \"up\" against \"down\"",
        ];
        assert_eq!(found, expected);
        assert_eq!(content_differences(&of("up", "a", "x"), &Document::default()).len(), 4);
    }
}

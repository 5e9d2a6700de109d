//! Contact points: of which kind they are, and what each kind needs.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::report::Report;
use super::super::{is_deferred, nearest, rules, text_of};

/// The kinds of receivers that Grafana has, each with the settings of which it needs one.
///
/// Source: <https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/>.
const KINDS: [(&str, &[&str]); 23] = [
    ("alertmanager", &["url"]),
    ("dingding", &["url"]),
    ("discord", &["url"]),
    ("email", &["addresses"]),
    ("googlechat", &["url"]),
    ("jira", &["api_url"]),
    ("kafka", &["kafkaRestProxy"]),
    ("line", &["token"]),
    ("mqtt", &["brokerUrl"]),
    ("oncall", &["url"]),
    ("opsgenie", &["apiKey"]),
    ("pagerduty", &["integrationKey"]),
    ("prometheus-alertmanager", &["url"]),
    ("pushover", &["apiToken"]),
    ("sensugo", &["url"]),
    ("slack", &["url", "token"]),
    ("sns", &["topic", "topicArn", "topic_arn"]),
    ("teams", &["url"]),
    ("telegram", &["bottoken"]),
    ("threema", &["gateway_id"]),
    ("victorops", &["url"]),
    ("webex", &["bot_token"]),
    ("webhook", &["url"]),
];

/// Two that some builds have not, or have under another name.
const MORE_KINDS: [&str; 2] = ["wecom", "LINE"];

pub(super) fn check(report: &mut Report<'_>, points: &[Json]) {
    let mut uids = BTreeMap::new();
    for point in points {
        let name = text_of(point, "name");
        let place = format!("contact point `{name}`");
        let uid = text_of(point, "uid");
        if let Some(other) = uids.insert(uid, name).filter(|_| !uid.is_empty()) {
            let message = format!("a receiver of the contact point `{other}` has the uid `{uid}` too");
            report.problem(rules::DUPLICATE, &place, message).fix = Some("give one of the two another".to_owned());
        }
        kind(report, &place, point);
        topic(report, &place, point);
    }
}

fn kind(report: &mut Report<'_>, place: &str, point: &Json) {
    let kind = text_of(point, "type");
    let Some((_, needed)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        // Grafana has more with each release: only what is spelled almost like one is wrong for sure.
        let near = nearest(kind, KINDS.iter().map(|(known, _)| *known));
        if let Some(near) = near.filter(|_| !MORE_KINDS.contains(&kind)) {
            report.problem(rules::ALERT_ROUTE, place, format!("no contact point is of the type `{kind}`")).fix =
                Some(format!("write `{near}`"));
        }
        return;
    };
    let settings = point.get("settings").unwrap_or(&Json::Null);
    let given = |name: &&str| {
        settings
            .get(*name)
            .is_some_and(|value| is_deferred(value) || value.as_str().is_some_and(|text| !text.is_empty()))
    };
    if !needed.iter().any(given) {
        let shown: Vec<_> = needed.iter().map(|name| format!("`{name}`")).collect();
        let message =
            format!("a contact point of the type `{kind}` has {} in its settings, got none", shown.join(" or "));
        report.problem(rules::ALERT_ROUTE, place, message);
    } else if kind == "slack" && given(&"token") && !given(&"recipient") {
        let message = "a contact point of the type `slack` with a `token` has a `recipient` in its settings, got none";
        report.problem(rules::ALERT_ROUTE, place, message).fix = Some("name the channel".to_owned());
    }
    let url = text_of(settings, "url");
    let opens = url.contains("://") || url.contains("{{") || url.contains('$');
    if needed.contains(&"url") && !url.is_empty() && !opens {
        let message = format!("a `url` begins with `http://` or `https://`, got `{url}`");
        report.problem(rules::ALERT_ROUTE, place, message).fix = Some(format!("write `https://{url}`"));
    }
}

/// With permissions that the service manages, a managed Grafana publishes only to topics whose names begin with `grafana`:
/// <https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html>.
fn topic(report: &mut Report<'_>, place: &str, point: &Json) {
    let settings = point.get("settings").unwrap_or(&Json::Null);
    if text_of(point, "type") != "sns" || !report.context.service_managed {
        return;
    }
    let arn = ["topic", "topicArn", "topic_arn"].into_iter().find_map(|name| settings.get(name));
    if arn.is_some_and(is_deferred) {
        let message = "with permissions that the service manages, a managed Grafana publishes only to topics whose names \
                       begin with `grafana`, and the name of this one is known when it is deployed";
        report.warn(rules::ALERT_ROUTE, place, message).fix =
            Some("give the topic such a name and allow the finding, or the workspace a role of its own".to_owned());
        return;
    }
    let name = arn.and_then(Json::as_str).and_then(|arn| arn.rsplit(':').next()).filter(|name| !name.is_empty());
    if let Some(name) = name.filter(|name| !name.starts_with("grafana")) {
        let message = format!(
            "with permissions that the service manages, a managed Grafana publishes only to topics whose names begin with \
             `grafana`, got `{name}`"
        );
        report.problem(rules::ALERT_ROUTE, place, message).fix = Some(format!("call the topic `grafana-{name}`"));
    }
}

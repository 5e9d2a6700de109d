//! Faults of policies, mute timings, contact points and templates.

use serde_json::json;

use super::{Fault, fault};

const POLICY: &str = "notification policies, policy 1";
const POLICIES: &str = "notification policies";
const NIGHTS: &str = "mute timing `nights`";
const PEOPLE: &str = "contact point `people`";

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(
            "an address without a scheme",
            (
                "/alerting/contactPoints/-",
                json!({ "uid": "hook", "name": "hook", "type": "webhook", "settings": { "url": "hooks.example.com" } }),
            ),
            "alert-route",
            "contact point `hook`",
            "fix: write `https://hooks.example.com`",
        ),
        fault(
            "a bot of Slack without a channel",
            (
                "/alerting/contactPoints/-",
                json!({ "uid": "bot", "name": "bot", "type": "slack", "settings": { "token": "${TOKEN}", "recipient": "" } }),
            ),
            "alert-route",
            "contact point `bot`",
            "fix: name the channel",
        ),
        fault(
            "the 29th of February of years that have none",
            (
                "/alerting/muteTimings/0/time_intervals/0",
                json!({ "days_of_month": ["29"], "months": ["february"], "years": ["2025:2027", "2100"] }),
            ),
            "alert-route",
            NIGHTS,
            "so that it never comes",
        ),
        fault(
            "a mute timing without a period",
            ("/alerting/muteTimings/0/time_intervals", json!([])),
            "alert-route",
            NIGHTS,
            "it mutes nothing",
        ),
        fault(
            "a mute timing that is always",
            ("/alerting/muteTimings/0/time_intervals/0", json!({ "times": [], "location": "" })),
            "alert-route",
            NIGHTS,
            "it mutes always",
        ),
        fault(
            "a label that no alert has",
            ("/alerting/policies/routes/0/object_matchers", json!([["sevrity", "=", "page"]])),
            "alert-route",
            POLICY,
            "fix: write `severity`",
        ),
        fault(
            "a value that no alert has",
            ("/alerting/policies/routes/0/object_matchers", json!([["severity", "=", "pge"]])),
            "alert-route",
            POLICY,
            "fix: write `page`",
        ),
        fault(
            "a pattern that no alert matches",
            ("/alerting/policies/routes/0/object_matchers", json!([["severity", "=~", "warning|info"]])),
            "alert-route",
            POLICY,
            "rules set it to `page`",
        ),
        fault(
            "a comparison that there is not",
            ("/alerting/policies/routes/0/object_matchers", json!([["severity", "==", "page"]])),
            "alert-route",
            POLICY,
            "got `==`",
        ),
        fault(
            "a pattern of alerts that is none",
            ("/alerting/policies/routes/0/object_matchers", json!([["severity", "=~", "p("]])),
            "alert-route",
            POLICY,
            "unclosed group",
        ),
        fault(
            "a wait of a policy that is no time",
            ("/alerting/policies/group_wait", json!("half a minute")),
            "alert-route",
            POLICIES,
            "such as `30s`",
        ),
        fault(
            "a repetition before the interval",
            ("/alerting/policies", json!({ "receiver": "people", "group_interval": "5m", "repeat_interval": "1m" })),
            "alert-route",
            POLICIES,
            "at least its interval, 5m, got 1m",
        ),
        fault(
            "a repetition that is forgotten",
            ("/alerting/policies/repeat_interval", json!("1w")),
            "alert-route",
            POLICIES,
            "at most 5d",
        ),
        fault(
            "a night over midnight",
            ("/alerting/muteTimings/0/time_intervals/0/times/0", json!({ "start_time": "22:00", "end_time": "06:00" })),
            "alert-route",
            NIGHTS,
            "split it at 24:00",
        ),
        fault(
            "a day that never comes",
            ("/alerting/muteTimings/0/time_intervals/0", json!({ "days_of_month": ["30:31"], "months": ["february"] })),
            "alert-route",
            NIGHTS,
            "never comes",
        ),
        fault(
            "a day of the week that there is not",
            ("/alerting/muteTimings/0/time_intervals/0", json!({ "weekdays": ["munday"] })),
            "alert-route",
            NIGHTS,
            "`weekdays` has no `munday`",
        ),
        fault(
            "two timings with one name",
            ("/alerting/muteTimings/-", json!({ "name": "nights", "time_intervals": [{ "weekdays": ["sunday"] }] })),
            "duplicate",
            NIGHTS,
            "has this name",
        ),
        fault(
            "a receiver of no type",
            ("/alerting/contactPoints/0/type", json!("snss")),
            "alert-route",
            PEOPLE,
            "fix: write `sns`",
        ),
        fault(
            "a receiver without an address",
            ("/alerting/contactPoints/-", json!({ "uid": "mail", "name": "mail", "type": "email", "settings": {} })),
            "alert-route",
            "contact point `mail`",
            "has `addresses` in its settings, got none",
        ),
        fault(
            "two receivers with one uid",
            (
                "/alerting/contactPoints/-",
                json!({ "uid": "people", "name": "b", "type": "email", "settings": { "addresses": "a@b.example" } }),
            ),
            "duplicate",
            "contact point `b`",
            "the contact point `people` has the uid `people` too",
        ),
        fault(
            "a function that templates of messages have not",
            ("/alerting/templates/0/template", json!("{{ define \"shop.title\" }}{{ toUper .Status }}{{ end }}")),
            "go-template",
            "message template `shop`",
            "fix: write `toUpper`",
        ),
        fault(
            "two templates with one name",
            ("/alerting/templates/-", json!({ "name": "shop", "template": "{{ define \"shop.more\" }}more{{ end }}" })),
            "duplicate",
            "message template `shop`",
            "another template has this name",
        ),
    ]
}

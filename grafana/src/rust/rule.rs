//! Groups of alert rules.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::both::{Both, both, said, text, whole};
use super::bound::bound;
use super::code::Code;
use super::made::json as json_code;
use super::meaning;
use super::policy::notification;
use super::query;
use super::references::References;
use super::same::same;
use super::time::{self, duration, seconds};
use super::value::variant;
use crate::alerting::{AlertRule, ErrorState, NoDataState, RecordingRule, Reducer, RuleGroup};
use crate::content::Content;
use crate::dashboard::{Bound, Query};
use crate::datasource::{DataSourceRef, EXPRESSION, Other};
use crate::document::RuleGroupDocument;
use crate::folder::FolderRef;

/// A group as code.
pub(super) struct MadeGroup {
    pub(super) group: Both<RuleGroup>,
    /// The rules that have members as JSON, which no setter says.
    pub(super) untyped: Vec<String>,
}

/// Returns a group of rules as code.
pub(super) fn rule_group(wanted: &RuleGroupDocument, references: &mut References) -> MadeGroup {
    let name = Both::text(&wanted.title);
    let folder = references.folder(&wanted.folder_uid);
    let mut group = both!(RuleGroup::new(name, folder.by_ref()));
    if wanted.interval != 60 {
        let interval = time::of(Duration::from_secs(wanted.interval));
        both!(group.interval(interval));
    }
    let mut untyped = Vec::new();
    for rule in &wanted.rules {
        let wanted = &meaning::rule(rule);
        let mut corrected = false;
        if wanted["record"].is_object() {
            let (rule, is_corrected) = recording_rule(wanted, references);
            corrected |= is_corrected;
            both!(group.rule(rule));
        } else {
            let (rule, is_corrected) = alert_rule(wanted, references);
            corrected |= is_corrected;
            both!(group.rule(rule));
        }
        if corrected {
            untyped.push(meaning::text(wanted, "title").to_owned());
        }
    }
    MadeGroup { group, untyped }
}

/// What a rule is in a document, as it is compared.
fn given(rule: impl Into<crate::alerting::GroupRule>) -> Json {
    let mut content = Content::new("given");
    content.add(RuleGroup::new("given", &FolderRef::existing("given")).rule(rule));
    let group = content.document().alerting.rule_groups.pop();
    group.and_then(|mut group| group.rules.pop()).map(|rule| meaning::rule(&rule)).unwrap_or_default()
}

/// The members that are wanted and that a rule does not give.
fn lacking(gives: &Json, wanted: &Json) -> Vec<(String, Json)> {
    let members = wanted.as_object().into_iter().flatten();
    let lacking = members.filter(|(name, value)| !gives.get(*name).is_some_and(|given| same(given, value)));
    lacking.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn alert_rule(wanted: &Json, references: &mut References) -> (Both<AlertRule>, bool) {
    let mut rule = queries(wanted, references);
    let time = |name: &str| duration(&wanted[name]).filter(|time| !time.value.is_zero());
    if let Some(time) = time("for") {
        both!(rule.hold_for(time));
    }
    if let Some(time) = time("keep_firing_for") {
        both!(rule.keep_firing_for(time));
    }
    let no_data = variant!(NoDataState, &wanted["noDataState"]);
    if let Some(state) = no_data.filter(|state| state.value != NoDataState::NoData) {
        both!(rule.no_data(state));
    }
    let on_error = variant!(ErrorState, &wanted["execErrState"]);
    if let Some(state) = on_error.filter(|state| state.value != ErrorState::Error) {
        both!(rule.on_error(state));
    }
    if let Some(number) = whole(&wanted["missingSeriesEvalsToResolve"]) {
        both!(rule.missing_evaluations(number));
    }
    for (name, value) in wanted["labels"].as_object().into_iter().flatten() {
        if let Some(value) = text(value) {
            both!(rule.label(Both::text(name), value));
        }
    }
    annotations(&mut rule, &wanted["annotations"], references);
    if wanted["isPaused"] == true {
        both!(rule.paused());
    }
    if let Some(settings) = wanted.get("notification_settings") {
        let mut with = rule.clone();
        if let Some(notification) = notification(settings, references) {
            both!(with.notify(notification));
            if same(&given(with.value.clone())["notification_settings"], settings) {
                rule = with;
            }
        }
    }
    let lacking = lacking(&given(rule.value.clone()), wanted);
    let is_corrected = !lacking.is_empty();
    for (name, value) in lacking {
        both!(rule.member(Both::text(&name), Both::new(value.clone(), json_code(&value))));
    }
    (rule, is_corrected)
}

fn annotations(rule: &mut Both<AlertRule>, wanted: &Json, references: &References) {
    let mut rule_with = rule.clone();
    let members = wanted.as_object().into_iter().flatten();
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| number.to_string() == text);
    let panel = wanted["__panelId__"].as_str().and_then(number);
    let dashboard = wanted["__dashboardUid__"].as_str().and_then(|uid| references.dashboard(uid));
    let is_linked = match (dashboard, panel) {
        (Some(dashboard), Some(panel)) => {
            both!(rule_with.panel(dashboard.by_ref(), Both::new(panel, Code::plain(panel.to_string()))));
            true
        }
        _ => false,
    };
    for (name, value) in members {
        let Some(value) = text(value) else { continue };
        match name.as_str() {
            "__dashboardUid__" | "__panelId__" if is_linked => {}
            "summary" => {
                both!(rule_with.summary(value));
            }
            "description" => {
                both!(rule_with.description(value));
            }
            "runbook_url" => {
                both!(rule_with.runbook(value));
            }
            _ => {
                both!(rule_with.annotation(Both::text(name), value));
            }
        }
    }
    *rule = rule_with;
}

/// Begins a rule with what it asks, in the shortest way that says it.
fn queries(wanted: &Json, references: &mut References) -> Both<AlertRule> {
    let (uid, title) = (said(wanted, "uid"), said(wanted, "title"));
    let rule = both!(AlertRule::new(uid, title));
    let is_it = |rule: &Both<AlertRule>| {
        let gives = given(rule.value.clone());
        same(&gives["data"], &wanted["data"]) && same(&gives["condition"], &wanted["condition"])
    };
    let mut before = references.clone();
    if let Some(rule) = watched(&rule, wanted, &mut before).filter(is_it) {
        *references = before;
        return rule;
    }
    let mut before = references.clone();
    if let Some(rule) = steps(&rule, wanted, &mut before).filter(is_it) {
        *references = before;
        return rule;
    }
    rule
}

/// A query, one number of each series, and a bound for it.
fn watched(rule: &Both<AlertRule>, wanted: &Json, references: &mut References) -> Option<Both<AlertRule>> {
    let mut rule = rule.clone();
    let data = wanted["data"].as_array()?;
    if !data.len().is_multiple_of(3) {
        return None;
    }
    for three in data.chunks(3) {
        let [asked, reduced, compared] = three else { return None };
        let bound = bound(&compared["model"]["conditions"][0]["evaluator"])?;
        let until = bound_until(&compared["model"]["conditions"][0]);
        let (plain, is_instant) = without_instant(asked);
        let range = seconds(&asked["relativeTimeRange"]["from"])?;
        let reducer = variant!(Reducer, &reduced["model"]["reducer"])?;
        if is_instant && reducer.value == Reducer::Last {
            let query = query_of(&plain, references)?;
            match until {
                Some(until) => {
                    both!(rule.when_until(query, bound, until));
                }
                None => {
                    both!(rule.when(query, bound));
                }
            }
        } else {
            let query = query_of(asked, references)?;
            both!(rule.when_over(range, query, reducer, bound));
        }
    }
    Some(rule)
}

/// Returns a query without what says that only the last value is asked for, and whether that is said.
fn without_instant(query: &Json) -> (Json, bool) {
    let mut plain = query.clone();
    if query["queryType"] == "instant" {
        plain["queryType"] = "range".into();
        return (plain, true);
    }
    let is_instant = query["model"]["instant"] == true && query["model"]["range"] == false;
    if is_instant && let Some(members) = plain["model"].as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "instant" | "range"));
    }
    (plain, is_instant)
}

/// All queries and expressions by name.
fn steps(rule: &Both<AlertRule>, wanted: &Json, references: &mut References) -> Option<Both<AlertRule>> {
    let mut rule = rule.clone();
    let data = wanted["data"].as_array()?;
    for item in data {
        let query = query_of(item, references)?;
        let name = said(item, "refId");
        let range = &item["relativeTimeRange"];
        let is_default = range.is_null() || range["from"] == 600 && range["to"] == 0;
        if is_default {
            both!(rule.query(name, query));
        } else {
            both!(rule.query_over(name, query, seconds(&range["from"])?, seconds(&range["to"])?));
        }
    }
    if data.last()?["refId"] != wanted["condition"] {
        both!(rule.condition(said(wanted, "condition")));
    }
    Some(rule)
}

fn recording_rule(wanted: &Json, references: &mut References) -> (Both<RecordingRule>, bool) {
    let record = &wanted["record"];
    let data = wanted["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (asked, _) = without_instant(data.first().unwrap_or(&Json::Null));
    let query = query_of(&asked, references).unwrap_or_else(|| {
        let nothing = DataSourceRef::<Other>::existing(EXPRESSION, EXPRESSION);
        let code = Code::call("DataSourceRef::<Other>::existing", vec![Code::text(EXPRESSION), Code::text(EXPRESSION)]);
        let reference = Code::plain(format!("&{}", code.layout(0, 0, 0)));
        let model = json!({});
        Both::new(
            Query::custom(&nothing, model.clone()),
            Code::call("Query::custom", vec![reference, Code::Json(model)]),
        )
    });
    let mut rule = both!(RecordingRule::new(said(wanted, "uid"), said(record, "metric"), query));
    if wanted["title"] != record["metric"] {
        both!(rule.title(said(wanted, "title")));
    }
    if let Some(target) = record["target_datasource_uid"].as_str()
        && let Some(metrics) = references.of_kind(target, super::source::Language::PromQl)
    {
        both!(rule.write_to(metrics.by_ref()));
    }
    for (name, value) in wanted["labels"].as_object().into_iter().flatten() {
        if let Some(value) = text(value) {
            both!(rule.label(Both::text(name), value));
        }
    }
    if wanted["isPaused"] == true {
        both!(rule.paused());
    }
    let lacking = lacking(&given(rule.value.clone()), wanted);
    let is_corrected = !lacking.is_empty();
    for (name, value) in lacking {
        both!(rule.member(Both::text(&name), Both::new(value.clone(), json_code(&value))));
    }
    (rule, is_corrected)
}

/// Returns a query of a rule as code.
fn query_of(item: &Json, references: &mut References) -> Option<Both<Query>> {
    let uid = item["datasourceUid"].as_str()?;
    let mut model = item["model"].clone();
    let members = model.as_object_mut()?;
    // The query itself does not say its name: the rule does.
    members.insert("refId".to_owned(), "A".into());
    if let Some(kind) = item.get("queryType") {
        members.insert("queryType".to_owned(), kind.clone());
    }
    let source = match references.added_source(uid) {
        Some(source) => source.written.clone(),
        None if uid == EXPRESSION => Some(json!({ "type": EXPRESSION, "uid": EXPRESSION })),
        None => Some(json!({ "uid": uid })),
    };
    members.insert("datasource".to_owned(), source?);
    let mut sources = references.sources();
    let made = query::query(&model, &json!({ "type": "timeseries" }), 0, &mut sources)?.made;
    let held = sources.found().iter().find(|held| held.parts().0 == uid);
    let value = match held {
        Some(held) => {
            let (uid, plugin) = held.parts();
            Query::custom(&DataSourceRef::<Other>::existing(uid, plugin), without_reference(&made.gives))
        }
        None => {
            Query::custom(&DataSourceRef::<Other>::existing(EXPRESSION, EXPRESSION), without_reference(&made.gives))
        }
    };
    references.take(&sources);
    Some(Both::new(value, made.code))
}

/// The model of a query, without what a rule or a panel adds to it.
fn without_reference(model: &Json) -> Json {
    let mut model = model.clone();
    if let Some(members) = model.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "refId" | "datasource"));
    }
    model
}

fn bound_until(condition: &Json) -> Option<Both<Bound>> {
    bound(condition.get("unloadEvaluator")?)
}

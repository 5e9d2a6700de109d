//! `alerting/NAME.yaml`.

use serde_json::Value as Json;

use super::dashboards::folder;
use super::writer::{Dollar, Writer, doubled, looks_like_a_variable};
use crate::document::{AlertingDocument, Document, RuleGroupDocument};
use crate::finding::{Finding, Rule};
use crate::prometheus::yaml::Yaml;

/// Members of a rule, by the name that they have in the API and in the file, in the order in which people read them, and
/// what Grafana does with a `$` in them. Queries are kept, since it is theirs; so are annotations, whose templates have it.
const RULE: [(&str, &str, Dollar); 13] = [
    ("uid", "uid", Dollar::Expanded),
    ("title", "title", Dollar::Expanded),
    ("condition", "condition", Dollar::Expanded),
    ("for", "for", Dollar::Expanded),
    ("keep_firing_for", "keepFiringFor", Dollar::Expanded),
    ("noDataState", "noDataState", Dollar::Expanded),
    ("execErrState", "execErrState", Dollar::Expanded),
    ("missingSeriesEvalsToResolve", "missing_series_evals_to_resolve", Dollar::Kept),
    ("isPaused", "isPaused", Dollar::Kept),
    ("labels", "labels", Dollar::Expanded),
    ("annotations", "annotations", Dollar::Kept),
    ("notification_settings", "notification_settings", Dollar::Expanded),
    ("data", "data", Dollar::Kept),
];

pub(super) fn yaml(document: &Document, earlier: &Document, writer: &mut Writer) -> Option<Yaml> {
    let alerting = &document.alerting;
    let mut file = removals(alerting, &earlier.alerting);
    let empty = AlertingDocument::default();
    if *alerting == empty && file == Yaml::map() {
        return None;
    }
    let groups: Vec<Yaml> = alerting.rule_groups.iter().map(|group| rule_group(group, document, writer)).collect();
    file = file.with_list("groups", groups).with_list("contactPoints", contact_points(alerting, writer));
    if let Some(policies) = &alerting.policies {
        let policies = with_organization(writer.yaml(policies, Dollar::Maybe, "policies"));
        file = file.with("policies", Yaml::List(vec![policies]));
    }
    let timings: Vec<Yaml> = alerting
        .mute_timings
        .iter()
        .map(|timing| with_organization(writer.yaml(timing, Dollar::Kept, "mute timing")))
        .collect();
    let templates = alerting.templates.iter().map(|template| {
        let members = Yaml::map().with("name", template.name.clone()).with("template", template.template.clone());
        with_organization(members)
    });
    file = file.with_list("muteTimes", timings).with_list("templates", templates);
    let Yaml::Map(members) = file else { return None };
    let version = ("apiVersion".to_owned(), Yaml::Integer(1));
    Some(Yaml::Map([vec![version], members].concat()))
}

fn with_organization(yaml: Yaml) -> Yaml {
    match yaml {
        Yaml::Map(members) => Yaml::Map([vec![("orgId".to_owned(), Yaml::Integer(1))], members].concat()),
        other => other,
    }
}

fn rule_group(group: &RuleGroupDocument, document: &Document, writer: &mut Writer) -> Yaml {
    let title = folder(document, &group.folder_uid).map_or(&*group.folder_uid, |folder| &*folder.title);
    Yaml::map()
        .with("orgId", 1)
        .with("name", doubled(&group.title, Dollar::Expanded))
        .with("folder", doubled(title, Dollar::Expanded))
        .with("interval", format!("{}s", group.interval))
        .with("rules", Yaml::List(group.rules.iter().map(|json| rule(json, writer)).collect()))
}

fn rule(json: &Json, writer: &mut Writer) -> Yaml {
    let place = format!("rule {}", json["uid"].as_str().unwrap_or_default());
    let mut yaml = Yaml::map();
    for (name, written, dollar) in RULE {
        let Some(member) = json.get(name) else { continue };
        if member.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        yaml = yaml.with(written, writer.yaml(member, dollar, &format!("{place} {name}")));
    }
    // Grafana keeps the link to a panel in annotations, and reads it from files in members of their own too.
    if let Some(uid) = json["annotations"]["__dashboardUid__"].as_str() {
        yaml = yaml.with("dashboardUid", doubled(uid, Dollar::Expanded));
    }
    if let Some(panel) = json["annotations"]["__panelId__"].as_str().and_then(|panel| panel.parse().ok()) {
        yaml = yaml.with("panelId", Yaml::Integer(panel));
    }
    if let Some(record) = json.get("record") {
        let mut written = Yaml::map();
        let names = [("metric", "metric"), ("from", "from"), ("target_datasource_uid", "targetDatasourceUid")];
        for (name, in_file) in names {
            if let Some(member) = record.get(name) {
                written = written.with(in_file, writer.yaml(member, Dollar::Expanded, &place));
            }
        }
        yaml = yaml.with("record", written);
    }
    yaml
}

/// Returns the contact points, each with its receivers, which the API keeps by themselves.
fn contact_points(alerting: &AlertingDocument, writer: &mut Writer) -> Vec<Yaml> {
    let mut points: Vec<(&str, Vec<Yaml>)> = Vec::new();
    for receiver in &alerting.contact_points {
        let text = |member: &str| receiver[member].as_str().unwrap_or_default();
        let (name, uid) = (text("name"), text("uid"));
        let place = format!("contact point {uid}");
        let yaml = Yaml::map()
            .with("uid", doubled(uid, Dollar::Expanded))
            .with("type", doubled(text("type"), Dollar::Expanded))
            .with("disableResolveMessage", receiver["disableResolveMessage"] == true)
            .with("settings", writer.yaml(&receiver["settings"], Dollar::Expanded, &format!("{place} settings")));
        match points.iter_mut().find(|(known, _)| *known == name) {
            Some((_, receivers)) => receivers.push(yaml),
            None => points.push((name, vec![yaml])),
        }
    }
    let point = |(name, receivers): (&str, Vec<Yaml>)| {
        let point = Yaml::map().with("orgId", 1).with("name", doubled(name, Dollar::Expanded));
        point.with("receivers", Yaml::List(receivers))
    };
    points.into_iter().map(point).collect()
}

/// Returns the lists of what there was and is no more.
fn removals(now: &AlertingDocument, earlier: &AlertingDocument) -> Yaml {
    fn gone<'a>(member: &str, before: impl Iterator<Item = &'a str>, now: impl Iterator<Item = &'a str>) -> Vec<Yaml> {
        let now: Vec<&str> = now.collect();
        let one = |name| Yaml::map().with("orgId", 1).with(member, doubled(name, Dollar::Expanded));
        before.filter(|name| !now.contains(name)).map(one).collect()
    }
    fn uids(list: &[Json]) -> impl Iterator<Item = &str> {
        list.iter().filter_map(|json| json["uid"].as_str())
    }
    fn names(list: &[Json]) -> impl Iterator<Item = &str> {
        list.iter().filter_map(|json| json["name"].as_str())
    }
    fn rules(document: &AlertingDocument) -> impl Iterator<Item = &str> {
        document.rule_groups.iter().flat_map(|group| uids(&group.rules))
    }
    fn templates(document: &AlertingDocument) -> impl Iterator<Item = &str> {
        document.templates.iter().map(|template| &*template.name)
    }
    let reset = earlier.policies.is_some() && now.policies.is_none();
    Yaml::map()
        .with_list("deleteRules", gone("uid", rules(earlier), rules(now)))
        .with_list("deleteContactPoints", gone("uid", uids(&earlier.contact_points), uids(&now.contact_points)))
        .with_list("resetPolicies", reset.then_some(Yaml::Integer(1)))
        .with_list("deleteMuteTimes", gone("name", names(&earlier.mute_timings), names(&now.mute_timings)))
        .with_list("deleteTemplates", gone("name", templates(earlier), templates(now)))
}

/// Returns what the files cannot say of rules.
pub(super) fn problems(document: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in document.alerting.rule_groups.iter().flat_map(|group| &group.rules) {
        let annotations = rule["annotations"].as_object().into_iter().flatten();
        for (name, text) in annotations {
            if text.as_str().is_some_and(|text| text.contains("${") && looks_like_a_variable(text)) {
                let place = format!("rule `{}`", rule["title"].as_str().unwrap_or_default());
                let message =
                    format!("Grafana 12 takes `${{…}}` in the annotation `{name}` for an environment variable");
                let fix = "write it in another way, such as `{{ $labels.job }}`";
                found.push(Finding::warning(Rule("provisioned-annotation"), place, message).fix(fix));
            }
        }
    }
    found
}

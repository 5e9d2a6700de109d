//! The canaries of a template, and what invokes them: functions whose metadata says so, and the rules and schedules that
//! have them as targets.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::construct_paths::construct_path;

/// The entry of a function's metadata that makes it a canary.
const METADATA: &str = "belvedere:canary";

/// The logical ids of the functions that are canaries.
pub(crate) fn canaries(template: &Value) -> BTreeSet<&str> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let is_canary = |resource: &Value| {
        resource["Type"] == "AWS::Lambda::Function" && resource["Metadata"][METADATA].as_bool().unwrap_or(false)
    };
    resources.filter(|(_, resource)| is_canary(resource)).map(|(id, _)| id.as_str()).collect()
}

/// What invokes a function by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trigger<'t> {
    /// The logical id of the rule or the schedule.
    pub(crate) logical_id: &'t str,
    /// The path of its construct, or its logical id where the template has none.
    pub(crate) place: &'t str,
    pub(crate) kind: TriggerKind,
    /// Whether the template says that it is to run.
    pub(crate) enabled: bool,
    /// Whether it runs by the clock, and not for events.
    pub(crate) by_the_clock: bool,
    /// What it sends to the function in place of its event; null where it sends that.
    pub(crate) input: &'t Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TriggerKind {
    /// `AWS::Events::Rule`
    Rule,
    /// `AWS::Scheduler::Schedule`
    Schedule,
}

/// What has one of the functions with these logical ids as a target, those that run by the clock first.
pub(crate) fn triggers<'t>(template: &'t Value, functions: &BTreeSet<&str>) -> Vec<Trigger<'t>> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let mut triggers: Vec<_> = resources.filter_map(|(id, resource)| Trigger::of(id, resource, functions)).collect();
    triggers.sort_by_key(|trigger| !trigger.by_the_clock);
    triggers
}

impl<'t> Trigger<'t> {
    fn of(logical_id: &'t str, resource: &'t Value, functions: &BTreeSet<&str>) -> Option<Self> {
        let properties = &resource["Properties"];
        let (kind, targets) = match resource["Type"].as_str()? {
            "AWS::Events::Rule" => (TriggerKind::Rule, properties["Targets"].as_array()?.as_slice()),
            "AWS::Scheduler::Schedule" => (TriggerKind::Schedule, std::slice::from_ref(&properties["Target"])),
            _ => return None,
        };
        let is_one = |target: &&Value| arn_of(&target["Arn"]).is_some_and(|id| functions.contains(id));
        let target = targets.iter().find(is_one)?;
        Some(Self {
            logical_id,
            place: construct_path(resource).unwrap_or(logical_id),
            kind,
            enabled: properties["State"].as_str().is_none_or(|state| state == "ENABLED"),
            by_the_clock: properties.get("ScheduleExpression").is_some(),
            input: &target["Input"],
        })
    }
}

/// The logical id of the resource whose ARN an expression is.
fn arn_of(expression: &Value) -> Option<&str> {
    match &expression["Fn::GetAtt"] {
        Value::String(text) => text.strip_suffix(".Arn"),
        Value::Array(parts) => (parts.get(1)? == "Arn").then(|| parts[0].as_str())?,
        _ => expression["Fn::Sub"].as_str()?.strip_prefix("${")?.strip_suffix(".Arn}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template() -> Value {
        json!({"Resources": {
            "Canary": {"Type": "AWS::Lambda::Function", "Metadata": {"belvedere:canary": true}},
            "Worker": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "App/Worker/Resource"}},
            "OnChange": {"Type": "AWS::Events::Rule", "Properties": {
                "EventPattern": {}, "Targets": [{"Id": "0", "Arn": {"Fn::Sub": "${Canary.Arn}"}}],
            }},
            "Minutely": {"Type": "AWS::Events::Rule", "Metadata": {"aws:cdk:path": "App/Minutely/Resource"}, "Properties": {
                "ScheduleExpression": "rate(1 minute)", "State": "ENABLED",
                "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Canary", "Arn"]}, "Input": "{}"}],
            }},
            "Off": {"Type": "AWS::Scheduler::Schedule", "Properties": {
                "ScheduleExpression": "rate(1 day)", "State": "DISABLED", "Target": {"Arn": {"Fn::GetAtt": "Canary.Arn"}},
            }},
            "Other": {"Type": "AWS::Events::Rule", "Properties": {
                "ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Worker", "Arn"]}}],
            }},
        }})
    }

    #[test]
    fn canaries_are_known_by_their_metadata() {
        assert_eq!(canaries(&template()), ["Canary"].into());
        assert_eq!(canaries(&json!({})), BTreeSet::new());
    }

    #[test]
    fn what_invokes_a_canary_is_found_by_its_target() {
        let template = template();
        let found = triggers(&template, &canaries(&template));
        let told: Vec<_> = found.iter().map(|it| (it.place, it.kind, it.enabled, it.by_the_clock)).collect();
        assert_eq!(
            told,
            [
                ("App/Minutely", TriggerKind::Rule, true, true),
                ("Off", TriggerKind::Schedule, false, true),
                ("OnChange", TriggerKind::Rule, true, false),
            ]
        );
        assert_eq!((found[0].input, found[1].input), (&json!("{}"), &Value::Null));
    }

    #[test]
    fn the_flagship_has_one() {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../synth-output/full_stack/GrafanaObservability.template.json");
        let template = std::fs::read(file).expect("it is committed");
        let template: Value = serde_json::from_slice(&template).expect("JSON");
        let canaries = canaries(&template);
        assert_eq!(canaries.len(), 1);
        let triggers = triggers(&template, &canaries);
        let places: Vec<&str> = triggers.iter().map(|trigger| trigger.place).collect();
        assert_eq!(places, ["GrafanaObservability/EveryMinute"]);
    }
}

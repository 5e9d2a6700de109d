//! [`Template`]: a synthesized template, and what can be said about it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as JsonValue};

use super::compare::{Mismatch, compare, fits};
use super::found::Found;
use super::pattern::Match;
use crate::app::App;
use crate::assembly::InMemory;
use crate::problem::SynthError;
use crate::stack::Stack;

/// A synthesized template, and what can be said about it.
///
/// The checks panic where they fail; [`find_resources`](Template::find_resources) and its kin look without judging.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    json: JsonValue,
    warnings: Vec<String>,
}

impl Template {
    /// Synthesizes a stack by itself, in memory.
    ///
    /// # Errors
    ///
    /// Fails with everything that is wrong with the stack, as [`App::synth`] does. What refers to another stack needs
    /// [`from_app`](Template::from_app).
    pub fn from_stack(stack: Stack) -> Result<Self, SynthError> {
        let id = stack.id().to_owned();
        let mut app = App::new();
        app.add(stack);
        let mut templates = Self::from_app(app)?;
        Ok(templates.remove(&id).unwrap_or_else(|| Self::from_json(JsonValue::Null)))
    }

    /// Synthesizes an app in memory and returns its templates by the stacks' construct paths, such as `Prod/Network`.
    ///
    /// # Errors
    ///
    /// Fails with everything that is wrong with the app, as [`App::synth`] does.
    pub fn from_app(app: App) -> Result<BTreeMap<String, Self>, SynthError> {
        let InMemory { files, stacks } = app.finish()?;
        let mut templates = BTreeMap::new();
        for stack in stacks {
            if let Some(bytes) = files.get(&stack.template_file) {
                let json = serde_json::from_slice(bytes).unwrap_or_default();
                templates.insert(stack.path, Self { json, warnings: stack.warnings });
            }
        }
        Ok(templates)
    }

    /// Takes a template that was synthesized before, by whomever.
    #[must_use]
    pub const fn from_json(json: JsonValue) -> Self {
        Self { json, warnings: Vec::new() }
    }

    /// Returns the whole template.
    #[must_use]
    pub const fn to_json(&self) -> &JsonValue {
        &self.json
    }

    /// Checks how many resources of a type there are.
    ///
    /// # Panics
    ///
    /// Panics if there is another number of them.
    #[track_caller]
    pub fn resource_count_is(&self, resource_type: &str, count: usize) {
        let ids: Vec<&str> = self.of_type(resource_type).map(|(id, _)| id).collect();
        let actual = ids.len();
        assert!(actual == count, "wanted {count} {resource_type}, got {actual}{}", listed(&ids));
    }

    /// Checks how many resources of a type have properties that match.
    ///
    /// # Panics
    ///
    /// Panics if there is another number of them.
    #[track_caller]
    pub fn resource_properties_count_is(&self, resource_type: &str, properties: impl Into<Match>, count: usize) {
        let found = self.find(resource_type, &whole(properties));
        let ids: Vec<&str> = found.iter().map(Found::logical_id).collect();
        let actual = ids.len();
        assert!(actual == count, "wanted {count} {resource_type} with such properties, got {actual}{}", listed(&ids));
    }

    /// Checks that a resource of a type has properties that match, and returns the first that has.
    ///
    /// # Panics
    ///
    /// Panics if there is none, and shows the one that comes closest.
    #[track_caller]
    pub fn has_resource_properties(&self, resource_type: &str, properties: impl Into<Match>) -> Found {
        self.has(resource_type, &whole(properties))
    }

    /// Checks that a resource of a type matches as a whole, with `Properties`, `DependsOn`, `DeletionPolicy` and so on,
    /// and returns the first that does.
    ///
    /// # Panics
    ///
    /// Panics if there is none, and shows the one that comes closest.
    #[track_caller]
    pub fn has_resource(&self, resource_type: &str, resource: impl Into<Match>) -> Found {
        self.has(resource_type, &resource.into())
    }

    /// Checks that every resource of a type has properties that match, and that there is one.
    ///
    /// # Panics
    ///
    /// Panics if there is none, or one does not match.
    #[track_caller]
    pub fn all_resources_properties(&self, resource_type: &str, properties: impl Into<Match>) {
        self.all_resources(resource_type, whole(properties));
    }

    /// Checks that every resource of a type matches as a whole, and that there is one.
    ///
    /// # Panics
    ///
    /// Panics if there is none, or one does not match.
    #[track_caller]
    pub fn all_resources(&self, resource_type: &str, resource: impl Into<Match>) {
        let pattern = resource.into();
        let mut complaint = String::new();
        let mut count = 0;
        for (id, held) in self.of_type(resource_type) {
            count += 1;
            if let Err(mismatches) = found(id, held, &pattern) {
                let _ = write!(complaint, "\n{}", differences(&title(id, held), &mismatches));
            }
        }
        assert!(count > 0, "{}", self.none_of(resource_type));
        assert!(complaint.is_empty(), "not every {resource_type} matches{complaint}");
    }

    /// Returns the resources of a type that match as a whole, in the order of their logical ids.
    #[must_use]
    pub fn find_resources(&self, resource_type: &str, resource: impl Into<Match>) -> Vec<Found> {
        self.find(resource_type, &resource.into())
    }

    /// Checks an output. `*` in the logical id stands for any characters.
    ///
    /// # Panics
    ///
    /// Panics if no such output matches, and shows the one that comes closest.
    #[track_caller]
    pub fn has_output(&self, logical_id: &str, output: impl Into<Match>) -> Found {
        self.has_entry("Outputs", "output", logical_id, &output.into())
    }

    /// Checks a parameter. `*` in the logical id stands for any characters.
    ///
    /// # Panics
    ///
    /// Panics if no such parameter matches, and shows the one that comes closest.
    #[track_caller]
    pub fn has_parameter(&self, logical_id: &str, parameter: impl Into<Match>) -> Found {
        self.has_entry("Parameters", "parameter", logical_id, &parameter.into())
    }

    /// Checks a condition. `*` in the logical id stands for any characters.
    ///
    /// # Panics
    ///
    /// Panics if no such condition matches, and shows the one that comes closest.
    #[track_caller]
    pub fn has_condition(&self, logical_id: &str, condition: impl Into<Match>) -> Found {
        self.has_entry("Conditions", "condition", logical_id, &condition.into())
    }

    /// Checks a mapping. `*` in the logical id stands for any characters.
    ///
    /// # Panics
    ///
    /// Panics if no such mapping matches, and shows the one that comes closest.
    #[track_caller]
    pub fn has_mapping(&self, logical_id: &str, mapping: impl Into<Match>) -> Found {
        self.has_entry("Mappings", "mapping", logical_id, &mapping.into())
    }

    /// Checks that synthesis warned of something: construct path, colon, message. `*` stands for any characters.
    ///
    /// # Panics
    ///
    /// Panics if no warning fits, and shows those that there are.
    #[track_caller]
    pub fn has_warning(&self, glob: &str) {
        let fit = self.warnings.iter().any(|warning| fits(glob, warning));
        assert!(fit, "no warning like {glob:?}{}", listed(&self.warnings));
    }

    /// Checks that synthesis warned of nothing.
    ///
    /// # Panics
    ///
    /// Panics if it did, and shows the warnings.
    #[track_caller]
    pub fn has_no_warnings(&self) {
        assert!(self.warnings.is_empty(), "wanted no warnings, got {}{}", self.warnings.len(), listed(&self.warnings));
    }

    fn section(&self, name: &str) -> impl Iterator<Item = (&str, &JsonValue)> {
        let entries = self.json.get(name).and_then(JsonValue::as_object);
        entries.into_iter().flat_map(Map::iter).map(|(id, entry)| (id.as_str(), entry))
    }

    fn of_type<'a>(&'a self, resource_type: &'a str) -> impl Iterator<Item = (&'a str, &'a JsonValue)> {
        self.section("Resources").filter(move |(_, resource)| resource["Type"] == resource_type)
    }

    fn find(&self, resource_type: &str, pattern: &Match) -> Vec<Found> {
        self.of_type(resource_type).filter_map(|(id, resource)| found(id, resource, pattern).ok()).collect()
    }

    #[track_caller]
    fn has(&self, resource_type: &str, pattern: &Match) -> Found {
        match first(self.of_type(resource_type), pattern) {
            Ok(found) => found,
            Err(None) => panic!("{}", self.none_of(resource_type)),
            Err(Some(closest)) => panic!("no {resource_type} matches\n{closest}"),
        }
    }

    #[track_caller]
    fn has_entry(&self, section: &str, what: &str, glob: &str, pattern: &Match) -> Found {
        match first(self.section(section).filter(|(id, _)| fits(glob, id)), pattern) {
            Ok(found) => found,
            Err(None) => {
                let ids: Vec<&str> = self.section(section).map(|(id, _)| id).collect();
                panic!("no {what} has the logical id `{glob}`{}", listed(&ids))
            }
            Err(Some(closest)) => panic!("no {what} `{glob}` matches\n{closest}"),
        }
    }

    fn none_of(&self, resource_type: &str) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, resource) in self.section("Resources") {
            *counts.entry(resource["Type"].as_str().unwrap_or_default()).or_default() += 1;
        }
        let known: Vec<String> = counts.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
        format!("there is no {resource_type}{}", listed(&known))
    }
}

/// A pattern of properties as one of the whole resource. A resource without properties has an empty object of them, so
/// that what must be absent may be absent there too.
fn whole(properties: impl Into<Match>) -> Match {
    Match::from(serde_json::json!({ "Properties": properties.into() }))
}

fn found(id: &str, entry: &JsonValue, pattern: &Match) -> Result<Found, Vec<Mismatch>> {
    let mut entry = entry.clone();
    if entry.get("Type").is_some() && entry.get("Properties").is_none() {
        entry["Properties"] = JsonValue::Object(Map::new());
    }
    let outcome = compare(pattern, Some(&entry), "");
    if outcome.is_match() {
        Ok(Found { logical_id: id.to_owned(), entry, captures: outcome.captures.into_iter().collect() })
    } else {
        Err(outcome.mismatches)
    }
}

/// Returns the first entry that matches; else what to say about the closest one, if there is any.
fn first<'a>(
    entries: impl Iterator<Item = (&'a str, &'a JsonValue)>,
    pattern: &Match,
) -> Result<Found, Option<String>> {
    let mut closest: Option<(&str, &JsonValue, Vec<Mismatch>)> = None;
    for (id, entry) in entries {
        match found(id, entry, pattern) {
            Ok(found) => return Ok(found),
            Err(mismatches) => {
                if closest.as_ref().is_none_or(|(_, _, fewest)| mismatches.len() < fewest.len()) {
                    closest = Some((id, entry, mismatches));
                }
            }
        }
    }
    Err(closest.map(|(id, entry, mismatches)| {
        let pretty = serde_json::to_string_pretty(entry).unwrap_or_default();
        format!("closest: {}\nin full: {pretty}", differences(&title(id, entry), &mismatches))
    }))
}

fn title(id: &str, entry: &JsonValue) -> String {
    match entry["Metadata"]["aws:cdk:path"].as_str() {
        Some(path) => format!("{id} ({path})"),
        None => id.to_owned(),
    }
}

fn differences(title: &str, mismatches: &[Mismatch]) -> String {
    mismatches.iter().fold(title.to_owned(), |text, mismatch| format!("{text}\n  {mismatch}"))
}

fn listed(what: &[impl AsRef<str>]) -> String {
    if what.is_empty() {
        return "; there are none".to_owned();
    }
    what.iter().fold("; there are:".to_owned(), |text, item| format!("{text}\n  {}", item.as_ref()))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use serde_json::json;

    use super::*;
    use crate::CfnResource;

    fn template() -> Template {
        let mut stack = Stack::new("Example");
        stack.add("Plain", CfnResource::new("AWS::SNS::Topic"));
        let topic = stack.add(
            "Named",
            CfnResource::new("AWS::SNS::Topic").property("DisplayName", "alerts").property("FifoTopic", true),
        );
        stack.output("TopicArn", crate::Output::new(topic.identifier::<String>()));
        Template::from_stack(stack).expect("the stack is in order")
    }

    fn complaint(check: impl FnOnce()) -> String {
        let payload = catch_unwind(AssertUnwindSafe(check)).expect_err("the check should have failed");
        payload.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn what_matches_is_found() {
        let template = template();
        template.resource_count_is("AWS::SNS::Topic", 2);
        template.resource_properties_count_is("AWS::SNS::Topic", json!({ "FifoTopic": true }), 1);
        let found =
            template.has_resource_properties("AWS::SNS::Topic", json!({ "DisplayName": Match::any().capture("n") }));
        assert_eq!((found.logical_id(), found.captured("n")), ("Named", &json!("alerts")));
        assert_eq!(found.properties()["FifoTopic"], json!(true));
        template.has_resource_properties("AWS::SNS::Topic", json!({ "DisplayName": Match::absent() }));
        template.has_resource("AWS::SNS::Topic", json!({ "Metadata": { "aws:cdk:path": "Example/Plain" } }));
        template.all_resources_properties("AWS::SNS::Topic", json!({ "KmsMasterKeyId": Match::absent() }));
        template.has_output("Topic*", json!({ "Value": { "Ref": "Named" } }));
        template.has_no_warnings();
        assert_eq!(template.find_resources("AWS::SNS::Topic", Match::any()).len(), 2);
    }

    #[test]
    fn the_closest_resource_and_its_differences_are_shown() {
        let text = complaint(|| {
            template()
                .has_resource_properties("AWS::SNS::Topic", json!({ "DisplayName": "alarms", "FifoTopic": true }));
        });
        assert_eq!(
            text.split("\nin full:").next(),
            Some(
                "no AWS::SNS::Topic matches\nclosest: Named (Example/Named)\n  Properties.DisplayName: wanted \"alarms\", got \"alerts\""
            )
        );
    }

    #[test]
    fn a_type_that_is_not_there_is_told_from_one_that_differs() {
        let text = complaint(|| drop(template().has_resource("AWS::SQS::Queue", Match::any())));
        assert_eq!(text, "there is no AWS::SQS::Queue; there are:\n  2 AWS::SNS::Topic");
    }

    #[test]
    fn a_wrong_count_lists_what_is_there() {
        let text = complaint(|| template().resource_count_is("AWS::SNS::Topic", 3));
        assert_eq!(text, "wanted 3 AWS::SNS::Topic, got 2; there are:\n  Named\n  Plain");
    }

    #[test]
    fn an_output_that_is_not_there_lists_the_others() {
        let text = complaint(|| drop(template().has_output("Url", Match::any())));
        assert_eq!(text, "no output has the logical id `Url`; there are:\n  TopicArn");
    }

    #[test]
    fn every_resource_that_differs_is_shown() {
        let text = complaint(|| template().all_resources_properties("AWS::SNS::Topic", json!({ "FifoTopic": true })));
        assert_eq!(
            text,
            "not every AWS::SNS::Topic matches\nPlain (Example/Plain)\n  Properties.FifoTopic: wanted true, is absent"
        );
    }
}

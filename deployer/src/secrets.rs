//! Values that are never shown: those of parameters that a template marks by `NoEcho`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::deploy::template::value_of;
use crate::deploy::{Outcome, StackOutcome};
use crate::deploy_error::{AwsError, DeployError};
use crate::report::{Event, Question, Report};
use crate::stack::Stack;

/// What stands in the place of a secret, as CloudFormation has it.
pub(crate) const MASK: &str = "****";
/// A shorter value stands in too many places where it means something else.
const SHORTEST: usize = 4;

/// The secrets of some stacks.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// The longest first, for one may be a part of another.
    values: Vec<String>,
    /// The outputs that show a secret, by the display name of the stack.
    outputs: BTreeMap<String, BTreeSet<String>>,
}

impl Secrets {
    /// Those among the values that are given to `stacks`. A template that cannot be read has none: it is not deployed.
    pub(crate) fn of(stacks: &[&Stack], for_all: &BTreeMap<String, String>) -> Self {
        let mut secrets = Self::default();
        for stack in stacks {
            let Ok(template) = value_of(stack) else { continue };
            for name in no_echo(&template) {
                let given = for_all.get(name).or_else(|| stack.parameters.get(name));
                let given = given.filter(|value| value.chars().count() >= SHORTEST);
                secrets.values.extend(given.into_iter().flat_map(|value| forms(value)));
            }
            secrets.outputs.insert(stack.display_name.clone(), secret_outputs(&template));
        }
        secrets.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        secrets.values.dedup();
        secrets
    }

    /// The text without secrets.
    pub(crate) fn mask(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| text.replace(value, MASK))
    }

    fn mask_some(&self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.mask(text))
    }

    /// The result without secrets.
    pub(crate) fn masked(&self, result: Result<Outcome, DeployError>) -> Result<Outcome, DeployError> {
        match result {
            Ok(mut outcome) => {
                outcome.stacks.iter_mut().for_each(|stack| self.mask_outputs(stack));
                Ok(outcome)
            }
            Err(DeployError::Failed { mut failures }) => {
                failures.iter_mut().for_each(|failure| failure.text = self.mask(&failure.text));
                Err(DeployError::Failed { failures })
            }
            Err(DeployError::Aws(error)) => {
                let message = self.mask(&error.message);
                Err(AwsError { message, ..error }.into())
            }
            Err(other) => Err(other),
        }
    }

    fn mask_outputs(&self, stack: &mut StackOutcome) {
        let secret = self.outputs.get(&stack.stack);
        for (name, value) in &mut stack.outputs {
            *value = if secret.is_some_and(|names| names.contains(name)) { MASK.into() } else { self.mask(value) };
        }
    }

    /// A report that is told no secrets.
    pub(crate) fn masking<'a, R: Report>(&'a self, report: &'a mut R) -> Masking<'a, R> {
        Masking { secrets: self, report }
    }
}

/// A value, and how JSON writes it.
fn forms(value: &str) -> Vec<String> {
    let json = Value::from(value).to_string();
    let json = json.trim_matches('"').to_owned();
    if json == value { vec![json] } else { vec![value.to_owned(), json] }
}

/// A report that is told no secrets.
pub(crate) struct Masking<'a, R> {
    secrets: &'a Secrets,
    report: &'a mut R,
}

impl<R: Report> Report for Masking<'_, R> {
    fn event(&mut self, event: &Event) {
        let secrets = self.secrets;
        match event {
            Event::Resource(event) => {
                let mut event = event.clone();
                event.reason = secrets.mask_some(event.reason.as_ref());
                event.physical_id = secrets.mask_some(event.physical_id.as_ref());
                self.report.event(&Event::Resource(event));
            }
            Event::Note { stack, text } => {
                self.report.event(&Event::Note { stack: stack.clone(), text: secrets.mask(text) });
            }
            other => self.report.event(other),
        }
    }

    fn approve(&mut self, question: &Question) -> bool {
        let details = question.details.iter().map(|detail| self.secrets.mask(detail)).collect();
        self.report.approve(&Question { details, ..question.clone() })
    }
}

/// The parameters of a template whose values are not to be shown.
fn no_echo(template: &Value) -> BTreeSet<&str> {
    let parameters = template["Parameters"].as_object().into_iter().flatten();
    let is_secret = |parameter: &Value| match &parameter["NoEcho"] {
        Value::Bool(secret) => *secret,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    parameters.filter(|(_, parameter)| is_secret(parameter)).map(|(name, _)| name.as_str()).collect()
}

/// The outputs of a template whose values show such a parameter.
pub(crate) fn secret_outputs(template: &Value) -> BTreeSet<String> {
    let secret = no_echo(template);
    let outputs = template["Outputs"].as_object().into_iter().flatten();
    outputs.filter(|(_, output)| shows(&output["Value"], &secret)).map(|(name, _)| name.clone()).collect()
}

fn shows(value: &Value, secret: &BTreeSet<&str>) -> bool {
    let named = |name: &Value| name.as_str().is_some_and(|name| secret.contains(name));
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match (key.as_str(), value) {
            ("Ref", name) => named(name),
            ("Fn::Sub", Value::String(text)) => in_text(text, secret),
            ("Fn::Sub", Value::Array(parts)) => {
                let text = parts.first().and_then(Value::as_str).unwrap_or_default();
                in_text(text, secret) || parts.iter().any(|part| shows(part, secret))
            }
            (_, value) => shows(value, secret),
        }),
        Value::Array(values) => values.iter().any(|value| shows(value, secret)),
        _ => false,
    }
}

fn in_text(text: &str, secret: &BTreeSet<&str>) -> bool {
    secret.iter().any(|name| text.contains(&format!("${{{name}}}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outputs_that_show_a_secret_are_found() {
        let template = json!({
            "Parameters": {
                "Password": {"Type": "String", "NoEcho": true},
                "Token": {"Type": "String", "NoEcho": "true"},
                "Size": {"Type": "Number", "NoEcho": false},
            },
            "Outputs": {
                "Direct": {"Value": {"Ref": "Password"}},
                "Joined": {"Value": {"Fn::Join": ["", ["x", {"Ref": "Token"}]]}},
                "Sub": {"Value": {"Fn::Sub": "a${Password}b"}},
                "SubOf": {"Value": {"Fn::Sub": ["${x}", {"x": {"Ref": "Token"}}]}},
                "Size": {"Value": {"Ref": "Size"}},
                "Text": {"Value": "Password"},
            },
        });
        let expected = ["Direct", "Joined", "Sub", "SubOf"].map(str::to_owned);
        assert_eq!(secret_outputs(&template), expected.into());
    }

    #[test]
    fn the_longest_secret_is_masked_first() {
        let values = ["hunter2-and-more", "hunter2"].map(str::to_owned).to_vec();
        let secrets = Secrets { values, ..Secrets::default() };
        assert_eq!(secrets.mask("hunter2-and-more, hunter2 and hunter"), "****, **** and hunter");
        assert_eq!(forms("a\"b"), ["a\"b", "a\\\"b"]);
        assert_eq!(forms("plain"), ["plain"]);
    }
}

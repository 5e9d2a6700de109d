//! What stays in a Grafana when the stack goes that filled it.

use std::collections::BTreeMap;

use belvedere_grafana::{OutputOr, Target};
use serde_json::Value as Json;

use super::contents::contents;
use super::error::GrafanaError;
use super::token::account_name;
use crate::destroy::is_kept;
use crate::stack::Stack;

/// What whoever deletes stacks should know of the contents that one of them has applied, a line each. A Grafana that goes
/// with them takes along what is in it. `leaving` has the deployed templates of all that go, by the names of the stacks, and
/// `outputs` are those of this one.
pub(crate) fn left_behind(
    stack: &Stack,
    leaving: &BTreeMap<String, Json>,
    outputs: &BTreeMap<String, String>,
) -> Result<Vec<String>, GrafanaError> {
    let all = contents(stack)?;
    let stays = all.iter().filter(|content| !goes(&content.target, &stack.stack_name, leaving));
    let line = |(target, name): (&Target, &str)| {
        let known = |value: &OutputOr| match value {
            OutputOr::Text(text) => text.clone(),
            OutputOr::Output { output } => outputs.get(output).cloned().unwrap_or_default(),
        };
        let (place, besides) = match target {
            Target::Workspace(id) => (
                format!("the Grafana workspace {}", known(id)),
                format!(", and its service account {}", account_name(name)),
            ),
            Target::Server(server) => (format!("the Grafana at {}", known(&server.url)), String::new()),
            _ => ("its Grafana".to_owned(), String::new()),
        };
        format!(
            "{place} does not go with the stack and keeps what `{name}` has made there{besides}; `belvedere grafana remove \
             {}` takes it out, as long as the stack is there",
            stack.display_name
        )
    };
    Ok(stays.map(|content| line((&content.target, &content.document.name))).collect())
}

/// Whether the Grafana is deleted with the stacks.
fn goes(target: &Target, stack: &str, leaving: &BTreeMap<String, Json>) -> bool {
    let resources = |value: &OutputOr| match value {
        OutputOr::Text(_) => Vec::new(),
        OutputOr::Output { output } => of_output(stack, output, leaving, leaving.len()),
    };
    match target {
        Target::Workspace(id) => resources(id).first().is_some_and(|resource| !is_kept(resource)),
        // A load balancer, a name, or whatever else it is reached by.
        Target::Server(server) => !resources(&server.url).is_empty(),
        _ => false,
    }
}

/// The definitions of the resources that an output is of, where another stack has them too. `steps` is how many stacks on
/// is looked.
fn of_output<'a>(stack: &str, output: &str, leaving: &'a BTreeMap<String, Json>, steps: usize) -> Vec<&'a Json> {
    let Some(template) = leaving.get(stack) else { return Vec::new() };
    let value = &template["Outputs"][output]["Value"];
    let names = named(value);
    let mut found: Vec<&Json> =
        names.iter().map(|name| &template["Resources"][name]).filter(|resource| resource.is_object()).collect();
    if steps > 0 {
        let imported = imported(value, leaving);
        found.extend(imported.iter().flat_map(|(stack, output)| of_output(stack, output, leaving, steps - 1)));
    }
    found
}

/// The outputs of other stacks in a value: the name of the stack, and that of the output.
fn imported(value: &Json, leaving: &BTreeMap<String, Json>) -> Vec<(String, String)> {
    let text = |json: &Json| json.as_str().map(str::to_owned);
    match value {
        Json::Array(elements) => elements.iter().flat_map(|element| imported(element, leaving)).collect(),
        Json::Object(members) => {
            let own = |(function, argument): (&String, &Json)| match function.as_str() {
                "Fn::GetStackOutput" => {
                    text(&argument["StackName"]).zip(text(&argument["OutputName"])).into_iter().collect()
                }
                "Fn::ImportValue" => exporters(argument, leaving),
                _ => imported(argument, leaving),
            };
            members.iter().flat_map(own).collect()
        }
        _ => Vec::new(),
    }
}

/// The stack and the output that export something by this name.
fn exporters(export: &Json, leaving: &BTreeMap<String, Json>) -> Vec<(String, String)> {
    let outputs = leaving.iter().flat_map(|(stack, template)| {
        let outputs = template["Outputs"].as_object().into_iter().flatten();
        outputs.map(move |(name, output)| (stack, name, output))
    });
    let exporting = outputs.filter(|(_, _, output)| output["Export"]["Name"] == *export);
    exporting.map(|(stack, name, _)| (stack.clone(), name.clone())).collect()
}

/// All that `Ref` and `Fn::GetAtt` name in a value.
fn named(value: &Json) -> Vec<String> {
    match value {
        Json::Array(elements) => elements.iter().flat_map(named).collect(),
        Json::Object(members) => {
            let own = |(function, argument): (&String, &Json)| match (function.as_str(), argument) {
                ("Ref", Json::String(name)) => vec![name.clone()],
                ("Fn::GetAtt", Json::Array(parts)) => {
                    parts.first().and_then(Json::as_str).map(str::to_owned).into_iter().collect()
                }
                ("Fn::GetAtt", Json::String(path)) => vec![path.split('.').next().unwrap_or_default().to_owned()],
                ("Fn::Sub", Json::String(text)) => placeholders(text),
                (_, argument) => named(argument),
            };
            members.iter().flat_map(own).collect()
        }
        Json::String(text) => placeholders(text),
        _ => Vec::new(),
    }
}

/// What a text of `Fn::Sub` names.
fn placeholders(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.filter_map(|(name, _)| name.split('.').next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(policy: &str) -> Json {
        json!({
            "Parameters": {"Theirs": {"Type": "String"}},
            "Resources": {
                "Grafana": {"Type": "AWS::Grafana::Workspace", "DeletionPolicy": policy},
                "LB": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"},
            },
            "Outputs": {
                "Id": {"Value": {"Ref": "Grafana"}},
                "Attribute": {"Value": {"Fn::GetAtt": ["Grafana", "Id"]}},
                "Theirs": {"Value": {"Ref": "Theirs"}},
                "Imported": {"Value": {"Fn::ImportValue": "other-stack"}},
                "Url": {"Value": {"Fn::Join": ["", ["http://", {"Fn::GetAtt": ["LB", "DNSName"]}]]}},
                "Sub": {"Value": {"Fn::Sub": "http://${LB.DNSName}:3000"}},
            },
        })
    }

    fn alone(policy: &str) -> BTreeMap<String, Json> {
        [("App".to_owned(), template(policy))].into()
    }

    #[test]
    fn a_workspace_that_is_kept_or_of_somebody_else_stays() {
        let workspace = |output: &str| Target::Workspace(OutputOr::output(output));
        for (target, policy, expected) in [
            (workspace("Id"), "Delete", true),
            (workspace("Attribute"), "Delete", true),
            (workspace("Id"), "Retain", false),
            (workspace("Theirs"), "Delete", false),
            (workspace("Imported"), "Delete", false),
            (workspace("Gone"), "Delete", false),
            (Target::Workspace("g-1".into()), "Delete", false),
        ] {
            assert_eq!(goes(&target, "App", &alone(policy)), expected, "{target:?} {policy}");
        }
    }

    #[test]
    fn a_workspace_of_another_stack_goes_with_that_one() {
        let of = |value: Json| json!({"Resources": {}, "Outputs": {"Grafana": {"Value": value}}});
        let target = Target::Workspace(OutputOr::output("Grafana"));
        let by_name = json!({"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Id"}});
        let by_export = json!({"Fn::ImportValue": "other-id"});
        for (value, policy) in [(by_name, "Delete"), (by_export.clone(), "Delete"), (by_export, "Retain")] {
            let mut other = template(policy);
            other["Outputs"]["Id"]["Export"] = json!({"Name": "other-id"});
            let mut leaving: BTreeMap<String, Json> = [("App".to_owned(), of(value.clone()))].into();
            assert!(!goes(&target, "App", &leaving), "the other one stays: {value}");
            leaving.insert("Other".to_owned(), other);
            assert_eq!(goes(&target, "App", &leaving), policy == "Delete", "{value} {policy}");
        }
        // Two that ask each other have none.
        let ask = |stack: &str| of(json!({"Fn::GetStackOutput": {"StackName": stack, "OutputName": "Grafana"}}));
        assert!(!goes(&target, "App", &[("App".to_owned(), ask("Other")), ("Other".to_owned(), ask("App"))].into()));
    }

    #[test]
    fn a_server_of_the_stack_goes_with_it() {
        let server = |url: Json| -> Target {
            let password = json!({"belvedere:secret": {"environment": "P"}});
            serde_json::from_value(json!({"server": {"url": url, "user": "admin", "password": password}}))
                .expect("a server")
        };
        for (url, expected) in [
            (json!({"output": "Url"}), true),
            (json!({"output": "Sub"}), true),
            (json!({"output": "Theirs"}), false),
            (json!("https://grafana.example.com"), false),
        ] {
            assert_eq!(goes(&server(url.clone()), "App", &alone("Delete")), expected, "{url}");
        }
    }
}

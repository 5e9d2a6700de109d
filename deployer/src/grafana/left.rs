//! What stays in a Grafana when the stack goes that filled it.

use std::collections::BTreeMap;

use belvedere_grafana::{OutputOr, Target};
use serde_json::Value as Json;

use super::contents::contents;
use super::error::GrafanaError;
use super::token::account_name;
use crate::destroy::is_kept;
use crate::stack::Stack;

/// What whoever deletes a stack should know of the contents that it has applied, a line each. A Grafana that goes with the
/// stack takes along what is in it. `template` and `outputs` are those that are deployed.
pub(crate) fn left_behind(
    stack: &Stack,
    template: &Json,
    outputs: &BTreeMap<String, String>,
) -> Result<Vec<String>, GrafanaError> {
    let all = contents(stack)?;
    let stays = all.iter().filter(|content| !goes(&content.target, template));
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

/// Whether the Grafana is deleted with the stack.
fn goes(target: &Target, template: &Json) -> bool {
    let output = |value: &OutputOr| match value {
        OutputOr::Text(_) => None,
        OutputOr::Output { output } => Some(template["Outputs"][output]["Value"].clone()),
    };
    let resources = &template["Resources"];
    match target {
        Target::Workspace(id) => output(id).is_some_and(|value| {
            let names = named(&value);
            let resource = names.iter().map(|name| &resources[name]).find(|resource| resource.is_object());
            resource.is_some_and(|resource| !is_kept(resource))
        }),
        // A load balancer, a name, or whatever else it is reached by.
        Target::Server(server) => {
            output(&server.url).is_some_and(|value| named(&value).iter().any(|name| resources[name].is_object()))
        }
        _ => false,
    }
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
            assert_eq!(goes(&target, &template(policy)), expected, "{target:?} {policy}");
        }
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
            assert_eq!(goes(&server(url.clone()), &template("Delete")), expected, "{url}");
        }
    }
}

//! Templates without what only a bootstrap stack has.

use serde_json::Value;

/// What an SSM parameter with the version of a bootstrap stack is called: `/cdk-bootstrap/{qualifier}/version`.
const VERSION: &str = "/cdk-bootstrap/";

/// Writes one text in place of another, wherever a text of the template has it.
pub(super) fn swap(value: &mut Value, swaps: &[(String, String)]) {
    match value {
        Value::String(text) => {
            for (from, to) in swaps {
                if text.contains(from.as_str()) {
                    *text = text.replace(from.as_str(), to);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| swap(element, swaps)),
        Value::Object(members) => members.values_mut().for_each(|member| swap(member, swaps)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Takes out the parameter that is read from the version of the bootstrap stack, and the rule that compares it:
/// CloudFormation refuses the template where there is no such SSM parameter.
pub(super) fn forget_version(template: &mut Value) {
    let Some(parameters) = template.get_mut("Parameters").and_then(Value::as_object_mut) else { return };
    let of_bootstrap = |parameter: &Value| {
        parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
            && parameter["Default"].as_str().is_some_and(|name| name.starts_with(VERSION))
    };
    let names: Vec<String> =
        parameters.iter().filter(|(_, parameter)| of_bootstrap(parameter)).map(|(name, _)| name.clone()).collect();
    parameters.retain(|name, _| !names.contains(name));
    remove_if_empty(template, "Parameters");
    if let Some(rules) = template.get_mut("Rules").and_then(Value::as_object_mut) {
        rules.retain(|_, rule| !names.iter().any(|name| refers_to(rule, name)));
        remove_if_empty(template, "Rules");
    }
}

fn remove_if_empty(template: &mut Value, section: &str) {
    if template[section].as_object().is_some_and(serde_json::Map::is_empty)
        && let Some(template) = template.as_object_mut()
    {
        template.remove(section);
    }
}

fn refers_to(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("Ref") => members["Ref"] == name,
        Value::Object(members) => members.values().any(|member| refers_to(member, name)),
        Value::Array(elements) => elements.iter().any(|element| refers_to(element, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_swapped_wherever_they_stand() {
        let mut template =
            json!({"Code": {"S3Bucket": {"Fn::Sub": "theirs-${AWS::Region}"}, "Size": 3}, "Url": ["a/theirs/b"]});
        swap(&mut template, &[("theirs".to_owned(), "ours".to_owned())]);
        let expected =
            json!({"Code": {"S3Bucket": {"Fn::Sub": "ours-${AWS::Region}"}, "Size": 3}, "Url": ["a/ours/b"]});
        assert_eq!(template, expected);
    }

    #[test]
    fn the_version_of_the_bootstrap_stack_is_forgotten_and_nothing_else() {
        let version =
            json!({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"});
        let rule = json!({"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}}]});
        let mut template = json!({"Parameters": {"BootstrapVersion": version}, "Rules": {"CheckBootstrapVersion": rule}, "Resources": {}});
        let mut with_others = template.clone();
        forget_version(&mut template);
        assert_eq!(template, json!({"Resources": {}}));

        let image = json!({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/aws/service/ami"});
        let other = json!({"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Image"}, "a"]}}]});
        with_others["Parameters"]["Image"] = image.clone();
        with_others["Rules"]["Other"] = other.clone();
        forget_version(&mut with_others);
        assert_eq!(with_others, json!({"Parameters": {"Image": image}, "Rules": {"Other": other}, "Resources": {}}));
    }
}

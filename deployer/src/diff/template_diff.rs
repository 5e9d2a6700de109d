//! What differs between two templates.

use serde::Serialize;
use serde_json::Value;

use super::definition::definitions;
use super::entry::{EntryChange, entries};
use super::fail_on::FailOn;
use super::replacement::Replacement;
use super::resource_change::{Change, ResourceChange, resources};
use super::security::{Effect, SecurityChange, security};

/// What differs between two templates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TemplateDiff {
    /// What differs beside the resources, section by section.
    pub entries: Vec<EntryChange>,
    /// The resources that differ, by construct path.
    pub resources: Vec<ResourceChange>,
    /// What that means for access, what broadens it first.
    pub security: Vec<SecurityChange>,
}

/// Compares two templates. What CloudFormation takes for the same is no difference: the order of keys and tags, `80` and
/// `"80"`, both forms of `Fn::GetAtt`, `Fn::Join` and an equal `Fn::Sub`, metadata. A template without resources, such as
/// `{}`, stands for a stack that is not there.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> TemplateDiff {
    let entries = entries(old, new);
    let (old, new) = (definitions(old), definitions(new));
    TemplateDiff { entries, resources: resources(&old, &new), security: security(&old, &new) }
}

impl TemplateDiff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.resources.is_empty() && self.security.is_empty()
    }

    /// Whether any of what must not happen would.
    #[must_use]
    pub fn violates(&self, fail_on: &[FailOn]) -> bool {
        fail_on.iter().any(|fail_on| match fail_on {
            FailOn::Any => !self.is_empty(),
            FailOn::Broaden => self.security.iter().any(|change| change.effect == Effect::Broadens),
            FailOn::Destroy => self.resources.iter().any(ResourceChange::is_destroyed),
            FailOn::Replace => self.resources.iter().any(|change| change.replacement != Replacement::None),
        })
    }

    /// All that differs in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "no differences".into();
        }
        let count = |wanted: Change| self.resources.iter().filter(|change| change.change == wanted).count();
        let replaced = |wanted: Replacement| {
            let modified = self.resources.iter().filter(|change| change.change == Change::Modified);
            modified.filter(|change| change.replacement == wanted).count()
        };
        let moved = self.resources.iter().filter(|change| change.moved_to.is_some()).count();
        let broadening = self.security.iter().filter(|change| change.effect == Effect::Broadens).count();
        let mut parts = Vec::new();
        let mut part = |count: usize, text: &str| {
            if count > 0 {
                parts.push(format!("{count} {text}"));
            }
        };
        part(count(Change::Added), "added");
        part(count(Change::Modified), "changed");
        part(replaced(Replacement::Replaces), "of them replaced");
        part(replaced(Replacement::May), "of them perhaps replaced");
        part(count(Change::Removed), "removed");
        part(moved, "of them moved");
        let mut line = if parts.is_empty() { String::new() } else { format!("resources: {}", parts.join(", ")) };
        let mut more = |count: usize, one: &str, many: &str| {
            if count > 0 {
                let separator = if line.is_empty() { "" } else { "; " };
                line += &format!("{separator}{count} {}", if count == 1 { one } else { many });
            }
        };
        more(self.entries.len(), "other difference", "other differences");
        more(broadening, "change broadens access", "changes broaden access");
        line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::fate::Fate;
    use super::*;

    fn bucket(name: &str) -> Value {
        json!({ "Type": "AWS::S3::Bucket", "Properties": { "BucketName": name },
            "Metadata": { "aws:cdk:path": "Prod/Bucket/Resource" } })
    }

    fn resources_of(old: Value, new: Value) -> Vec<ResourceChange> {
        let template = |resources| Value::Object([("Resources".to_owned(), resources)].into_iter().collect());
        compare(&template(old), &template(new)).resources
    }

    #[test]
    fn a_new_stack_is_all_added() {
        let diff = compare(&json!({}), &json!({ "Resources": { "B": bucket("a") } }));
        assert_eq!(diff.resources.len(), 1);
        assert_eq!(diff.resources[0].change, Change::Added);
        assert_eq!(diff.resources[0].name(), "Prod/Bucket");
        assert_eq!(diff.summary(), "resources: 1 added");
        assert!(!diff.violates(&[FailOn::Replace, FailOn::Destroy, FailOn::Broaden]));
        assert!(diff.violates(&[FailOn::Any]));
    }

    #[test]
    fn metadata_and_the_counting_resource_are_nothing() {
        let mut other = bucket("a");
        other["Metadata"] = json!({ "aws:cdk:path": "Else" });
        let counter = |text: &str| json!({ "Type": "AWS::CDK::Metadata", "Properties": { "Analytics": text } });
        let found =
            resources_of(json!({ "B": bucket("a"), "M": counter("x") }), json!({ "B": other, "M": counter("y") }));
        assert_eq!(found, []);
        assert!(compare(&json!({ "Metadata": 1 }), &json!({ "Metadata": 2 })).is_empty());
    }

    #[test]
    fn a_replaced_bucket_loses_its_data() {
        let found = resources_of(json!({ "B": bucket("a") }), json!({ "B": bucket("b") }));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].replacement, Replacement::Replaces);
        assert_eq!(found[0].data, Some(Fate::Lost));
        assert_eq!(found[0].properties[0].path, "BucketName");
        let mut kept = bucket("b");
        kept["UpdateReplacePolicy"] = json!("Retain");
        let found = resources_of(json!({ "B": bucket("a") }), json!({ "B": kept }));
        assert_eq!(found[0].data, Some(Fate::Kept));
        assert!(!found[0].is_destroyed());
    }

    #[test]
    fn what_is_removed_goes_as_the_deployed_template_says() {
        let mut kept = bucket("a");
        kept["DeletionPolicy"] = json!("Retain");
        let destroys = |old: Value| {
            let diff = compare(&json!({ "Resources": { "B": old } }), &json!({ "Resources": {} }));
            assert_eq!(diff.resources[0].change, Change::Removed);
            diff.violates(&[FailOn::Destroy])
        };
        assert!(!destroys(kept));
        assert!(destroys(bucket("a")));
    }

    #[test]
    fn what_refers_to_something_replaced_may_be_replaced() {
        let group =
            |name: &str| json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": { "GroupDescription": name } });
        let rule = json!({ "Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
            "GroupId": { "Fn::GetAtt": ["G", "GroupId"] }, "IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/8" } });
        let function = json!({ "Type": "AWS::Lambda::Function", "Properties": {
            "VpcConfig": { "SecurityGroupIds": [{ "Ref": "G" }] } } });
        let found = resources_of(
            json!({ "F": function, "G": group("a"), "R": rule }),
            json!({ "F": function, "G": group("b"), "R": rule }),
        );
        let of: Vec<_> = found.iter().map(|change| (change.logical_id.as_str(), change.replacement)).collect();
        assert_eq!(of, [("G", Replacement::Replaces), ("R", Replacement::May)]);
        assert_eq!(found[1].causes[0].property, "GroupId");
        assert_eq!(found[1].causes[0].logical_id, "G");
    }

    #[test]
    fn a_moved_resource_is_made_anew() {
        let diff =
            compare(&json!({ "Resources": { "A": bucket("a") } }), &json!({ "Resources": { "B": bucket("a") } }));
        let of = |id: &str| diff.resources.iter().find(|change| change.logical_id == id).expect("there");
        assert_eq!(of("A").moved_to.as_deref(), Some("B"));
        assert_eq!(of("B").moved_from.as_deref(), Some("A"));
        assert!(diff.violates(&[FailOn::Replace]));
        assert!(diff.violates(&[FailOn::Destroy]));
    }

    #[test]
    fn a_type_is_for_life() {
        let queue = json!({ "Type": "AWS::SQS::Queue" });
        let found = resources_of(json!({ "B": bucket("a") }), json!({ "B": queue }));
        assert!(found[0].is_refused());
        assert_eq!(found[0].replacement, Replacement::Replaces);
    }

    #[test]
    fn broadening_is_a_violation_of_its_own() {
        let url = |auth: &str| json!({ "Resources": { "U": { "Type": "AWS::Lambda::Url", "Properties": { "AuthType": auth } } } });
        assert!(compare(&url("AWS_IAM"), &url("NONE")).violates(&[FailOn::Broaden]));
        assert!(!compare(&url("NONE"), &url("AWS_IAM")).violates(&[FailOn::Broaden]));
        assert!(!compare(&url("NONE"), &url("AWS_IAM")).violates(&[]));
    }

    /// Any value that may stand in a template, and some that may not.
    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[a-zA-Z0-9:/*. -]{0,12}",
            Just("{\"a\": [1, \"${X}\"]}".to_owned()),
            Just("${Id0.Arn} und gr\u{fc}n ${".to_owned()),
            Just("one\ntwo\n".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
            Just(json!({ "Ref": "AWS::NoValue" })),
            Just(json!({ "Ref": "Id0" })),
            Just(json!({ "Fn::GetAtt": "Id1.Arn" })),
        ];
        leaf.prop_recursive(4, 48, 5, move |inner| {
            let key = prop_oneof![
                "[A-C]",
                Just("Key".to_owned()),
                Just("Value".to_owned()),
                Just("Statement".to_owned()),
                Just("Effect".to_owned()),
                Just("Action".to_owned()),
                Just("Principal".to_owned()),
                Just("CidrIp".to_owned()),
                Just("JSON".to_owned()),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner.clone(), 0..5).prop_map(|map| json!(map)),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({ "Fn::If": ["C", a, b] })),
                prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| json!({ "Fn::Join": ["-", parts] })),
                (text.clone(), inner).prop_map(|(text, value)| json!({ "Fn::Sub": [text, { "X": value }] })),
            ]
        })
    }

    fn template() -> impl Strategy<Value = Value> {
        let kinds = prop::sample::select(vec![
            ("AWS::S3::Bucket", "BucketName"),
            ("AWS::IAM::Role", "Policies"),
            ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
            ("AWS::KMS::Key", "KeyPolicy"),
            ("AWS::EC2::SecurityGroup", "SecurityGroupIngress"),
            ("AWS::ECS::TaskDefinition", "ContainerDefinitions"),
            ("AWS::Lambda::Permission", "Principal"),
            ("Custom::Thing", "Anything"),
        ]);
        let resource = (kinds, value(), value()).prop_map(|((kind, property), first, second)| {
            json!({ "Type": kind, "Properties": { property: first, "Tags": second } })
        });
        (prop::collection::vec(resource, 0..4), value()).prop_map(|(resources, output)| {
            let resources = resources.into_iter().enumerate().map(|(index, value)| (format!("Id{index}"), value));
            json!({ "Resources": resources.collect::<serde_json::Map<_, _>>(), "Outputs": { "O": { "Value": output } } })
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(template in template()) {
            let diff = compare(&template, &template);
            prop_assert!(diff.is_empty(), "{diff:#?}");
            prop_assert_eq!(diff.render(false), "no differences\n");
        }

        #[test]
        fn both_directions_name_the_same_resources(left in template(), right in template()) {
            let (there, back) = (compare(&left, &right), compare(&right, &left));
            let count = |diff: &TemplateDiff, wanted| diff.resources.iter().filter(|c| c.change == wanted).count();
            prop_assert_eq!(count(&there, Change::Added), count(&back, Change::Removed));
            prop_assert_eq!(count(&there, Change::Removed), count(&back, Change::Added));
            let last = there.render(true).lines().last().map(str::to_owned);
            prop_assert_eq!(last, Some(there.summary()));
        }
    }
}

//! Whether a changed property replaces its resource.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;

use super::normal::function;

/// Whether a change replaces a resource, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// The resource stays, and so does what it holds.
    #[default]
    None,
    /// It depends on more than the templates tell.
    May,
    /// CloudFormation makes a new resource and deletes the old one.
    Replaces,
}

/// A line for each type; `cargo run -p belvedere-codegen -- generate` writes it and says how it is to be read.
static TABLE: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("replacement.txt").lines().filter_map(|line| line.split_once(' ')).collect());

impl Replacement {
    /// Returns what a change at `path` of the properties of a resource does. Of a path below which more than one
    /// property changes, that of the weightiest.
    pub(super) fn of(resource_type: &str, path: &[&str], old: Option<&Value>, new: Option<&Value>) -> Self {
        let listed = TABLE.get(resource_type).copied().unwrap_or_default();
        let mut weightiest = Self::None;
        for entry in listed.split(' ').filter(|entry| !entry.is_empty()) {
            let (entry, replacement) = match entry.strip_suffix('?') {
                Some(entry) => (entry, Self::May),
                None => (entry, Self::Replaces),
            };
            let mut steps = entry.split('.');
            let is_on_the_way = path.iter().all(|key| steps.next().is_none_or(|step| step == "*" || step == *key));
            let below: Vec<&str> = steps.collect();
            let changes = || below.is_empty() || reached(old, &below) != reached(new, &below);
            if is_on_the_way && replacement > weightiest && changes() {
                weightiest = replacement;
            }
        }
        weightiest
    }
}

/// Returns what lies at `steps` below a value, in each element of its lists.
fn reached<'a>(value: Option<&'a Value>, steps: &[&str]) -> Vec<&'a Value> {
    let Some(value) = value else { return Vec::new() };
    let within = |values: &'a [Value]| values.iter().flat_map(|value| reached(Some(value), steps)).collect();
    match (value, steps) {
        (Value::Array(elements), _) => within(elements),
        (_, []) => vec![value],
        (Value::Object(members), [step, below @ ..]) => match function(value) {
            Some(("Fn::If", Value::Array(arguments))) => within(arguments.get(1..).unwrap_or_default()),
            _ if *step == "*" => members.values().flat_map(|member| reached(Some(member), below)).collect(),
            _ => reached(members.get(*step), below),
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(resource_type: &str, path: &[&str]) -> Replacement {
        Replacement::of(resource_type, path, Some(&json!("a")), Some(&json!("b")))
    }

    #[test]
    fn the_type_data_decides() {
        assert_eq!(of("AWS::S3::Bucket", &["BucketName"]), Replacement::Replaces);
        assert_eq!(of("AWS::S3::Bucket", &["AccessControl"]), Replacement::None);
        assert_eq!(of("AWS::RDS::DBInstance", &["Engine"]), Replacement::May);
        assert_eq!(of("AWS::ECS::TaskDefinition", &["ContainerDefinitions", "Image"]), Replacement::Replaces);
        assert_eq!(of("Custom::Thing", &["ServiceToken"]), Replacement::None);
    }

    #[test]
    fn below_a_path_only_what_differs_counts() {
        let of = |old: Value, new: Value| {
            Replacement::of("AWS::EC2::Instance", &["BlockDeviceMappings"], Some(&old), Some(&new))
        };
        // `BlockDeviceMappings?` and `BlockDeviceMappings.Ebs.KmsKeyId` are listed.
        assert_eq!(of(json!([{ "DeviceName": "a" }]), json!([{ "DeviceName": "b" }])), Replacement::May);
        let key = |name: &str| json!([{ "Ebs": { "KmsKeyId": name } }]);
        assert_eq!(of(key("a"), key("b")), Replacement::Replaces);
        assert_eq!(of(key("a"), json!({ "Fn::If": ["C", key("a"), key("b")] })), Replacement::Replaces);
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(TABLE.len(), include_str!("replacement.txt").lines().count());
        assert!(TABLE.len() > 1000);
    }
}

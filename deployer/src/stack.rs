//! A stack of a cloud assembly.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::asset::Asset;

/// One CloudFormation stack, as the assembly describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Stack {
    /// The key of the stack in its manifest.
    pub id: String,
    /// The name by which a person selects the stack: its path in the app, such as `Prod/Network`.
    pub display_name: String,
    /// The name that the stack has in CloudFormation.
    pub stack_name: String,
    /// Where the stack is deployed.
    pub environment: Environment,
    /// The template.
    pub template: TemplateFile,
    /// How many resources the template has of each service, such as `ECS`.
    pub resources: BTreeMap<String, usize>,
    /// The outputs of the template, by name.
    pub outputs: Vec<Output>,
    /// The display names of the stacks that are deployed before this one, in alphabetical order.
    pub dependencies: Vec<String>,
    /// What the app notes about the constructs of the stack, by construct path.
    pub messages: Vec<Message>,
    /// What is published before the stack is deployed.
    pub assets: Vec<Asset>,
    /// The values of parameters that the assembly gives.
    pub parameters: BTreeMap<String, String>,
    /// The tags of the stack, which all its resources get.
    pub tags: BTreeMap<String, String>,
    /// The SNS topics that are told of the stack's events.
    pub notification_arns: Vec<String>,
    /// Whether the stack can be deleted only after this is taken back; where the assembly says nothing, it stays as it is.
    pub termination_protection: Option<bool>,
    /// The role of whoever deploys, with placeholders.
    pub assume_role_arn: Option<String>,
    /// The role that CloudFormation takes, with placeholders.
    pub execution_role_arn: Option<String>,
    /// The directory of the assembly, where commands that make images run.
    #[serde(skip)]
    pub(crate) directory: PathBuf,
}

impl Stack {
    /// The number of resources in the template.
    #[must_use]
    pub fn resource_count(&self) -> usize {
        self.resources.values().sum()
    }
}

/// A template on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TemplateFile {
    /// Where the file is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The S3 object that the template is uploaded to before it is deployed, if the assembly names one.
    pub object_url: Option<String>,
}

impl TemplateFile {
    /// The largest template that CloudFormation takes in the request itself, in bytes; a larger one is read from S3.
    /// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
    pub const INLINE_LIMIT: u64 = 51_200;
}

/// An account and a region; what is not known is that of whoever deploys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Environment {
    /// The 12 digits of the account.
    pub account: Option<String>,
    /// The code of the region, such as `eu-west-1`.
    pub region: Option<String>,
}

impl Environment {
    /// Reads the form that manifests have, such as `aws://123456789012/unknown-region`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (account, region) = text.strip_prefix("aws://")?.split_once('/')?;
        if account.is_empty() || region.is_empty() || region.contains('/') {
            return None;
        }
        let known = |part: &str, unknown| (part != unknown).then(|| part.to_owned());
        Some(Self { account: known(account, UNKNOWN_ACCOUNT), region: known(region, UNKNOWN_REGION) })
    }
}

const UNKNOWN_ACCOUNT: &str = "unknown-account";
const UNKNOWN_REGION: &str = "unknown-region";

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_deref().unwrap_or(UNKNOWN_ACCOUNT);
        let region = self.region.as_deref().unwrap_or(UNKNOWN_REGION);
        write!(f, "aws://{account}/{region}")
    }
}

/// An output of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Output {
    /// The name of the output.
    pub name: String,
    /// What the output is for.
    pub description: Option<String>,
}

/// What an app notes about a construct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// How much it matters.
    pub level: Level,
    /// The path of the construct, such as `Prod/Network/Vpc`.
    pub path: String,
    /// The note.
    pub text: String,
}

/// How much a message matters, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The stack must not be deployed.
    Error,
    /// The stack can be deployed, but something should be looked at.
    Warning,
    /// Something worth knowing.
    Info,
}

impl Level {
    /// The level of a metadata entry of this type, if such an entry is a message at all.
    #[must_use]
    pub fn of_metadata(kind: &str) -> Option<Self> {
        match kind {
            "aws:cdk:error" => Some(Self::Error),
            "aws:cdk:warning" => Some(Self::Warning),
            "aws:cdk:info" => Some(Self::Info),
            _ => None,
        }
    }

    /// The word for the level, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The service of a resource type: `ECS` for `AWS::ECS::Service`, and the first word of any other, such as `Custom`.
pub(crate) fn service(resource_type: &str) -> &str {
    let mut words = resource_type.split("::");
    match (words.next(), words.next()) {
        (Some("AWS" | "Alexa"), Some(service)) => service,
        (first, _) => first.unwrap_or(resource_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_read_and_written() {
        let both = Environment::parse("aws://123456789012/eu-west-1").expect("valid");
        assert_eq!(both.account.as_deref(), Some("123456789012"));
        assert_eq!(both.to_string(), "aws://123456789012/eu-west-1");
        let neither = Environment::parse("aws://unknown-account/unknown-region").expect("valid");
        assert_eq!(neither, Environment { account: None, region: None });
        assert_eq!(neither.to_string(), "aws://unknown-account/unknown-region");
    }

    #[test]
    fn what_is_no_environment_is_refused() {
        for text in ["", "aws://", "aws://123456789012", "aws:///eu-west-1", "gcp://a/b", "aws://a/b/c"] {
            assert_eq!(Environment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_service_is_the_second_word_of_an_aws_type() {
        assert_eq!(service("AWS::ECS::Service"), "ECS");
        assert_eq!(service("Custom::GrafanaKey"), "Custom");
        assert_eq!(service("Datadog::Monitors::Monitor"), "Datadog");
        assert_eq!(service("nonsense"), "nonsense");
    }
}

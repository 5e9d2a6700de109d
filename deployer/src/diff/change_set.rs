//! What CloudFormation says that it would do.

use aws_sdk_cloudformation::types::{ChangeAction, ResourceChange, ResourceChangeDetail};
use serde::Serialize;

use super::render::Pen;
use super::resource_change::Change;
use crate::secrets::Secrets;

/// What CloudFormation says that it would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChangeSetView {
    /// The resources that it would touch, in its own order.
    pub changes: Vec<ForeseenChange>,
}

/// What CloudFormation would do with a resource. The words are its own, such as `Modify` and `Conditional`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForeseenChange {
    /// What is done: `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    /// The logical id.
    pub logical_id: String,
    /// The path of the construct, where one of the templates tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The id that the service gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub resource_type: String,
    /// Whether it is replaced: `True`, `False` or `Conditional`; nothing where it is not modified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// What becomes of the old resource, such as `Delete`, `Retain` or `ReplaceAndDelete`, where CloudFormation tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_action: Option<String>,
    /// Which attributes change, such as `Properties` and `Tags`.
    pub scope: Vec<String>,
    /// What changes, one by one.
    pub details: Vec<ForeseenDetail>,
}

/// One thing that CloudFormation would change about a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForeseenDetail {
    /// The attribute, such as `Properties`.
    pub attribute: String,
    /// The path of the property, or its name where CloudFormation tells no more.
    pub property: String,
    /// Whether it needs a new resource: `Never`, `Conditionally` or `Always`.
    pub requires_recreation: String,
    /// Whether this is certain: `Static`; or known at deployment only: `Dynamic`.
    pub evaluation: String,
    /// Where the change comes from, such as `DirectModification` or `ResourceReference`.
    pub change_source: String,
    /// The value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl ForeseenChange {
    /// The same without secrets.
    pub(super) fn masked(mut self, secrets: &Secrets) -> Self {
        for detail in &mut self.details {
            for value in [&mut detail.before, &mut detail.after] {
                *value = value.take().map(|value| secrets.mask(&value));
            }
        }
        self
    }

    pub(super) fn of(change: &ResourceChange, path_of: impl Fn(&str) -> Option<String>) -> Self {
        let id = change.logical_resource_id().unwrap_or_default();
        Self {
            action: change.action().map_or("", ChangeAction::as_str).to_owned(),
            logical_id: id.to_owned(),
            path: path_of(id),
            physical_id: change.physical_resource_id().map(str::to_owned),
            resource_type: change.resource_type().unwrap_or_default().to_owned(),
            replacement: change.replacement().map(|replacement| replacement.as_str().to_owned()),
            policy_action: change.policy_action().map(|action| action.as_str().to_owned()),
            scope: change.scope().iter().map(|attribute| attribute.as_str().to_owned()).collect(),
            details: change.details().iter().map(ForeseenDetail::of).collect(),
        }
    }

    fn render(&self, pen: Pen, text: &mut String) {
        let change = match self.action.as_str() {
            "Add" | "Import" => Change::Added,
            "Remove" => Change::Removed,
            _ => Change::Modified,
        };
        let name = self.path.as_deref().unwrap_or(&self.logical_id);
        *text += &format!("{} {} {}", pen.mark(change), pen.bold(name), self.resource_type);
        match self.replacement.as_deref() {
            Some("True") => *text += &format!(", {}", pen.red("replaces")),
            Some("Conditional") => *text += &format!(", {}", pen.yellow("may be replaced")),
            _ => {}
        }
        text.push('\n');
        for detail in &self.details {
            let what = if detail.property.is_empty() { &detail.attribute } else { &detail.property };
            *text += &format!("    {what}");
            if let (Some(before), Some(after)) = (&detail.before, &detail.after) {
                *text += &super::render::arrow(pen, before, after);
            }
            match detail.requires_recreation.as_str() {
                "Always" => *text += &format!(" ({})", pen.red("replaces")),
                "Conditionally" => *text += &format!(" ({})", pen.yellow("may replace")),
                _ => {}
            }
            text.push('\n');
        }
    }
}

impl ForeseenDetail {
    fn of(detail: &ResourceChangeDetail) -> Self {
        let mut read = Self {
            evaluation: detail.evaluation().map(|evaluation| evaluation.as_str().to_owned()).unwrap_or_default(),
            change_source: detail.change_source().map(|source| source.as_str().to_owned()).unwrap_or_default(),
            ..Self::default()
        };
        if let Some(target) = detail.target() {
            read.attribute = target.attribute().map(|attribute| attribute.as_str().to_owned()).unwrap_or_default();
            // `/Properties/Environment/Variables`
            let path = target.path().map(|path| path.trim_start_matches("/Properties/").replace('/', "."));
            read.property = path.or_else(|| target.name().map(str::to_owned)).unwrap_or_default();
            read.requires_recreation = target.requires_recreation().map(|r| r.as_str().to_owned()).unwrap_or_default();
            read.before = target.before_value().map(str::to_owned);
            read.after = target.after_value().map(str::to_owned);
        }
        read
    }
}

impl ChangeSetView {
    pub(super) fn render(&self, pen: Pen) -> String {
        let mut text = format!("{}\n", pen.bold("What CloudFormation would do"));
        if self.changes.is_empty() {
            text += "nothing\n";
        }
        for change in &self.changes {
            change.render(pen, &mut text);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{
        EvaluationType, Replacement, RequiresRecreation, ResourceAttribute, ResourceTargetDefinition,
    };

    use super::*;

    #[test]
    fn what_cloudformation_says_is_read_and_shown() {
        let target = ResourceTargetDefinition::builder()
            .attribute(ResourceAttribute::Properties)
            .name("BucketName")
            .path("/Properties/BucketName")
            .requires_recreation(RequiresRecreation::Always)
            .before_value("a")
            .after_value("b");
        let detail = ResourceChangeDetail::builder().target(target.build()).evaluation(EvaluationType::Static).build();
        let change = ResourceChange::builder()
            .action(ChangeAction::Modify)
            .logical_resource_id("Bucket")
            .resource_type("AWS::S3::Bucket")
            .replacement(Replacement::True)
            .scope(ResourceAttribute::Properties)
            .details(detail);
        let change = ForeseenChange::of(&change.build(), |id| Some(format!("Prod/{id}")));
        assert_eq!(change.details[0].property, "BucketName");
        let text = ChangeSetView { changes: vec![change] }.render(Pen { is_coloured: false });
        assert_eq!(
            text,
            "What CloudFormation would do\n\
             [~] Prod/Bucket AWS::S3::Bucket, replaces\n    \
             BucketName: a → b (replaces)\n"
        );
    }
}

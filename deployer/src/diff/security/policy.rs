//! Where policies are, and what differs between them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::definition::{Definition, Definitions};
use super::super::resource_change::Change;
use super::super::text::{holes, shown};
use super::change::{Area, Polarity, SecurityChange, Statement, path_of};
use super::statement::{Group, Permission, groups, list, permissions};

/// Policies of resources: the type, the property with the document, and the property that names the resource; empty where
/// that is the one with the property.
const RESOURCE_POLICIES: [(&str, &str, &str); 26] = [
    ("AWS::APS::ResourcePolicy", "PolicyDocument", "WorkspaceArn"),
    ("AWS::ApiGateway::RestApi", "Policy", ""),
    ("AWS::Backup::BackupVault", "AccessPolicy", ""),
    ("AWS::CodeArtifact::Domain", "PermissionsPolicyDocument", ""),
    ("AWS::CodeArtifact::Repository", "PermissionsPolicyDocument", ""),
    ("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", ""),
    ("AWS::EC2::VPCEndpoint", "PolicyDocument", ""),
    ("AWS::ECR::RegistryPolicy", "PolicyText", ""),
    ("AWS::ECR::Repository", "RepositoryPolicyText", ""),
    ("AWS::EFS::FileSystem", "FileSystemPolicy", ""),
    ("AWS::Elasticsearch::Domain", "AccessPolicies", ""),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument", ""),
    ("AWS::KMS::Key", "KeyPolicy", ""),
    ("AWS::KMS::ReplicaKey", "KeyPolicy", ""),
    ("AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "ResourceArn"),
    ("AWS::Logs::ResourcePolicy", "PolicyDocument", ""),
    ("AWS::OpenSearchService::Domain", "AccessPolicies", ""),
    ("AWS::S3::AccessPoint", "Policy", ""),
    ("AWS::S3::BucketPolicy", "PolicyDocument", "Bucket"),
    ("AWS::SNS::TopicInlinePolicy", "PolicyDocument", "TopicArn"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument", "Topics"),
    ("AWS::SQS::QueueInlinePolicy", "PolicyDocument", "Queue"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"),
    ("AWS::SSO::PermissionSet", "InlinePolicy", ""),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId"),
    ("AWS::XRay::ResourcePolicy", "PolicyDocument", ""),
];

/// Policies of users, groups and roles: the type and the properties that name these.
const IDENTITY_POLICIES: [(&str, &[&str]); 5] = [
    ("AWS::IAM::GroupPolicy", &["GroupName"]),
    ("AWS::IAM::ManagedPolicy", &["Roles", "Users", "Groups"]),
    ("AWS::IAM::Policy", &["Roles", "Users", "Groups"]),
    ("AWS::IAM::RolePolicy", &["RoleName"]),
    ("AWS::IAM::UserPolicy", &["UserName"]),
];

/// Returns the permissions that are new and those that are gone.
pub(super) fn changes(old: &Definitions, new: &Definitions) -> Vec<SecurityChange> {
    let (before, after) = (all(old), all(new));
    let only = |these: &BTreeSet<Permission>, others: &BTreeSet<Permission>| {
        let is_covered = |one: &Permission| others.contains(one) || others.iter().any(|other| other.covers(one));
        groups(these.iter().filter(|one| !is_covered(one)).cloned())
    };
    let mut changes = Vec::new();
    for group in only(&after, &before) {
        changes.push(change(group, Change::Added, old, new));
    }
    for group in only(&before, &after) {
        // What is forbidden with something that is gone is no loss.
        if group.is_deny && old.contains_key(&group.owner) && !new.contains_key(&group.owner) {
            continue;
        }
        changes.push(change(group, Change::Removed, old, new));
    }
    changes
}

fn change(group: Group, change: Change, old: &Definitions, new: &Definitions) -> SecurityChange {
    let polarity = if group.is_deny { Polarity::Closes } else { Polarity::Opens };
    let list = |values: &BTreeSet<String>| values.iter().filter(|value| !value.is_empty()).cloned().collect::<Vec<_>>();
    let statement = Statement {
        effect: if group.is_deny { "Deny" } else { "Allow" }.to_owned(),
        principals: list(&group.principals),
        actions: list(&group.actions),
        resources: list(&group.resources),
        condition: group.condition,
    };
    let mut text = format!("{} {}", statement.effect.to_lowercase(), statement.actions.join(", "));
    if !statement.resources.is_empty() {
        text += &format!(" on {}", statement.resources.join(", "));
    }
    if !statement.principals.is_empty() {
        text += &format!(" to {}", statement.principals.join(", "));
    }
    if !statement.condition.is_empty() {
        text += &format!(" if {}", statement.condition);
    }
    SecurityChange {
        path: path_of(&group.owner, old, new),
        subject: group.owner,
        area: Area::Iam,
        change,
        effect: polarity.effect(change, old.is_empty()),
        everybody: !group.is_deny
            && statement.condition.is_empty()
            && statement.principals.iter().any(|principal| principal == "*"),
        text,
        statement: Some(statement),
    }
}

fn all(resources: &Definitions) -> BTreeSet<Permission> {
    resources.iter().flat_map(|(id, resource)| of_resource(id, resource)).collect()
}

fn of_resource(id: &str, resource: &Definition) -> BTreeSet<Permission> {
    let kind = resource.resource_type.as_str();
    let property = |path: &str| path.split('.').try_fold(&resource.properties, |value, key| value.get(key));
    let mut found = BTreeSet::new();
    for (_, document, target) in RESOURCE_POLICIES.iter().filter(|(known, ..)| *known == kind) {
        let owners = if target.is_empty() { vec![id.to_owned()] } else { owners(property(target), id) };
        for owner in owners {
            found.extend(permissions(&owner, property(document).unwrap_or(&Value::Null)));
        }
    }
    for (_, targets) in IDENTITY_POLICIES.iter().filter(|(known, _)| *known == kind) {
        let mut all: Vec<String> =
            targets.iter().filter_map(|key| property(key)).flat_map(|v| owners(Some(v), id)).collect();
        if all.is_empty() {
            all.push(id.to_owned());
        }
        for owner in all {
            found.extend(permissions(&owner, property("PolicyDocument").unwrap_or(&Value::Null)));
        }
    }
    let allow = |owner: &str, principal: String, action: &str, resource: String, condition: String| Permission {
        owner: owner.to_owned(),
        is_deny: false,
        principal,
        resource,
        condition,
        action: action.to_owned(),
    };
    match kind {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" | "AWS::SSO::PermissionSet" => {
            for policy in property("Policies").map(list).unwrap_or_default() {
                found.extend(permissions(id, policy.get("PolicyDocument").unwrap_or(&Value::Null)));
            }
            let managed = property("ManagedPolicyArns").or_else(|| property("ManagedPolicies"));
            for policy in managed.map(list).unwrap_or_default() {
                found.insert(allow(
                    id,
                    String::new(),
                    &format!("what {} allows", shown(policy)),
                    String::new(),
                    String::new(),
                ));
            }
        }
        "AWS::Lambda::Permission" => {
            let text = |key: &str| property(key).map(shown).unwrap_or_default();
            let bounds = ["SourceArn", "SourceAccount", "PrincipalOrgID", "FunctionUrlAuthType", "EventSourceToken"];
            let bounds = bounds.iter().filter_map(|key| Some(format!("{key} is {}", shown(property(key)?))));
            let condition = bounds.collect::<Vec<_>>().join(" and ");
            for owner in owners(property("FunctionName"), id) {
                found.insert(allow(&owner, text("Principal"), &text("Action"), String::new(), condition.clone()));
            }
        }
        "AWS::SSO::Assignment" => {
            let text = |key: &str| property(key).map(shown).unwrap_or_default();
            let action = format!("what {} allows", text("PermissionSetArn"));
            let principal = format!("{}:{}", text("PrincipalType"), text("PrincipalId"));
            found.insert(allow(id, principal, &action, text("TargetId"), String::new()));
        }
        _ => {}
    }
    found
}

/// Returns whom a property names: logical ids where it refers to resources, else what stands there.
pub(super) fn owners(value: Option<&Value>, otherwise: &str) -> Vec<String> {
    let name = |value: &Value| {
        let text = shown(value);
        match holes(&text).as_slice() {
            [id] if text.starts_with("${") && text.ends_with('}') => id.clone(),
            _ => text,
        }
    };
    let names: Vec<String> = value.map(list).unwrap_or_default().into_iter().map(name).collect();
    if names.is_empty() { vec![otherwise.to_owned()] } else { names }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::definition::definitions;
    use super::super::change::Effect;
    use super::*;

    fn between(old: Value, new: Value) -> Vec<(Effect, String)> {
        let of = |resources: Value| definitions(&json!({ "Resources": resources }));
        changes(&of(old), &of(new)).into_iter().map(|change| (change.effect, change.text)).collect()
    }

    fn role(statements: Value) -> Value {
        let mut policy = json!({ "PolicyName": "p", "PolicyDocument": {} });
        policy["PolicyDocument"]["Statement"] = statements;
        json!({ "Role": { "Type": "AWS::IAM::Role", "Properties": { "Policies": [policy] } } })
    }

    #[test]
    fn only_what_is_new_is_reported() {
        let old = role(json!([{ "Effect": "Allow", "Action": ["s3:Get*"], "Resource": "r" }]));
        let new = role(json!([
            { "Sid": "New", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:Get*"], "Resource": ["r"] }
        ]));
        assert_eq!(between(old.clone(), new.clone()), [(Effect::Broadens, "allow s3:PutObject on r".into())]);
        assert_eq!(between(new, old), [(Effect::Narrows, "allow s3:PutObject on r".into())]);
    }

    #[test]
    fn a_lost_condition_or_denial_broadens() {
        let bound =
            json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": { "Bool": { "x": true } } });
        let free = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "a:b", "Resource": "*" });
        assert_eq!(between(role(json!([bound])), role(json!([free]))), [(Effect::Broadens, "allow a:b on *".into())]);
        assert_eq!(between(role(json!([free])), role(json!([bound]))), [(Effect::Narrows, "allow a:b on *".into())]);
        let both = role(json!([free, deny]));
        assert_eq!(between(both.clone(), role(json!([free]))), [(Effect::Broadens, "deny a:b on *".into())]);
        assert_eq!(between(role(json!([free])), both.clone()), [(Effect::Narrows, "deny a:b on *".into())]);
        assert_eq!(between(both, json!({})), [(Effect::Narrows, "allow a:b on *".into())]);
    }

    #[test]
    fn it_does_not_matter_which_resource_holds_a_policy() {
        let statement = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*" });
        let apart = json!({
            "Role": { "Type": "AWS::IAM::Role", "Properties": {} },
            "Policy": { "Type": "AWS::IAM::Policy", "Properties": {
                "Roles": [{ "Ref": "Role" }], "PolicyDocument": { "Statement": [statement] } } },
        });
        assert_eq!(between(role(json!([statement])), apart), []);
    }

    #[test]
    fn permissions_of_functions_count() {
        let permission = |source: Value| {
            json!({ "P": { "Type": "AWS::Lambda::Permission", "Properties": {
                "FunctionName": { "Fn::GetAtt": "F.Arn" }, "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com", "SourceArn": source } } })
        };
        let found = between(permission(json!("arn:x")), permission(json!({ "Ref": "AWS::NoValue" })));
        let text = "allow lambda:InvokeFunction to events.amazonaws.com";
        assert_eq!(found, [(Effect::Broadens, text.to_owned())]);
    }

    #[test]
    fn a_public_bucket_is_for_everybody() {
        let of = |principal: Value| {
            definitions(&json!({ "Resources": { "P": { "Type": "AWS::S3::BucketPolicy", "Properties": {
                "Bucket": { "Ref": "B" }, "PolicyDocument": { "Statement": [
                    { "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*" }] } } } } }))
        };
        let found = changes(&of(json!({ "AWS": "x" })), &of(json!("*")));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].everybody);
        assert_eq!(found[0].subject, "B");
    }

    #[test]
    fn the_first_resources_of_a_stack_are_initial() {
        let new = role(json!([{ "Effect": "Allow", "Action": "a:b", "Resource": "*" }]));
        assert_eq!(between(json!({}), new), [(Effect::Initial, "allow a:b on *".into())]);
    }
}

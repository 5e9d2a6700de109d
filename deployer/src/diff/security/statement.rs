//! Policies, taken apart into single permissions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::normal::{document, function};
use super::super::text::shown;

/// A single permission: one principal, one action, one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permission {
    /// Whose policy it is in: the logical id or the name of a role, a bucket and the like.
    pub(super) owner: String,
    pub(super) is_deny: bool,
    pub(super) principal: String,
    pub(super) resource: String,
    pub(super) condition: String,
    pub(super) action: String,
}

impl Permission {
    /// Whether whoever has this has `other` with it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.owner == other.owner
            && self.is_deny == other.is_deny
            && (self.condition.is_empty() || self.condition == other.condition)
            && (self.principal == other.principal || (self.principal == "*" && !other.principal.is_empty()))
            && matches(&self.resource, &other.resource)
            && matches(&self.action.to_lowercase(), &other.action.to_lowercase())
    }
}

/// Returns the single permissions of a policy document.
pub(super) fn permissions(owner: &str, policy: &Value) -> BTreeSet<Permission> {
    let policy = document(policy).unwrap_or(policy);
    let mut found = BTreeSet::new();
    for branch in branches(policy) {
        for statement in list(branch.get("Statement").unwrap_or(&Value::Null)) {
            read(owner, statement, &mut found);
        }
    }
    found
}

fn read(owner: &str, statement: &Value, found: &mut BTreeSet<Permission>) {
    let text = |key: &str| statement.get(key).map(shown).unwrap_or_default();
    let condition = text("Condition");
    let condition = if condition == "{}" { String::new() } else { condition };
    let actions = texts(statement, "Action", "NotAction");
    let resources = texts(statement, "Resource", "NotResource");
    for principal in principals(statement) {
        for resource in &resources {
            for action in &actions {
                found.insert(Permission {
                    owner: owner.to_owned(),
                    is_deny: text("Effect") == "Deny",
                    principal: principal.clone(),
                    resource: resource.clone(),
                    condition: condition.clone(),
                    action: action.clone(),
                });
            }
        }
    }
}

/// Returns the values of `key`. All that is not one of some values counts as one.
fn texts(statement: &Value, key: &str, not: &str) -> Vec<String> {
    if let Some(value) = statement.get(not) {
        return vec![all_but(list(value).into_iter().map(shown).collect())];
    }
    match statement.get(key) {
        None => vec![String::new()],
        Some(value) => list(value).into_iter().map(shown).collect(),
    }
}

fn all_but(mut values: Vec<String>) -> String {
    values.sort();
    format!("all but {}", values.join(", "))
}

fn principals(statement: &Value) -> Vec<String> {
    if let Some(value) = statement.get("NotPrincipal") {
        return vec![all_but(named_principals(value))];
    }
    statement.get("Principal").map_or_else(|| vec![String::new()], named_principals)
}

fn named_principals(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for value in list(value) {
        match value {
            Value::Object(kinds) if function(value).is_none() => {
                for (kind, values) in kinds {
                    for value in list(values) {
                        let name = shown(value);
                        names.push(if name == "*" { name } else { format!("{kind}:{name}") });
                    }
                }
            }
            _ => names.push(shown(value)),
        }
    }
    names
}

/// Returns the elements of a list, or the only one; of a choice, those of both sides.
pub(super) fn list(value: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for branch in branches(value) {
        match branch {
            Value::Null => {}
            Value::Array(elements) => all.extend(elements.iter().flat_map(list)),
            one => all.push(one),
        }
    }
    all
}

/// Returns both sides of `Fn::If`: which one it will be is not known here.
pub(super) fn branches(value: &Value) -> Vec<&Value> {
    match function(value) {
        Some(("Fn::If", Value::Array(arguments))) => {
            let sides = arguments.get(1..).unwrap_or_default().iter().flat_map(branches);
            sides.filter(|side| side.get("Ref").and_then(Value::as_str) != Some("AWS::NoValue")).collect()
        }
        _ => vec![value],
    }
}

/// Whether `text` is as `pattern`, in which `*` is any text and `?` any character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == text[t] || (*c == '?' && text[t] != '*') => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, t));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Permissions that one statement can say: the same but for actions, resources and principals, of which each goes with
/// each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) owner: String,
    pub(super) is_deny: bool,
    pub(super) condition: String,
    pub(super) principals: BTreeSet<String>,
    pub(super) resources: BTreeSet<String>,
    pub(super) actions: BTreeSet<String>,
}

/// Puts single permissions together again.
pub(super) fn groups(permissions: impl IntoIterator<Item = Permission>) -> Vec<Group> {
    type Owned = (String, bool, String);
    let mut by_resource: BTreeMap<(Owned, String, String), BTreeSet<String>> = BTreeMap::new();
    for one in permissions {
        let owned = (one.owner, one.is_deny, one.condition);
        by_resource.entry((owned, one.principal, one.resource)).or_default().insert(one.action);
    }
    let mut by_actions: BTreeMap<(Owned, String, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    for ((owned, principal, resource), actions) in by_resource {
        by_actions.entry((owned, principal, actions)).or_default().insert(resource);
    }
    let mut by_both: BTreeMap<(Owned, BTreeSet<String>, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    for ((owned, principal, actions), resources) in by_actions {
        by_both.entry((owned, actions, resources)).or_default().insert(principal);
    }
    let group = |(((owner, is_deny, condition), actions, resources), principals)| Group {
        owner,
        is_deny,
        condition,
        principals,
        resources,
        actions,
    };
    by_both.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match() {
        assert!(matches("*", ""));
        assert!(matches("s3:Get*", "s3:GetObject"));
        assert!(matches("s3:*Object", "s3:GetObject"));
        assert!(!matches("s3:Get*", "s3:PutObject"));
        assert!(!matches("s3:GetObject", "s3:Get*"));
        assert!(!matches("s3:GetObjec?", "s3:GetObjec*"));
        assert!(matches("${B.Arn}/*", "${B.Arn}/a/b"));
    }

    #[test]
    fn a_statement_is_taken_apart_and_put_together() {
        let policy = json!({ "Statement": {
            "Sid": "X", "Effect": "Allow", "Principal": { "AWS": ["a", "b"], "Service": "s" },
            "Action": ["x:1", "x:2"], "Resource": ["r", "q"], "Condition": {},
        } });
        let single = permissions("Owner", &policy);
        assert_eq!(single.len(), 12);
        let groups = groups(single);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].principals.iter().collect::<Vec<_>>(), ["AWS:a", "AWS:b", "Service:s"]);
    }

    #[test]
    fn everybody_has_one_name() {
        let of = |principal: Value| {
            permissions("O", &json!({ "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "a" }] }))
        };
        assert_eq!(of(json!("*")), of(json!({ "AWS": "*" })));
        assert_ne!(of(json!("*")), of(json!({ "AWS": "x" })));
    }

    #[test]
    fn a_condition_restricts() {
        let of = |condition: Value| {
            let statement = json!({ "Effect": "Allow", "Action": "a:*", "Resource": "*", "Condition": condition });
            permissions("O", &json!({ "Statement": [statement] })).pop_first().expect("one")
        };
        let (free, bound) = (of(json!({})), of(json!({ "StringEquals": { "a": "b" } })));
        assert!(free.covers(&bound));
        assert!(!bound.covers(&free));
        assert!(bound.covers(&bound));
    }
}

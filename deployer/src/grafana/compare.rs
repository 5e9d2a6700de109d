//! Comparing what is wanted with what a Grafana has, which writes everything in a form of its own.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

/// The only member of what stands for a secret.
pub(crate) const SECRET: &str = "belvedere:secret";

/// A member that is not as it is defined.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The way to the member, such as `dashboard.panels[0].title`.
    pub path: String,
    /// What the definition has; nothing where it lacks the member.
    pub defined: Option<Json>,
    /// What the Grafana has; nothing where it lacks the member.
    pub found: Option<Json>,
}

/// Whether this stands for a secret.
pub(crate) fn is_secret(json: &Json) -> bool {
    json.as_object().is_some_and(|members| members.len() == 1 && members.contains_key(SECRET))
}

/// Whether a secret is anywhere in it.
pub(crate) fn has_secret(json: &Json) -> bool {
    match json {
        Json::Array(elements) => elements.iter().any(has_secret),
        Json::Object(members) => is_secret(json) || members.values().any(has_secret),
        _ => false,
    }
}

/// The members of `wanted` that `found` does not have, or has otherwise. What `found` has besides counts only in lists.
pub(crate) fn differences(wanted: &Json, found: &Json) -> Vec<Difference> {
    let mut all = Vec::new();
    compare(wanted, Some(found), false, &mut String::new(), &mut all);
    all
}

/// As [`differences`], and what `found` has besides.
pub(crate) fn all_differences(wanted: &Json, found: &Json) -> Vec<Difference> {
    let mut all = Vec::new();
    compare(wanted, Some(found), true, &mut String::new(), &mut all);
    all
}

fn compare(wanted: &Json, found: Option<&Json>, and_added: bool, path: &mut String, all: &mut Vec<Difference>) {
    if is_secret(wanted) {
        return;
    }
    let length = path.len();
    let go = |path: &mut String, name: &str| {
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
    };
    match (wanted, found) {
        (Json::Object(wanted), Some(Json::Object(found))) => {
            // Grafana fills a panel from its library in older versions.
            let and_added = and_added && !wanted.contains_key("libraryPanel");
            for (name, wanted) in wanted {
                go(path, name);
                compare(wanted, found.get(name), and_added, path, all);
                path.truncate(length);
            }
            let added = found.iter().filter(|(name, found)| !wanted.contains_key(*name) && !found.is_null());
            for (name, found) in added.filter(|_| and_added) {
                go(path, name);
                all.push(Difference { path: path.clone(), defined: None, found: Some(found.clone()) });
                path.truncate(length);
            }
        }
        (Json::Array(wanted), Some(Json::Array(found))) if wanted.len() == found.len() => {
            for (number, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                path.push_str(&format!("[{number}]"));
                compare(wanted, Some(found), and_added, path, all);
                path.truncate(length);
            }
        }
        // Members with nothing in them are often left out of answers.
        (wanted, None | Some(Json::Null)) if is_empty(wanted) => {}
        (Json::Number(wanted), Some(Json::Number(found))) if wanted.as_f64() == found.as_f64() => {}
        (wanted, Some(found)) if wanted == found => {}
        (wanted, found) => {
            all.push(Difference { path: path.clone(), defined: Some(wanted.clone()), found: found.cloned() });
        }
    }
}

fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.values().all(|member| is_empty(member) || is_secret(member)),
        Json::String(text) => text.is_empty(),
        Json::Bool(is) => !is,
        Json::Number(number) => number.as_f64() == Some(0.0),
    }
}

/// What was found, without the members that are secrets in `wanted`.
pub(crate) fn without_secrets(found: &Json, wanted: &Json) -> Json {
    match (found, wanted) {
        (Json::Object(found), Json::Object(members)) => {
            let shown = found.iter().filter(|(name, _)| !members.get(*name).is_some_and(is_secret));
            let member = |(name, found): (&String, &Json)| {
                let shown = members.get(name).map_or_else(|| found.clone(), |wanted| without_secrets(found, wanted));
                (name.clone(), shown)
            };
            Json::Object(shown.map(member).collect())
        }
        (Json::Array(found), Json::Array(wanted)) => {
            let element = |(number, found): (usize, &Json)| {
                wanted.get(number).map_or_else(|| found.clone(), |wanted| without_secrets(found, wanted))
            };
            found.iter().enumerate().map(element).collect()
        }
        (found, _) => found.clone(),
    }
}

/// What the answer of a server differs in from what was just sent to it, and what it adds, by the way to the member: not a
/// difference as long as it stays so.
pub(crate) fn forms(wanted: &Json, found: &Json) -> BTreeMap<String, String> {
    all_differences(wanted, found).into_iter().map(|it| (it.path, form(it.found.as_ref()))).collect()
}

pub(crate) fn form(found: Option<&Json>) -> String {
    let mut hash = found.map_or_else(|| "none".to_owned(), digest);
    hash.truncate(16);
    hash
}

/// The SHA-256 of the JSON, whatever the order of its members.
pub(crate) fn digest(json: &Json) -> String {
    let hash = Sha256::digest(sorted(json).to_string());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(elements) => elements.iter().map(sorted).collect(),
        Json::Object(members) => {
            let ordered: BTreeMap<_, _> = members.iter().map(|(name, member)| (name.clone(), sorted(member))).collect();
            Json::Object(ordered.into_iter().collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(wanted: &Json, found: &Json) -> Vec<String> {
        differences(wanted, found).into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn what_the_server_adds_is_no_difference() {
        let wanted = json!({"title": "A", "panels": [{"id": 1, "x": 1.0}], "tags": [], "parent": null});
        let found = json!({"title": "A", "panels": [{"id": 1, "x": 1, "more": 2}], "version": 3});
        assert_eq!(paths(&wanted, &found), Vec::<String>::new());
    }

    #[test]
    fn what_is_there_besides_is_found_where_it_counts() {
        let wanted = json!({"title": "A", "panels": [{"id": 1}, {"libraryPanel": {"uid": "l"}}], "tags": []});
        let found = json!({
            "title": "A", "panels": [{"id": 1, "more": {"a": 2}}, {"libraryPanel": {"uid": "l"}, "type": "text"}],
            "timezone": "utc", "nothing": null, "tags": null,
        });
        let all = all_differences(&wanted, &found);
        let added: Vec<_> = all.iter().map(|it| (it.path.as_str(), it.defined.is_none())).collect();
        assert_eq!(added, [("panels[0].more", true), ("timezone", true)]);
        assert_eq!(forms(&wanted, &found).len(), 2);
    }

    #[test]
    fn changes_are_found_with_their_way() {
        let wanted = json!({"a": {"b": [1, {"c": "x"}]}, "list": [1, 2], "gone": 5});
        let found = json!({"a": {"b": [1, {"c": "y"}]}, "list": [1, 2, 3]});
        assert_eq!(paths(&wanted, &found), ["a.b[1].c", "gone", "list"]);
    }

    #[test]
    fn a_secret_is_not_compared_and_not_kept() {
        let wanted =
            json!({"url": {"belvedere:secret": {"environment": "HOOK"}}, "list": [{"p": {"belvedere:secret": {}}}]});
        let found = json!({"url": "https://hidden", "list": [{"p": "hidden", "q": 1}], "more": 1});
        assert_eq!(paths(&wanted, &found), Vec::<String>::new());
        assert_eq!(without_secrets(&found, &wanted), json!({"list": [{"q": 1}], "more": 1}));
        assert!(has_secret(&wanted) && !has_secret(&found));
    }

    #[test]
    fn the_order_of_members_is_not_in_a_digest() {
        let one: Json = serde_json::from_str(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#).expect("JSON");
        let other: Json = serde_json::from_str(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#).expect("JSON");
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&one), digest(&json!({"a": 1})));
        assert_eq!(digest(&one).len(), 64);
    }
}

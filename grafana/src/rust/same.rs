//! What it means that two dashboards are the same.

use serde_json::Value as Json;

/// What Grafana itself sets on a dashboard, at each import and each time it is saved.
const SET_BY_GRAFANA: [&str; 3] = ["id", "version", "iteration"];

/// Where two dashboards differ in meaning, as one line for each place.
///
/// They mean the same when they are the same JSON, but for
/// - the members `id`, `version` and `iteration` of the dashboard itself, which Grafana sets,
/// - the order of an object's members,
/// - the way in which a number is written: 1, 1.0 and 1e0 are one number in JSON, and in the JavaScript that reads it.
///
/// Nothing else is left out: a member that is `null` or has the default value is not the same as one that is absent.
#[must_use]
pub fn differences(left: &Json, right: &Json) -> Vec<String> {
    let (left, right) = (without_set_by_grafana(left), without_set_by_grafana(right));
    let mut found = Vec::new();
    compare(&left, &right, &mut String::new(), &mut found);
    found
}

/// Returns a dashboard without what Grafana itself sets.
pub(super) fn without_set_by_grafana(dashboard: &Json) -> Json {
    let mut dashboard = dashboard.clone();
    if let Some(members) = dashboard.as_object_mut() {
        for name in SET_BY_GRAFANA {
            members.remove(name);
        }
    }
    dashboard
}

/// Returns whether two values are the same JSON, however their numbers are written.
pub(super) fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            let in_right = |(name, left): (&String, &Json)| right.get(name).is_some_and(|right| same(left, right));
            left.len() == right.len() && left.iter().all(in_right)
        }
        _ => left == right,
    }
}

pub(super) fn compare(left: &Json, right: &Json, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    let mut at = |step: &str, left: Option<&Json>, right: Option<&Json>| {
        path.push_str(step);
        match (left, right) {
            (Some(left), Some(right)) => compare(left, right, path, found),
            (Some(left), None) => found.push(format!("{path}: {left} against nothing")),
            (None, Some(right)) => found.push(format!("{path}: nothing against {right}")),
            (None, None) => {}
        }
        path.truncate(length);
    };
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            let only_right = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(only_right) {
                at(&format!(".{name}"), left.get(name), right.get(name));
            }
        }
        (Json::Array(left), Json::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                at(&format!("[{index}]"), left.get(index), right.get(index));
            }
        }
        _ if same(left, right) => {}
        _ => found.push(format!("{path}: {left} against {right}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_grafana_sets_and_how_a_number_is_written_is_no_difference() {
        let left = json!({ "id": 3, "version": 1, "title": "A", "panels": [{ "id": 1, "min": 1.0 }] });
        let right = json!({ "title": "A", "iteration": 9, "panels": [{ "min": 1, "id": 1 }] });
        assert_eq!(differences(&left, &right), Vec::<String>::new());
        let other = json!({ "title": "A", "panels": [{ "id": 2, "min": null }, {}] });
        let expected =
            [".panels[0].id: 1 against 2", ".panels[0].min: 1 against null", ".panels[1]: nothing against {}"];
        let mut found = differences(&right, &other);
        found.sort();
        assert_eq!(found, expected);
    }
}

//! The comparison of a pattern with a template, and where the two differ.

use std::fmt;

use serde_json::Value as JsonValue;

use super::pattern::{Match, Pattern};

/// One place where a template is not as the pattern wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) path: String,
    pub(super) message: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) captures: Vec<(String, JsonValue)>,
}

impl Outcome {
    pub(super) const fn is_match(&self) -> bool {
        self.mismatches.is_empty()
    }

    fn differs(path: &str, message: String) -> Self {
        Self { mismatches: vec![Mismatch { path: path.to_owned(), message }], captures: Vec::new() }
    }

    fn absorb(&mut self, other: Self) {
        self.mismatches.extend(other.mismatches);
        self.captures.extend(other.captures);
    }
}

/// Compares what is at `path` with the pattern.
pub(super) fn compare(pattern: &Match, actual: Option<&JsonValue>, path: &str) -> Outcome {
    at(pattern, actual, path, false)
}

fn at(pattern: &Match, actual: Option<&JsonValue>, path: &str, exact: bool) -> Outcome {
    if let Pattern::Absent = pattern.0 {
        return actual.map_or_else(Outcome::default, |actual| {
            Outcome::differs(path, format!("wanted nothing, got {}", brief(actual)))
        });
    }
    let Some(actual) = actual else {
        return Outcome::differs(path, format!("wanted {}, is absent", describe(pattern)));
    };
    let differs = || Outcome::differs(path, format!("wanted {}, got {}", describe(pattern), brief(actual)));
    match &pattern.0 {
        Pattern::Any | Pattern::Absent => Outcome::default(),
        Pattern::Scalar(wanted) if same_scalar(wanted, actual) => Outcome::default(),
        Pattern::Scalar(_) => differs(),
        Pattern::Exact(inner) => at(inner, Some(actual), path, true),
        Pattern::Not(inner) if at(inner, Some(actual), path, exact).is_match() => differs(),
        Pattern::Not(_) => Outcome::default(),
        Pattern::StringLike(glob) => match text(actual) {
            Some(text) if fits(glob, &text) => Outcome::default(),
            Some(text) => Outcome::differs(path, format!("wanted text like {glob:?}, got {text:?}")),
            None => differs(),
        },
        Pattern::SerializedJson(inner) => match text(actual).map(|text| serde_json::from_str::<JsonValue>(&text)) {
            Some(Ok(parsed)) => at(inner, Some(&parsed), &format!("{path}(as JSON)"), exact),
            Some(Err(error)) => Outcome::differs(path, format!("wanted JSON text, got {} ({error})", brief(actual))),
            None => differs(),
        },
        Pattern::Capture(name, inner) => {
            let mut outcome = at(inner, Some(actual), path, exact);
            if outcome.is_match() {
                outcome.captures.push((name.clone(), actual.clone()));
            }
            outcome
        }
        Pattern::Object { members, partial } => {
            let Some(held) = actual.as_object() else { return differs() };
            let mut outcome = Outcome::default();
            for (name, member) in members {
                outcome.absorb(at(member, held.get(name), &join(path, name), exact));
            }
            if !partial.unwrap_or(!exact) {
                for (name, value) in held.iter().filter(|(name, _)| !members.contains_key(*name)) {
                    outcome.absorb(Outcome::differs(
                        &join(path, name),
                        format!("wanted no other members, got {}", brief(value)),
                    ));
                }
            }
            outcome
        }
        Pattern::Array { elements, partial } => {
            let Some(held) = actual.as_array() else { return differs() };
            if *partial { subsequence(elements, held, path, exact) } else { sequence(elements, held, path, exact) }
        }
    }
}

fn sequence(wanted: &[Match], held: &[JsonValue], path: &str, exact: bool) -> Outcome {
    let mut outcome = Outcome::default();
    if wanted.len() != held.len() {
        let message = format!("wanted {} elements, got {}", wanted.len(), held.len());
        outcome.absorb(Outcome::differs(path, message));
    }
    for (index, pattern) in wanted.iter().enumerate().take(held.len()) {
        outcome.absorb(at(pattern, held.get(index), &format!("{path}[{index}]"), exact));
    }
    outcome
}

fn subsequence(wanted: &[Match], held: &[JsonValue], path: &str, exact: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let mut from = 0;
    for pattern in wanted {
        let tried: Vec<Outcome> = held
            .iter()
            .enumerate()
            .skip(from)
            .map(|(index, element)| at(pattern, Some(element), &format!("{path}[{index}]"), exact))
            .collect();
        if let Some(hit) = tried.iter().position(Outcome::is_match) {
            from += hit + 1;
            outcome.absorb(tried.into_iter().nth(hit).unwrap_or_default());
            continue;
        }
        let after = if from == 0 { String::new() } else { format!(" after [{}]", from - 1) };
        let message = format!("wanted an element that is {}{after}, none of {} is", describe(pattern), held.len());
        outcome.absorb(Outcome::differs(path, message));
        // The closest one says more than the pattern alone, unless it is a scalar, which says nothing.
        if let Some(closest) = tried.into_iter().min_by_key(|tried| tried.mismatches.len())
            && closest.mismatches.iter().any(|mismatch| mismatch.path.contains("]."))
        {
            outcome.absorb(closest);
        }
    }
    outcome
}

fn same_scalar(wanted: &JsonValue, actual: &JsonValue) -> bool {
    // 2 and 2.0 are one JSON number, and a template has the former.
    wanted == actual || (wanted.is_number() && wanted.as_f64() == actual.as_f64() && wanted.as_f64().is_some())
}

/// Returns the text of a string, or of a concatenation as `Fn::Sub` would have it.
pub(super) fn text(value: &JsonValue) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let (function, argument) = value.as_object().filter(|members| members.len() == 1)?.iter().next()?;
    match function.as_str() {
        "Ref" => Some(format!("${{{}}}", argument.as_str()?)),
        "Fn::GetAtt" => Some(format!("${{{}.{}}}", argument[0].as_str()?, argument[1].as_str()?)),
        "Fn::Sub" => argument.as_str().map(str::to_owned),
        "Fn::Join" => {
            let parts: Option<Vec<String>> = argument[1].as_array()?.iter().map(text).collect();
            Some(parts?.join(argument[0].as_str()?))
        }
        _ => None,
    }
}

/// Returns whether `text` fits `glob`, in which each `*` stands for any characters.
pub(super) fn fits(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(start) = text.find(part) else { return false };
        text = &text[start + part.len()..];
    }
    text.ends_with(last)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn describe(pattern: &Match) -> String {
    match &pattern.0 {
        Pattern::Scalar(value) => brief(value),
        Pattern::Object { members, .. } => {
            let names: Vec<&str> = members.keys().map(String::as_str).collect();
            if names.is_empty() { "an object".to_owned() } else { format!("an object with {}", names.join(", ")) }
        }
        Pattern::Array { elements, partial: true } => {
            let wanted: Vec<String> = elements.iter().map(describe).collect();
            format!("a list with {}", wanted.join(", "))
        }
        Pattern::Array { elements, partial: false } => format!("a list of {}", elements.len()),
        Pattern::Any => "anything".to_owned(),
        Pattern::Absent => "nothing".to_owned(),
        Pattern::Exact(inner) | Pattern::Capture(_, inner) => describe(inner),
        Pattern::Not(inner) => format!("something else than {}", describe(inner)),
        Pattern::StringLike(glob) => format!("text like {glob:?}"),
        Pattern::SerializedJson(_) => "JSON text".to_owned(),
    }
}

/// Returns the value as JSON on one line, cut where it gets long.
fn brief(value: &JsonValue) -> String {
    const MOST: usize = 160;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(pattern: impl Into<Match>, actual: &JsonValue) -> Vec<String> {
        compare(&pattern.into(), Some(actual), "").mismatches.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn objects_match_in_part_and_lists_as_a_whole() {
        assert!(differences(json!({ "A": { "B": 1 } }), &json!({ "A": { "B": 1, "C": 2 }, "D": 3 })).is_empty());
        assert_eq!(differences(json!([1]), &json!([1, 2])), ["wanted 1 elements, got 2"]);
        assert_eq!(differences(json!({ "A": ["x"] }), &json!({ "A": ["y"] })), [r#"A[0]: wanted "x", got "y""#]);
    }

    #[test]
    fn exact_goes_all_the_way_down_and_object_equals_does_not() {
        let actual = json!({ "A": { "B": 1, "C": 2 } });
        assert_eq!(
            differences(Match::exact(json!({ "A": { "B": 1 } })), &actual),
            ["A.C: wanted no other members, got 2"]
        );
        assert!(differences(Match::object_equals(json!({ "A": { "B": 1 } })), &actual).is_empty());
        assert!(differences(Match::exact(json!({ "A": Match::object_like(json!({ "B": 1 })) })), &actual).is_empty());
        assert_eq!(
            differences(Match::object_equals(json!({})), &actual),
            [r#"A: wanted no other members, got {"B":1,"C":2}"#]
        );
    }

    #[test]
    fn absent_and_any_are_about_being_there() {
        let pattern = json!({ "A": Match::any(), "B": Match::absent() });
        assert!(differences(pattern.clone(), &json!({ "A": null })).is_empty());
        assert_eq!(
            differences(pattern, &json!({ "B": 1 })),
            ["A: wanted anything, is absent", "B: wanted nothing, got 1"]
        );
    }

    #[test]
    fn array_with_wants_order_and_shows_the_closest_element() {
        let actual = json!([{ "A": 1, "B": 1 }, { "A": 2, "B": 5 }]);
        assert!(differences(Match::array_with(json!([{ "A": 1 }, { "A": 2 }])), &actual).is_empty());
        assert_eq!(differences(Match::array_with(json!([{ "A": 2 }, { "A": 1 }])), &actual).len(), 1);
        assert_eq!(
            differences(Match::array_with(json!([{ "A": 2, "B": 4 }])), &actual),
            ["wanted an element that is an object with A, B, none of 2 is", "[1].B: wanted 4, got 5",]
        );
        assert_eq!(
            differences(Match::array_with("s3:GetObject"), &json!(["s3:PutObject"])),
            [r#"wanted an element that is "s3:GetObject", none of 1 is"#]
        );
    }

    #[test]
    fn text_may_hold_deploy_time_values() {
        let actual =
            json!({ "Fn::Join": ["", ["arn:", { "Ref": "AWS::Partition" }, ":x/", { "Fn::GetAtt": ["Q", "Arn"] }]] });
        assert!(differences(Match::string_like("arn:${AWS::Partition}:x/*"), &actual).is_empty());
        assert_eq!(
            differences(Match::string_like("*:y/*"), &actual),
            [r#"wanted text like "*:y/*", got "arn:${AWS::Partition}:x/${Q.Arn}""#]
        );
        assert_eq!(differences(Match::string_like("*"), &json!(5)), [r#"wanted text like "*", got 5"#]);
    }

    #[test]
    fn globs_fit_from_end_to_end() {
        for (glob, text, fit) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b*d", "abcd", true),
            ("*b*d", "abdc", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(glob, text), fit, "{glob} {text}");
        }
    }

    #[test]
    fn json_inside_text_is_a_pattern_of_its_own() {
        let actual = json!("{\"panels\":[{\"title\":\"p95\"}]}");
        assert!(differences(Match::serialized_json(json!({ "panels": [{ "title": "p95" }] })), &actual).is_empty());
        assert_eq!(
            differences(Match::serialized_json(json!({ "panels": [] })), &actual),
            ["(as JSON).panels: wanted 0 elements, got 1"]
        );
        assert!(differences(Match::serialized_json(Match::any()), &json!("{"))[0].starts_with("wanted JSON text, got"));
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(differences(2.0, &json!(2)).is_empty());
        assert_eq!(differences(2, &json!("2")), [r#"wanted 2, got "2""#]);
    }

    #[test]
    fn not_turns_a_pattern_around() {
        assert!(differences(Match::not("*"), &json!("arn")).is_empty());
        assert_eq!(
            differences(Match::not(Match::array_with("a")), &json!(["a"])),
            [r#"wanted something else than a list with "a", got ["a"]"#]
        );
    }

    #[test]
    fn captures_come_from_what_matched() {
        let pattern = Match::array_with(json!([{ "A": 2, "B": Match::any().capture("b") }]));
        let outcome = compare(&pattern, Some(&json!([{ "A": 1, "B": 1 }, { "A": 2, "B": 5 }])), "");
        assert_eq!(outcome.captures, [("b".to_owned(), json!(5))]);
    }
}

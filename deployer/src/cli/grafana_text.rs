//! What is told of contents to a person.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::grafana::{Action, Applied, Plan, Step};

/// How many differences of one thing are shown, and how long a value may be.
const MOST: usize = 8;
const LONGEST: usize = 60;

/// A plan: a line for each thing, below it what differs, and a line that sums it up.
pub(super) fn plan(plan: &Plan, color: bool) -> String {
    let mut text = format!("{} at {}\n", plan.content, plan.url);
    for step in plan.steps.iter().filter(|step| step.action != Action::Nothing) {
        let (sign, word, code) = sign(step.action);
        let note = step.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let line = format!("{sign} {}{word}{note}", step.name());
        text += &if color { format!("  \u{1b}[{code}m{line}\u{1b}[0m\n") } else { format!("  {line}\n") };
        text += &differences(step);
    }
    let counts = [
        (Action::Create, "to create"),
        (Action::Change, "to change"),
        (Action::Drift, "changed by hand"),
        (Action::Adopt, "to take over"),
        (Action::Conflict, "of somebody else"),
        (Action::Remove, "to remove"),
    ];
    let counts = counts.map(|(action, word)| (plan.count(action), word));
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    text += &if counts.is_empty() { "  nothing to do\n".to_owned() } else { format!("  {}\n", counts.join(", ")) };
    text
}

/// The sign, what is said of the thing, and the color.
fn sign(action: Action) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Create => ("+", "", "32"),
        Action::Change => ("~", "", "33"),
        Action::Drift => ("~", ": changed by hand, is brought back", "35"),
        Action::Adopt => ("~", ": somebody else made it, is taken over", "35"),
        Action::Conflict => ("!", ": somebody else made it; --adopt takes it over", "31"),
        Action::Remove => ("-", "", "31"),
        Action::Nothing => (" ", "", "0"),
    }
}

fn differences(step: &Step) -> String {
    let mut text = String::new();
    for difference in step.differences.iter().take(MOST) {
        let (found, defined) = short(difference.found.as_ref(), difference.defined.as_ref());
        let path = if difference.path.is_empty() { "all of it" } else { &difference.path };
        _ = writeln!(text, "      {path}: {found} in Grafana, {defined} defined");
    }
    if let Some(more) = step.differences.len().checked_sub(MOST).filter(|more| *more > 0) {
        _ = writeln!(text, "      and {more} more");
    }
    text
}

/// Both values, short enough for a line. Of long texts the part that differs is shown.
fn short(found: Option<&Json>, defined: Option<&Json>) -> (String, String) {
    if let (Some(Json::Array(found)), Some(Json::Array(defined))) = (found, defined) {
        return (format!("{} elements", found.len()), defined.len().to_string());
    }
    let [found, defined] = [found, defined].map(|json| json.map_or_else(|| "nothing".to_owned(), Json::to_string));
    let same = found.chars().zip(defined.chars()).take_while(|(one, other)| one == other).count();
    let from = if found.chars().count().max(defined.chars().count()) > LONGEST { same.saturating_sub(10) } else { 0 };
    let cut = |text: &str| {
        let part: String = text.chars().skip(from).take(LONGEST).collect();
        let (before, after) = (from > 0, text.chars().count() > from + LONGEST);
        format!("{}{part}{}", if before { "…" } else { "" }, if after { "…" } else { "" })
    };
    (cut(&found), cut(&defined))
}

/// What was done, in a line.
pub(super) fn applied(applied: &Applied) -> String {
    let count = |actions: &[Action]| applied.steps.iter().filter(|step| actions.contains(&step.action)).count();
    let counts = [
        (count(&[Action::Create]), "created"),
        (count(&[Action::Change, Action::Drift]), "changed"),
        (count(&[Action::Adopt]), "taken over"),
        (count(&[Action::Remove]), "removed"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let what = if counts.is_empty() { "nothing had to be done".to_owned() } else { counts.join(", ") };
    format!("{} at {}: {what}\n", applied.content, applied.url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_long_text_the_part_that_differs_is_shown() {
        let (one, other) = (format!("{}new", "x".repeat(200)), format!("{}old", "x".repeat(200)));
        let (found, defined) = short(Some(&json!(one)), Some(&json!(other)));
        assert_eq!((found.as_str(), defined.as_str()), ("…xxxxxxxxxxnew\"", "…xxxxxxxxxxold\""));
        assert_eq!(short(None, Some(&json!(5))), ("nothing".into(), "5".into()));
        assert_eq!(short(Some(&json!([1, 2, 3])), Some(&json!([1]))), ("3 elements".into(), "1".into()));
    }
}

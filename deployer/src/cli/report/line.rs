//! The words for events, which the terminal and the log share.

use std::time::Duration;

use crate::grafana::Action;
use crate::{AssetState, Event, Operation, ResourceEvent, StackResult};

/// The stack that an event is about, and what it says; nothing where it only concerns a live view.
pub(super) fn line(event: &Event) -> Option<(Option<&str>, String)> {
    match event {
        Event::Planned { operation, stacks } => Some((None, format!("{}: {}", planned(*operation), stacks.join(", ")))),
        Event::Note { stack, text } => Some((stack.as_deref(), format!("note: {text}"))),
        Event::Asset { stack, name, state, bytes } => Some((Some(stack), asset(name, *state, *bytes))),
        Event::StackStarted { stack, operation, resources } => {
            let what = operation_word(*operation);
            let count = resources.map(|count| format!(", {}", counted(count, "resource"))).unwrap_or_default();
            Some((Some(stack), format!("{what}{count}")))
        }
        Event::Estimate { stack, duration } => Some((Some(stack), format!("took {} the last time", time(*duration)))),
        Event::Resource(event) => Some((Some(&event.stack), resource(event))),
        Event::Waiting { stack, what, elapsed } => {
            Some((Some(stack), format!("waiting {} for {what}", time(*elapsed))))
        }
        Event::Grafana { stack, content, action, thing } => {
            Some((Some(stack), format!("grafana {content}: {} {thing}", done_word(*action))))
        }
        Event::CanaryCheck { stack, canary, check, passed, text, elapsed } => {
            let what = text.as_deref().map(|text| format!(": {}", text.trim().replace('\n', " "))).unwrap_or_default();
            let elapsed = elapsed.map(|elapsed| format!(" in {} ms", elapsed.as_millis())).unwrap_or_default();
            Some((Some(stack), format!("canary {canary}: {check} {}{elapsed}{what}", passed_word(*passed))))
        }
        Event::Canary { stack, canary, passed, text, checks, elapsed } => {
            let what = text.as_deref().map(|text| format!(": {}", text.trim().replace('\n', " "))).unwrap_or_default();
            let checks = if *checks > 0 { format!(", {}", counted(*checks, "check")) } else { String::new() };
            let (word, elapsed) = (passed_word(*passed), time(*elapsed));
            Some((Some(stack), format!("canary {canary} {word} after {elapsed}{checks}{what}")))
        }
        Event::StackDone { stack, result, elapsed } => {
            Some((Some(stack), format!("{} after {}", result_word(*result), time(*elapsed))))
        }
    }
}

/// A resource as a person knows it, and what became of it.
pub(in crate::cli) fn resource(event: &ResourceEvent) -> String {
    let reason = event.reason.as_deref().map(|reason| format!(": {}", reason.trim().replace('\n', " ")));
    format!("{} {} ({}){}", event.status, name(event), event.resource_type, reason.unwrap_or_default())
}

pub(super) fn name(event: &ResourceEvent) -> &str {
    event.path.as_deref().unwrap_or(&event.logical_id)
}

fn asset(name: &str, state: AssetState, bytes: u64) -> String {
    match state {
        AssetState::Building => format!("asset {name}: building"),
        AssetState::Publishing if bytes > 0 => format!("asset {name}: publishing, {} sent", counted(bytes, "byte")),
        AssetState::Publishing => format!("asset {name}: publishing"),
        AssetState::Published => format!("asset {name}: published, {}", counted(bytes, "byte")),
        AssetState::Present => format!("asset {name}: there already"),
    }
}

fn planned(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "to create",
        Operation::Update => "to update",
        Operation::Deploy => "to deploy",
        Operation::RollBack => "to roll back",
        Operation::Destroy => "to destroy",
    }
}

pub(super) fn operation_word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "creating",
        Operation::Update => "updating",
        Operation::Deploy => "deploying",
        Operation::RollBack => "rolling back",
        Operation::Destroy => "destroying",
    }
}

pub(super) fn result_word(result: StackResult) -> &'static str {
    match result {
        StackResult::Created => "created",
        StackResult::Updated => "updated",
        StackResult::Prepared => "prepared",
        StackResult::Unchanged => "unchanged",
        StackResult::RolledBack => "rolled back",
        StackResult::Destroyed => "destroyed",
        StackResult::Absent => "not there",
        StackResult::Failed => "failed",
        StackResult::Skipped => "skipped",
    }
}

fn done_word(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Change => "changed",
        Action::Drift => "brought back",
        Action::Adopt => "took over",
        Action::Remove => "removed",
        Action::Conflict | Action::Nothing => "left",
    }
}

fn passed_word(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}

/// A time as a person says it: `0.4 s`, `42 s`, `3 min 5 s`, `1 h 2 min`.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn counted(number: impl Into<Count>, noun: &str) -> String {
    let Count(number) = number.into();
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

struct Count(u64);

impl From<u64> for Count {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<usize> for Count {
    fn from(number: usize) -> Self {
        Self(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_their_measure() {
        let said = [0.04, 9.9, 42.0, 185.0, 3725.0].map(|seconds| time(Duration::from_secs_f64(seconds)));
        assert_eq!(said, ["0.0 s", "9.9 s", "42 s", "3 min 5 s", "1 h 2 min"]);
    }

    #[test]
    fn a_canary_is_told_by_its_checks_and_its_verdict() {
        let (stack, canary) = ("App".to_owned(), "App/TestRunner".to_owned());
        let check = Event::CanaryCheck {
            stack: stack.clone(),
            canary: canary.clone(),
            check: "read-1".into(),
            passed: false,
            text: Some("GET /data: expected status 200, got status 500".into()),
            elapsed: Some(Duration::from_millis(12)),
        };
        let told = "canary App/TestRunner: read-1 failed in 12 ms: GET /data: expected status 200, got status 500";
        assert_eq!(line(&check), Some((Some("App"), told.into())));
        let elapsed = Duration::from_secs(2);
        let verdict = Event::Canary { stack, canary, passed: true, text: None, checks: 6, elapsed };
        assert_eq!(line(&verdict), Some((Some("App"), "canary App/TestRunner passed after 2.0 s, 6 checks".into())));
    }
}

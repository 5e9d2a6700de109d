//! The words for events, which the terminal and the log share.

use std::time::Duration;

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
        StackResult::Destroyed => "destroyed",
        StackResult::Absent => "not there",
        StackResult::Failed => "failed",
        StackResult::Skipped => "skipped",
    }
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
}

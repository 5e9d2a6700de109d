//! Lines for a pipe or a log: no color, nothing that moves.

use std::io::Write;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::line::line;
use super::write;
use crate::cli::asking::Asking;
use crate::{Event, Question, Report};

/// Writes a line for each event: the time (UTC), the stack, and what happened.
pub(super) struct PlainReport<W> {
    to: W,
    asking: Asking,
    now: fn() -> SystemTime,
    width: usize,
}

impl<W: Write> PlainReport<W> {
    pub(super) fn new(to: W, asking: Asking) -> Self {
        Self { to, asking, now: SystemTime::now, width: 0 }
    }
}

impl<W: Write> Report for PlainReport<W> {
    fn event(&mut self, event: &Event) {
        if let Event::Planned { stacks, .. } = event {
            self.width = stacks.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        }
        let Some((stack, text)) = line(event) else { return };
        // A resource has the time that CloudFormation gives it.
        let time = match event {
            Event::Resource(event) => clock(&event.time),
            _ => clock(&DateTime::from((self.now)()).fmt(Format::DateTime).unwrap_or_default()),
        };
        let stack = stack.map(|stack| format!("{stack:width$}  ", width = self.width)).unwrap_or_default();
        write(&mut self.to, &format!("{time}  {stack}{text}\n"));
    }

    fn approve(&mut self, question: &Question) -> bool {
        self.asking.approve(question, &mut self.to)
    }
}

/// The time of day in a time by RFC 3339, to the second.
fn clock(time: &str) -> String {
    let clock = time.split_once('T').map_or(time, |(_, clock)| clock);
    format!("{}Z", clock.split(['.', 'Z', '+']).next().unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::{AssetState, Operation, ResourceEvent, StackResult};

    pub(in crate::cli::report) fn resource(id: &str, status: &str, reason: Option<&str>) -> Event {
        Event::Resource(ResourceEvent {
            stack: "App".into(),
            id: format!("{id}-{status}"),
            time: "2026-03-01T12:00:05.123Z".into(),
            logical_id: id.into(),
            path: Some(format!("App/{id}")),
            resource_type: "AWS::ECS::Service".into(),
            physical_id: None,
            status: status.into(),
            reason: reason.map(str::to_owned),
            service_token: None,
        })
    }

    /// A deployment in which something fails.
    pub(in crate::cli::report) fn deployment() -> Vec<Event> {
        let seconds = Duration::from_secs;
        vec![
            Event::Planned { operation: Operation::Deploy, stacks: vec!["Network".into(), "App".into()] },
            Event::Asset { stack: "App".into(), name: "api".into(), state: AssetState::Published, bytes: 1 },
            Event::StackDone { stack: "Network".into(), result: StackResult::Unchanged, elapsed: seconds(1) },
            Event::StackStarted { stack: "App".into(), operation: Operation::Create, resources: Some(2) },
            resource("Api", "CREATE_IN_PROGRESS", None),
            Event::Waiting { stack: "App".into(), what: "App/Api".into(), elapsed: seconds(65) },
            resource("Api", "CREATE_FAILED", Some("the image\nis not there")),
            Event::Note { stack: None, text: "nothing else was touched".into() },
            Event::StackDone { stack: "App".into(), result: StackResult::Failed, elapsed: seconds(70) },
        ]
    }

    #[test]
    fn a_line_for_each_event() {
        let mut text = Vec::new();
        let noon = || UNIX_EPOCH + Duration::from_secs(12 * 3600);
        let mut report = PlainReport { to: &mut text, asking: Asking::nobody(), now: noon, width: 0 };
        deployment().iter().for_each(|event| report.event(event));
        let expected = "\
12:00:00Z  to deploy: Network, App
12:00:00Z  App      asset api: published, 1 byte
12:00:00Z  Network  unchanged after 1.0 s
12:00:00Z  App      creating, 2 resources
12:00:05Z  App      CREATE_IN_PROGRESS App/Api (AWS::ECS::Service)
12:00:00Z  App      waiting 1 min 5 s for App/Api
12:00:05Z  App      CREATE_FAILED App/Api (AWS::ECS::Service): the image is not there
12:00:00Z  note: nothing else was touched
12:00:00Z  App      failed after 1 min 10 s
";
        assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
    }
}

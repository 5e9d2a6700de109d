//! The last lines of a log.

use std::time::Duration;

use super::asked;
use crate::clients::Clients;
use crate::plain::plain_lines;

/// How many lines are told, how many events are read for them, and how many pages of those.
const LINES: usize = 10;
const EVENTS: i32 = 30;
const PAGES: usize = 3;
/// How far around a moment is looked.
const BEFORE: Duration = Duration::from_secs(300);
const AFTER: Duration = Duration::from_secs(30);

/// Where in a log group is looked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// At the end of a stream, or what it had up to a moment, in milliseconds.
    Stream { name: &'a str, until: Option<i64> },
    /// Around a moment, in milliseconds.
    Around(i64),
}

/// The last lines there, the oldest first; none where there is no such log.
pub(super) async fn tail(clients: &Clients, group: &str, place: Place<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    match place {
        Place::Stream { name, until } => {
            let request = clients.logs.get_log_events().log_group_name(group).log_stream_name(name).limit(EVENTS);
            let request = request.set_end_time(until.map(|until| until + millis(AFTER))).start_from_head(false);
            let answer = asked(request.send()).await.and_then(|answer| answer.events).unwrap_or_default();
            messages.extend(answer.into_iter().filter_map(|event| event.message));
        }
        Place::Around(moment) => {
            let mut token = None;
            for _ in 0..PAGES {
                let request = clients.logs.filter_log_events().log_group_name(group).set_next_token(token);
                let request = request.start_time(moment - millis(BEFORE)).end_time(moment + millis(AFTER));
                let Some(answer) = asked(request.send()).await else { break };
                messages.extend(answer.events.unwrap_or_default().into_iter().filter_map(|event| event.message));
                token = answer.next_token;
                if token.is_none() {
                    break;
                }
            }
        }
    }
    last(&messages)
}

/// The stream in which something is written around a moment.
pub(super) async fn stream_with(clients: &Clients, group: &str, text: &str, moment: i64) -> Option<String> {
    let request = clients.logs.filter_log_events().log_group_name(group).filter_pattern(format!("\"{text}\""));
    let request = request.start_time(moment - millis(BEFORE)).end_time(moment + millis(AFTER)).limit(1);
    let answer = asked(request.send()).await?;
    answer.events.unwrap_or_default().into_iter().find_map(|event| event.log_stream_name)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The last lines of messages, without those that a function's platform writes of every call.
fn last(messages: &[String]) -> Vec<String> {
    let of_platform = ["START RequestId:", "END RequestId:", "INIT_START "];
    let telling = messages.iter().filter(|message| !of_platform.iter().any(|start| message.starts_with(start)));
    let mut lines: Vec<String> = telling.flat_map(|message| plain_lines(message)).collect();
    lines.drain(..lines.len().saturating_sub(LINES));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told() {
        let mut messages: Vec<String> = (0..20).map(|number| format!("line {number}\n")).collect();
        messages.push("START RequestId: 1 Version: $LATEST".into());
        messages.push("Traceback:\n  File\n\n  Error".into());
        messages.push("END RequestId: 1".into());
        let lines = last(&messages);
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[6..], ["line 19", "Traceback:", "  File", "  Error"]);
    }
}

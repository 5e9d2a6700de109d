//! Reading one log group: each line once, however late it comes.

use std::collections::{BTreeSet, VecDeque};
use std::time::SystemTime;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use aws_smithy_types::DateTime;

use super::group::Group;
use super::line::LogLine;
use super::owners::owner;
use crate::deploy_error::AwsError;
use crate::described::rfc3339;

/// How late a line may come, in milliseconds.
const LATENESS: i64 = 120_000;

/// One group that is read.
#[derive(Debug)]
pub(super) struct Reading {
    group: Group,
    filter: Option<String>,
    oldest: i64,
    /// The time of the newest line.
    newest: i64,
    /// The times and ids of lines that may come again.
    seen: BTreeSet<(i64, String)>,
    /// What has come and was not taken yet, the oldest first.
    come: VecDeque<FilteredLogEvent>,
    /// Where the next page is; nothing where there is none.
    next: Next,
    /// From which moment on this time, in milliseconds: all pages are of one question.
    from: i64,
    /// What was told already.
    told: bool,
    refused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    First,
    Page(String),
    None,
}

impl Reading {
    pub(super) fn of(group: Group, oldest: i64, filter: Option<String>) -> Self {
        Self {
            group,
            filter,
            oldest,
            newest: oldest,
            seen: BTreeSet::new(),
            come: VecDeque::new(),
            next: Next::None,
            from: oldest,
            told: false,
            refused: false,
        }
    }

    /// Begins anew with what may have come late.
    pub(super) fn begin(&mut self) {
        self.come.clear();
        self.from = self.since(now());
        self.next = if self.refused { Next::None } else { Next::First };
    }

    /// From which moment on lines are read. A line of the future, by a clock that is wrong, is no reason to leave out
    /// others.
    fn since(&self, now: i64) -> i64 {
        (self.newest.min(now) - LATENESS).max(self.oldest)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.come.is_empty()
    }

    /// Reads until there are lines to take, or no more. Returns what whoever asks should know.
    pub(super) async fn fill(&mut self) -> Result<Option<String>, AwsError> {
        while self.come.is_empty() && self.next != Next::None {
            match self.page().await {
                Ok(()) => {}
                Err(error) => return self.failed(error),
            }
        }
        Ok(None)
    }

    fn failed(&mut self, error: AwsError) -> Result<Option<String>, AwsError> {
        let name = &self.group.name;
        let text = match error.code.as_str() {
            "ResourceNotFoundException" => format!("there is no log group {name} yet: nothing was written to it"),
            "AccessDeniedException" | "AccessDenied" => {
                self.refused = true;
                format!("the log group {name} cannot be read: whoever asks needs the permission {}", error.operation)
            }
            _ => return Err(error),
        };
        self.next = Next::None;
        let is_new = !self.told;
        self.told = true;
        Ok(is_new.then_some(text))
    }

    async fn page(&mut self) -> Result<(), AwsError> {
        // Of a group that others write to as well, only what its one owner writes.
        let prefix = match self.group.owners.as_slice() {
            [owner] => owner.prefix.clone(),
            _ => None,
        };
        let token = match &self.next {
            Next::Page(token) => Some(token.clone()),
            Next::First | Next::None => None,
        };
        let request = self.group.clients.logs.filter_log_events().log_group_name(&self.group.name);
        let request = request.start_time(self.from).set_filter_pattern(self.filter.clone());
        let request = request.set_log_stream_name_prefix(prefix).set_next_token(token);
        let answer = request.send().await.map_err(|error| AwsError::new("logs:FilterLogEvents", &error))?;
        self.next = answer.next_token.map_or(Next::None, Next::Page);
        self.come.extend(answer.events.unwrap_or_default());
        Ok(())
    }

    /// What its next line is ordered by.
    pub(super) fn key(&self) -> Option<(i64, i64)> {
        let event = self.come.front()?;
        Some((event.timestamp().unwrap_or_default(), event.ingestion_time().unwrap_or_default()))
    }

    /// Takes the next line; nothing where it is known already, or nobody asked for it.
    pub(super) fn take(&mut self) -> Option<LogLine> {
        let event = self.come.pop_front()?;
        let time = event.timestamp().unwrap_or_default();
        let (id, stream) = (event.event_id.unwrap_or_default(), event.log_stream_name.unwrap_or_default());
        self.newest = self.newest.max(time);
        if !self.seen.insert((time, id.clone())) {
            return None;
        }
        let owner = owner(&self.group.owners, &stream)?;
        Some(LogLine {
            time: rfc3339(&DateTime::from_millis(time)),
            stack: owner.stack.clone(),
            logical_id: owner.logical_id.clone(),
            path: owner.path.clone(),
            group: self.group.name.clone(),
            message: event.message.unwrap_or_default().trim_end().to_owned(),
            stream,
            id,
        })
    }

    /// Forgets lines that do not come again.
    pub(super) fn forget(&mut self) {
        self.seen = self.seen.split_off(&(self.since(now()), String::new()));
    }
}

fn now() -> i64 {
    DateTime::from(SystemTime::now()).to_millis().unwrap_or(i64::MAX)
}

/// Whether what went wrong may well go right a moment later.
pub(super) fn may_pass(error: &AwsError) -> bool {
    let passing = ["", "InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException"];
    error.code.starts_with("Throttling") || passing.contains(&error.code.as_str())
}

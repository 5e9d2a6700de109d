//! What the functions and containers of stacks write, from all their log groups in one.

mod group;
mod line;
mod merge;
mod owners;
mod reading;

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;

pub use self::line::LogLine;
use self::merge::Merge;
use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::inspect_error::InspectError;
use crate::report::{Event, Report};
use crate::stack::Stack;

/// How far back is looked where nothing is said.
const SINCE: Duration = Duration::from_secs(3600);
/// How long is between two looks at logs that are followed, at first and at most; and how much of that each group costs,
/// for CloudWatch answers an account only so often.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(10);
const EACH: Duration = Duration::from_millis(200);

/// Which lines are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct LogsQuery {
    since: Duration,
    follow: bool,
    filter: Option<String>,
    resources: Vec<String>,
}

impl Default for LogsQuery {
    fn default() -> Self {
        Self { since: SINCE, follow: false, filter: None, resources: Vec::new() }
    }
}

impl LogsQuery {
    /// All lines of the last hour.
    pub fn new() -> Self {
        Self::default()
    }

    /// How far back is looked. One hour by default.
    pub fn since(mut self, duration: Duration) -> Self {
        self.since = duration;
        self
    }

    /// Goes on for ever. By default only what is there already is looked up. A line that reaches CloudWatch more than two
    /// minutes after others of its group may be missed.
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Only lines that a
    /// [filter pattern](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) matches,
    /// such as `ERROR` or `{ $.level = "error" }`. All by default.
    pub fn filter(mut self, pattern: impl Into<String>) -> Self {
        self.filter = Some(pattern.into());
        self
    }

    /// Only lines of this resource, by the path of its construct, which stands for all below it too, or by its logical id.
    /// May be called again for others. All by default.
    pub fn resource(mut self, path_or_id: impl Into<String>) -> Self {
        self.resources.push(path_or_id.into());
        self
    }
}

/// Looks up what the functions and containers of `stacks` write and what else goes to their log groups, and gives each
/// line to `take`, the oldest first, until that breaks. Groups that are not there or may not be read are told to `report`,
/// as are stacks that are not deployed.
///
/// # Errors
/// A stack is in another account, no resource is as the query names it, or AWS refuses.
pub async fn logs(
    stacks: &[&Stack],
    clients: &Clients,
    query: &LogsQuery,
    report: &mut impl Report,
    mut take: impl FnMut(&LogLine) -> ControlFlow<()>,
) -> Result<(), InspectError> {
    check_account(stacks, clients.identity())?;
    let mut groups = Vec::new();
    for stack in stacks {
        let found = group::groups_of(&clients_of(clients, stack), stack).await?;
        for text in found.notes {
            report.event(&Event::Note { stack: Some(stack.display_name.clone()), text });
        }
        group::join_groups(&mut groups, found.groups);
    }
    group::choose(&mut groups, &query.resources)?;
    if groups.is_empty() {
        report.event(&Event::Note { stack: None, text: "nothing here writes to CloudWatch Logs".into() });
        return Ok(());
    }
    let oldest =
        SystemTime::now().checked_sub(query.since).map_or(0, |time| DateTime::from(time).to_millis().unwrap_or(0));
    let least = FIRST.max(EACH * u32::try_from(groups.len()).unwrap_or(u32::MAX));
    let mut merge = Merge::of(groups, oldest, query.filter.as_deref());
    let mut pause = least;
    loop {
        let passed = merge.pass(&mut take).await;
        for text in merge.take_notes() {
            report.event(&Event::Note { stack: None, text });
        }
        let some = match passed {
            Ok(ControlFlow::Break(())) => return Ok(()),
            Ok(ControlFlow::Continue(some)) => some,
            // What passes by itself is no reason to end what goes on for ever.
            Err(error) if query.follow && reading::may_pass(&error) => {
                report.event(&Event::Note { stack: None, text: format!("{error}; going on") });
                pause = LAST.max(least);
                false
            }
            Err(error) => return Err(error.into()),
        };
        if !query.follow {
            return Ok(());
        }
        pause = if some { least } else { (pause * 3 / 2).min(LAST.max(least)) };
        tokio::time::sleep(pause).await;
    }
}

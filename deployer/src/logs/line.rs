//! One line of a log.

use serde::Serialize;

/// What was written at once: a line, mostly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogLine {
    /// The time that whoever wrote it gave it, by RFC 3339.
    pub time: String,
    /// The display name of the stack.
    pub stack: String,
    /// The logical id of the function, the task definition or the log group.
    pub logical_id: String,
    /// The path of its construct, where the assembly tells it.
    pub path: Option<String>,
    /// The log group.
    pub group: String,
    /// The stream in it.
    pub stream: String,
    /// What was written, without the new line at its end.
    pub message: String,
    /// The id that CloudWatch gave it.
    pub id: String,
}

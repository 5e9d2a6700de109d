//! What is said in the end.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::load::Load;
use crate::mix::Kind;
use crate::options::Thresholds;
use crate::record::{Latencies, Problem, Tally};

/// The result of a run; its text is what a reader sees, its serialization what a program does.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    target: String,
    asked_rate: Option<f64>,
    connections: usize,
    seed: u64,
    interrupted: bool,
    seconds: f64,
    requests: Requests,
    latency: Percentiles,
    body_bytes: Bytes,
    operations: Vec<Row>,
    documents: DocumentCounts,
    thresholds: Vec<Threshold>,
    passed: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Requests {
    sent: u64,
    not_sent: u64,
    answered: u64,
    answered_per_second: f64,
    unexpected: u64,
    error_rate: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Bytes {
    sent: u64,
    received: u64,
}

/// Latencies in seconds; without any, all are 0.
#[derive(Clone, Debug, Serialize)]
struct Percentiles {
    count: u64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    p99_9: f64,
    max: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    kind: Kind,
    operation: &'static str,
    requests: u64,
    expected: BTreeMap<String, u64>,
    unexpected: Vec<Unexpected>,
    latency: Percentiles,
}

#[derive(Clone, Debug, Serialize)]
struct Unexpected {
    problem: &'static str,
    status: Option<u16>,
    count: u64,
    example: String,
}

#[derive(Clone, Debug, Serialize)]
struct DocumentCounts {
    written: u64,
    deleted: u64,
    left: u64,
    unknown: u64,
}

/// A threshold with what was reached; times in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Threshold {
    name: &'static str,
    limit: f64,
    reached: f64,
    held: bool,
}

impl Summary {
    /// Sums up a run that sent its last request at `until`.
    pub(crate) fn new(load: &Load, until: Instant, interrupted: bool) -> Self {
        let seconds = until.saturating_duration_since(load.schedule.measured).as_secs_f64();
        let recorder = load.recorder();
        let (ended, answered, unexpected) = recorder.totals();
        let sent = load.sent();
        let requests = Requests {
            sent,
            not_sent: load.schedule.due_until(until).saturating_sub(sent),
            answered,
            answered_per_second: if seconds > 0.0 { answered as f64 / seconds } else { 0.0 },
            unexpected,
            error_rate: if ended > 0 { unexpected as f64 / ended as f64 } else { 0.0 },
        };
        let thresholds = judged(&load.options.thresholds, &requests, &recorder.latencies);
        let pool = load.pool();
        Self {
            target: load.options.target.url(""),
            asked_rate: load.options.rate,
            connections: load.options.connections,
            seed: load.options.plan.seed,
            interrupted,
            seconds,
            latency: Percentiles::new(&recorder.latencies),
            body_bytes: Bytes { sent: recorder.sent, received: recorder.received },
            operations: recorder
                .tallies
                .iter()
                .map(|(operation, tally)| row(operation.kind(), operation.name(), tally))
                .collect(),
            documents: DocumentCounts {
                written: pool.written,
                deleted: pool.deleted,
                left: pool.written.saturating_sub(pool.deleted),
                unknown: pool.unknown,
            },
            // A run in which nothing came to its end has shown nothing.
            passed: ended > 0 && thresholds.iter().all(|threshold| threshold.held),
            thresholds,
            requests,
        }
    }

    /// Whether all thresholds held.
    pub(crate) fn passed(&self) -> bool {
        self.passed
    }
}

fn judged(thresholds: &Thresholds, requests: &Requests, latencies: &Latencies) -> Vec<Threshold> {
    let at_most = |name, limit, reached| Threshold { name, limit, reached, held: reached <= limit };
    let latency = |name, share, limit: Duration| {
        let threshold = at_most(name, limit.as_secs_f64(), latencies.quantile(share).as_secs_f64());
        Threshold { held: threshold.held && latencies.count() > 0, ..threshold }
    };
    let rate = requests.answered_per_second;
    [
        thresholds.max_p95.map(|limit| latency("max-p95", 0.95, limit)),
        thresholds.max_p99.map(|limit| latency("max-p99", 0.99, limit)),
        Some(at_most("max-error-rate", thresholds.max_error_rate, requests.error_rate)),
        thresholds.min_rate.map(|limit| Threshold { name: "min-rate", limit, reached: rate, held: rate >= limit }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Percentiles {
    fn new(latencies: &Latencies) -> Self {
        let at = |share| latencies.quantile(share).as_secs_f64();
        Self {
            count: latencies.count(),
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            max: latencies.longest().as_secs_f64(),
        }
    }
}

fn row(kind: Kind, operation: &'static str, tally: &Tally) -> Row {
    let expected = tally
        .expected
        .iter()
        .map(|(status, count)| (status.map_or_else(|| "given up".into(), |status| status.to_string()), *count));
    let unexpected = tally.unexpected.iter().map(|(problem, (count, example))| {
        let (problem, status) = match problem {
            Problem::Status(status) => ("status", Some(*status)),
            Problem::Content => ("content", None),
            Problem::Connection => ("connection", None),
            Problem::Timeout => ("timeout", None),
        };
        Unexpected { problem, status, count: *count, example: example.clone() }
    });
    Row {
        kind,
        operation,
        requests: tally.requests(),
        expected: expected.collect(),
        unexpected: unexpected.collect(),
        latency: Percentiles::new(&tally.latencies),
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Requests { sent, not_sent, answered, answered_per_second, unexpected, error_rate } = &self.requests;
        let how = match self.asked_rate {
            Some(rate) => format!("{rate} requests/s, at most {} in flight", self.connections),
            None => format!("{} connections, as fast as they are answered", self.connections),
        };
        let interrupted = if self.interrupted { ", interrupted" } else { "" };
        writeln!(f, "{}: {:.1} s{interrupted}; {how}; seed {}", self.target, self.seconds, self.seed)?;
        writeln!(
            f,
            "{sent} sent, {not_sent} not sent, {answered} answered ({answered_per_second:.1}/s), \
            {unexpected} unexpected ({:.2} %)\n",
            error_rate * 100.0
        )?;
        writeln!(f, "{:<22}{:>10}{:>12}   latency in ms", "", "requests", "unexpected")?;
        let names = ["p50", "p90", "p95", "p99", "p99.9", "max"];
        write!(f, "{:<22}{:>10}{:>12}", "", "", "")?;
        names.iter().try_for_each(|name| write!(f, "{name:>10}"))?;
        writeln!(f)?;
        for Row { kind, operation, requests, unexpected, latency, .. } in &self.operations {
            let unexpected: u64 = unexpected.iter().map(|unexpected| unexpected.count).sum();
            writeln!(f, "{:<8}{operation:<14}{requests:>10}{unexpected:>12}{latency}", kind.name())?;
        }
        writeln!(f, "{:<22}{:>10}{:>12}{}\n", "all but failing", self.latency.count, "", self.latency)?;
        for Row { operation, expected, unexpected, .. } in &self.operations {
            for (status, count) in expected {
                writeln!(f, "{operation:<14}{status:<12}{count:>10}")?;
            }
            for Unexpected { problem, status, count, example } in unexpected {
                let what = status.map_or_else(|| (*problem).to_owned(), |status| status.to_string());
                writeln!(f, "{operation:<14}{what:<12}{count:>10}  unexpected, such as {example}")?;
            }
        }
        writeln!(f, "\nbodies: {} bytes sent, {} received", self.body_bytes.sent, self.body_bytes.received)?;
        let DocumentCounts { written, deleted, left, unknown } = self.documents;
        write!(f, "documents: {written} written, {deleted} deleted, {left} left")?;
        if unknown > 0 {
            write!(f, ", {unknown} more perhaps written")?;
        }
        writeln!(f)?;
        for Threshold { name, limit, reached, held } in &self.thresholds {
            let (limit, reached) = match *name {
                "max-error-rate" => (format!("{} %", limit * 100.0), format!("{:.2} %", reached * 100.0)),
                "min-rate" => (format!("{limit}/s"), format!("{reached:.1}/s")),
                _ => (format!("{} ms", limit * 1000.0), format!("{:.1} ms", reached * 1000.0)),
            };
            writeln!(f, "{name} {limit}: {reached}, {}", if *held { "held" } else { "missed" })?;
        }
        write!(f, "{}", if self.passed { "passed" } else { "failed" })
    }
}

impl Display for Percentiles {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { p50, p90, p95, p99, p99_9, max, .. } = self;
        [p50, p90, p95, p99, p99_9, max].iter().try_for_each(|seconds| write!(f, "{:>10.2}", *seconds * 1000.0))
    }
}

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
    sent: u64,
    not_sent: u64,
    answered: u64,
    answered_per_second: f64,
    unexpected: u64,
    error_rate: f64,
    latency_seconds: Percentiles,
    body_bytes_sent: u64,
    body_bytes_received: u64,
    operations: Vec<Row>,
    documents_written: u64,
    documents_deleted: u64,
    documents_left: u64,
    documents_unknown: u64,
    thresholds: Vec<Threshold>,
    passed: bool,
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
    latency_seconds: Percentiles,
}

#[derive(Clone, Debug, Serialize)]
struct Unexpected {
    problem: &'static str,
    status: Option<u16>,
    count: u64,
    example: String,
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
        let answered_per_second = if seconds > 0.0 { answered as f64 / seconds } else { 0.0 };
        let error_rate = if ended > 0 { unexpected as f64 / ended as f64 } else { 0.0 };
        let thresholds = judged(&load.options.thresholds, answered_per_second, error_rate, &recorder.latencies);
        let pool = load.pool();
        let rows = recorder.tallies.iter();
        Self {
            target: load.options.target.url(""),
            asked_rate: load.options.rate,
            connections: load.options.connections,
            seed: load.options.plan.seed,
            interrupted,
            seconds,
            sent,
            not_sent: load.schedule.due_until(until).saturating_sub(sent),
            answered,
            answered_per_second,
            unexpected,
            error_rate,
            latency_seconds: Percentiles::new(&recorder.latencies),
            body_bytes_sent: recorder.sent,
            body_bytes_received: recorder.received,
            operations: rows.map(|(operation, tally)| row(operation.kind(), operation.name(), tally)).collect(),
            documents_written: pool.written,
            documents_deleted: pool.deleted,
            documents_left: pool.written.saturating_sub(pool.deleted),
            documents_unknown: pool.unknown,
            // A run in which nothing came to its end has shown nothing.
            passed: ended > 0 && thresholds.iter().all(|threshold| threshold.held),
            thresholds,
        }
    }

    /// Whether all thresholds held.
    pub(crate) fn passed(&self) -> bool {
        self.passed
    }
}

fn judged(thresholds: &Thresholds, rate: f64, error_rate: f64, latencies: &Latencies) -> Vec<Threshold> {
    let at_most = |name, limit, reached| Threshold { name, limit, reached, held: reached <= limit };
    let latency = |name, share, limit: Duration| {
        let threshold = at_most(name, limit.as_secs_f64(), latencies.quantile(share).as_secs_f64());
        Threshold { held: threshold.held && latencies.count() > 0, ..threshold }
    };
    [
        thresholds.max_p95.map(|limit| latency("max-p95", 0.95, limit)),
        thresholds.max_p99.map(|limit| latency("max-p99", 0.99, limit)),
        Some(at_most("max-error-rate", thresholds.max_error_rate, error_rate)),
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
        latency_seconds: Percentiles::new(&tally.latencies),
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { seconds, seed, sent, not_sent, answered, answered_per_second, unexpected, .. } = self;
        let how = match self.asked_rate {
            Some(rate) => format!("{rate} requests/s, at most {} in flight", self.connections),
            None => format!("as fast as answers come, {} in flight", self.connections),
        };
        let interrupted = if self.interrupted { ", interrupted" } else { "" };
        writeln!(f, "{}: {seconds:.1} s{interrupted}; {how}; seed {seed}", self.target)?;
        write!(f, "{sent} sent, {not_sent} not sent, {answered} answered ({answered_per_second:.1}/s), ")?;
        writeln!(f, "{unexpected} unexpected ({:.2} %)\n", self.error_rate * 100.0)?;
        write!(f, "{:<22}{:>10}{:>12}", "latency in ms", "requests", "unexpected")?;
        ["p50", "p90", "p95", "p99", "p99.9", "max"].iter().try_for_each(|name| write!(f, "{name:>10}"))?;
        writeln!(f)?;
        for Row { kind, operation, requests, unexpected, latency_seconds, .. } in &self.operations {
            let unexpected: u64 = unexpected.iter().map(|unexpected| unexpected.count).sum();
            writeln!(f, "{:<8}{operation:<14}{requests:>10}{unexpected:>12}{latency_seconds}", kind.name())?;
        }
        let latency = &self.latency_seconds;
        writeln!(f, "{:<22}{:>10}{:>12}{latency}\n", "all but failing", latency.count, "")?;
        for Row { operation, expected, unexpected, .. } in &self.operations {
            for (status, count) in expected {
                writeln!(f, "{operation:<14}{status:<12}{count:>10}")?;
            }
            for Unexpected { problem, status, count, example } in unexpected {
                let what = status.map_or_else(|| (*problem).to_owned(), |status| status.to_string());
                writeln!(f, "{operation:<14}{what:<12}{count:>10}  unexpected, such as {example}")?;
            }
        }
        writeln!(f, "\nbodies: {} bytes sent, {} received", self.body_bytes_sent, self.body_bytes_received)?;
        let Self { documents_written, documents_deleted, documents_left, documents_unknown, .. } = self;
        write!(f, "documents: {documents_written} written, {documents_deleted} deleted, {documents_left} left")?;
        if *documents_unknown > 0 {
            write!(f, ", {documents_unknown} more perhaps written")?;
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

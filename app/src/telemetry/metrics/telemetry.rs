//! Metrics of telemetry itself: what was lost, and what was left out.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::telemetry::logs::Output;

/// What is exported over OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
}

impl Signal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignalLabels {
    signal: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DroppedLabels {
    signal: &'static str,
    reason: &'static str,
}

/// The metrics of telemetry itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct TelemetryMetrics {
    /// Requests that were not traced because the budget was spent or the sampler said so.
    pub(crate) not_sampled: Counter,
    /// Requests without a log line of their own.
    pub(crate) lines_suppressed: Counter,
    exported: Family<SignalLabels, Counter>,
    dropped: Family<DroppedLabels, Counter>,
}

impl TelemetryMetrics {
    /// Spans or log records that were taken by the receiver.
    pub(crate) fn exported(&self, signal: Signal) -> Counter {
        self.exported.get_or_create_owned(&SignalLabels { signal: signal.name() })
    }

    /// Spans or log records that were lost because the queue was full.
    pub(crate) fn dropped_by_queue(&self, signal: Signal) -> Counter {
        self.dropped.get_or_create_owned(&DroppedLabels { signal: signal.name(), reason: "queue_full" })
    }

    /// Spans or log records that were lost because the receiver did not take them.
    pub(crate) fn dropped_by_export(&self, signal: Signal) -> Counter {
        self.dropped.get_or_create_owned(&DroppedLabels { signal: signal.name(), reason: "export_failed" })
    }

    /// Registers all of them; `lines` counts the log lines that stdout did not take in time.
    pub(crate) fn register(&self, registry: &mut Registry, lines: Output) {
        registry.register("traces_not_sampled", "Requests that were measured but not traced", self.not_sampled.clone());
        registry.register(
            "log_lines_suppressed",
            "Requests without a log line of their own",
            self.lines_suppressed.clone(),
        );
        registry.register_collector(Box::new(DroppedLines(lines)));
        registry.register(
            "telemetry_records_exported",
            "Spans and log records that the receiver has taken",
            self.exported.clone(),
        );
        registry.register("telemetry_records_dropped", "Spans and log records that were lost", self.dropped.clone());
    }
}

/// The log lines that stdout did not take in time, as the writer counts them.
struct DroppedLines(Output);

impl fmt::Debug for DroppedLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("DroppedLines").field(&self.0.dropped()).finish()
    }
}

impl Collector for DroppedLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counter = ConstCounter::new(self.0.dropped());
        let help = "Log lines that stdout did not take in time";
        counter.encode(encoder.encode_descriptor("log_lines_dropped", help, None, counter.metric_type())?)
    }
}

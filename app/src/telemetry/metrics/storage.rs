//! Metrics of storage.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use super::http::{Exemplar, duration_histogram, exemplar};

/// What a store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Put,
    Get,
    Delete,
    List,
    Check,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Put, Self::Get, Self::Delete, Self::List, Self::Check];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Get => "get",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Check => "check",
        }
    }
}

/// The kinds of failure that exist from the start with 0; see [`StoreError::error_type`](crate::store::StoreError).
const KINDS: [&str; 3] = ["unavailable", "timeout", "corrupt"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    system: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    system: &'static str,
    operation: &'static str,
    error: &'static str,
}

/// The metrics of all stores.
#[derive(Clone, Debug)]
pub(crate) struct StorageMetrics {
    durations: Family<OperationLabels, HistogramWithExemplars<Exemplar>, fn() -> HistogramWithExemplars<Exemplar>>,
    errors: Family<ErrorLabels, Counter>,
}

impl StorageMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self { durations: Family::new_with_constructor(duration_histogram), errors: Family::default() };
        registry.register_with_unit(
            "storage_operation_duration",
            "Time that the storage took, failures included",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("storage_operation_errors", "Operations that the storage failed", metrics.errors.clone());
        metrics
    }

    /// The metrics of one store.
    pub(crate) fn system(&self, system: &'static str) -> SystemMetrics {
        let durations = Operation::ALL.map(|operation| {
            for error in KINDS {
                self.errors.get_or_create_owned(&ErrorLabels { system, operation: operation.name(), error });
            }
            self.durations.get_or_create_owned(&OperationLabels { system, operation: operation.name() })
        });
        SystemMetrics { system, durations, errors: self.errors.clone() }
    }
}

/// The metrics of one store, found by the operation alone.
#[derive(Debug)]
pub(crate) struct SystemMetrics {
    system: &'static str,
    durations: [HistogramWithExemplars<Exemplar>; Operation::ALL.len()],
    errors: Family<ErrorLabels, Counter>,
}

impl SystemMetrics {
    /// An operation is over, with an error of the given kind if it failed.
    pub(crate) fn end(
        &self,
        operation: Operation,
        duration: Duration,
        error: Option<&'static str>,
        trace: Option<TraceId>,
    ) {
        let now = trace.map(|_| SystemTime::now());
        self.durations[operation as usize].observe(duration.as_secs_f64(), trace.map(exemplar), now);
        if let Some(error) = error {
            let labels = ErrorLabels { system: self.system, operation: operation.name(), error };
            self.errors.get_or_create(&labels).inc();
        }
    }
}

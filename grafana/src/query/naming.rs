//! The names that Prometheus gives to the metrics of OpenTelemetry.

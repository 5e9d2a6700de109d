//! The files that Grafana provisions itself from.

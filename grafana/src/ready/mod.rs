//! Ready dashboards.

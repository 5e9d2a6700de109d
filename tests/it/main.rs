//! Integration tests in one binary.
//!
//! Many of them let a real program judge what Belvedere writes. `tests/tools/install` puts these programs under
//! `target/tools`; a test whose program is not there says so on stderr and passes, unless `BELVEDERE_REQUIRE_TOOLS=1`
//! (which `tests/run` sets) makes that a failure.

mod alert_manager;
mod alerts_fire;
mod bad_input;
mod dashboards;
mod dependencies;
mod examples;
mod flagship_dashboards;
mod ids;
mod judges;
mod logs_and_traces;
mod mistakes;
mod official_cli;
mod provisioning;
mod queries;
mod ready_dashboards;
mod rules;
mod rust_export;
mod template;
mod tools;

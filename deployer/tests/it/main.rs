//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
#[cfg(unix)]
mod assets;
mod assets_refused;
#[cfg(unix)]
mod bad_input;
#[cfg(unix)]
mod canaries;
mod cli_arguments;
mod cli_deployed;
mod cli_interrupt;
mod deploy;
mod destroy;
mod diagnose;
mod diff;
mod emulator;
#[cfg(unix)]
mod example;
mod examples;
mod explain;
mod explain_early;
mod fake;
mod fake_aws;
mod fake_cloudformation;
mod faults;
mod foreign;
mod grafana_apply;
mod grafana_careless;
mod grafana_export;
mod grafana_fake;
mod grafana_files;
mod grafana_forms;
mod grafana_kills;
mod grafana_lives;
mod grafana_openapi;
mod grafana_secrets;
mod grafana_site;
mod image;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod image_assets;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod image_load;
mod image_push;
mod images;
mod judge;
mod kills;
mod lives;
mod logs;
mod ls;
mod options;
mod package;
mod prerequisites;
mod preview;
mod proxy;
#[cfg(unix)]
mod secrets;
mod serving;
#[cfg(unix)]
mod staging;
mod stand_in;
mod stateful_cloudformation;
mod states;
mod support;
mod synth;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod watch;

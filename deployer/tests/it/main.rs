//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
#[cfg(unix)]
mod assets;
mod assets_refused;
mod cli_arguments;
mod cli_deployed;
mod cli_interrupt;
mod deploy;
mod destroy;
mod diagnose;
mod diff;
mod emulator;
mod explain;
mod explain_early;
mod fake;
mod fake_aws;
mod fake_cloudformation;
mod faults;
mod image;
mod image_push;
mod images;
mod kills;
mod logs;
mod ls;
mod package;
mod proxy;
mod support;
mod synth;

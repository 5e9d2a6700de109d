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
mod diff;
mod emulator;
mod examples;
mod fake;
mod fake_cloudformation;
mod faults;
mod foreign;
mod image;
mod image_push;
mod images;
mod judge;
mod kills;
mod ls;
mod package;
mod proxy;
#[cfg(unix)]
mod staging;
mod support;
mod synth;

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
#[cfg(unix)]
mod example;
mod fake;
mod fake_cloudformation;
mod faults;
mod image;
mod image_push;
mod images;
mod kills;
mod ls;
mod options;
mod package;
mod proxy;
mod support;
mod synth;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod watch;

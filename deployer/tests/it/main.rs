//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
#[cfg(unix)]
mod assets;
mod assets_refused;
#[cfg(unix)]
mod bad_input;
mod cli_arguments;
mod cli_deployed;
mod cli_interrupt;
mod deploy;
mod diff;
mod emulator;
mod fake;
mod fake_cloudformation;
mod faults;
mod image;
mod image_push;
mod images;
mod kills;
mod lives;
mod ls;
mod package;
mod proxy;
#[cfg(unix)]
mod secrets;
mod stateful_cloudformation;
mod states;
mod support;
mod synth;

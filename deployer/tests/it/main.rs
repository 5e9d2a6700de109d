//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
mod cli_arguments;
mod cli_deployed;
#[cfg(unix)]
mod cli_interrupt;
mod emulator;
mod ls;
mod package;
mod support;
mod synth;

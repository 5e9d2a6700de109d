//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
mod cli_arguments;
mod cli_deployed;
mod emulator;
mod ls;
mod package;
mod support;
mod synth;

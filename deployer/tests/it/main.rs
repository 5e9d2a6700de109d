//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
mod diff;
mod emulator;
mod fake_cloudformation;
mod ls;
mod package;
mod support;
mod synth;

//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
mod deploy;
mod emulator;
mod faults;
mod ls;
mod package;
mod proxy;
mod support;
mod synth;

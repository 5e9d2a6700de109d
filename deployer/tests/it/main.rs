//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
#[expect(dead_code, reason = "the deploying tests come next")]
mod emulator;
mod image;
mod ls;
mod package;
mod support;
mod synth;

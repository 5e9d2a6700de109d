//! The deployer as a program, and its library on assemblies that were made by hand: `fixtures/<situation>/`.

mod app;
mod assembly;
mod emulator;
mod image;
mod image_push;
mod ls;
mod package;
mod support;
mod synth;

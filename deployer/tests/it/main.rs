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
mod fake;
mod fake_cloudformation;
mod faults;
mod image;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod image_assets;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod image_load;
mod image_push;
mod images;
mod kills;
mod ls;
mod package;
mod proxy;
mod support;
mod synth;

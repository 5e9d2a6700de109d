//! The deployer of Belvedere: everything between an app's code and CloudFormation.
//!
//! - [`App`] runs the program that writes a cloud assembly, as the official CLI runs it; [`Settings`] says which.
//! - [`Assembly`] reads what it wrote, and refuses what is damaged or only half there.
//! - [`select()`] chooses stacks by their names; [`summary()`] and [`listing()`] tell a person about them.
//! - [`Package`] builds the Rust programs that an assembly's assets are.
//! - [`ImageBuilder`] assembles a container image of such a program, and [`Image`] saves or pushes it.
//! - [`cli`] is all of that as a command line.
//!
//! Whatever is needed in order to synthesize is in the crate `belvedere`; an app never depends on this one.

mod app;
mod archive;
mod assembly;
mod asset;
mod cargo;
pub mod cli;
mod clients;
mod contained;
mod deploy;
mod deploy_error;
mod destroy;
mod elf;
mod image;
mod manifest;
mod order;
mod package;
mod package_error;
mod report;
mod select;
mod settings;
mod stack;
mod summary;
mod target;

pub use app::{App, AppCommand, AppError, context_entry};
pub use assembly::{Assembly, AssemblyError, MissingContext, SCHEMA_MAJOR};
pub use asset::{Asset, AssetSource, Destination, ImageSource, Place};
pub use clients::{Clients, ConnectError, Connection, Identity};
pub use deploy::{DeployOptions, Method, Outcome, StackOutcome, deploy};
pub use deploy_error::{AwsError, DeployError, Failure};
pub use destroy::{DestroyOptions, destroy};
pub use elf::{GlibcVersion, GlibcVersionError};
pub use image::{
    BaseImage, Digest, EcrLogin, Image, ImageBuilder, ImageError, ImageReference, PushEvent, RegistryAuth, Sbom,
    ecr_auth,
};
pub use package::Package;
pub use package_error::PackageError;
pub use report::{AssetState, Event, Operation, Question, Report, ResourceEvent, StackResult};
pub use select::{SelectError, select};
pub use settings::{BELVEDERE_TOML, CDK_CONTEXT_JSON, CDK_JSON, Settings};
pub use stack::{Environment, Level, Message, Output, Stack, TemplateFile};
pub use summary::{listing, summary};
pub use target::Architecture;

//! The deployer of Belvedere: everything between an app's code and CloudFormation.
//!
//! - [`App`] runs the program that writes a cloud assembly, as the official CLI runs it; [`Settings`] says which.
//! - [`Assembly`] reads what it wrote, and refuses what is damaged or only half there.
//! - [`select()`] chooses stacks by their names; [`summary()`] and [`listing()`] tell a person about them.
//! - [`diff()`] tells what a deployment would change.
//! - [`diagnose()`] tells why stacks failed or do not serve, and [`logs()`] what they write.
//! - [`Package`] builds the Rust programs that an assembly's assets are.
//! - [`publish_assets`] brings what stacks need to S3 and ECR, where it is not there yet.
//! - [`deploy()`] brings stacks to what their templates say, [`rollback()`] back to how they were, and [`destroy()`] away.
//! - [`ImageBuilder`] assembles a container image of such a program, and [`Image`] saves or pushes it.
//! - [`cli`] is all of that as a command line.
//!
//! Whatever is needed in order to synthesize is in the crate `belvedere`; an app never depends on this one.

mod account;
mod app;
mod archive;
mod assembly;
mod asset;
mod assets;
mod canary;
mod cargo;
pub mod cli;
mod clients;
mod construct_paths;
mod contained;
pub mod dashboards;
mod deploy;
mod deploy_error;
mod deploy_settings;
mod described;
mod destroy;
mod diagnose;
pub mod diff;
mod doctor;
mod drift;
mod elf;
mod events;
mod explain;
mod image;
mod inspect_error;
mod last_operation;
mod logs;
mod manifest;
mod order;
mod outputs;
mod package;
mod package_error;
mod parameters;
mod plain;
mod report;
mod resource_event;
mod rollback;
mod secrets;
mod select;
mod settings;
mod sources;
mod stack;
mod stack_state;
mod status;
mod summary;
mod target;
mod watch_settings;

pub use account::{AccountError, check_account};
pub use app::{App, AppCommand, AppError, context_entry};
pub use assembly::{Assembly, AssemblyError, MissingContext, SCHEMA_MAJOR};
pub use asset::{Asset, AssetSource, Destination, ImageSource, Place};
pub use assets::{AssetError, publish_assets};
pub use clients::{Clients, ConnectError, Connection, Identity};
pub use deploy::{DeployOptions, Method, Outcome, StackOutcome, TemplateError, deploy};
pub use deploy_error::{AwsError, DeployError, Failure};
pub use deploy_settings::DeploySettings;
pub use destroy::{DestroyOptions, Removal, Retained, destroy};
pub use diagnose::{Cause, Diagnosis, FailedOperation, Finding, diagnose};
pub use diff::{DiffError, DiffOptions, FailOn, StackDiff, TemplateDiff, compare, diff};
pub use doctor::{Check, Verdict, doctor};
pub use drift::{Difference, ResourceDrift, StackDrift, drift};
pub use elf::{GlibcVersion, GlibcVersionError};
pub use events::{EventsQuery, events};
pub use image::{
    BaseImage, Digest, EcrLogin, Image, ImageBuilder, ImageError, ImageReference, PushEvent, RegistryAuth, Sbom,
    ecr_auth,
};
pub use inspect_error::InspectError;
pub use logs::{LogLine, LogsQuery, logs};
pub use outputs::{DeployedOutput, StackOutputs, outputs};
pub use package::Package;
pub use package_error::PackageError;
pub use parameters::ParameterError;
pub use report::{AssetState, Event, Operation, Question, Report, StackResult};
pub use resource_event::ResourceEvent;
pub use rollback::{RollbackOptions, rollback};
pub use select::{SelectError, select};
pub use settings::{BELVEDERE_TOML, CDK_CONTEXT_JSON, CDK_JSON, Settings};
pub use stack::{Environment, Level, Message, Output, Stack, TemplateFile};
pub use stack_state::StackState;
pub use status::{DeployedStatus, StackStatus, status};
pub use summary::{listing, summary};
pub use target::Architecture;
pub use watch_settings::{Patterns, WatchSettings};

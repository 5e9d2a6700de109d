//! Publishing what stacks need: files to S3, images to ECR, and only what is not there yet.

mod bucket;
mod command;
mod content_type;
mod error;
mod fingerprint;
mod images;
mod job;
mod load;
mod own_image;
mod pack;
mod placeholders;
mod publish;
mod publisher;
mod sources;
mod staging;
mod targets;
mod upload;

pub use error::AssetError;
pub(crate) use fingerprint::verify;
pub(crate) use load::load;
pub(crate) use placeholders::Placeholders;
pub(crate) use publish::publish;
pub use publish::publish_assets;
pub(crate) use sources::is_own;
pub(crate) use staging::{Staged, home};

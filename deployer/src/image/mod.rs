//! Container images without a container tool: an image of a Rust program is assembled in this process, and saved as a
//! layout or pushed to a registry. [Specification](https://github.com/opencontainers/image-spec/blob/v1.1.1/spec.md).

mod assembled;
mod base;
mod blob;
mod builder;
mod config;
mod digest;
mod image_error;
mod layer;
mod libraries;
mod package;
mod push;
mod registry;
mod save;
mod sbom;
mod system;

pub use assembled::Image;
pub use base::BaseImage;
pub use builder::ImageBuilder;
pub use digest::Digest;
pub use image_error::ImageError;
/// The name of an image in a registry, such as `public.ecr.aws/docker/library/debian:12`.
pub use oci_client::Reference as ImageReference;
pub use oci_client::secrets::RegistryAuth;
pub use push::PushEvent;
pub use registry::{EcrLogin, ecr_auth};
pub(crate) use registry::{EcrToken, ecr_token};
pub use sbom::Sbom;

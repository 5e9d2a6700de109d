//! Why an image cannot be assembled, written or pushed.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::deploy_error::AwsError;
use crate::package_error::PackageError;
use crate::target::Architecture;

/// Why an image cannot be assembled, written or pushed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The program cannot be built.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The program cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The program.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The program, or a library of it, is not one of Linux.
    #[error("{} is no 64-bit Linux program", path.display())]
    Elf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: object::Error,
    },
    /// The program is for another processor.
    #[error("{} is not for {}", path.display(), architecture.as_str())]
    Architecture {
        /// The program.
        path: PathBuf,
        /// What it should be for.
        architecture: Architecture,
    },
    /// A library is not on the machine that builds.
    #[error("{} needs {name:?}, which this machine does not have for {}", needed_by.display(), architecture.as_str())]
    Library {
        /// The library.
        name: String,
        /// The program or library that loads it.
        needed_by: PathBuf,
        /// What it should be for.
        architecture: Architecture,
    },
    /// The base image cannot be built upon.
    #[error("cannot build on {reference}: {reason}")]
    Base {
        /// The base image.
        reference: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An image is pushed to a tag, never to a digest.
    #[error("the target must be a repository and a tag, got {reference}")]
    Target {
        /// What was given.
        reference: String,
    },
    /// A registry does not do what it is asked to.
    #[error("{registry} did not {operation}: {answer}")]
    Registry {
        /// The host of the registry.
        registry: String,
        /// What it was asked for.
        operation: &'static str,
        /// The HTTP status, where an answer came.
        status: Option<u16>,
        /// What it says, or why no answer came.
        answer: String,
    },
    /// ECR gives no password.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// ECR gives a password that is none.
    #[error("ecr:GetAuthorizationToken gave no user name and password")]
    Token,
    /// The result cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The directory has files that are no image.
    #[error("{} is not empty, and not the layout of an image", path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// The environment does not say when the image was made.
    #[error("SOURCE_DATE_EPOCH must be a number of seconds, got {text:?}")]
    SourceDate {
        /// What it says.
        text: String,
    },
    /// A layer cannot be packed.
    #[error("cannot pack a layer of the image")]
    Pack {
        /// What the packer says.
        source: io::Error,
    },
}

impl ImageError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Package(error) => error.hint(),
            Self::Library { architecture, .. } => Some(format!(
                "install it, or build a program that needs no libraries: `rustup target add {}`",
                architecture.musl_triple()
            )),
            Self::Base { .. } => Some("name an image that has Linux on this processor".into()),
            Self::Target { .. } => Some("leave the part from @ on away".into()),
            Self::Registry { status: Some(401 | 403), .. } => {
                Some("the credentials are missing, expired, or may not do this".into())
            }
            Self::Registry { status: Some(404), .. } => Some("is there a repository of this name?".into()),
            Self::Registry { status: None, .. } => Some("is the registry reachable from here?".into()),
            Self::Occupied { .. } => Some("give another directory, or remove what is in it".into()),
            _ => None,
        }
    }
}

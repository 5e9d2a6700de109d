//! Why a program cannot be packaged, and what to do about it.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::elf::GlibcVersion;
use crate::package::LAMBDA_LIMIT;
use crate::target::Architecture;

/// Why a program cannot be packaged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackageError {
    /// A tool cannot be started.
    #[error("cannot start {}", program.display())]
    Start {
        /// The tool.
        program: OsString,
        /// What the system says.
        source: io::Error,
    },
    /// A tool answers what is not understood.
    #[error("{} answers {:?}", program.display(), answer.trim())]
    Answer {
        /// The tool.
        program: OsString,
        /// Its answer.
        answer: String,
    },
    /// Cargo finds no workspace, or one that is not well-formed.
    #[error("cargo cannot read the workspace: {answer}")]
    Workspace {
        /// What cargo says.
        answer: String,
    },
    /// Cargo describes the workspace in a way that is not understood.
    #[error("{} describes the workspace in an unknown way", program.display())]
    Metadata {
        /// The cargo that was asked.
        program: OsString,
        /// What is not understood.
        source: serde_json::Error,
    },
    /// The workspace has no such package.
    #[error("the workspace has no package {package:?}")]
    NoPackage {
        /// What was asked for.
        package: String,
        /// The packages that have binaries.
        packages: Vec<String>,
    },
    /// The package has no such binary, or several and none was asked for.
    #[error("{}", match bin {
        Some(bin) => format!("package {package:?} has no binary {bin:?}"),
        None if bins.is_empty() => format!("package {package:?} has no binary"),
        None => format!("package {package:?} has several binaries"),
    })]
    NoBin {
        /// The package.
        package: String,
        /// What was asked for, if anything.
        bin: Option<String>,
        /// The binaries that it has.
        bins: Vec<String>,
    },
    /// The triple is not one of Linux on a processor that AWS has.
    #[error("the target must be Linux on x86_64 or aarch64, got {triple:?}")]
    Triple {
        /// What was asked for.
        triple: String,
    },
    /// Nothing that builds for the architecture is installed.
    #[error("no Rust target for Linux on {} is installed (this host is {host})", architecture.as_str())]
    NoTarget {
        /// What was asked for.
        architecture: Architecture,
        /// The triple of the host.
        host: String,
    },
    /// The standard library for the triple that was asked for is not installed.
    #[error("the Rust target {triple} is not installed")]
    NotInstalled {
        /// What was asked for.
        triple: String,
    },
    /// The build fails.
    #[error("cargo could not build {bin:?} for {triple}")]
    Build {
        /// The binary.
        bin: String,
        /// The target.
        triple: String,
    },
    /// The build yields no executable.
    #[error("cargo built {bin:?} but names no executable")]
    NoExecutable {
        /// The binary.
        bin: String,
    },
    /// The executable cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The executable.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The executable is not one of Linux.
    #[error("{} is no 64-bit Linux executable", path.display())]
    Elf {
        /// The executable.
        path: PathBuf,
        /// What is wrong with it.
        source: object::Error,
    },
    /// The executable is for another processor.
    #[error("{} is not for {}", path.display(), architecture.as_str())]
    Architecture {
        /// The executable.
        path: PathBuf,
        /// What it should be for.
        architecture: Architecture,
    },
    /// The executable needs a newer glibc than there will be.
    #[error("{} needs glibc {needed}; where it is to run there is {allowed}", path.display())]
    Glibc {
        /// The executable.
        path: PathBuf,
        /// What it needs.
        needed: GlibcVersion,
        /// What it may need.
        allowed: GlibcVersion,
        /// What it is for.
        architecture: Architecture,
    },
    /// The executable is too large for Lambda.
    #[error("{} has {bytes} bytes; Lambda takes at most {LAMBDA_LIMIT}", path.display())]
    TooLarge {
        /// The executable.
        path: PathBuf,
        /// Its size.
        bytes: usize,
    },
    /// The result cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl PackageError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let install = |architecture: Architecture| format!("`rustup target add {}`", architecture.musl_triple());
        match self {
            Self::Start { .. } => Some("install Rust, or name its programs in CARGO and RUSTC".into()),
            Self::Workspace { .. } => Some("run inside the workspace, or give --manifest-path".into()),
            Self::NoPackage { packages, .. } if packages.is_empty() => {
                Some("no package of this workspace has a binary; give --manifest-path for another one".into())
            }
            Self::NoPackage { packages, .. } => Some(format!("packages with binaries: {}", packages.join(", "))),
            Self::NoBin { bins, .. } if bins.is_empty() => None,
            Self::NoBin { bins, .. } => Some(format!("give --bin one of {}", bins.join(", "))),
            Self::NotInstalled { triple } => Some(format!("`rustup target add {triple}`")),
            Self::NoTarget { architecture, host }
                if Architecture::of_triple(host) == Some(*architecture) && host.contains("-linux-") =>
            {
                Some(install(*architecture))
            }
            Self::NoTarget { architecture, .. } => Some(format!(
                "{}, and set {}=rust-lld, so that the linker is the one that comes with Rust",
                install(*architecture),
                linker_variable(&architecture.musl_triple())
            )),
            Self::Build { triple, .. } if triple.ends_with("-musl") => Some(format!(
                "if it is C code that fails, musl's C compiler is needed (Debian: musl-tools); if it is the linker, \
                 set {}; a host with glibc can also give --target its own",
                linker_variable(triple)
            )),
            Self::Glibc { architecture, .. } => {
                Some(format!("build without glibc: {}, and package again", install(*architecture)))
            }
            Self::TooLarge { .. } => Some("set strip = true in [profile.release]".into()),
            _ => None,
        }
    }
}

/// The variable that tells cargo the linker for a target.
fn linker_variable(triple: &str) -> String {
    format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"))
}

//! What a program is built for.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::package_error::PackageError;

/// A processor that AWS Lambda and AWS Fargate have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86, the default of both services.
    X86_64,
    /// 64-bit Arm, AWS Graviton.
    Arm64,
}

impl Architecture {
    /// The name that Lambda has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name that Rust has for it.
    pub(crate) fn rust_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }

    /// The name that container images have for it.
    pub(crate) fn oci_name(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The architecture of a target triple such as `aarch64-unknown-linux-musl`, if it is one of these two.
    #[must_use]
    pub fn of_triple(triple: &str) -> Option<Self> {
        let name = triple.split('-').next()?;
        [Self::X86_64, Self::Arm64].into_iter().find(|architecture| architecture.rust_name() == name)
    }

    /// The target whose programs carry their C library along.
    pub(crate) fn musl_triple(self) -> String {
        format!("{}-unknown-linux-musl", self.rust_name())
    }
}

/// The Rust compiler, asked what it can build for.
pub(crate) struct Compiler<'a> {
    pub(crate) rustc: &'a OsString,
}

impl Compiler<'_> {
    /// Chooses the target triple for `architecture`:
    ///
    /// 1. musl, where its standard library is installed: one static file, which runs under any Linux.
    /// 2. The host's own target, where that is Linux with glibc on the same processor. Such a program is linked
    ///    dynamically, on purpose: a *static* glibc may load NSS modules at run time to resolve a host name, and they
    ///    must be of the very version that it was linked from, which is the build host's and not Lambda's. A dynamic
    ///    program uses the glibc that is there; which versions it runs with is checked after the build.
    pub(crate) fn choose(&self, architecture: Architecture) -> Result<String, PackageError> {
        let musl = architecture.musl_triple();
        if self.has_target(&musl)? {
            return Ok(musl);
        }
        let host = self.host()?;
        if Architecture::of_triple(&host) == Some(architecture) && host.ends_with("-linux-gnu") {
            return Ok(host);
        }
        Err(PackageError::NoTarget { architecture, host })
    }

    /// The triple of the machine that builds.
    pub(crate) fn host(&self) -> Result<String, PackageError> {
        let text = self.output(&["-vV"])?;
        let host = text.lines().find_map(|line| line.strip_prefix("host: "));
        host.map(str::to_owned)
            .ok_or_else(|| PackageError::Answer { program: self.rustc.clone(), answer: text.clone() })
    }

    /// Whether the standard library for `triple` is installed.
    pub(crate) fn has_target(&self, triple: &str) -> Result<bool, PackageError> {
        let directory = self.output(&["--print", "target-libdir", "--target", triple])?;
        Ok(Path::new(directory.trim()).is_dir())
    }

    fn output(&self, arguments: &[&str]) -> Result<String, PackageError> {
        let program = self.rustc.clone();
        match Command::new(&program).args(arguments).output() {
            Err(source) => Err(PackageError::Start { program, source }),
            Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            Ok(output) => {
                Err(PackageError::Answer { program, answer: String::from_utf8_lossy(&output.stderr).into_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_two_names() {
        assert_eq!(Architecture::of_triple("aarch64-unknown-linux-musl"), Some(Architecture::Arm64));
        assert_eq!(Architecture::of_triple("x86_64-apple-darwin"), Some(Architecture::X86_64));
        assert_eq!(Architecture::of_triple("riscv64gc-unknown-linux-gnu"), None);
        assert_eq!(Architecture::Arm64.musl_triple(), "aarch64-unknown-linux-musl");
    }
}

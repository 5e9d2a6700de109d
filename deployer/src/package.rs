//! Building the Rust programs of a workspace, as the assets that Lambda and Fargate run.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output, Stdio};

use crate::archive;
use crate::cargo::{CargoMessage, CargoMetadata, CargoPackage};
use crate::elf::{self, GlibcVersion};
use crate::package_error::PackageError;
use crate::target::{Architecture, Compiler};

/// The largest function, unpacked, that Lambda takes, in bytes.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub(crate) const LAMBDA_LIMIT: usize = 250 * 1024 * 1024;

/// A binary of a workspace, and how to build it. Nothing is built before [`Package::lambda`] or [`Package::program`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    package: String,
    bin: Option<String>,
    manifest_path: Option<PathBuf>,
    target: Target,
    max_glibc: GlibcVersion,
    out: Option<PathBuf>,
    cargo: OsString,
    rustc: OsString,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Best(Architecture),
    Triple(String),
}

impl Package {
    /// The only binary of the workspace's package of this name, or the one that is its `default-run`.
    #[must_use]
    pub fn new(package: impl Into<String>) -> Self {
        Self {
            package: package.into(),
            bin: None,
            manifest_path: None,
            target: Target::Best(Architecture::X86_64),
            max_glibc: GlibcVersion::AMAZON_LINUX_2023,
            out: None,
            cargo: "cargo".into(),
            rustc: "rustc".into(),
        }
    }

    /// The binary, for a package that has several.
    #[must_use]
    pub fn bin(mut self, name: impl Into<String>) -> Self {
        self.bin = Some(name.into());
        self
    }

    /// The `Cargo.toml` of the workspace or of one of its packages. By default the one that the current directory
    /// belongs to.
    #[must_use]
    pub fn manifest_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.manifest_path = Some(path.into());
        self
    }

    /// The processor to build for, with the best target that is installed for it. [`Architecture::X86_64`] by default,
    /// whatever the host is.
    #[must_use]
    pub fn architecture(mut self, architecture: Architecture) -> Self {
        self.target = Target::Best(architecture);
        self
    }

    /// The target triple to build for, in place of an architecture.
    #[must_use]
    pub fn target(mut self, triple: impl Into<String>) -> Self {
        self.target = Target::Triple(triple.into());
        self
    }

    /// The newest glibc that the program may need. That of Amazon Linux 2023 by default.
    #[must_use]
    pub fn max_glibc(mut self, version: GlibcVersion) -> Self {
        self.max_glibc = version;
        self
    }

    /// Where the result is put. By default a zip file goes to `belvedere/` in the workspace's target directory, and an
    /// executable stays where cargo puts it.
    #[must_use]
    pub fn out(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out = Some(directory.into());
        self
    }

    /// The cargo to build with. The `cargo` on the search path by default.
    #[must_use]
    pub fn cargo(mut self, program: impl Into<OsString>) -> Self {
        self.cargo = program.into();
        self
    }

    /// The compiler that is asked what it can build for. The `rustc` on the search path by default.
    #[must_use]
    pub fn rustc(mut self, program: impl Into<OsString>) -> Self {
        self.rustc = program.into();
        self
    }

    /// Builds the binary in release mode, puts it as `bootstrap` into a zip file, as Lambda's runtime `provided.al2023`
    /// takes it, and returns the absolute path of that file.
    ///
    /// The profile is the workspace's own; `strip = true` in its `[profile.release]` makes a function start sooner.
    ///
    /// # Errors
    /// The binary cannot be found, built or written, or would not run in Lambda.
    pub fn lambda(&self) -> Result<PathBuf, PackageError> {
        let built = self.build(true)?;
        if built.program.len() > LAMBDA_LIMIT {
            return Err(PackageError::TooLarge { path: built.path, bytes: built.program.len() });
        }
        let zip = archive::bootstrap(&built.program);
        let directory = self.out.clone().unwrap_or_else(|| built.target_directory.join("belvedere"));
        let path = directory.join(format!("{}-{}.zip", built.bin, built.architecture.as_str()));
        zip.and_then(|zip| replace(&path, |file| fs::write(file, zip)))
            .map_err(|source| PackageError::Write { path: path.clone(), source })
    }

    /// Builds the binary in release mode, and returns the absolute path of the executable.
    ///
    /// # Errors
    /// The binary cannot be found, built or written, or would not run under [`Package::max_glibc`].
    pub fn program(&self) -> Result<PathBuf, PackageError> {
        let built = self.build(true)?;
        let Some(directory) = &self.out else { return Ok(built.path) };
        let path = directory.join(&built.bin);
        replace(&path, |file| fs::copy(&built.path, file).map(|_| ()))
            .map_err(|source| PackageError::Write { path: path.clone(), source })
    }

    /// Builds, and looks at what was built; at its glibc only where it is not the one of this machine that it will run
    /// with.
    pub(crate) fn build(&self, other_glibc: bool) -> Result<Built, PackageError> {
        let metadata = self.metadata()?;
        let (package, bin) = self.find(&metadata)?;
        let compiler = Compiler { rustc: &self.rustc };
        let (triple, architecture) = match &self.target {
            Target::Best(architecture) => (compiler.choose(*architecture)?, *architecture),
            Target::Triple(triple) => {
                let architecture = Architecture::of_triple(triple).filter(|_| triple.contains("-linux-"));
                let architecture = architecture.ok_or_else(|| PackageError::Triple { triple: triple.clone() })?;
                if !compiler.has_target(triple)? {
                    return Err(PackageError::NotInstalled { triple: triple.clone() });
                }
                (triple.clone(), architecture)
            }
        };
        let path = self.executable(&package.manifest_path, bin, &triple)?;
        let program = fs::read(&path).map_err(|source| PackageError::Read { path: path.clone(), source })?;
        let needs = elf::needs(&program).map_err(|source| PackageError::Elf { path: path.clone(), source })?;
        if needs.architecture != Some(architecture) {
            return Err(PackageError::Architecture { path, architecture });
        }
        match needs.glibc {
            Some(glibc) if other_glibc && glibc > self.max_glibc => {
                Err(PackageError::Glibc { path, needed: glibc, allowed: self.max_glibc, architecture })
            }
            _ => {
                let (bin, package) = (bin.to_owned(), package.clone());
                let CargoMetadata { target_directory, workspace_root, .. } = metadata;
                Ok(Built { bin, package, path, program, architecture, triple, target_directory, workspace_root })
            }
        }
    }

    fn metadata(&self) -> Result<CargoMetadata, PackageError> {
        let mut command = Command::new(&self.cargo);
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        let output = self.metadata_of(&mut command)?;
        let program = self.cargo.clone();
        serde_json::from_slice(&output).map_err(|source| PackageError::Metadata { program, source })
    }

    /// What `cargo metadata` answers.
    pub(crate) fn metadata_of(&self, command: &mut Command) -> Result<Vec<u8>, PackageError> {
        let program = self.cargo.clone();
        let output = command.output().map_err(|source| PackageError::Start { program, source })?;
        if !output.status.success() {
            let answer = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(PackageError::Workspace { answer });
        }
        Ok(output.stdout)
    }

    /// The cargo to build with.
    pub(crate) fn cargo_program(&self) -> &OsString {
        &self.cargo
    }

    /// The package, and the name of its binary.
    fn find<'a>(&'a self, metadata: &'a CargoMetadata) -> Result<(&'a CargoPackage, &'a str), PackageError> {
        let Some(package) = metadata.packages.iter().find(|package| package.name == self.package) else {
            let packages = metadata.packages.iter().filter(|package| package.bins().next().is_some());
            let mut packages: Vec<String> = packages.map(|package| package.name.clone()).collect();
            packages.sort();
            return Err(PackageError::NoPackage { package: self.package.clone(), packages });
        };
        let bins: Vec<&str> = package.bins().collect();
        let bin = match (&self.bin, &package.default_run, bins.as_slice()) {
            (Some(bin), _, _) => bins.iter().find(|name| *name == bin).copied(),
            (None, Some(default), _) => Some(default.as_str()),
            (None, None, [bin]) => Some(*bin),
            (None, None, _) => None,
        };
        let no_bin = || PackageError::NoBin {
            package: self.package.clone(),
            bin: self.bin.clone(),
            bins: bins.iter().map(|name| (*name).to_owned()).collect(),
        };
        Ok((package, bin.ok_or_else(no_bin)?))
    }

    /// Builds, with cargo's own words on the standard error of this process, and returns the path of the executable.
    fn executable(&self, manifest_path: &Path, bin: &str, triple: &str) -> Result<PathBuf, PackageError> {
        let mut command = Command::new(&self.cargo);
        command.args(["build", "--release", "--message-format", "json-render-diagnostics"]);
        command.args(["--bin", bin, "--target", triple]).arg("--manifest-path").arg(manifest_path);
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        for (name, _) in env::vars_os().filter(|(name, _)| tells_of_this_program(name)) {
            command.env_remove(name);
        }
        let start = |source| PackageError::Start { program: self.cargo.clone(), source };
        let Output { status, stdout, .. } = command.output().map_err(start)?;
        if !status.success() {
            return Err(PackageError::Build { bin: bin.into(), triple: triple.into() });
        }
        let messages = stdout.split(|byte| *byte == b'\n');
        let messages = messages.filter_map(|line| serde_json::from_slice::<CargoMessage>(line).ok());
        let executables = messages.filter(|message| message.reason == "compiler-artifact" && message.is_bin(bin));
        let built = executables.filter_map(|message| message.executable).next_back();
        built.ok_or_else(|| PackageError::NoExecutable { bin: bin.into() })
    }
}

/// Whether `cargo run` or `cargo test` has set a variable to tell this program of its own package. Some build scripts look
/// at these, so that cargo would build their crates anew each time another program asks for the same.
fn tells_of_this_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// A binary that was built.
pub(crate) struct Built {
    pub(crate) bin: String,
    pub(crate) package: CargoPackage,
    pub(crate) path: PathBuf,
    program: Vec<u8>,
    pub(crate) architecture: Architecture,
    pub(crate) triple: String,
    target_directory: PathBuf,
    pub(crate) workspace_root: PathBuf,
}

/// Writes a file beside its place and then moves it there, so that no other process reads half of it; returns its
/// absolute path.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut beside = path.clone().into_os_string();
    beside.push(format!(".{}", process::id()));
    write(Path::new(&beside))?;
    fs::rename(&beside, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_tells_of_this_program_is_not_told_on() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"] {
            assert!(tells_of_this_program(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_BUILD_JOBS", "CARGO", "PATH"] {
            assert!(!tells_of_this_program(OsStr::new(name)), "{name}");
        }
    }
}

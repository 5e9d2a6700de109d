//! `belvedere package`.

use std::env;
use std::io::Write;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};

use super::failure::Failure;
use super::session::runtime;
use super::to_image::ToImage;
use crate::{Architecture, GlibcVersion, Package, PackageError};

/// Build a Rust program of the workspace as an asset, and print where it is
///
/// In an asset manifest, `executable` names such a command; the official CLI runs it to publish.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    #[command(flatten)]
    File(FileKind),
    #[command(flatten)]
    Image(ImageKind),
}

/// What becomes an image, which an asset manifest may ask for as well.
#[derive(Debug, Subcommand)]
enum ImageKind {
    /// A container image with the program and what it loads
    ///
    /// With --output it prints the digest of the image and where it is; with --load the name that the container tool has
    /// for it. SOURCE_DATE_EPOCH says when it was made, in seconds since 1970 [default: 0].
    Image(ToImage),
}

/// What becomes a file that an asset manifest may ask for.
#[derive(Debug, Subcommand)]
enum FileKind {
    /// A zip file that holds the program as `bootstrap`, for the Lambda runtime provided.al2023
    Lambda(ToFile),
    /// The executable itself
    Program(ToFile),
}

#[derive(Debug, clap::Args)]
struct ToFile {
    #[command(flatten)]
    build: Build,

    /// Directory for the file [default: one in the workspace's target directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Build {
    /// Package of the workspace
    #[arg(long, short, value_name = "NAME")]
    package: String,

    /// Binary of the package [default: its only one, or its default-run]
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Cargo.toml of the workspace, or of a package in it [default: the current directory's]
    #[arg(long, value_name = "PATH")]
    pub(super) manifest_path: Option<PathBuf>,

    /// Processor to build for
    #[arg(long, default_value = "x86_64", value_parser = architectures())]
    pub(super) architecture: Architecture,

    /// Rust target to build for [default: musl where installed, or else the host's if it fits]
    #[arg(long, value_name = "TRIPLE", conflicts_with = "architecture")]
    pub(super) target: Option<String>,

    /// Newest glibc that the program may need; Amazon Linux 2023 has 2.34
    #[arg(long, value_name = "VERSION", default_value_t = GlibcVersion::AMAZON_LINUX_2023)]
    max_glibc: GlibcVersion,
}

fn architectures() -> impl TypedValueParser<Value = Architecture> {
    let names = [Architecture::X86_64, Architecture::Arm64].map(Architecture::as_str);
    let named = |name: String| if name == "arm64" { Architecture::Arm64 } else { Architecture::X86_64 };
    PossibleValuesParser::new(names).map(named)
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    match args.kind {
        Kind::File(file) => Ok(writeln!(stdout, "{}", file.build()?.display())?),
        Kind::Image(ImageKind::Image(image)) => Ok(writeln!(stdout, "{}", runtime()?.block_on(image.run())?)?),
    }
}

/// The arguments of `belvedere package`, from `package` on, as an asset manifest gives them.
#[derive(Debug, Parser)]
struct Line {
    #[command(subcommand)]
    kind: FileKind,
}

/// What `belvedere package` would do with `arguments`, the first of which is its name.
pub(crate) fn packaging(arguments: &[String]) -> Result<impl FnOnce() -> Result<PathBuf, PackageError>, clap::Error> {
    let Line { kind } = Line::try_parse_from(arguments)?;
    Ok(|| kind.build())
}

/// The arguments of `belvedere package image`, as [`Line`] has those of the others.
#[derive(Debug, Parser)]
struct ImageLine {
    #[command(subcommand)]
    kind: ImageKind,
}

/// The image that `belvedere package` would make with `arguments`, the first of which is its name.
pub(crate) fn imaging(arguments: &[String]) -> Result<ToImage, clap::Error> {
    let ImageLine { kind: ImageKind::Image(image) } = ImageLine::try_parse_from(arguments)?;
    Ok(image)
}

impl FileKind {
    fn build(self) -> Result<PathBuf, PackageError> {
        match self {
            Self::Lambda(file) => file.package().lambda(),
            Self::Program(file) => file.package().program(),
        }
    }
}

impl ToFile {
    fn package(self) -> Package {
        let package = self.build.package();
        match self.out {
            Some(directory) => package.out(directory),
            None => package,
        }
    }
}

impl Build {
    pub(super) fn package(self) -> Package {
        let mut package = Package::new(self.package).architecture(self.architecture).max_glibc(self.max_glibc);
        if let Some(bin) = self.bin {
            package = package.bin(bin);
        }
        if let Some(path) = self.manifest_path {
            package = package.manifest_path(path);
        }
        if let Some(triple) = self.target {
            package = package.target(triple);
        }
        // Cargo tells its subcommands which cargo to call.
        if let Some(cargo) = env::var_os("CARGO") {
            package = package.cargo(cargo);
        }
        if let Some(rustc) = env::var_os("RUSTC") {
            package = package.rustc(rustc);
        }
        package
    }
}

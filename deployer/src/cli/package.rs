//! `belvedere package`.

use std::env;
use std::io::Write;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};

use super::failure::Failure;
use super::session::runtime;
use crate::{Architecture, BaseImage, Digest, GlibcVersion, ImageReference, Package, PackageError, RegistryAuth};

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
    /// A container image with the program and what it loads, as an OCI layout; prints its digest
    ///
    /// SOURCE_DATE_EPOCH says when it was made, in seconds since 1970 [default: 0].
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
struct ToImage {
    #[command(flatten)]
    build: Build,

    /// Image to build upon, which has to have what the program loads [default: none]
    #[arg(long, value_name = "REFERENCE")]
    base: Option<ImageReference>,

    /// TCP port that the program listens on; can be given several times
    #[arg(long, value_name = "NUMBER")]
    port: Vec<u16>,

    /// Label of the image; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    label: Vec<(String, String)>,

    /// Directory for the layout, or an archive of it if the name ends in .tar
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct Build {
    /// Package of the workspace
    #[arg(long, short, value_name = "NAME")]
    package: String,

    /// Binary of the package [default: its only one, or its default-run]
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Cargo.toml of the workspace, or of a package in it [default: the current directory's]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,

    /// Processor to build for
    #[arg(long, default_value = "x86_64", value_parser = architectures())]
    architecture: Architecture,

    /// Rust target to build for [default: musl where installed, or else the host's if it fits]
    #[arg(long, value_name = "TRIPLE", conflicts_with = "architecture")]
    target: Option<String>,

    /// Newest glibc that the program may need; Amazon Linux 2023 has 2.34
    #[arg(long, value_name = "VERSION", default_value_t = GlibcVersion::AMAZON_LINUX_2023)]
    max_glibc: GlibcVersion,
}

fn architectures() -> impl TypedValueParser<Value = Architecture> {
    let names = [Architecture::X86_64, Architecture::Arm64].map(Architecture::as_str);
    let named = |name: String| if name == "arm64" { Architecture::Arm64 } else { Architecture::X86_64 };
    PossibleValuesParser::new(names).map(named)
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a label must be like name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    match args.kind {
        Kind::File(file) => Ok(writeln!(stdout, "{}", file.build()?.display())?),
        Kind::Image(image) => {
            let (path, digest) = runtime()?.block_on(image.save())?;
            Ok(writeln!(stdout, "{digest}  {}", path.display())?)
        }
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

impl FileKind {
    fn build(self) -> Result<PathBuf, PackageError> {
        match self {
            Self::Lambda(file) => file.package().lambda(),
            Self::Program(file) => file.package().program(),
        }
    }
}

/// When images are said to have been made. [Specification](https://reproducible-builds.org/specs/source-date-epoch/).
fn created() -> Result<i64, Failure> {
    let Some(text) = env::var_os("SOURCE_DATE_EPOCH") else { return Ok(0) };
    let text = text.to_string_lossy().into_owned();
    text.parse().map_err(|_| Failure::SourceDate { text })
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

impl ToImage {
    async fn save(self) -> Result<(PathBuf, Digest), Failure> {
        let architecture = self.build.target.as_deref().and_then(Architecture::of_triple);
        let architecture = architecture.unwrap_or(self.build.architecture);
        let base = match &self.base {
            Some(reference) => Some(BaseImage::read(reference, &RegistryAuth::Anonymous, architecture).await?),
            None => None,
        };
        let mut builder = self.build.package().image(base)?.created(created()?);
        for port in self.port {
            builder = builder.port(port);
        }
        for (name, value) in self.label {
            builder = builder.label(name, value);
        }
        let image = builder.build()?;
        Ok((image.save(self.output).await?, image.digest()))
    }
}

impl Build {
    fn package(self) -> Package {
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

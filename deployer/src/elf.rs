//! What a Linux executable needs of the system that runs it.

use std::fmt;
use std::str::FromStr;

use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, VER_FLG_WEAK};
use object::read::elf::FileHeader;
use thiserror::Error;

use crate::target::Architecture;

/// A version of the GNU C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion {
    major: u32,
    minor: u32,
}

impl GlibcVersion {
    /// The version of Amazon Linux 2023, and so of the Lambda runtime `provided.al2023`: 2.34.
    /// [AWS page](https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html).
    pub const AMAZON_LINUX_2023: Self = Self { major: 2, minor: 34 };

    /// The version that a symbol version names, if it names one: `GLIBC_2.34`, and not `GLIBC_PRIVATE`.
    fn of_symbol(name: &str) -> Option<Self> {
        match name {
            // Relative relocations in the packed form, which older loaders do not know.
            "GLIBC_ABI_DT_RELR" => Some(Self { major: 2, minor: 36 }),
            _ => name.strip_prefix("GLIBC_")?.parse().ok(),
        }
    }
}

impl FromStr for GlibcVersion {
    type Err = GlibcVersionError;

    /// Reads a version such as `2.34`; of `2.2.5` it keeps 2.2.
    fn from_str(text: &str) -> Result<Self, GlibcVersionError> {
        let mut numbers = text.split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) if numbers.all(|number| number.is_ok()) => Ok(Self { major, minor }),
            _ => Err(GlibcVersionError { text: text.into() }),
        }
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text is no version of glibc.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a version of glibc must be like 2.34, got {text:?}")]
pub struct GlibcVersionError {
    text: String,
}

/// The facts about an executable that decide where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The processor; `None` if it is neither of the two that Lambda and Fargate have.
    pub(crate) architecture: Option<Architecture>,
    /// The oldest glibc that has all it uses; `None` if it loads no glibc.
    pub(crate) glibc: Option<GlibcVersion>,
}

/// Reads the headers of an ELF file: the processor, and the versions of the symbols that it imports.
pub(crate) fn needs(file: &[u8]) -> Result<Needs, object::Error> {
    let header = FileHeader64::<Endianness>::parse(file)?;
    let endian = header.endian()?;
    let architecture = match header.e_machine(endian) {
        EM_X86_64 => Some(Architecture::X86_64),
        EM_AARCH64 => Some(Architecture::Arm64),
        _ => None,
    };
    let sections = header.sections(endian, file)?;
    let mut glibc = None;
    if let Some((mut libraries, link)) = sections.gnu_verneed(endian, file)? {
        let names = sections.strings(endian, file, link)?;
        while let Some((_, mut versions)) = libraries.next()? {
            while let Some(version) = versions.next()? {
                // The loader goes on without a weak one.
                if !version.vna_flags.get(endian).contains(VER_FLG_WEAK) {
                    let name = String::from_utf8_lossy(version.name(endian, names)?);
                    glibc = glibc.max(GlibcVersion::of_symbol(&name));
                }
            }
        }
    }
    Ok(Needs { architecture, glibc })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let version = |text: &str| text.parse::<GlibcVersion>().expect("a version");
        assert!(version("2.9") < version("2.34"));
        assert_eq!(version("2.34"), GlibcVersion::AMAZON_LINUX_2023);
        assert_eq!(version("2.2.5").to_string(), "2.2");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "2", "2.", "two.34", "2.34-9", "2.34.x"] {
            assert!(text.parse::<GlibcVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn symbol_versions_are_read() {
        assert_eq!(GlibcVersion::of_symbol("GLIBC_2.34"), Some(GlibcVersion::AMAZON_LINUX_2023));
        assert_eq!(GlibcVersion::of_symbol("GLIBC_ABI_DT_RELR").map(|version| version.minor), Some(36));
        assert_eq!(GlibcVersion::of_symbol("GLIBC_PRIVATE"), None);
        assert_eq!(GlibcVersion::of_symbol("GCC_3.0"), None);
    }

    /// This test itself is such a file.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn an_executable_of_this_host_needs_its_glibc() {
        let path = std::env::current_exe().expect("a running test has a file");
        let needs = needs(&std::fs::read(path).expect("it can be read")).expect("it is ELF");
        assert_eq!(needs.architecture, Architecture::of_triple(std::env::consts::ARCH));
        assert!(needs.glibc > Some("2.2".parse().expect("a version")), "{needs:?}");
    }

    #[test]
    fn what_is_no_executable_is_refused() {
        assert!(needs(b"#!/bin/sh\n").is_err());
        assert!(needs(b"\x7fELF\x02\x01\x01").is_err());
        assert!(needs(b"").is_err());
    }
}

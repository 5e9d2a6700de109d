//! The shared libraries that a program loads, found as the loader finds them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use object::elf::{DT_NEEDED, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, Object as _, read::elf::ElfFile64};

use super::image_error::ImageError;
use super::layer::Files;
use crate::elf;
use crate::target::Architecture;

/// What glibc loads to resolve names when it is older than 2.34, without an ELF file saying so.
const NAME_SERVICES: [&str; 2] = ["libnss_dns.so.2", "libnss_files.so.2"];

/// A directory of libraries on this machine, and where the loader looks for them in the image.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directory {
    here: PathBuf,
    there: String,
}

/// The directories that the loader of the target searches by itself, those of Debian first, then those of Fedora and
/// Amazon Linux, and last those of Debian's cross compilers.
fn directories(architecture: Architecture) -> Vec<Directory> {
    let triple = format!("{}-linux-gnu", architecture.rust_name());
    let same = [format!("lib/{triple}"), format!("usr/lib/{triple}"), "lib64".into(), "usr/lib64".into()];
    let more = ["lib".to_owned(), "usr/lib".to_owned()];
    let same = same.into_iter().chain(more);
    let mut found: Vec<_> = same.map(|path| Directory { here: Path::new("/").join(&path), there: path }).collect();
    found.push(Directory { here: format!("/usr/{triple}/lib").into(), there: format!("lib/{triple}") });
    found
}

/// What an ELF file says about what it loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Loads {
    /// The path of the loader, which an executable has and a library has not.
    interpreter: Option<String>,
    /// The names of libraries.
    libraries: Vec<String>,
}

fn loads(file: &[u8]) -> Result<Loads, object::Error> {
    let header = FileHeader64::<Endianness>::parse(file)?;
    let endian = header.endian()?;
    let mut loads = Loads::default();
    for segment in header.program_headers(endian, file)? {
        if segment.p_type(endian) == PT_INTERP
            && let Ok(path) = segment.data(endian, file)
        {
            let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
            loads.interpreter = Some(String::from_utf8_lossy(path).into_owned());
        }
    }
    let sections = header.sections(endian, file)?;
    if let Some((entries, strings)) = sections.dynamic(endian, file)? {
        let strings = sections.strings(endian, file, strings)?;
        for entry in entries {
            if entry.tag32(endian) == Some(DT_NEEDED) {
                let name = entry.string(endian, strings)?;
                loads.libraries.push(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    Ok(loads)
}

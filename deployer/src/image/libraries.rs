//! The shared libraries that a program loads, found as the loader finds them.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use object::Endianness;
use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader as _};

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
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut loads = Loads::default();
    for segment in header.program_headers(endian, file)? {
        if let Some(path) = segment.interpreter(endian, file)? {
            loads.interpreter = Some(text(path));
        }
    }
    let table = header.sections(endian, file)?.dynamic_table(endian, file)?;
    for entry in table.iter().filter(|entry| entry.tag == DT_NEEDED) {
        loads.libraries.push(text(table.string(entry)?));
    }
    Ok(loads)
}

/// The loader and the libraries that `program` needs, each where the loader will look for it; nothing where the program
/// is static.
pub(crate) fn libraries(path: &Path, program: &[u8], architecture: Architecture) -> Result<Files, ImageError> {
    let read = |path: &Path, file: &[u8]| loads(file).map_err(|source| ImageError::Elf { path: path.into(), source });
    let directories = directories(architecture);
    let Loads { interpreter, libraries } = read(path, program)?;
    let mut files = Files::default();
    let mut seen = BTreeSet::new();
    let mut wanted: VecDeque<_> = libraries.into_iter().map(|name| (name, path.to_owned())).collect();
    if let Some(interpreter) = interpreter {
        let name = interpreter.rsplit('/').next().unwrap_or_default().to_owned();
        let found = find(&name, &directories, architecture).ok_or_else(|| missing(&name, path, architecture))?;
        files.file(interpreter.trim_start_matches('/'), 0o755, found.content);
        seen.insert(name);
        if wanted.iter().any(|(name, _)| name == "libc.so.6") {
            let services = NAME_SERVICES.iter().filter(|name| find(name, &directories, architecture).is_some());
            wanted.extend(services.map(|name| ((*name).to_owned(), path.to_owned())));
        }
    }
    while let Some((name, needed_by)) = wanted.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let found = find(&name, &directories, architecture).ok_or_else(|| missing(&name, &needed_by, architecture))?;
        wanted.extend(read(&found.path, &found.content)?.libraries.into_iter().map(|name| (name, found.path.clone())));
        files.file(&format!("{}/{name}", found.directory), 0o755, found.content);
    }
    Ok(files)
}

fn missing(name: &str, needed_by: &Path, architecture: Architecture) -> ImageError {
    ImageError::Library { name: name.into(), needed_by: needed_by.into(), architecture }
}

struct Found<'a> {
    path: PathBuf,
    directory: &'a str,
    content: Vec<u8>,
}

/// The first file of this name that is for the architecture; the loader passes over those that are not, too.
fn find<'a>(name: &str, directories: &'a [Directory], architecture: Architecture) -> Option<Found<'a>> {
    // A name with a slash is a path, which a program must not bring in from elsewhere.
    directories.iter().filter(|_| !name.contains('/')).find_map(|directory| {
        let path = directory.here.join(name);
        let content = fs::read(&path).ok()?;
        let fits = elf::needs(&content).is_ok_and(|needs| needs.architecture == Some(architecture));
        fits.then_some(Found { path, directory: &directory.there, content })
    })
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    /// This test itself is such a program.
    #[test]
    fn the_loader_and_the_c_library_are_found() {
        let path = std::env::current_exe().expect("a running test has a file");
        let architecture = Architecture::of_triple(std::env::consts::ARCH).expect("one of the two");
        let program = fs::read(&path).expect("it can be read");
        let files = libraries(&path, &program, architecture).expect("this host has what it runs");
        let paths: Vec<_> = files.paths().collect();
        let interpreter = loads(&program).expect("ELF").interpreter.expect("a dynamic program");
        assert!(paths.contains(&interpreter.trim_start_matches('/')), "{paths:?}");
        for name in ["libc.so.6", "libgcc_s.so.1"] {
            assert!(paths.iter().any(|path| path.ends_with(&format!("/{name}"))), "{name} of {paths:?}");
        }
    }

    #[test]
    fn a_library_for_another_processor_is_none() {
        let name = "libc.so.6";
        let architecture = Architecture::of_triple(std::env::consts::ARCH).expect("one of the two");
        let other = if architecture == Architecture::Arm64 { Architecture::X86_64 } else { Architecture::Arm64 };
        assert!(find(name, &directories(architecture), architecture).is_some());
        assert!(find(name, &directories(architecture), other).is_none());
        assert!(find("/lib/libc.so.6", &directories(architecture), architecture).is_none());
    }
}

//! The zip file that AWS Lambda takes a program as.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The name under which a custom runtime starts a function's program.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html).
const BOOTSTRAP: &str = "bootstrap";

/// How each file of an archive is written. Nothing of it depends on when or where: the default time is the first one
/// that the format has, midnight of January 1, 1980.
pub(crate) fn options(is_executable: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(if is_executable { 0o755 } else { 0o644 })
}

/// A zip file that holds `program` as `bootstrap`, executable. The same program gives the same bytes: the time in the
/// archive is fixed, so that the asset is new only when the program is.
pub(crate) fn bootstrap(program: &[u8]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(BOOTSTRAP, options(true))?;
    archive.write_all(program)?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_program_is_the_executable_bootstrap() {
        let zip = bootstrap(b"#!/bin/sh\nexit 0\n").expect("it is written");
        let mut archive = ZipArchive::new(Cursor::new(zip)).expect("it is a zip file");
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_index(0).expect("one file");
        assert_eq!(file.name().expect("a name"), "bootstrap");
        assert_eq!(file.unix_mode(), Some(0o100_755));
        let time = file.last_modified().expect("a time");
        assert_eq!((time.year(), time.month(), time.day(), time.hour()), (1980, 1, 1, 0));
        let mut text = String::new();
        file.read_to_string(&mut text).expect("it unpacks");
        assert_eq!(text, "#!/bin/sh\nexit 0\n");
    }

    #[test]
    fn the_same_program_gives_the_same_bytes() {
        let program = vec![7; 100_000];
        assert_eq!(bootstrap(&program).expect("written"), bootstrap(&program).expect("written"));
    }
}

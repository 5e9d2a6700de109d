//! What S3 says an object is, to whoever reads it.

use std::path::Path;

/// The media type of a file, by the extension that its key has.
pub(super) fn content_type(key: &str) -> &'static str {
    let extension = Path::new(key).extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "css" => "text/css",
        "csv" => "text/csv",
        "gz" | "tgz" => "application/gzip",
        "html" | "htm" => "text/html",
        "jar" => "application/java-archive",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "jpg" | "jpeg" => "image/jpeg",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "tar" => "application/x-tar",
        "toml" => "application/toml",
        "txt" | "log" | "md" | "sh" | "py" => "text/plain",
        "wasm" => "application/wasm",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_of_the_key_counts() {
        assert_eq!(content_type("a1b2.zip"), "application/zip");
        assert_eq!(content_type("nested/prefix.v1/a1b2.JSON"), "application/json");
        assert_eq!(content_type("a1b2"), "application/octet-stream");
        assert_eq!(content_type("prefix.zip/a1b2"), "application/octet-stream");
    }
}

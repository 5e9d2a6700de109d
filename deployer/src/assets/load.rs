//! Bringing an image that was assembled here to a container tool.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::AssetError;
use super::images::Tool;
use super::publisher::blocking;
use crate::image::Image;

/// Brings an image to the container tool that is installed, and returns the name that it has there.
///
/// # Errors
/// There is no such tool, it fails, or a layer of the base image cannot be had.
pub(crate) async fn load(image: Image) -> Result<String, AssetError> {
    let tool = match Tool::find() {
        Err(AssetError::NoTool) => return Err(AssetError::NoToolToLoad),
        found => found?,
    };
    let unwritable = |source| AssetError::Pack { path: std::env::temp_dir(), source };
    let directory = tempfile::tempdir().map_err(unwritable)?;
    // A name that no other image has: several are brought there at the same time.
    let name = format!("belvedere-asset:{}", &image.digest().hex()[..16]);
    let archive = image.alone().save_as(&directory.path().join("image.tar"), &name).await?;
    blocking(move || tool.load(&archive)).await
}

impl Tool {
    /// Has the tool read an archive. Docker and those like it say what it is called then; where they have no name for
    /// it, its id.
    fn load(&self, archive: &Path) -> Result<String, AssetError> {
        let line = || format!("{} load", self.program.display());
        let mut command = Command::new(&self.program);
        command.arg("load").arg("--input").arg(archive).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = command.output().map_err(|source: io::Error| AssetError::Start { command: line(), source })?;
        if !output.status.success() {
            return Err(AssetError::Command { command: line(), status: output.status });
        }
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match name(&answer) {
            Some(name) => Ok(name.to_owned()),
            None => Err(AssetError::Answer { command: line(), answer }),
        }
    }
}

/// The name in `Loaded image: name`, `Loaded image ID: sha256:…` or `Loaded image(s): name`.
fn name(answer: &str) -> Option<&str> {
    let line = answer.lines().rev().find(|line| line.starts_with("Loaded image"))?;
    line.split_once(": ").map(|(_, name)| name.trim()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_tools_say_what_they_have_loaded() {
        assert_eq!(name("Loaded image: localhost/one:latest"), Some("localhost/one:latest"));
        assert_eq!(name("noise\nLoaded image ID: sha256:12"), Some("sha256:12"));
        assert_eq!(name("Loaded image(s): one:latest\n"), Some("one:latest"));
        assert_eq!(name("nothing"), None);
    }
}

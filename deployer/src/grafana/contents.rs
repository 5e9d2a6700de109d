//! What an assembly has for the Grafanas of its stacks.

use std::fs;
use std::io;
use std::path::Path;

use belvedere_grafana::{AppliedContent, AssemblyFile};
use serde::Deserialize;

use super::error::GrafanaError;
use crate::stack::Stack;

/// The contents of a stack, in their order; none where the assembly has no file for it.
pub(crate) fn contents(stack: &Stack) -> Result<Vec<AppliedContent>, GrafanaError> {
    let directory = stack.template.path.parent().unwrap_or(Path::new(""));
    let path = directory.join(AssemblyFile::file_name(&stack.id));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(GrafanaError::Read { path, source }),
    };
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    // The version counts before the rest, of which another version may have another form.
    let damaged = |source| GrafanaError::Json { path: path.clone(), source };
    let Versioned { version } = serde_json::from_str(&text).map_err(damaged)?;
    if version != AssemblyFile::VERSION {
        return Err(GrafanaError::Version { path, version });
    }
    let file: AssemblyFile = serde_json::from_str(&text).map_err(damaged)?;
    Ok(file.contents)
}

//! Values of parameters, from the arguments and from a file.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::failure::Failure;
use super::parameter::Parameter;

/// The arguments that give values.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Parameters {
    /// Value of a template's parameter, in one stack or all that have it; may be repeated
    #[arg(long, value_name = "[STACK:]NAME=VALUE")]
    parameter: Vec<String>,

    /// File of such values (- for stdin), a line each or JSON; for secrets, which no argument is
    #[arg(long, value_name = "FILE")]
    parameter_file: Option<PathBuf>,
}

impl Parameters {
    /// The values, where one is given twice the one that counts last.
    pub(super) fn read(&self) -> Result<Vec<Parameter>, Failure> {
        let mut all = match &self.parameter_file {
            Some(path) => parsed(path, &text(path)?)?,
            None => Vec::new(),
        };
        for argument in &self.parameter {
            // What follows the name may be a secret, and is not said again.
            let wrong = |reason| Failure::Parameter { place: "--parameter".into(), reason };
            all.push(argument.parse().map_err(wrong)?);
        }
        Ok(all)
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    let failed = |source| Failure::ParameterFile { path: path.into(), source };
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(failed)
}

/// Reads a JSON object of names and texts, or lines of `NAME=VALUE`, those that are empty or begin with `#` aside.
fn parsed(path: &Path, text: &str) -> Result<Vec<Parameter>, Failure> {
    let wrong = |place: String, reason: &str| Failure::Parameter { place, reason: reason.into() };
    if text.trim_start().starts_with('{') {
        let place = || path.display().to_string();
        let object: Value = serde_json::from_str(text)
            .map_err(|error| wrong(format!("{}:{}:{}", place(), error.line(), error.column()), "this is not JSON"))?;
        let pairs = object.as_object().into_iter().flatten();
        return pairs
            .map(|(name, value)| match value.as_str() {
                Some(value) => format!("{name}={value}").parse().map_err(|reason: String| wrong(place(), &reason)),
                None => Err(wrong(place(), &format!("the value of {name} must be a text"))),
            })
            .collect();
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| {
            line.parse().map_err(|reason: String| wrong(format!("{}:{}", path.display(), index + 1), &reason))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Parameter>, String> {
        parsed(Path::new("values"), text).map_err(|failure| failure.to_string())
    }

    #[test]
    fn lines_and_json_say_the_same() {
        let lines = read("# for the tests\n\nPassword=hunter2 = more\nProd/App:Size=1\n").expect("lines");
        let json = read(" {\"Password\": \"hunter2 = more\", \"Prod/App:Size\": \"1\"}").expect("JSON");
        assert_eq!(lines, json);
        assert_eq!(lines.len(), 2);
        assert_eq!(read("Key=a\nmy=b").expect("lines").len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_never_by_its_value() {
        let form = "a parameter must be NAME=VALUE or STACK:NAME=VALUE, and a name has letters and digits";
        for (text, told) in [
            ("Size=1\nhunter2", format!("values:2: {form}")),
            ("my password=hunter2", format!("values:1: {form}")),
            ("{\"Password\": \"hunter2\"", "values:1:22: this is not JSON".into()),
            ("{\"Password\": 1234}", "values: the value of Password must be a text".into()),
            ("{\"my password\": \"hunter2\"}", format!("values: {form}")),
        ] {
            assert_eq!(read(text).expect_err(text), told, "{text}");
        }
        let arguments = Parameters { parameter: vec!["my-password=hunter2".into()], parameter_file: None };
        assert_eq!(arguments.read().expect_err("no name").to_string(), format!("--parameter: {form}"));
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let arguments = Parameters { parameter: Vec::new(), parameter_file: Some("/nowhere/values".into()) };
        assert_eq!(arguments.read().expect_err("nothing").to_string(), "cannot read /nowhere/values");
    }
}

//! `belvedere doctor`.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::result::{json, table};
use super::session::runtime;
use super::source::Source;
use crate::{Check, ConnectError, Settings, Verdict, doctor};

/// See whether all is there that a deployment needs, and what to do if not
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let settings = Settings::read(Path::new(""))?;
    let runtime = runtime()?;
    let clients = runtime.block_on(args.aws.connection(&settings).open());
    let assembly = args.source.assembly(&settings, clients.as_ref().ok());
    // What could not even be begun comes first.
    let mut checks = Vec::new();
    if let Err(failure) = &assembly {
        checks.push(Check::fail("app", with_causes(failure), failure.hint()));
    }
    if let Err(error) = &clients {
        let name = if matches!(error, ConnectError::NoRegion) { "region" } else { "credentials" };
        checks.push(Check::fail(name, error.to_string(), Some(error.hint())));
    }
    checks.extend(runtime.block_on(doctor(assembly.as_ref().ok(), clients.as_ref().ok())));
    match args.output {
        OutputFormat::Json => json(stdout, &checks)?,
        OutputFormat::Text => stdout.write_all(text(&checks).as_bytes())?,
    }
    match checks.iter().filter(|check| check.verdict == Verdict::Fail).count() {
        0 => Ok(()),
        count => Err(Failure::Checks { count }),
    }
}

fn with_causes(failure: &Failure) -> String {
    let (mut text, mut source) = (failure.to_string(), failure.source());
    while let Some(cause) = source {
        text += &format!(": {}", cause.to_string().trim_end());
        source = cause.source();
    }
    text
}

fn text(checks: &[Check]) -> String {
    let rows = checks.iter().flat_map(|check| {
        let word = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
            Verdict::Unknown => "?",
        };
        // As wide as the longest, so that lines of two runs are alike.
        let line = [format!("{word:4}"), check.name.to_owned(), check.text.clone()];
        let hint = check.hint.iter().map(|hint| [String::new(), String::new(), format!("hint: {hint}")]);
        [line].into_iter().chain(hint)
    });
    table(&rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_check_and_one_for_what_to_do() {
        let checks = [
            Check::ok("credentials", "arn"),
            Check::warn("clock", "9 s behind AWS", "set it"),
            Check::fail("account", "wrong", None),
            Check::unknown("quota", "how many"),
        ];
        let expected = "\
ok    credentials  arn
warn  clock        9 s behind AWS
                   hint: set it
fail  account      wrong
?     quota        not known: how many
";
        assert_eq!(text(&checks), expected);
    }
}

//! From the arguments to the exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use super::failure::Failure;
use super::{
    completions, dashboards, deploy, destroy, diagnose, diff, doctor, drift, events, grafana, logs, ls, official,
    outputs, package, rollback, status, synth, watch,
};
use crate::grafana::guard;

/// Brings the stacks that an app describes to AWS and back, and tells how they are.
#[derive(Debug, Parser)]
#[command(
    name = "belvedere",
    version,
    arg_required_else_help = true,
    after_help = "Results go to stdout, everything else to stderr. With --output json the result is one JSON
document, and each event a JSON object on a line of its own. NO_COLOR turns colors off.
An argument counts over belvedere.toml, that over cdk.json, and that over the environment.
Exit codes: 0 done, also where the reader of stdout has left; 1 failed, 2 wrong arguments,
3 not approved, 4 differences found or a stack is not well, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Synth(synth::Args),
    Ls(ls::Args),
    Diff(diff::Args),
    Deploy(deploy::Args),
    Watch(watch::Args),
    Destroy(destroy::Args),
    Rollback(rollback::Args),
    Outputs(outputs::Args),
    Status(status::Args),
    Events(events::Args),
    Logs(logs::Args),
    Drift(drift::Args),
    Diagnose(diagnose::Args),
    Grafana(grafana::Args),
    Doctor(doctor::Args),
    Dashboards(dashboards::Args),
    Package(package::Args),
    Completions(completions::Args),
}

/// Runs the command that the arguments of this process give, and returns what the process should exit with.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os(), "belvedere", None)
}

/// Does what [`main`] does for `cargo belvedere`: cargo gives the name of the subcommand as the first argument.
#[must_use]
pub fn cargo_main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|argument| argument == "belvedere") {
        arguments.remove(1);
    }
    run(arguments, "cargo belvedere", None)
}

/// The same commands for a program that writes its own assembly, which it has in `directory`: `arguments` are what is left
/// of its own, such as `deploy --yes`. Returns what the process should exit with.
///
/// ```no_run
/// # use std::process::ExitCode;
/// fn main() -> ExitCode {
///     // The app writes its assembly first.
///     belvedere_deployer::cli::app_main("cdk.out", std::env::args_os().skip(1))
/// }
/// ```
#[must_use]
pub fn app_main(directory: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let name = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = [OsString::from(&name)].into_iter().chain(arguments.into_iter().map(Into::into));
    run(arguments, &name, Some(directory.into()))
}

/// The command line; with `app`, what a command takes as the app where nothing else is given.
fn command(name: &str, app: Option<PathBuf>) -> clap::Command {
    let command = <Cli as clap::CommandFactory>::command().bin_name(name);
    let Some(app) = app else { return command };
    // Once in a process, and for as long as it lives.
    let app: &'static Path = Box::leak(app.into_boxed_path());
    command.mut_subcommands(|command| {
        if command.get_arguments().any(|argument| argument.get_id() == "app") {
            command.mut_arg("app", |argument| argument.default_value(app.as_os_str()).hide(true))
        } else {
            command
        }
    })
}

fn run(arguments: impl IntoIterator<Item = OsString>, name: &str, app: Option<PathBuf>) -> ExitCode {
    // The program starts itself once more so that no token outlives it. An app that embeds this may keep the first of its
    // arguments for itself.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == guard::ARGUMENT) {
        return guard::run();
    }
    let matches = match command(name, app).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Help may well be read by a `head` that has seen enough.
            let _ = error.print();
            if let Some(hint) = official::hint(&error) {
                let _ = io::stderr().write_all(format!("hint: {hint}\n").as_bytes());
            }
            return if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                ExitCode::from(2)
            } else {
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            };
        }
    };
    let result = <Cli as clap::FromArgMatches>::from_arg_matches(&matches).map_err(Failure::from).and_then(|cli| {
        let mut stdout = io::stdout();
        match cli.command {
            Command::Synth(args) => synth::run(args, &mut stdout),
            Command::Ls(args) => ls::run(args, &mut stdout),
            Command::Diff(args) => diff::run(args, &mut stdout),
            Command::Deploy(args) => deploy::run(args, &mut stdout),
            Command::Watch(args) => watch::run(&args, &mut stdout),
            Command::Destroy(args) => destroy::run(args, &mut stdout),
            Command::Rollback(args) => rollback::run(args, &mut stdout),
            Command::Outputs(args) => outputs::run(args, &mut stdout),
            Command::Status(args) => status::run(args, &mut stdout),
            Command::Events(args) => events::run(args, &mut stdout),
            Command::Logs(args) => logs::run(args, &mut stdout),
            Command::Drift(args) => drift::run(args, &mut stdout),
            Command::Diagnose(args) => diagnose::run(args, &mut stdout),
            Command::Grafana(args) => grafana::run(args, &mut stdout),
            Command::Doctor(args) => doctor::run(args, &mut stdout),
            Command::Dashboards(args) => dashboards::run(args, &mut stdout),
            Command::Package(args) => package::run(args, &mut stdout),
            Command::Completions(args) => {
                completions::run(&args, &mut <Cli as clap::CommandFactory>::command(), &mut stdout)
            }
        }?;
        stdout.flush().map_err(Failure::from)
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // There is nobody left to tell.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let _ = io::stderr().write_all(failure.render(color).as_bytes());
            ExitCode::from(failure.code())
        }
    }
}

//! `belvedere deploy`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::parameter::{Parameter, assign};
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::{DeployOptions, Method, Outcome, deploy, select};

/// Bring stacks to what their templates say, each after those that it depends on
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// All stacks, which is what happens without names too
    #[arg(long, conflicts_with = "patterns")]
    all: bool,

    /// How to ask [default: the settings', or change-set]
    #[arg(long, value_enum)]
    method: Option<MethodName>,

    /// How many stacks at a time [default: the settings', or 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    /// Value of a template's parameter, in one stack or all that have it; may be repeated
    #[arg(long, value_name = "[STACK:]NAME=VALUE")]
    parameter: Vec<Parameter>,

    /// Tag for every stack and its resources; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    tag: Vec<(String, String)>,

    /// Leave a stack as it is where a change of it fails
    #[arg(long)]
    no_rollback: bool,

    /// Deploy although nothing seems to have changed, or the account seems not to be ready
    #[arg(long, short)]
    force: bool,

    /// How long what is deployed may take to serve, such as 30m
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = humantime::parse_duration)]
    wait: Duration,

    /// Do not wait until what is deployed serves
    #[arg(long, conflicts_with_all = ["wait", "smoke"])]
    no_wait: bool,

    /// Invoke the canaries once the stacks serve, and fail where one does
    #[arg(long)]
    smoke: bool,

    /// Disable the rules that invoke canaries while their stack is updated
    #[arg(long)]
    pause_canary: bool,

    /// File to write the outputs to, as JSON by stack
    #[arg(long, value_name = "FILE")]
    outputs_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MethodName {
    /// By a change set, which tells what will happen before it does
    ChangeSet,
    /// At once
    Direct,
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::ChangeSet => Self::ChangeSet,
            MethodName::Direct => Self::Direct,
        }
    }
}

fn tag(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag must be KEY=VALUE".into()),
    }
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (mut session, patterns, output) = args.stacks.open()?;
    let mut options = DeployOptions::new().yes(args.yes).force(args.force).roll_back(!args.no_rollback);
    let wait = if args.no_wait { Duration::ZERO } else { args.wait };
    options = options.wait(wait).smoke(args.smoke).pause_canary(args.pause_canary);
    if let Some(method) = args.method.map(Method::from).or(session.settings.method) {
        options = options.method(method);
    }
    if let Some(concurrency) = args.concurrency.or(session.settings.concurrency) {
        options = options.concurrency(concurrency.get());
    }
    for (key, value) in session.settings.tags.clone().into_iter().chain(args.tag) {
        options = options.tag(key, value);
    }
    for (name, value) in assign(args.parameter, &mut session.assembly.stacks)? {
        options = options.parameter(name, value);
    }
    let outcome = session.run(Style::of_process(output), args.yes, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        deploy(assembly, &stacks, clients, &options, shown).await.map_err(Failure::from)
    })?;
    if let Some(path) = args.outputs_file {
        let outputs: BTreeMap<_, _> = outcome.stacks.iter().map(|stack| (&stack.stack_name, &stack.outputs)).collect();
        let text = format!("{:#}\n", serde_json::to_value(outputs)?);
        fs::write(&path, text).map_err(|source| Failure::OutputsFile { path, source })?;
    }
    match output {
        OutputFormat::Json => json(stdout, &outcome),
        OutputFormat::Text => Ok(stdout.write_all(outputs_text(&outcome).as_bytes())?),
    }
}

/// The outputs of all stacks, a line each.
fn outputs_text(outcome: &Outcome) -> String {
    let lines = outcome
        .stacks
        .iter()
        .flat_map(|stack| stack.outputs.iter().map(|(name, value)| format!("{}.{name} = {value}\n", stack.stack)));
    lines.collect()
}

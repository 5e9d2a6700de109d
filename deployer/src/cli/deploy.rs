//! `belvedere deploy`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::parameter::{Parameter, assign};
use super::parameters::Parameters;
use super::report::Style;
use super::result::json;
use super::source::Source;
use super::stack_arguments::StackArguments;
use super::stacks::Stacks;
use crate::grafana::ApplyOptions;
use crate::{DeployOptions, Method, Outcome, Settings, deploy, select};

/// Bring stacks to what their templates say, each after those that it depends on
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// All stacks, which is what happens without names too
    #[arg(long, conflicts_with = "patterns")]
    all: bool,

    /// How to ask
    ///
    /// By default as the settings say, or by a change set.
    #[arg(long, value_enum)]
    method: Option<MethodName>,

    /// How many stacks at a time [default: the settings', or 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    parameters: Parameters,

    /// Tag for every stack and its resources; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    tag: Vec<(String, String)>,

    #[command(flatten)]
    stack: StackArguments,

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

    /// Do not apply what the stacks have for a Grafana
    #[arg(long)]
    no_grafana: bool,

    /// Take over what is in a Grafana already, by its uid, and somebody else made
    #[arg(long, conflicts_with = "no_grafana")]
    adopt: bool,

    /// Ask each data source in a Grafana at the end whether it is well
    #[arg(long, conflicts_with = "no_grafana")]
    check_health: bool,

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
    /// At once, not waiting until each resource is stable
    Express,
    /// Only make the change set; the same by change-set executes it
    PrepareChangeSet,
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::ChangeSet => Self::ChangeSet,
            MethodName::Direct => Self::Direct,
            MethodName::Express => Self::Express,
            MethodName::PrepareChangeSet => Self::PrepareChangeSet,
        }
    }
}

impl Args {
    pub(super) fn source(&self) -> (&Source, &Aws) {
        self.stacks.source()
    }

    pub(super) fn patterns(&self) -> &[String] {
        self.stacks.patterns()
    }

    pub(super) fn output(&self) -> OutputFormat {
        self.stacks.output()
    }

    pub(super) fn is_approved(&self) -> bool {
        self.yes
    }

    /// The values of parameters; standard input has them only once.
    pub(super) fn parameters(&self) -> Result<Vec<Parameter>, Failure> {
        self.parameters.read()
    }

    pub(super) fn outputs_file(&self) -> Option<&Path> {
        self.outputs_file.as_deref()
    }

    /// What the arguments and the settings ask for, but for parameters; `method` where neither names one.
    pub(super) fn options(&self, settings: &Settings, method: Method) -> Result<DeployOptions, Failure> {
        let mut options = DeployOptions::new().yes(self.yes).force(self.force).roll_back(!self.no_rollback);
        options = options.method(self.method.map(Method::from).or(settings.method).unwrap_or(method));
        if let Some(concurrency) = self.concurrency.or(settings.concurrency) {
            options = options.concurrency(concurrency.get());
        }
        for (key, value) in settings.tags.iter().chain(self.tag.iter().map(|(key, value)| (key, value))) {
            options = options.tag(key, value);
        }
        let wait = if self.no_wait { Duration::ZERO } else { self.wait };
        options = options.wait(wait).smoke(self.smoke).pause_canary(self.pause_canary);
        let grafana = ApplyOptions::new().adopt(self.adopt).check_health(self.check_health);
        options = options.grafana((!self.no_grafana).then_some(grafana));
        options = self.stack.apply(options, settings)?;
        options.check()?;
        Ok(options)
    }
}

fn tag(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag must be KEY=VALUE".into()),
    }
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    // What is wrong with the arguments is told before the app is run.
    let mut options = args.options(&Settings::read(Path::new(""))?, Method::ChangeSet)?;
    let parameters = args.parameters()?;
    let (mut session, patterns, output) = args.stacks.open()?;
    for (name, value) in assign(parameters, &mut session.assembly.stacks)? {
        options = options.parameter(name, value);
    }
    let outcome = session.run(Style::of_process(output), args.yes, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        deploy(assembly, &stacks, clients, &options, shown).await.map_err(Failure::from)
    })?;
    tell(&outcome, args.outputs_file.as_deref(), output, stdout)
}

/// Writes what has come of it.
pub(super) fn tell(
    outcome: &Outcome,
    outputs_file: Option<&Path>,
    output: OutputFormat,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(path) = outputs_file {
        let outputs: BTreeMap<_, _> = outcome.stacks.iter().map(|stack| (&stack.stack_name, &stack.outputs)).collect();
        let text = format!("{:#}\n", serde_json::to_value(outputs)?);
        fs::write(path, text).map_err(|source| Failure::OutputsFile { path: path.into(), source })?;
    }
    match output {
        OutputFormat::Json => json(stdout, outcome),
        OutputFormat::Text => Ok(stdout.write_all(result_text(outcome).as_bytes())?),
    }
}

/// The outputs of all stacks, and the change sets that wait for review, a line each.
fn result_text(outcome: &Outcome) -> String {
    let lines = outcome.stacks.iter().flat_map(|stack| {
        let prepared = stack.change_set_id.iter().map(|id| format!("{} is prepared: {id}\n", stack.stack));
        let outputs = stack.outputs.iter().map(|(name, value)| format!("{}.{name} = {value}\n", stack.stack));
        prepared.chain(outputs)
    });
    lines.collect()
}

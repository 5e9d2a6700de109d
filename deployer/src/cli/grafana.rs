//! `belvedere grafana`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use belvedere_grafana::Document;
use belvedere_grafana::rust::content;
use clap::{Subcommand, ValueEnum};

use super::asking::Asking;
use super::connect::Aws;
use super::dashboards::tell_written;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::{Shown, Style};
use super::result::json;
use super::session::{Session, interrupt, runtime};
use super::source::Source;
use super::{grafana_files, grafana_text};
use crate::dashboards::{DashboardsError, write_content};
use crate::grafana::{Applied, ApplyOptions, GrafanaError, Job, Login, apply, base_of, export, jobs, plan, url};
use crate::{Settings, select};

/// Fill a Grafana, tell what that would change, and read what there is
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Plan(PlanArgs),
    Apply(ApplyArgs),
    Remove(RemoveArgs),
    Files(grafana_files::Args),
    Export(ExportArgs),
    Open(OpenArgs),
}

/// Which contents, and which Grafana.
#[derive(Debug, clap::Args)]
struct Where {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// Only stacks whose names match: ?, * and ** are as in `ls` [default: all]
    #[arg(value_name = "STACKS", conflicts_with = "url")]
    patterns: Vec<String>,

    /// Grafana of no stack; GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD, sign in to it
    #[arg(long, value_name = "URL", conflicts_with_all = ["app", "outdir", "context"])]
    url: Option<String>,
}

/// A content that is of no stack.
#[derive(Debug, clap::Args)]
struct Content {
    /// Content that is of no stack, as JSON
    #[arg(long, value_name = "FILE", requires = "url")]
    file: Option<PathBuf>,

    /// Deploy-time value of that content; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "file", value_parser = value)]
    value: Vec<(String, String)>,
}

/// Tell what an application would change, and what was changed by hand
///
/// Nothing in the Grafana is changed. A managed workspace is read by a service account named after
/// the content, and by a token that is deleted at the end; both are an administrator's, for nobody
/// else may read alert rules and data sources.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true, verbatim_doc_comment)]
struct PlanArgs {
    #[command(flatten)]
    place: Where,

    #[command(flatten)]
    content: Content,

    /// Plan to take over what is there already and somebody else made
    #[arg(long)]
    adopt: bool,

    /// Exit with 4 where there is something to do
    #[arg(long)]
    fail: bool,

    /// How to tell events and the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Bring a Grafana to what is defined
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct ApplyArgs {
    #[command(flatten)]
    place: Where,

    #[command(flatten)]
    content: Content,

    /// Take over what is there already and somebody else made
    #[arg(long)]
    adopt: bool,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    /// Ask each data source at the end whether it is well
    #[arg(long)]
    check_health: bool,

    /// How to tell events and the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Remove from a Grafana all that a content has made in it
///
/// What others have made stays, and so does a folder with something of others in it. Of a managed
/// workspace the service account of the content goes, too; its settings stay as they are. Do this
/// before `destroy` where the Grafana does not go with the stack.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true, verbatim_doc_comment)]
struct RemoveArgs {
    #[command(flatten)]
    place: Where,

    /// Name of the content, in a Grafana of no stack
    #[arg(long, value_name = "NAME", requires = "url")]
    name: Option<String>,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    /// How to tell events and the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Read what a Grafana has, whoever made it
///
/// A Grafana tells no secrets: in what is written, each is an environment variable to be set before
/// it is applied, which is told.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true, verbatim_doc_comment)]
struct ExportArgs {
    #[command(flatten)]
    place: Where,

    /// Name of the content that it becomes
    #[arg(long, value_name = "NAME", default_value = "exported")]
    name: String,

    /// What to write
    #[arg(long, value_enum, default_value = "json")]
    format: ExportFormat,

    /// Where files of Rust are written
    #[arg(long, value_name = "DIRECTORY", default_value = "grafana")]
    directory: PathBuf,

    /// Overwrite files of Rust that are there
    #[arg(long)]
    force: bool,

    /// How to tell events and files
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Open a Grafana in the browser, and tell its URL
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct OpenArgs {
    #[command(flatten)]
    place: Where,

    /// Only tell the URL
    #[arg(long)]
    print: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// A content as `--file` takes it
    Json,
    /// Typed Rust: a module with `content()`, and below it one for each dashboard
    Rust,
}

pub(super) fn value(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a value must be NAME=VALUE".into()),
    }
}

impl Content {
    /// The document and its deploy-time values: for a Grafana of no stack there must be one.
    fn read(self, place: &Where) -> Result<Given, Failure> {
        let Some(path) = self.file else {
            let missing = Failure::Missing { argument: "--file", what: "the content, as JSON" };
            return if place.url.is_some() { Err(missing) } else { Ok(Given::default()) };
        };
        Ok(Given { document: read(path)?, values: self.value.into_iter().collect() })
    }
}

/// Reads a content of no stack.
pub(super) fn read(path: PathBuf) -> Result<Document, Failure> {
    let text = fs::read_to_string(&path).map_err(|source| GrafanaError::Read { path: path.clone(), source })?;
    serde_json::from_str(&text).map_err(|source| Failure::ContentFile { path, source })
}

/// What is for the Grafana of no stack.
#[derive(Default)]
struct Given {
    document: Document,
    values: BTreeMap<String, String>,
}

impl Given {
    /// Nothing but a name.
    fn named(name: &str) -> Self {
        Self { document: Document { name: name.to_owned(), ..Document::default() }, values: BTreeMap::new() }
    }
}

impl Where {
    /// Does the work with the jobs, and shows its events.
    fn run<T>(
        self,
        given: Given,
        style: Style,
        yes: bool,
        work: impl AsyncFnOnce(&[Job], &mut Shown) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(url) = self.url else {
            let session = Session::open(self.source, &self.aws)?;
            let patterns = self.patterns;
            return session.run(style, yes, async |_, clients, assembly, shown| {
                let jobs = jobs(&select(&assembly.stacks, &patterns)?, clients).await?;
                if jobs.is_empty() {
                    return Err(Failure::NoContent);
                }
                work(&jobs, shown).await
            });
        };
        let Given { document, values } = given;
        let is_in_aws = names_secrets_manager(&document);
        let login = login()?;
        let runtime = runtime()?;
        let asking = Asking::new(yes);
        let mut shown = Shown::new(style, asking.clone());
        let result = runtime.block_on(async {
            let work = async {
                // There is no need of AWS but for its secrets.
                let settings = Settings::read(Path::new(""))?;
                let clients = if is_in_aws { Some(self.aws.connection(&settings).open().await?) } else { None };
                let job = Job::new(&document, &values, url, login, clients.as_ref())?;
                work(&[job], &mut shown).await
            };
            tokio::select! {
                result = work => Some(result),
                () = interrupt(asking) => None,
            }
        });
        runtime.shutdown_background();
        let text = "interrupted: apply again to go on where this run ended\n".to_owned();
        result.unwrap_or(Err(Failure::Interrupted { text }))
    }
}

/// Whether a secret of the document is in AWS Secrets Manager.
fn names_secrets_manager(document: &Document) -> bool {
    let text = serde_json::to_string(document).unwrap_or_default();
    text.contains("\"belvedere:secret\":{\"") && text.contains("\"secretsManager\":")
}

/// Never by an argument, which others on this machine could see.
fn login() -> Result<Login, Failure> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("GRAFANA_TOKEN"), variable("GRAFANA_USER"), variable("GRAFANA_PASSWORD")) {
        (Some(token), ..) => Ok(Login::Token(token)),
        (None, Some(user), Some(password)) => Ok(Login::Password { user, password }),
        _ => Err(Failure::NoLogin),
    }
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    match args.command {
        Verb::Plan(args) => run_plan(args, stdout),
        Verb::Apply(args) => run_apply(args, stdout),
        Verb::Remove(args) => run_remove(args, stdout),
        Verb::Files(args) => grafana_files::run(args, stdout),
        Verb::Export(args) => run_export(args, stdout),
        Verb::Open(args) => run_open(args, stdout),
    }
}

fn run_plan(args: PlanArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let style = Style::of_process(args.output);
    let given = args.content.read(&args.place)?;
    let plans = args
        .place
        .run(given, style, false, async |jobs, shown| plan(jobs, args.adopt, shown).await.map_err(Failure::from))?;
    match args.output {
        OutputFormat::Json => json(stdout, &plans)?,
        OutputFormat::Text => {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let is_coloured = io::stdout().is_terminal() && !plain;
            for plan in &plans {
                stdout.write_all(grafana_text::plan(plan, is_coloured).as_bytes())?;
            }
        }
    }
    if args.fail && plans.iter().any(crate::grafana::Plan::has_changes) { Err(Failure::Differences) } else { Ok(()) }
}

fn run_apply(args: ApplyArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let options = ApplyOptions::new().yes(args.yes).adopt(args.adopt).check_health(args.check_health);
    let style = Style::of_process(args.output);
    let given = args.content.read(&args.place)?;
    let applied = args
        .place
        .run(given, style, args.yes, async |jobs, shown| apply(jobs, options, shown).await.map_err(Failure::from))?;
    tell(&applied, args.output, stdout)
}

fn run_remove(args: RemoveArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let given = match (&args.place.url, &args.name) {
        (Some(_), None) => return Err(Failure::Missing { argument: "--name", what: "the name of the content" }),
        (_, name) => Given::named(name.as_deref().unwrap_or_default()),
    };
    let (style, options) = (Style::of_process(args.output), ApplyOptions::new().yes(args.yes));
    let applied = args.place.run(given, style, args.yes, async |jobs, shown| {
        let removals: Vec<Job> = jobs.iter().cloned().map(Job::removal).collect();
        apply(&removals, options, shown).await.map_err(Failure::from)
    })?;
    tell(&applied, args.output, stdout)
}

/// Writes what was done.
fn tell(applied: &[Applied], output: OutputFormat, stdout: &mut dyn Write) -> Result<(), Failure> {
    match output {
        OutputFormat::Json => json(stdout, &applied),
        OutputFormat::Text => {
            let lines: String = applied.iter().map(grafana_text::applied).collect();
            Ok(stdout.write_all(lines.as_bytes())?)
        }
    }
}

fn run_export(args: ExportArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let style = Style::of_process(args.output);
    let mut documents = args.place.run(Given::named(&args.name), style, false, async |jobs, shown| {
        let mut documents = Vec::new();
        for job in jobs {
            documents.push(export(job, shown).await?);
        }
        Ok(documents)
    })?;
    if documents.len() > 1 {
        let names = documents.into_iter().map(|document| document.name).collect();
        return Err(Failure::OneStack { names });
    }
    let Some(mut document) = documents.pop() else { return Err(Failure::NoContent) };
    document.name = args.name;
    match args.format {
        ExportFormat::Json => json(stdout, &document),
        ExportFormat::Rust => {
            let code = content(&document).map_err(|finding| DashboardsError::Code { finding })?;
            let written = write_content(&code, &args.directory, args.force)?;
            // The code says it too, but who reads all of it?
            for note in &code.notes {
                writeln!(io::stderr().lock(), "note: {note}")?;
            }
            tell_written(&written, args.output, stdout)
        }
    }
}

fn run_open(args: OpenArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let urls = match args.place.url.clone() {
        // Nobody has to sign in to be told what they have said.
        Some(url) => vec![base_of(&url)?.to_string()],
        None => args.place.run(Given::default(), Style::of_process(OutputFormat::Text), false, async |jobs, _| {
            let mut urls = Vec::new();
            for job in jobs {
                urls.push(url(job).await?);
            }
            urls.dedup();
            Ok(urls)
        })?,
    };
    for url in urls {
        writeln!(stdout, "{url}")?;
        if !args.print && io::stdout().is_terminal() {
            browse(&url).map_err(|source| Failure::Open { url, source })?;
        }
    }
    Ok(())
}

/// Opens the page as whoever sits here has it.
fn browse(url: &str) -> io::Result<()> {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = Command::new(program);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}

//! `belvedere dashboards`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use belvedere_grafana::Severity;
use belvedere_grafana::check::{Context, dashboard_text, grouped};
use belvedere_grafana::preview::{PanelState, PanelSummary, Preview};
use belvedere_grafana::rust;
use clap::Subcommand;
use serde::Serialize;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::result::{json, table};
use super::session::runtime;
use super::source::Source;
use crate::dashboards::{
    DashboardsError, FoundDashboard, NO_ANSWER, Servers, WrittenFile, answer, files_below, of_assembly, of_files, read,
    write_code,
};
use crate::{Settings, select};

/// Look at dashboards before they are deployed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ls(ListArgs),
    Check(CheckArgs),
    Preview(Box<PreviewArgs>),
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct Chosen {
    #[command(flatten)]
    source: Source,

    /// Files of dashboards, or directories with them in or below, instead of those of the app
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Only of stacks whose names match: ? is one character, * any up to a slash, ** any parts
    #[arg(long = "stack", value_name = "PATTERN", conflicts_with = "files")]
    stacks: Vec<String>,

    /// How to tell the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// List the dashboards
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct ListArgs {
    #[command(flatten)]
    chosen: Chosen,
}

/// Check dashboards without a server: queries, variables, layout, and what Grafana knows
///
/// Which metrics there are is not known here: synthesis compares with what programs export.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct CheckArgs {
    /// Files of dashboards, or directories with them in or below
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// How to tell the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Write dashboards as typed Rust that gives the same JSON
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct ExportArgs {
    /// Files of dashboards, or directories with them in or below
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Where the files of Rust are written, one for each dashboard
    #[arg(long, value_name = "DIRECTORY", default_value = "dashboards")]
    directory: PathBuf,

    /// Overwrite files that are there
    #[arg(long)]
    force: bool,

    /// How to tell the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

/// Draw dashboards as one page of HTML, from data but without a Grafana
///
/// Tells of each panel whether it has data. A data source without a server is not connected.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
struct PreviewArgs {
    #[command(flatten)]
    chosen: Chosen,

    /// The Prometheus, or what speaks its API
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,

    /// The Loki
    #[arg(long, value_name = "URL")]
    loki: Option<String>,

    /// The Tempo
    #[arg(long, value_name = "URL")]
    tempo: Option<String>,

    /// Where one data source is, by its uid
    #[arg(long = "data-source", value_name = "UID=URL")]
    data_sources: Vec<String>,

    /// From when, such as now-1h; as each dashboard says by default
    #[arg(long)]
    from: Option<String>,

    /// Up to when
    #[arg(long, default_value = "now", requires = "from")]
    to: String,

    /// The file to write
    #[arg(long = "file", short = 'f', value_name = "FILE", default_value = "dashboards.html")]
    file: PathBuf,

    /// Exit with 4 if a panel has no data, or a query is refused
    #[arg(long)]
    fail: bool,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    match args.command {
        Command::Ls(args) => list(args.chosen, stdout),
        Command::Check(args) => check_files(&args, stdout),
        Command::Preview(args) => preview(*args, stdout),
        Command::Export(args) => export(&args, stdout),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    rule: &'a str,
    severity: &'static str,
    place: &'a str,
    message: &'a str,
    text: Option<&'a str>,
    fix: Option<&'a str>,
}

fn check_files(args: &CheckArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let mut findings = Vec::new();
    for path in files_below(&args.files)? {
        let text = read(&path)?;
        findings.extend(dashboard_text(&path.display().to_string(), &text, &Context::default()));
    }
    match args.output {
        OutputFormat::Json => {
            let told = findings.iter().map(|finding| Told {
                rule: finding.rule.0,
                severity: if finding.severity == Severity::Problem { "problem" } else { "warning" },
                place: &finding.place,
                message: &finding.message,
                text: finding.text.as_ref().map(|(text, _)| text.as_str()),
                fix: finding.fix.as_deref(),
            });
            json(stdout, &told.collect::<Vec<_>>())?;
        }
        OutputFormat::Text => {
            for finding in grouped(findings.iter().cloned()) {
                let word = if finding.severity == Severity::Problem { "problem" } else { "warning" };
                writeln!(stdout, "{word}  {finding}")?;
            }
        }
    }
    let count = findings.iter().filter(|finding| finding.severity == Severity::Problem).count();
    if count > 0 { Err(Failure::Problems { count }) } else { Ok(()) }
}

fn export(args: &ExportArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let found = of_files(&args.files)?;
    let name = |origin| Path::new(origin).file_name().and_then(OsStr::to_str).unwrap_or(origin);
    let dashboards = found.iter().map(|found| (name(found.origin.as_str()), &found.json));
    let files = rust::dashboards(dashboards).map_err(|finding| DashboardsError::Code { finding })?;
    tell_written(&write_code(&files, &args.directory, args.force)?, args.output, stdout)
}

/// Tells of each file what is in it, and of a dashboard how much of it is typed.
pub(super) fn tell_written(
    written: &[WrittenFile],
    output: OutputFormat,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    match output {
        OutputFormat::Json => json(stdout, &written),
        OutputFormat::Text => {
            let rows: Vec<_> = written.iter().map(row).collect();
            Ok(stdout.write_all(table(&rows).as_bytes())?)
        }
    }
}

fn row(file: &WrittenFile) -> [String; 3] {
    let typed = match (file.values, file.untyped) {
        (Some(values), Some(untyped)) => format!("{} of {values} values typed", values - untyped.min(values)),
        _ => String::new(),
    };
    [file.path.display().to_string(), format!("{}()", file.function), typed]
}

impl Chosen {
    fn dashboards(self) -> Result<Vec<FoundDashboard>, Failure> {
        let found = if self.files.is_empty() {
            let assembly = self.source.assembly(&Settings::read(Path::new(""))?, None)?;
            of_assembly(&select(&assembly.stacks, &self.stacks)?)?
        } else {
            of_files(&self.files)?
        };
        if found.is_empty() { Err(DashboardsError::None.into()) } else { Ok(found) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    uid: &'a str,
    title: &'a str,
    origin: &'a str,
}

fn list(chosen: Chosen, stdout: &mut dyn Write) -> Result<(), Failure> {
    let output = chosen.output;
    let found = chosen.dashboards()?;
    match output {
        OutputFormat::Json => {
            let listed = found.iter().map(|one| Listed { uid: &one.uid, title: &one.title, origin: &one.origin });
            json(stdout, &listed.collect::<Vec<_>>())
        }
        OutputFormat::Text => {
            let rows: Vec<_> =
                found.iter().map(|one| [one.uid.clone(), one.title.clone(), one.origin.clone()]).collect();
            Ok(stdout.write_all(table(&rows).as_bytes())?)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Previewed<'a> {
    file: &'a Path,
    panels: Vec<PreviewedPanel<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewedPanel<'a> {
    dashboard: &'a str,
    panel: &'a str,
    state: &'static str,
    details: &'a [String],
}

fn preview(args: PreviewArgs, stdout: &mut dyn Write) -> Result<(), Failure> {
    let mut servers = Servers::default();
    args.prometheus.as_deref().map_or(Ok(()), |url| servers.prometheus(url))?;
    args.loki.as_deref().map_or(Ok(()), |url| servers.loki(url))?;
    args.tempo.as_deref().map_or(Ok(()), |url| servers.tempo(url))?;
    for one in &args.data_sources {
        let (uid, url) = one.split_once('=').ok_or_else(|| DashboardsError::Url { text: one.clone() })?;
        servers.source(uid, url)?;
    }
    let output = args.chosen.output;
    let found = args.chosen.dashboards()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut preview = Preview::new(found.into_iter().map(|dashboard| dashboard.json), now);
    if let Some(from) = &args.from {
        preview = preview.range(from, &args.to);
    }
    let answers = runtime()?.block_on(answer(&preview, &servers))?;
    let file = args.file;
    let written = fs::write(&file, preview.page(&answers));
    written.map_err(|source| DashboardsError::Write { path: file.clone(), source })?;
    let panels = preview.summary(&answers);
    match output {
        OutputFormat::Json => {
            let panels = panels.iter().map(|panel| PreviewedPanel {
                dashboard: &panel.dashboard,
                panel: &panel.panel,
                state: word(panel.state),
                details: &panel.details,
            });
            json(stdout, &Previewed { file: &file, panels: panels.collect() })?;
        }
        OutputFormat::Text => stdout.write_all(told(&panels, &file).as_bytes())?,
    }
    let count = panels.iter().filter(|panel| matches!(panel.state, PanelState::Empty | PanelState::Error)).count();
    if args.fail && count > 0 { Err(Failure::Panels { count }) } else { Ok(()) }
}

const fn word(state: PanelState) -> &'static str {
    match state {
        PanelState::Data => "data",
        PanelState::Partial => "partial",
        PanelState::Empty => "empty",
        PanelState::Error => "error",
        PanelState::Unconnected => "unconnected",
    }
}

/// Tells what has no data, and then how many panels have.
fn told(panels: &[PanelSummary], file: &Path) -> String {
    let mut text = String::new();
    // Once for each server: the panels would all say the same.
    let mut silent: BTreeMap<&str, usize> = BTreeMap::new();
    for panel in panels.iter().filter(|panel| panel.state != PanelState::Data) {
        let reasons = panel.details.iter().map(|detail| detail.split_once(": ").map_or("", |(_, reason)| reason));
        let reasons: BTreeSet<&str> = reasons.collect();
        if let Some(reason) = reasons.first().filter(|it| reasons.len() == 1 && it.starts_with(NO_ANSWER)) {
            *silent.entry(reason).or_default() += 1;
            continue;
        }
        text += &format!("{:<12} {} / {}\n", word(panel.state), panel.dashboard, panel.panel);
        for detail in &panel.details {
            text += &format!("             {}\n", detail.replace('\n', " "));
        }
    }
    for (reason, count) in silent {
        text += &format!("{:<12} {count} panels: {reason}\n", word(PanelState::Error));
    }
    let with = panels.iter().filter(|panel| panel.state == PanelState::Data).count();
    text + &format!("{with} of {} panels have data: {}\n", panels.len(), file.display())
}

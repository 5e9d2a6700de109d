//! `belvedere grafana files`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use belvedere_grafana::provisioning::Provisioning;
use belvedere_grafana::{Document, Secret};
use serde::Serialize;

use super::failure::Failure;
use super::grafana::{read, value};
use super::output_format::OutputFormat;
use super::result::json;
use super::source::Source;
use crate::dashboards::DashboardsError;
use crate::grafana::contents;
use crate::{Settings, select};

/// Write the files that a Grafana of your own provisions itself from
///
/// Data sources, dashboards as plain JSON, and alerting, as they belong below its provisioning
/// folder. No secret is in them: where one belongs, they name a variable of Grafana's environment.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true, verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Only stacks whose names match: ?, * and ** are as in `ls` [default: all]
    #[arg(value_name = "STACKS", conflicts_with = "file")]
    patterns: Vec<String>,

    /// Content that is of no stack, as JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["app", "outdir", "context"])]
    file: Option<PathBuf>,

    /// Deploy-time value of the content; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = value)]
    value: Vec<(String, String)>,

    /// Where the files are written
    #[arg(long, value_name = "DIRECTORY", default_value = "provisioning")]
    directory: PathBuf,

    /// The provisioning folder as Grafana sees it
    #[arg(long, value_name = "FOLDER", default_value = "/etc/grafana/provisioning")]
    below: String,

    /// Let people change data sources and dashboards in Grafana, until the files are read again
    #[arg(long)]
    editable: bool,

    /// Overwrite files that are there
    #[arg(long)]
    force: bool,

    /// How to tell the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    files: Vec<PathBuf>,
    /// By the variable of Grafana's environment, where the secret for it is.
    secrets: BTreeMap<String, String>,
    /// What the files cannot say.
    left_out: Vec<String>,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let output = args.output;
    let values: BTreeMap<String, String> = args.value.into_iter().collect();
    let documents: Vec<Document> = match args.file {
        Some(file) => vec![read(file)?],
        None => {
            let assembly = args.source.assembly(&Settings::read(Path::new(""))?, None)?;
            let all = select(&assembly.stacks, &args.patterns)?.into_iter().map(contents);
            let all = all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
            all.map(|content| content.document).collect()
        }
    };
    if documents.is_empty() {
        return Err(Failure::NoContent);
    }
    let mut written = Written { files: Vec::new(), secrets: BTreeMap::new(), left_out: Vec::new() };
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    for document in documents {
        let name = document.name.clone();
        let document = document
            .resolve(&|name| values.get(name).cloned())
            .map_err(|missing| Failure::Values { content: name.clone(), names: missing.0 })?;
        let mut files = Provisioning::of(document).below(args.below.clone());
        if args.editable {
            files = files.editable();
        }
        for (path, text) in files.texts(&|_| None).unwrap_or_default() {
            let path = below(&args.directory, &path, &name)?;
            if texts.insert(path, text).is_some() {
                return Err(Failure::SameContent { name });
            }
        }
        written.secrets.extend(files.secrets().into_iter().map(|(variable, secret)| (variable, place(&secret))));
        written.left_out.extend(files.problems().iter().map(ToString::to_string));
    }
    if let Some(path) = texts.keys().find(|path| !args.force && path.exists()) {
        return Err(DashboardsError::Exists { path: path.clone() }.into());
    }
    for (path, text) in texts {
        let failed = |source| DashboardsError::Write { path: path.clone(), source };
        fs::create_dir_all(path.parent().unwrap_or(&args.directory)).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
        written.files.push(path);
    }
    match output {
        OutputFormat::Json => json(stdout, &written),
        OutputFormat::Text => Ok(stdout.write_all(told(&written).as_bytes())?),
    }
}

/// Where a secret is.
fn place(secret: &Secret) -> String {
    match secret {
        Secret::SecretsManager { id, key } => {
            let key = key.as_ref().map(|key| format!("the member {key} of ")).unwrap_or_default();
            format!("{key}{} in AWS Secrets Manager", id.as_str().unwrap_or_default())
        }
        _ => "as the content names it".to_owned(),
    }
}

/// The place of a file. A name from a file that somebody wrote may lead anywhere.
fn below(directory: &Path, path: &str, name: &str) -> Result<PathBuf, Failure> {
    let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if is_plain { Ok(directory.join(path)) } else { Err(Failure::ContentName { name: name.to_owned() }) }
}

fn told(written: &Written) -> String {
    let mut text: String = written.files.iter().map(|path| format!("{}\n", path.display())).collect();
    for (variable, place) in &written.secrets {
        text += &format!("secret   Grafana needs {variable} in its environment: {place}\n");
    }
    for finding in &written.left_out {
        text += &format!("problem  {finding}\n");
    }
    text
}

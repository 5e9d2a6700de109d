//! What a project says about its app: `belvedere.toml` and the official CLI's `cdk.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::AppError;

/// The file of Belvedere's own settings.
pub const BELVEDERE_TOML: &str = "belvedere.toml";
/// The file of the official CLI's settings.
pub const CDK_JSON: &str = "cdk.json";
/// The file in which the official CLI keeps the facts that it has looked up.
pub const CDK_CONTEXT_JSON: &str = "cdk.context.json";

/// The settings of a project.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The directory of an assembly, or the command that writes one.
    pub app: Option<String>,
    /// Where the command writes it.
    pub output: Option<PathBuf>,
    /// A command that is run before the app.
    pub build: Option<String>,
    /// What the app is told: `cdk.json` over `cdk.context.json`, and over both what the settings themselves mean.
    pub context: Map<String, Value>,
}

/// `belvedere.toml`. A key that is not known is refused: it is more likely a slip than meant for a later version.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BelvedereToml {
    app: Option<String>,
    output: Option<PathBuf>,
    build: Option<String>,
}

/// `cdk.json`, of which the official CLI reads more.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CdkJson {
    app: Option<Words>,
    output: Option<PathBuf>,
    build: Option<String>,
    #[serde(default)]
    context: Map<String, Value>,
    path_metadata: Option<bool>,
    asset_metadata: Option<bool>,
    version_reporting: Option<bool>,
    staging: Option<bool>,
    bundling_stacks: Option<Vec<String>>,
}

/// A command line, whole or in words.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    Line(String),
    List(Vec<String>),
}

impl Settings {
    /// Reads the settings in `directory`; a file that is not there says nothing. Where both `belvedere.toml` and
    /// `cdk.json` say something, `belvedere.toml` counts.
    ///
    /// # Errors
    /// A file cannot be read, or is not well-formed.
    pub fn read(directory: &Path) -> Result<Self, AppError> {
        let path = directory.join(BELVEDERE_TOML);
        let own: BelvedereToml = match text(&path)? {
            Some(text) => toml::from_str(&text).map_err(|source| AppError::Toml { path, source: source.into() })?,
            None => BelvedereToml::default(),
        };
        let cdk: CdkJson = json(&directory.join(CDK_JSON))?.unwrap_or_default();
        let mut context: Map<String, Value> = json(&directory.join(CDK_CONTEXT_JSON))?.unwrap_or_default();
        context.extend(cdk.settings_context());
        Ok(Self {
            app: own.app.or_else(|| cdk.app.map(Words::into_line)),
            output: own.output.or(cdk.output),
            build: own.build.or(cdk.build),
            context,
        })
    }
}

impl CdkJson {
    /// The context that the official CLI gives to an app, so that the app writes the same templates under both.
    fn settings_context(&self) -> Map<String, Value> {
        let mut context = self.context.clone();
        let mut set = |key: &str, value: Value| context.insert(key.into(), value);
        if self.path_metadata.unwrap_or(true) {
            set("aws:cdk:enable-path-metadata", true.into());
        }
        if self.asset_metadata.unwrap_or(true) {
            set("aws:cdk:enable-asset-metadata", true.into());
        }
        if self.version_reporting.unwrap_or(true) {
            set("aws:cdk:version-reporting", true.into());
        } else {
            set("aws:cdk:disable-version-reporting", true.into());
        }
        if !self.staging.unwrap_or(true) {
            set("aws:cdk:disable-asset-staging", true.into());
        }
        let all = || vec!["**".to_owned()];
        set("aws:cdk:bundling-stacks", self.bundling_stacks.clone().unwrap_or_else(all).into());
        context
    }
}

impl Words {
    fn into_line(self) -> String {
        match self {
            Self::Line(line) => line,
            Self::List(words) => words.join(" "),
        }
    }
}

fn text(path: &Path) -> Result<Option<String>, AppError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AppError::Read { path: path.into(), source }),
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, AppError> {
    let parse = |text: String| serde_json::from_str(&text);
    text(path)?.map(parse).transpose().map_err(|source| AppError::Json { path: path.into(), source })
}

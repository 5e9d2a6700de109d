//! What a project says about its app: `belvedere.toml` and the official CLI's `cdk.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::AppError;
use crate::deploy::Method;
use crate::deploy_settings::DeploySettings;
use crate::watch_settings::WatchSettings;

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
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// The region of stacks that do not name theirs.
    pub region: Option<String>,
    /// How many stacks are worked on at a time.
    pub concurrency: Option<NonZeroUsize>,
    /// How CloudFormation is asked to change a stack.
    pub method: Option<Method>,
    /// What the stacks are besides their templates; from `belvedere.toml` alone.
    pub deploy: DeploySettings,
    /// What `belvedere watch` watches.
    pub watch: WatchSettings,
    /// Tags for every stack, by key; `belvedere.toml` over `cdk.json`, key by key.
    pub tags: BTreeMap<String, String>,
}

/// `belvedere.toml`. A key that is not known is refused: it is more likely a slip than meant for a later version.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BelvedereToml {
    app: Option<String>,
    output: Option<PathBuf>,
    build: Option<String>,
    profile: Option<String>,
    region: Option<String>,
    concurrency: Option<NonZeroUsize>,
    method: Option<MethodName>,
    #[serde(default)]
    deploy: DeploySettings,
    watch: Option<WatchSettings>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
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
    profile: Option<String>,
    region: Option<String>,
    concurrency: Option<NonZeroUsize>,
    method: Option<MethodName>,
    watch: Option<WatchSettings>,
    tags: Option<Tags>,
}

/// The name of a method, as it is in a file. What only prepares a change is refused: whoever wrote that does not want it
/// to be made.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MethodName {
    ChangeSet,
    Direct,
    Express,
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::ChangeSet => Self::ChangeSet,
            MethodName::Direct => Self::Direct,
            MethodName::Express => Self::Express,
        }
    }
}

/// Tags as the official CLI has them, or by key.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Tags {
    List(Vec<Tag>),
    Map(BTreeMap<String, String>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl Tags {
    fn into_map(self) -> BTreeMap<String, String> {
        match self {
            Self::List(tags) => tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            Self::Map(tags) => tags,
        }
    }
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
        let mut tags = cdk.tags.map(Tags::into_map).unwrap_or_default();
        tags.extend(own.tags);
        Ok(Self {
            app: own.app.or_else(|| cdk.app.map(Words::into_line)),
            output: own.output.or(cdk.output),
            build: own.build.or(cdk.build),
            context,
            profile: own.profile.or(cdk.profile),
            region: own.region.or(cdk.region),
            concurrency: own.concurrency.or(cdk.concurrency),
            method: own.method.or(cdk.method).map(Method::from),
            deploy: own.deploy,
            watch: own.watch.or(cdk.watch).unwrap_or_default(),
            tags,
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

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn belvedere_toml_counts_over_cdk_json_key_by_key() {
        let directory = env::temp_dir().join(format!("belvedere-settings-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let cdk = r#"{"profile": "old", "region": "eu-west-1", "method": "direct", "concurrency": 2, "lookups": true,
            "tags": [{"Key": "owner", "Value": "ana"}, {"Key": "stage", "Value": "dev"}]}"#;
        fs::write(directory.join(CDK_JSON), cdk).expect("written");
        let own = "profile = \"new\"\nmethod = \"change-set\"\n[tags]\nstage = \"prod\"\n";
        fs::write(directory.join(BELVEDERE_TOML), own).expect("written");
        let settings = Settings::read(&directory);
        fs::remove_dir_all(&directory).expect("removed");
        let settings = settings.expect("valid");
        assert_eq!(settings.profile.as_deref(), Some("new"));
        assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
        assert_eq!(settings.method, Some(Method::ChangeSet));
        assert_eq!(settings.concurrency, NonZeroUsize::new(2));
        let tags = [("owner", "ana"), ("stage", "prod")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(settings.tags, tags.into());
    }
}

//! Images that the user's own container tool builds and pushes.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use aws_sdk_ecr::Client;
use aws_sdk_ecr::error::ProvideErrorMetadata as _;
use aws_sdk_ecr::types::ImageIdentifier;

use super::error::AssetError;
use super::job::Target;
use super::publisher::blocking;
use crate::asset::ImageSource;
use crate::deploy_error::AwsError;
use crate::image::{EcrToken, ImageError, ecr_token};

static LOGGING_IN: Mutex<()> = Mutex::new(());

/// An image of a repository.
#[derive(Clone, Debug)]
pub(super) struct Image {
    client: Client,
    pub(super) repository: String,
    pub(super) tag: String,
    pub(super) account: String,
    region: String,
}

impl Image {
    pub(super) fn new(client: &Client, repository: &str, tag: &str, target: &Target) -> Self {
        Self {
            client: client.clone(),
            repository: repository.to_owned(),
            tag: tag.to_owned(),
            account: target.account.clone(),
            region: target.region.clone(),
        }
    }

    /// The digest of the image of this tag, if the repository has one.
    pub(super) async fn digest(&self) -> Result<Option<String>, AssetError> {
        let describe = self.client.describe_images().registry_id(&self.account).repository_name(&self.repository);
        let described = describe.image_ids(ImageIdentifier::builder().image_tag(&self.tag).build()).send().await;
        let error = match described {
            Ok(described) => {
                let image = described.image_details().first();
                return Ok(image.map(|image| image.image_digest().unwrap_or_default().to_owned()));
            }
            Err(error) => error,
        };
        match error.code() {
            Some("ImageNotFoundException") => Ok(None),
            Some("RepositoryNotFoundException") => Err(AssetError::NoRepository {
                repository: self.repository.clone(),
                account: self.account.clone(),
                region: self.region.clone(),
            }),
            _ => Err(AwsError::new("ecr:DescribeImages", &error).into()),
        }
    }

    /// Gives an image that the container tool has its name in the repository, and pushes it.
    pub(super) async fn push(&self, local: &str) -> Result<(), AssetError> {
        let tool = Tool::find()?;
        let token = ecr_token(&self.client).await?.ok_or(ImageError::Token)?;
        let EcrToken { registry: host, user, password } = token;
        // The token is for the registry of whoever asks, and good for others that it may use.
        let host = match host.split_once('.') {
            Some((account, rest)) if account.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{}.{rest}", self.account)
            }
            _ => host,
        };
        let local = local.to_owned();
        let name = format!("{host}/{}:{}", self.repository, self.tag);
        blocking(move || {
            tool.log_in(&host, &user, &password)?;
            tool.run(&["tag", &local, &name], None, None)?;
            tool.run(&["push", &name], None, None)
        })
        .await
    }
}

/// A program that builds, tags and pushes as `docker` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) program: PathBuf,
}

impl Tool {
    /// What `CDK_DOCKER` names, as for the official CLI, or else the first of docker, podman and finch that is installed.
    pub(super) fn find() -> Result<Self, AssetError> {
        let (named, path) = (env::var_os("CDK_DOCKER"), env::var_os("PATH"));
        Self::found(named.as_deref(), path.as_deref()).ok_or(AssetError::NoTool)
    }

    fn found(named: Option<&OsStr>, search_path: Option<&OsStr>) -> Option<Self> {
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            return Some(Self { program: named.into() });
        }
        let directories: Vec<PathBuf> = env::split_paths(search_path?).collect();
        let programs = ["docker", "podman", "finch"].map(|tool| format!("{tool}{}", env::consts::EXE_SUFFIX));
        let mut candidates = programs.iter().flat_map(|tool| directories.iter().map(move |place| place.join(tool)));
        candidates.find(|candidate| candidate.is_file()).map(|program| Self { program })
    }

    /// Builds an image, and returns the name that it has on this machine.
    pub(super) fn build(&self, id: &str, source: &ImageSource) -> Result<String, AssetError> {
        let name = format!("belvedere-asset-{}", id.to_lowercase());
        let mut arguments = vec!["build", "--tag", &name];
        let build_arguments: Vec<String> =
            source.arguments.iter().map(|(key, value)| format!("{key}={value}")).collect();
        for argument in &build_arguments {
            arguments.extend(["--build-arg", argument]);
        }
        for (option, value) in
            [("--target", &source.target), ("--file", &source.file), ("--platform", &source.platform)]
        {
            if let Some(value) = value {
                arguments.extend([option, value]);
            }
        }
        arguments.push(".");
        self.run(&arguments, Some(&source.directory), None)?;
        Ok(name)
    }

    /// The password goes through a pipe: everybody may read the arguments of a process.
    fn log_in(&self, registry: &str, user: &str, password: &str) -> Result<(), AssetError> {
        // Two at a time would write over each other's entry in the tool's settings.
        let _alone = LOGGING_IN.lock().unwrap_or_else(PoisonError::into_inner);
        self.run(&["login", "--username", user, "--password-stdin", registry], None, Some(password))
    }

    /// Runs the tool; what it says goes to the standard error of this process.
    fn run(&self, arguments: &[&str], directory: Option<&Path>, input: Option<&str>) -> Result<(), AssetError> {
        let line = || format!("{} {}", self.program.display(), arguments.first().unwrap_or(&""));
        let mut command = Command::new(&self.program);
        command.args(arguments).stdout(io::stderr()).stderr(Stdio::inherit());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        if let Some(directory) = directory {
            command.current_dir(directory);
        }
        let start = |source| AssetError::Start { command: line(), source };
        let mut process = command.spawn().map_err(start)?;
        if let (Some(input), Some(mut stdin)) = (input, process.stdin.take()) {
            // A tool that does not read it says why, by its exit status.
            let _ = stdin.write_all(input.as_bytes());
        }
        let status = process.wait().map_err(start)?;
        if status.success() { Ok(()) } else { Err(AssetError::Command { command: line(), status }) }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(directory: &Path, name: &str, script: &str) -> PathBuf {
        let path = directory.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
        path
    }

    #[test]
    fn docker_comes_before_podman_and_finch_wherever_they_are() {
        let (first, second) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
        let path = env::join_paths([first.path(), second.path()]).expect("a search path");
        let found = |named: Option<&str>| Tool::found(named.map(OsStr::new), Some(&path)).map(|tool| tool.program);
        assert_eq!(found(None), None);
        assert_eq!(found(Some("nerdctl")), Some("nerdctl".into()));
        program(first.path(), "finch", "");
        assert_eq!(found(None), Some(first.path().join("finch")));
        program(second.path(), "podman", "");
        assert_eq!(found(None), Some(second.path().join("podman")));
        program(second.path(), "docker", "");
        assert_eq!(found(None), Some(second.path().join("docker")));
        assert_eq!(found(Some("")), Some(second.path().join("docker")));
    }

    #[test]
    fn what_the_source_says_is_what_the_tool_is_asked() {
        let directory = tempfile::tempdir().expect("made");
        let script = "pwd -P > record; printf '%s\\n' \"$@\" >> record";
        let tool = Tool { program: program(directory.path(), "docker", script) };
        let place = directory.path().canonicalize().expect("there");
        let source = ImageSource {
            directory: place.clone(),
            file: Some("docker/Dockerfile".into()),
            target: Some("release".into()),
            arguments: [("B".to_owned(), "two words".to_owned()), ("A".to_owned(), "1".to_owned())].into(),
            platform: Some("linux/arm64".into()),
        };
        assert_eq!(tool.build("A1b2", &source).expect("built"), "belvedere-asset-a1b2");
        let record = fs::read_to_string(place.join("record")).expect("recorded");
        let expected = "build --tag belvedere-asset-a1b2 --build-arg A=1 --build-arg B=two_words --target release \
                        --file docker/Dockerfile --platform linux/arm64 .";
        let expected: Vec<String> = expected.split(' ').map(|word| word.replace('_', " ")).collect();
        let lines: Vec<&str> = record.lines().collect();
        assert_eq!(lines[0], place.to_string_lossy());
        assert_eq!(lines[1..], expected);
    }

    #[test]
    fn a_password_is_read_from_standard_input_and_is_in_no_error() {
        let directory = tempfile::tempdir().expect("made");
        let record = directory.path().join("record");
        let script = format!("echo \"$@\" > '{0}'; cat >> '{0}'; exit 1", record.display());
        let tool = Tool { program: program(directory.path(), "podman", &script) };
        let error = tool.log_in("registry.example", "AWS", "hidden").expect_err("it fails");
        assert!(error.to_string().ends_with("podman login\" failed: exit status: 1"), "{error}");
        let record = fs::read_to_string(record).expect("recorded");
        assert_eq!(record, "login --username AWS --password-stdin registry.example\nhidden");
    }
}

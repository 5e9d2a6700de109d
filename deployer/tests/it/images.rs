//! Images that a container tool builds and pushes: here a script in its place, which records what it is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_ecr::config::{BehaviorVersion, Credentials, Region};
use belvedere_deployer::Connection;
use serde_json::{Value, json};

use crate::assets::{publish, write};
use crate::emulator::Emulator;
use crate::support::empty;

const ASSEMBLY: &str = "BELVEDERE_TEST_IMAGES";

/// What the other tests run in a process of its own, for it depends on the search path.
#[tokio::test]
async fn child() {
    let Some(directory) = std::env::var_os(ASSEMBLY) else { return };
    let directory = PathBuf::from(directory);
    let (outcome, events) = publish(&directory, Connection::new()).await;
    let events = serde_json::to_string(&events).expect("events are JSON");
    fs::write(directory.join("events.json"), events).expect("written");
    let outcome = outcome.map_err(|error| {
        let cause = std::error::Error::source(&error).expect("a cause").to_string();
        format!("{error}: {cause}\n{}", error.hint().unwrap_or_default())
    });
    fs::write(directory.join("error"), outcome.err().unwrap_or_default()).expect("written");
}

struct Case {
    emulator: Emulator,
    assembly: PathBuf,
    tools: PathBuf,
}

impl Case {
    fn start(case: &str, source: &Value) -> Option<Self> {
        let emulator = Emulator::start(case)?;
        let destination = json!({ "repositoryName": "images-${AWS::Region}", "imageTag": "A1b2" });
        let image = json!({ "displayName": "Net/Image", "source": source, "destinations": { "here": destination } });
        let assembly = write(case, &json!({}), &json!({ "A1b2": image }));
        fs::create_dir(assembly.join("asset.image")).expect("made");
        fs::write(assembly.join("asset.image/Dockerfile"), "FROM scratch\n").expect("written");
        Some(Self { emulator, assembly, tools: empty(&format!("{case}-tools")) })
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.tools.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    }

    /// A tool that records its arguments, and the standard input of `login`.
    fn recorder(&self, name: &str) {
        let record = self.tools.join("record");
        let script = "echo \"${0##*/} $*\" >> RECORD; [ \"$1\" != login ] || { /bin/cat; echo; } >> RECORD; echo noise";
        self.tool(name, &script.replace("RECORD", &format!("'{}'", record.display())));
    }

    fn record(&self) -> String {
        fs::read_to_string(self.tools.join("record")).unwrap_or_default()
    }

    fn ecr(&self) -> aws_sdk_ecr::Client {
        let config = aws_sdk_ecr::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(&self.emulator.url)
            .credentials_provider(Credentials::new("123456789012", "not-a-secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        aws_sdk_ecr::Client::from_conf(config.build())
    }

    async fn repository(&self) {
        self.ecr().create_repository().repository_name("images-eu-central-1").send().await.expect("made");
    }

    /// Publishes, and returns the states of the image and the error.
    fn run(&self) -> (Vec<String>, String) {
        let mut command = Command::new(std::env::current_exe().expect("it runs"));
        command.args(["--exact", "images::child", "--include-ignored"]);
        command.env_clear().envs(self.emulator.variables()).env(ASSEMBLY, &self.assembly).env("PATH", &self.tools);
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        let read = |name: &str| fs::read_to_string(self.assembly.join(name)).expect("written");
        let events: Vec<Value> = serde_json::from_str(&read("events.json")).expect("JSON");
        let states = events.iter().map(|event| event["state"].as_str().expect("of an asset").to_owned());
        (states.collect(), read("error"))
    }
}

const REGISTRY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

fn pushed(tool: &str, local: &str) -> String {
    let name = format!("{REGISTRY}/images-eu-central-1:A1b2");
    format!(
        "{tool} login --username AWS --password-stdin {REGISTRY}\nministack-auth-token\n{tool} tag {local} {name}\n\
         {tool} push {name}\n"
    )
}

#[tokio::test]
async fn images_are_built_and_pushed_where_they_are_not_there() {
    let source = json!({ "directory": "asset.image", "dockerBuildTarget": "release", "platform": "linux/arm64" });
    let Some(case) = Case::start("images-built", &source) else { return };
    let (states, error) = case.run();
    let expected = "cannot publish Net/Image: the repository images-eu-central-1 does not exist\nmake it, or name another \
                    one in the app";
    assert_eq!((states.len(), error.as_str()), (0, expected));

    case.repository().await;
    let (states, error) = case.run();
    let expected = "cannot publish Net/Image: an image has to be built, and no container tool is installed\ninstall docker, \
                    podman or finch, or name such a program in CDK_DOCKER";
    assert_eq!((states, error.as_str()), (vec!["building".to_owned()], expected));

    case.recorder("docker");
    case.recorder("podman");
    let (states, error) = case.run();
    assert_eq!((states.join(" ").as_str(), error.as_str()), ("building publishing published", ""));
    let built = "docker build --tag belvedere-asset-a1b2 --target release --platform linux/arm64 .\n";
    assert_eq!(case.record(), format!("{built}{}", pushed("docker", "belvedere-asset-a1b2")));

    fs::remove_file(case.tools.join("record")).expect("removed");
    let put = case.ecr().put_image().repository_name("images-eu-central-1").image_manifest("{}").image_tag("A1b2");
    put.send().await.expect("put");
    let (states, error) = case.run();
    assert_eq!((states.join(" ").as_str(), error.as_str(), case.record().as_str()), ("present", "", ""));
}

#[tokio::test]
async fn a_command_names_the_image_that_it_made() {
    let Some(case) = Case::start("images-command", &json!({ "executable": ["make-image", "one"] })) else { return };
    case.repository().await;
    case.recorder("finch");
    case.tool("make-image", "[ -f manifest.json ] && echo local-$1");
    let (states, error) = case.run();
    assert_eq!((states.join(" ").as_str(), error.as_str()), ("building publishing published", ""));
    assert_eq!(case.record(), pushed("finch", "local-one"));
}

#[tokio::test]
async fn a_tool_that_fails_is_named_and_tells_no_password() {
    let Some(case) = Case::start("images-failed", &json!({ "directory": "asset.image" })) else { return };
    case.repository().await;
    case.tool("docker", "[ \"$1\" != login ]");
    let (states, error) = case.run();
    assert_eq!(states.join(" "), "building publishing");
    let expected = format!("cannot publish Net/Image: \"{} login\" failed: exit status: 1\n", tool(&case.tools));
    assert_eq!(error, expected);
}

fn tool(directory: &Path) -> String {
    directory.join("docker").display().to_string()
}

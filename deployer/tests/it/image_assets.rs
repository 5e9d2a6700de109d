//! Images of programs as assets: an assembly that the library writes is deployed to an emulator.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use belvedere::ecs::{
    CargoImage, ContainerDefinition, ContainerImage, CpuArchitecture, FargateTaskDefinition, HalfVcpu,
};
use serde_json::{Value, json};

use crate::emulator::{Emulator, tool_or_skip};
use crate::package::{ARCHITECTURE, Workspace};
use crate::proxy::{Fate, Judge, Proxy};
use crate::support::{Run, belvedere, run};

/// What is in the repository and what the stack says, by a program that is not ours.
const SEEN: &str = "
import boto3, json
ecr, ecs = boto3.client('ecr'), boto3.client('ecs')
repositories = ecr.describe_repositories()['repositories']
images = [i for r in repositories for i in ecr.describe_images(repositoryName=r['repositoryName'])['imageDetails']]
tasks = [ecs.describe_task_definition(taskDefinition=a)['taskDefinition']
         for a in ecs.list_task_definitions()['taskDefinitionArns']]
print(json.dumps({
  'repositories': [[r['repositoryName'], r['imageTagMutability'], r['imageScanningConfiguration']['scanOnPush']]
                   for r in repositories],
  'images': {t: i['imageDigest'] for i in images for t in i.get('imageTags', []) if not t.startswith('sha256-')},
  'containers': [c['image'] for t in tasks for c in t['containerDefinitions']],
}))";

/// The account that the emulator's registry knows.
pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const REPOSITORY: &str = "belvedere-container-assets-000000000000-eu-central-1";

/// A workspace, an assembly with an image of its program, and an emulator to deploy it to.
pub(crate) struct Case {
    pub(crate) emulator: Emulator,
    pub(crate) workspace: Workspace,
    pub(crate) assembly: PathBuf,
}

impl Case {
    pub(crate) fn start(case: &str) -> Option<Self> {
        let emulator = Emulator::start(case)?;
        let workspace = Workspace::copy(case);
        // With it there is a lock file, as in any workspace that was ever built.
        workspace.package(&["program", "--package", "one"]).ok();
        let assembly = workspace.directory.join("cdk.out");
        let case = Self { emulator, workspace, assembly };
        case.synth();
        Some(case)
    }

    fn synth(&self) {
        self.synth_with(self.cargo());
    }

    fn cargo(&self) -> CargoImage {
        ContainerImage::cargo("one", self.workspace.directory.join("one"))
    }

    fn synth_with(&self, image: impl Into<ContainerImage>) {
        let architecture = if ARCHITECTURE == "arm64" { CpuArchitecture::Arm64 } else { CpuArchitecture::X86_64 };
        let task = FargateTaskDefinition::new(HalfVcpu::Gib1).cpu_architecture(architecture);
        let mut stack = belvedere::Stack::new("App");
        stack.add("Task", task.container(ContainerDefinition::new("one", image)));
        let mut app = belvedere::App::new().out_dir(&self.assembly);
        app.add(stack);
        app.synth().expect("the app is in order");
    }

    /// The tag that the assembly gives the image.
    pub(crate) fn tag(&self) -> String {
        let manifest = fs::read_to_string(self.assembly.join("App.assets.json")).expect("written");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        manifest["dockerImages"].as_object().expect("images").keys().next().expect("one").clone()
    }

    fn command(&self, url: &str) -> Command {
        self.belvedere(url, &["deploy", "--yes", "--output", "json"])
    }

    fn belvedere(&self, url: &str, arguments: &[&str]) -> Command {
        // In a directory where no package is, and with no container tool to be found.
        let mut command = belvedere(&std::env::temp_dir());
        command.args(arguments).arg("--app").arg(&self.assembly);
        command.envs(self.emulator.variables()).env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_ENDPOINT_URL", url);
        command.env("CARGO_TARGET_DIR", self.workspace.directory.join("target")).env_remove("CARGO_BUILD_TARGET");
        command.env("CDK_DOCKER", "/nowhere/docker");
        command
    }

    /// Deploys by way of a proxy, and returns the calls that were made.
    async fn deploy(&self, judge: Arc<Judge>) -> (Run, Vec<String>) {
        let proxy = Proxy::start(&self.emulator.url, judge).await;
        let mut command = self.command(&proxy.url);
        let done = tokio::task::spawn_blocking(move || run(&mut command)).await.expect("it runs");
        for secret in ["ministack-auth-token", "QVdTOm1pbmlzdGFjay1hdXRoLXRva2Vu", "not-a-secret"] {
            assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret), "{secret} in {done:#?}");
        }
        (done, proxy.calls())
    }

    pub(crate) fn seen(&self) -> Value {
        let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
        let mut command = Command::new(python);
        command.args(["-c", SEEN]).envs(self.emulator.variables());
        command.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_DEFAULT_REGION", "eu-central-1");
        let output = command.output().expect("python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The digest that the command line gives the same image in a build of its own.
    fn digest(&self) -> String {
        let one = self.workspace.directory.join("one");
        let one = one.to_str().expect("UTF-8");
        let line = self.workspace.package(&["image", "--package", "one", "--source", one, "--output", "layout"]).ok();
        line.split_once("  ").expect("two columns").0.to_owned()
    }
}

fn passes() -> Arc<Judge> {
    Arc::new(|_: usize, _: &str| Fate::Passes)
}

/// How many calls begin so.
fn count(calls: &[String], beginning: &str) -> usize {
    calls.iter().filter(|call| call.to_lowercase().starts_with(&beginning.to_lowercase())).count()
}

/// The calls by which something is pushed.
fn pushes(calls: &[String]) -> usize {
    count(calls, "POST /v2/") + count(calls, "PUT /v2/") + count(calls, "PATCH /v2/")
}

const DESCRIBE: &str = "AmazonEC2ContainerRegistry_V20150921.DescribeImages";
const AUTHORIZE: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_built_and_pushed_once() {
    let Some(case) = Case::start("image-asset-once") else { return };
    let (done, calls) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let (tag, digest) = (case.tag(), case.digest());
    let image = format!("{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/{REPOSITORY}:{tag}");
    let expected = json!({
        "repositories": [[REPOSITORY, "IMMUTABLE", true]],
        "images": { tag.as_str(): digest },
        "containers": [image],
    });
    assert_eq!(case.seen(), expected);
    assert!(pushes(&calls) > 6, "{calls:#?}");
    // Whether it is there, and whether it is the one that was pushed.
    assert_eq!((count(&calls, DESCRIBE), count(&calls, AUTHORIZE)), (2, 1), "{calls:#?}");
    let states: Vec<(Value, Value)> = done
        .stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|event| event["event"] == "asset" && event["name"] == "App/Task/one")
        .map(|event| (event["state"].clone(), event["bytes"].clone()))
        .collect();
    let sent: Vec<u64> = states.iter().map(|(_, bytes)| bytes.as_u64().expect("a number")).collect();
    assert_eq!((&states[0].0, &states[1].0, sent[1]), (&json!("building"), &json!("publishing"), 0));
    assert!(states.len() > 5 && sent.is_sorted(), "each layer is told of: {states:?}");
    assert_eq!(states.last().map(|(state, _)| state), Some(&json!("published")));

    let (done, calls) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    // What an unchanged stack needs was there before it was made.
    assert_eq!((pushes(&calls), count(&calls, AUTHORIZE), count(&calls, DESCRIBE)), (0, 0, 0), "{calls:#?}");

    let mut destroy = case.belvedere(&case.emulator.url, &["destroy", "--all", "--yes"]);
    let destroyed = tokio::task::spawn_blocking(move || run(&mut destroy)).await.expect("it runs");
    assert_eq!((destroyed.code, &case.seen()["repositories"]), (Some(0), &json!([])), "{destroyed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_needs_no_sources() {
    let Some(case) = Case::start("image-asset-there") else { return };
    let (done, _) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    fs::remove_dir_all(case.workspace.directory.join("one")).expect("removed");
    let (done, calls) = case.deploy(passes()).await;
    assert_eq!((done.code, pushes(&calls)), (Some(0), 0), "{done:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_synth_is_refused_before_anything_is_touched() {
    let Some(case) = Case::start("image-asset-changed") else { return };
    let main = case.workspace.directory.join("one/src/main.rs");
    fs::write(&main, "fn main() {}").expect("written");
    let (done, calls) = case.deploy(passes()).await;
    let stderr = done.failed();
    let directory = case.workspace.directory.join("one");
    let expected = format!("{} has changed after synth", directory.display());
    assert!(stderr.contains(&expected) && stderr.contains("synthesize again"), "{stderr}");
    assert_eq!(calls, ["GetCallerIdentity"]);
    case.synth();
    let (done, _) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");

    // Nor is anything else built in its place where the sources are gone.
    fs::write(&main, "fn main() { println!() }").expect("written");
    case.synth();
    fs::rename(&directory, case.workspace.directory.join("elsewhere")).expect("moved");
    let (done, calls) = case.deploy(passes()).await;
    let stderr = done.failed();
    let expected =
        format!("{} is gone, which the image is made from\nhint: deploy in the directory", directory.display());
    assert!(stderr.contains(&expected), "{stderr}");
    assert_eq!(pushes(&calls), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_changed_after_synth_is_refused_and_another_one_goes_to_the_container_tool() {
    let Some(case) = Case::start("image-asset-context") else { return };
    let context = case.workspace.directory.join("context");
    fs::create_dir_all(context.join("docker")).expect("made");
    fs::write(context.join("docker/Dockerfile"), "FROM scratch").expect("written");
    let image = ContainerImage::dockerfile(&context).file("docker/Dockerfile").target("release");
    case.synth_with(image.build_arg("A", "1").build_arg("B", "2"));
    let (done, calls) = case.deploy(passes()).await;
    let stderr = done.failed();
    assert!(stderr.contains("cannot start \"/nowhere/docker build\""), "{stderr}");
    assert_eq!((pushes(&calls), count(&calls, DESCRIBE)), (0, 1));

    let copy = case.assembly.join(format!("asset.{}", case.tag()));
    fs::write(copy.join("docker/Dockerfile"), "FROM other").expect("written");
    let (done, calls) = case.deploy(passes()).await;
    let stderr = done.failed();
    assert!(stderr.contains(&format!("{} has changed after synth", copy.display())), "{stderr}");
    assert_eq!(calls, ["GetCallerIdentity"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_built_on_another_one() {
    let Some(case) = Case::start("image-asset-base") else { return };
    let (done, _) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let (first, host) = (case.tag(), case.emulator.url.trim_start_matches("http://").trim_end_matches('/').to_owned());
    // What is there already makes the base image: the program runs with the libraries that it has.
    let base = |tag: &str| case.cargo().base(format!("{host}/{REPOSITORY}:{tag}")).max_glibc("2.99");
    case.synth_with(base("none"));
    let (done, calls) = case.deploy(passes()).await;
    let stderr = done.failed();
    assert!(stderr.contains("did not send the base image") && stderr.contains("is there a repository"), "{stderr}");
    assert_eq!(pushes(&calls), 0);

    case.synth_with(base(&first));
    let (done, calls) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let images = case.seen()["images"].clone();
    assert_eq!(images.as_object().map(serde_json::Map::len), Some(2), "{images}");
    assert!(images[&first] != images[case.tag()], "{images}");
    // The configuration alone: no layer of the base image, and the program is the same one.
    assert_eq!(count(&calls, "POST /v2/"), 1, "{calls:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_stumbles_is_asked_again() {
    let Some(case) = Case::start("image-asset-stumbles") else { return };
    let stumbled = AtomicUsize::new(0);
    let judge = move |_: usize, call: &str| {
        if !call.contains(" /v2/") {
            return Fate::Passes;
        }
        match stumbled.fetch_add(1, Ordering::SeqCst) {
            3 => Fate::Refused(503, "Busy"),
            5 => Fate::Lost,
            9 => Fate::Refused(429, "TooMany"),
            12 => Fate::Unanswered,
            _ => Fate::Passes,
        }
    };
    let (done, calls) = case.deploy(Arc::new(judge)).await;
    assert_eq!(done.code, Some(0), "{done:#?} {calls:#?}");
    assert_eq!(case.seen()["images"], json!({ case.tag(): case.digest() }));
}

/// What a repository says that has another image under the tag.
const ANOTHER: &str = r#"{"imageDetails":[{"imageDigest":"sha256:another"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_repository_has_is_compared_with_what_was_pushed() {
    let Some(case) = Case::start("image-asset-digest") else { return };
    let described = AtomicUsize::new(0);
    let judge = move |_: usize, call: &str| {
        let is_second = call.eq_ignore_ascii_case(DESCRIBE) && described.fetch_add(1, Ordering::SeqCst) == 1;
        if is_second { Fate::Answered(ANOTHER) } else { Fate::Passes }
    };
    let (done, _) = case.deploy(Arc::new(judge)).await;
    let stderr = done.failed();
    let tag = case.tag();
    let expected = format!("{REPOSITORY} must have the image {} as {tag}, it has sha256:another", case.digest());
    assert!(stderr.contains(&expected) && stderr.contains("deploy again"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_pushes_the_same_sources_first_is_as_good() {
    let Some(case) = Case::start("image-asset-race") else { return };
    let tagging = format!("PUT /v2/{REPOSITORY}/manifests/{}", case.tag());
    let described = AtomicUsize::new(0);
    let judge = move |_: usize, call: &str| {
        if call == tagging {
            // A tag that is immutable, and taken.
            return Fate::Refused(400, "TagInvalid");
        }
        let is_second = call.eq_ignore_ascii_case(DESCRIBE) && described.fetch_add(1, Ordering::SeqCst) == 1;
        if is_second { Fate::Answered(ANOTHER) } else { Fate::Passes }
    };
    let (done, _) = case.deploy(Arc::new(judge)).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_was_killed_is_taken_up_again() {
    let Some(case) = Case::start("image-asset-killed") else { return };
    let tagging = format!("PUT /v2/{REPOSITORY}/manifests/{}", case.tag());
    let judge = move |_: usize, call: &str| if call == tagging { Fate::Lost } else { Fate::Passes };
    // The last call of all, by which the tag is given, comes to nothing; before it is tried again, the process ends.
    let proxy = Proxy::start(&case.emulator.url, Arc::new(judge)).await;
    let mut command = case.command(&proxy.url);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let end = Instant::now() + Duration::from_secs(300);
    while count(&proxy.calls(), &format!("PUT /v2/{REPOSITORY}/manifests/{}", case.tag())) == 0 {
        assert!(process.try_wait().expect("it is ours").is_none() && Instant::now() < end, "{:#?}", proxy.calls());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.kill().expect("it is ours");
    process.wait().expect("it is ours");
    let blobs = count(&proxy.calls(), "PUT /v2/");
    assert_eq!(case.seen()["images"], json!({}), "the tag never names what is not all there");

    let (done, calls) = case.deploy(passes()).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(case.seen()["images"], json!({ case.tag(): case.digest() }));
    assert!(pushes(&calls) < blobs, "what had arrived is not sent again: {calls:#?}");
    assert_eq!(count(&calls, "POST /v2/"), 0, "{calls:#?}");
}

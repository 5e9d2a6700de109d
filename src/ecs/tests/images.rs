//! Images that are built when their task is deployed: what is written, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{complaints, complaints_about, task};
use crate::assembly::InMemory;
use crate::asset::AssetStaging;
use crate::ecs::{CargoImage, ContainerDefinition, ContainerImage, CpuArchitecture};
use crate::stack::Stack;
use crate::testing::{Match, Template, json};
use crate::{App, Asset, CfnResource, Environment};

/// Two directories that are gone when the test ends: a package beside the `Cargo.lock` of its workspace, and a context.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("belvedere-{}-image-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let scratch = Self(root);
        scratch.write("one/Cargo.toml", "[package]\nname = \"one\"\n");
        scratch.write("one/src/main.rs", "fn main() {}");
        scratch.write("Cargo.lock", "version = 4");
        scratch.write("context/Dockerfile", "FROM scratch");
        scratch.write("context/docker/Dockerfile", "FROM scratch");
        scratch
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("it can be made");
        fs::write(path, content).expect("it can be written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn cargo(&self) -> CargoImage {
        ContainerImage::cargo("one", self.path("one"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stack_of(image: impl Into<ContainerImage>) -> Stack {
    with(Stack::new("Example"), image)
}

fn with(mut stack: Stack, image: impl Into<ContainerImage>) -> Stack {
    stack.add("Task", task([ContainerDefinition::new("one", image)]));
    stack
}

fn rendered(stack: Stack) -> InMemory {
    let mut app = App::new();
    app.add(stack);
    app.finish().expect("the app is in order")
}

fn file(rendered: &InMemory, name: &str) -> Value {
    let bytes = rendered.files.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", rendered.files.keys()));
    serde_json::from_slice(bytes).expect("what is written is JSON")
}

/// The only image of a stack: its id and what the manifest says of it.
fn image(stack: Stack) -> (String, Value) {
    let manifest = file(&rendered(stack), "Example.assets.json");
    let images = manifest["dockerImages"].as_object().expect("there are images").clone();
    assert_eq!(images.len(), 1);
    images.into_iter().next().expect("one")
}

#[test]
fn a_program_becomes_an_image_of_a_repository_that_comes_with_the_assembly() {
    let scratch = Scratch::new("assembly");
    let assembly = rendered(stack_of(scratch.cargo()));
    let (id, asset) = image(stack_of(scratch.cargo()));
    let directory = scratch.path("one").display().to_string();
    let source = ["cargo", "belvedere", "package", "image", "--load", "--package", "one", "--architecture", "x86_64"];
    let source: Vec<&str> = source.into_iter().chain(["--source", &directory]).collect();
    let place = serde_json::json!({
        "imageTag": id,
        "repositoryName": "belvedere-container-assets-${AWS::AccountId}-${AWS::Region}",
    });
    let expected = serde_json::json!({
        "displayName": "Example/Task/one",
        "source": { "executable": source },
        "destinations": { "current_account-current_region": place },
    });
    assert_eq!(asset, expected);

    let manifest = file(&assembly, "manifest.json");
    let stagings = serde_json::json!(["belvedere-assets", "belvedere-container-assets"]);
    assert_eq!(manifest["artifacts"]["Example.assets"]["dependencies"], stagings);
    let needed = serde_json::json!(["belvedere-assets", "belvedere-container-assets", "Example.assets"]);
    assert_eq!(manifest["artifacts"]["Example"]["dependencies"], needed);
    let order: Vec<&str> = assembly.stacks.iter().map(|stack| stack.name.as_str()).collect();
    assert_eq!(order, ["belvedere-assets", "belvedere-container-assets", "Example"]);
    let bucket = Template::from_json(file(&assembly, "belvedere-assets.template.json"));
    bucket.resource_count_is("AWS::ECR::Repository", 0);
    let repository = Template::from_json(file(&assembly, "belvedere-container-assets.template.json"));
    repository.has_resource(
        "AWS::ECR::Repository",
        json!({
            "DeletionPolicy": "Delete",
            "Properties": {
                "EmptyOnDelete": true,
                "EncryptionConfiguration": { "EncryptionType": "KMS" },
                "ImageScanningConfiguration": { "ScanOnPush": true },
                "ImageTagMutability": "IMMUTABLE",
                "LifecyclePolicy": { "LifecyclePolicyText": Match::any() },
            },
        }),
    );
}

#[test]
fn only_a_stack_with_images_waits_for_the_repository() {
    let scratch = Scratch::new("without");
    let files = || {
        let mut files = Stack::new("Files");
        files.add("Thing", CfnResource::new("Custom::Thing"));
        files.scope().asset(Asset::file(scratch.path("Cargo.lock")));
        files
    };
    let mut app = App::new();
    app.add(files());
    let alone = app.finish().expect("the app is in order");
    let names =
        |assembly: &InMemory| -> Vec<String> { assembly.stacks.iter().map(|stack| stack.name.clone()).collect() };
    assert_eq!(names(&alone), ["belvedere-assets", "Files"]);

    let mut app = App::new();
    app.add(files());
    app.add(stack_of(scratch.cargo()));
    let both = app.finish().expect("the app is in order");
    assert_eq!(names(&both).len(), 4);
    let needed = &file(&both, "manifest.json")["artifacts"]["Files"]["dependencies"];
    assert_eq!(*needed, serde_json::json!(["belvedere-assets", "Files.assets"]));
}

#[test]
fn the_execution_role_pulls_from_that_repository_and_no_other() {
    let scratch = Scratch::new("grant");
    let known = || Stack::new("Example").environment(Environment::new("123456789012", "eu-west-1"));
    let stack = with(known(), scratch.cargo());
    let (id, asset) = image(with(known(), scratch.cargo()));
    let destination = &asset["destinations"]["123456789012-eu-west-1"];
    assert_eq!(destination["region"], "eu-west-1");
    let template = Template::from_stack(stack).expect("the stack is in order");
    let name = "belvedere-container-assets-123456789012-eu-west-1";
    let uri = ["123456789012.dkr.ecr.eu-west-1.", &format!("/{name}:{id}")].map(str::to_owned);
    let definition = template.find_resources("AWS::ECS::TaskDefinition", json!({}));
    let text = serde_json::to_string(&definition[0].properties()["ContainerDefinitions"][0]["Image"]);
    let text = text.expect("it is JSON");
    assert!(uri.iter().all(|part| text.contains(part)) && text.contains("AWS::URLSuffix"), "{text}");
    let arn = format!(":ecr:eu-west-1:123456789012:repository/{name}");
    let policies = template.find_resources("AWS::IAM::Policy", json!({}));
    let statements = &policies[0].properties()["PolicyDocument"]["Statement"];
    let pull = statements.as_array().expect("a list").iter().find(|statement| {
        statement["Action"].as_array().is_some_and(|actions| actions.iter().any(|action| action == "ecr:BatchGetImage"))
    });
    let resource = pull.expect("the role may pull")["Resource"].to_string();
    assert!(resource.contains(&arn) && !resource.contains("\"*\""), "{resource}");
}

#[test]
fn what_the_image_is_made_of_is_its_tag_and_where_it_lies_is_not() {
    let (one, two) = (Scratch::new("here"), Scratch::new("there"));
    let tag = |scratch: &Scratch| image(stack_of(scratch.cargo())).0;
    let first = tag(&one);
    assert_eq!(first, tag(&two));
    two.write("one/target/noise", "built");
    assert_eq!(first, tag(&two), "what a build leaves does not count");
    two.write("Cargo.lock", "version = 4 # updated");
    let locked = tag(&two);
    assert_ne!(first, locked);
    two.write("one/src/main.rs", "fn main() { println!() }");
    assert_ne!(locked, tag(&two));

    one.write("shared/lib.rs", "pub fn shared() {}");
    let shared = |scratch: &Scratch| image(stack_of(scratch.cargo().source(scratch.path("shared")))).0;
    let with = shared(&one);
    one.write("shared/lib.rs", "pub fn shared() -> u8 { 1 }");
    assert!(with != first && with != shared(&one));
    let options =
        [one.cargo().bin("other"), one.cargo().base("debian:12"), one.cargo().base("debian:12").max_glibc("2.36")];
    let mut tags: Vec<String> = options.map(|image_of| image(stack_of(image_of)).0).to_vec();
    tags.push(first);
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "what is asked for counts");
}

#[test]
fn an_image_is_for_the_architecture_of_its_task() {
    let scratch = Scratch::new("architecture");
    let of = |image_of: ContainerImage| {
        let mut stack = Stack::new("Example");
        let task = task([ContainerDefinition::new("one", image_of)]).cpu_architecture(CpuArchitecture::Arm64);
        stack.add("Task", task);
        image(stack).1["source"].clone()
    };
    let cargo = of(scratch.cargo().into());
    assert_eq!(cargo["executable"][8], "arm64");
    assert_eq!(of(ContainerImage::dockerfile(scratch.path("context")).into())["platform"], "linux/arm64");
}

#[test]
fn a_directory_is_built_by_a_container_tool() {
    let scratch = Scratch::new("dockerfile");
    let directory = ContainerImage::dockerfile(scratch.path("context"));
    let build = directory.clone().file("docker/Dockerfile").target("release").build_arg("VERSION", "1");
    let (id, asset) = image(stack_of(build));
    let expected = serde_json::json!({
        "directory": format!("asset.{id}"),
        "dockerFile": "docker/Dockerfile",
        "dockerBuildTarget": "release",
        "dockerBuildArgs": { "VERSION": "1" },
        "platform": "linux/amd64",
    });
    assert_eq!(asset["source"], expected);
    let (plain, _) = image(stack_of(directory.clone()));
    assert_ne!(plain, id);

    let out = scratch.path("out");
    let mut app = App::new().out_dir(&out);
    app.add(stack_of(directory));
    app.synth().expect("it can be written");
    assert!(out.join(format!("asset.{plain}/docker/Dockerfile")).is_file(), "the context is part of the assembly");
}

#[test]
fn a_bootstrapped_account_has_a_repository_and_a_role_for_images() {
    let scratch = Scratch::new("bootstrapped");
    let staging = || AssetStaging::Bootstrapped { qualifier: "hnb659fds".to_owned() };
    let stack = || with(Stack::new("Example").asset_staging(staging()), scratch.cargo());
    let (id, asset) = image(stack());
    let expected = serde_json::json!({
        "imageTag": id,
        "repositoryName": "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}",
        "assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/\
            cdk-hnb659fds-image-publishing-role-${AWS::AccountId}-${AWS::Region}",
    });
    assert_eq!(asset["destinations"]["current_account-current_region"], expected);
    let assembly = rendered(stack());
    assert_eq!(assembly.stacks.len(), 1, "nothing has to be made");
}

#[test]
fn everything_that_is_wrong_with_an_image_is_said_at_once() {
    let scratch = Scratch::new("wrong");
    let wrong = ContainerImage::cargo("two", scratch.path("one")).base("debian").max_glibc("new");
    let text = complaints_about(task([ContainerDefinition::new("one", wrong)]));
    let place = scratch.path("one");
    for part in [
        format!("Stack/Task/one: the package in `{}` is `one`, got `two`", place.display()),
        "Stack/Task/one: the base image is not pinned: give a tag other than `latest`, or a digest, got `debian`"
            .into(),
        "Stack/Task/one: max_glibc is a version such as `2.36`, got `new`".into(),
    ] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    let (missing, context) = (Path::new("/nowhere/at-all"), scratch.path("context"));
    let images: [(ContainerImage, &str); 9] = [
        (ContainerImage::cargo("one", missing).into(), "the image's source `/nowhere/at-all` cannot be read: "),
        (ContainerImage::cargo("one", &context).into(), "the directory of package `one` must have its Cargo.toml, `"),
        (ContainerImage::cargo("-x", &context).into(), "a package's name is letters, digits, `_` and `-`, got `-x`"),
        (scratch.cargo().max_glibc("2.36").into(), "max_glibc is that of a base image, and there is none: give a base"),
        (ContainerImage::dockerfile(missing).into(), "the image's source `/nowhere/at-all` cannot be read: "),
        (
            ContainerImage::dockerfile(context.join("Dockerfile")).into(),
            "an image is built of a directory, got the file",
        ),
        (ContainerImage::dockerfile(&context).file("../Dockerfile").into(), "the Dockerfile must be below `"),
        (ContainerImage::dockerfile(&context).file("Other").into(), "the Dockerfile `Other` must be in `"),
        (ContainerImage::dockerfile(&context).build_arg("A=B", "1").into(), "has neither `=` nor spaces, got `A=B`"),
    ];
    for (image, problem) in images {
        let text = complaints_about(task([ContainerDefinition::new("one", image)]));
        assert!(text.contains(problem), "{problem} in {text}");
    }
    let bucket = AssetStaging::Bucket { name: "mine".to_owned() };
    let text = complaints(with(Stack::new("Example").asset_staging(bucket), scratch.cargo()));
    assert!(text.contains("Example/Task/one: an image needs a repository: use AssetStaging::Stack, "), "{text}");
}

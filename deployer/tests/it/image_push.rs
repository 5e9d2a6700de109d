//! Pushing images: to registries that are not ours.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use belvedere_deployer::{
    Architecture, BaseImage, Connection, Image, ImageBuilder, ImageError, ImageReference, PushEvent, RegistryAuth,
    Sbom, ecr_auth,
};

use crate::emulator::Emulator;
use crate::image::{architecture, debian, json, workspace};
use crate::package::Workspace;
use crate::support::empty;

/// A small program that each host has, where it does not matter what it does.
const SMALL: &str = "/bin/true";

/// A builder of an image of the workspace's program.
fn builder(workspace: &Workspace) -> ImageBuilder {
    let path = workspace.package(&["program", "--package", "one"]).ok();
    ImageBuilder::new(path.trim_end(), architecture())
}

/// Debian's docker-registry, on a port that was free, with a password or without.
struct Registry {
    process: Child,
    host: String,
}

const USER: &str = "belvedere";
const PASSWORD: &str = "not-a-secret";
/// The password as `htpasswd` stores it.
const STORED: &str = "belvedere:$2b$04$3IoC1sSQXUM35NAZaFPcOeTaybwwd5JkmlDX7giigm9NzOW9CqMFy\n";

impl Registry {
    fn start(case: &str, password: bool) -> Option<Self> {
        let mut command = debian(case, "docker-registry")?;
        let directory = empty(&format!("{case}-registry"));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let host = format!("127.0.0.1:{port}");
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{host}'}}\n",
            directory.join("data").display()
        );
        let passwords = directory.join("passwords");
        fs::write(&passwords, STORED).expect("it is written");
        let access = format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", passwords.display());
        let file = directory.join("config.yml");
        fs::write(&file, if password { config + &access } else { config }).expect("it is written");
        let log = fs::File::create(directory.join("log")).expect("a log");
        let command = command.arg("serve").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let registry = Self { process: command.spawn().expect("it starts"), host };
        let end = Instant::now() + Duration::from_secs(20);
        while !registry.answers() {
            assert!(Instant::now() < end, "the registry does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(&self.host) else { return false };
        let request = format!("GET /v2/ HTTP/1.0\r\nHost: {}\r\n\r\n", self.host);
        let mut answer = String::new();
        stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer)).is_ok()
            && answer.starts_with("HTTP/1.")
    }

    fn name(&self, name: &str) -> ImageReference {
        format!("{}/{name}", self.host).parse().expect("a reference")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Pushes, and tells how many blobs were sent, and how many mounted.
async fn push(image: &Image, target: &ImageReference, auth: &RegistryAuth) -> Result<(usize, usize), ImageError> {
    let events = Mutex::new((0, 0));
    let progress = |event| {
        let mut events = events.lock().expect("not poisoned");
        match event {
            PushEvent::Sent { .. } => events.0 += 1,
            PushEvent::Mounted { .. } => events.1 += 1,
            _ => {}
        }
    };
    let digest = image.push(target, auth, &progress).await?;
    assert_eq!(digest, image.digest());
    Ok(events.into_inner().expect("not poisoned"))
}

#[tokio::test]
async fn a_registry_takes_what_it_does_not_have() {
    let case = "a_registry_takes_what_it_does_not_have";
    let workspace = workspace("image-push");
    let Some(registry) = Registry::start(case, false) else { return };
    let sbom = Sbom::cyclonedx(r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}"#);
    let builder = builder(&workspace).sbom(sbom);
    let image = builder.build().expect("an image");
    let target = registry.name("team/one:1.0");
    // Three layers, the configuration, the two blobs of the bill of materials, and the manifest.
    assert_eq!(push(&image, &target, &RegistryAuth::Anonymous).await.expect("pushed"), (7, 0));
    assert_eq!(push(&image, &target, &RegistryAuth::Anonymous).await.expect("there"), (0, 0));
    let other = builder.clone().label("a", "b").build().expect("an image");
    assert_eq!(push(&other, &registry.name("team/one:2.0"), &RegistryAuth::Anonymous).await.expect("pushed"), (2, 0));

    // On the first one, in another repository of the same registry: its layers are only told of.
    let base = BaseImage::read(&target, &RegistryAuth::Anonymous, architecture()).await.expect("a base image");
    let wrong = match architecture() {
        Architecture::X86_64 => Architecture::Arm64,
        Architecture::Arm64 => Architecture::X86_64,
    };
    let refused = BaseImage::read(&target, &RegistryAuth::Anonymous, wrong).await.expect_err("for another processor");
    assert!(refused.to_string().starts_with(&format!("cannot build on {target}: it is for linux/")), "{refused}");
    let above = ImageBuilder::new(SMALL, architecture()).base(base);
    let above = above.build().expect("an image");
    let based = registry.name("team/above:1.0");
    assert_eq!(push(&above, &based, &RegistryAuth::Anonymous).await.expect("pushed"), (3, 3));
    // And into a layout they are copied.
    let layout = above.save(workspace.directory.join("above")).await.expect("saved");

    // The command line builds on it, too, and again gives what it gave.
    let base = target.to_string();
    let based_by_command = |output: &str| {
        let arguments = ["image", "--package", "one", "--base", &base, "--output", output];
        workspace.package(&arguments).ok().split_once("  ").expect("two columns").0.to_owned()
    };
    assert_eq!(based_by_command("based"), based_by_command("based.tar"));
    let missing = registry.name("team/none:1.0").to_string();
    let stderr = workspace.package(&["image", "--package", "one", "--base", &missing, "--output", "none"]).failed();
    assert!(stderr.contains(" did not send the base image: "), "{stderr}");
    assert!(stderr.contains("\nhint: is there a repository of this name?\n"), "{stderr}");

    // Both as one image for whichever processor; ours is the only one here, so the same one twice stands for two.
    let both = Image::index([image.clone(), above.clone()]);
    push(&both, &registry.name("team/one:both"), &RegistryAuth::Anonymous).await.expect("pushed");

    let Some(mut skopeo) = debian(case, "skopeo") else { return };
    let seen = json(skopeo.args(["inspect", "--tls-verify=false", &format!("docker://{target}")]));
    assert_eq!(seen["Digest"].as_str(), Some(image.digest().as_str()));
    assert_eq!(
        seen["RepoTags"].as_array().map(Vec::len),
        Some(5),
        "three tags, and two lists of what refers to an image"
    );
    let inspect = |arguments: &[&str]| {
        let mut skopeo = debian(case, "skopeo").expect("it was there before");
        json(skopeo.arg("inspect").arg("--tls-verify=false").args(arguments))
    };
    let config = inspect(&["--config", &format!("docker://{based}")]);
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(4));
    let list = image.digest().as_str().replace(':', "-");
    let referrers = inspect(&["--raw", &format!("docker://{}", registry.name(&format!("team/one:{list}")))]);
    assert_eq!(referrers["manifests"][0]["artifactType"], "application/vnd.cyclonedx+json");
    let both = inspect(&["--raw", &format!("docker://{}", registry.name("team/one:both"))]);
    assert_eq!(both["manifests"].as_array().map(Vec::len), Some(2));
    let seen =
        json(debian(case, "skopeo").expect("there").arg("inspect").arg(format!("oci:{}:latest", layout.display())));
    assert_eq!(seen["Digest"].as_str(), Some(above.digest().as_str()));
}

#[tokio::test]
async fn a_password_is_used_and_never_shown() {
    let case = "a_password_is_used_and_never_shown";
    let Some(registry) = Registry::start(case, true) else { return };
    let image = ImageBuilder::new(SMALL, architecture()).build().expect("an image");
    let target = registry.name("one:latest");
    let basic = |password: &str| RegistryAuth::Basic(USER.into(), password.into());
    for auth in [RegistryAuth::Anonymous, basic("wrong-secret")] {
        let error = push(&image, &target, &auth).await.expect_err("refused");
        assert!(matches!(&error, ImageError::Registry { status: Some(401), .. }), "{error:?}");
        let said = format!("{error} {error:?} {:?} {auth:?}", error.hint());
        assert!(!said.contains("wrong-secret"), "{said}");
    }
    assert_eq!(push(&image, &target, &basic(PASSWORD)).await.expect("pushed"), (5, 0));
    let with_digest = target.clone_with_digest(image.digest().to_string());
    let error = push(&image, &with_digest, &basic(PASSWORD)).await.expect_err("no tag");
    assert!(matches!(error, ImageError::Target { .. }), "{error:?}");
}

#[tokio::test]
async fn ecr_lets_us_in() {
    let Some(emulator) = Emulator::start("ecr_lets_us_in") else { return };
    let connection = Connection::new().region("eu-central-1").endpoint_url(&emulator.url);
    let connection = connection.credentials("123456789012", "not-a-secret", None);
    let clients = connection.open().await.expect("the emulator answers");
    let login = ecr_auth(&clients).await.expect("a login");
    assert_eq!(login.registry, "123456789012.dkr.ecr.eu-central-1.amazonaws.com");
    let RegistryAuth::Basic(user, password) = &login.auth else { panic!("a user and a password") };
    assert_eq!(user, "AWS");
    assert!(!format!("{login:?}").contains(password.as_str()), "the password is shown");

    // The emulator is a registry, too; there it knows one account only.
    let host = emulator.url.strip_prefix("http://").expect("HTTP").trim_end_matches('/');
    let image = ImageBuilder::new(SMALL, architecture()).build().expect("an image");
    let target: ImageReference = format!("{host}/team/one:1").parse().expect("a reference");
    let error = push(&image, &target, &login.auth).await.expect_err("no such repository");
    assert_eq!(error.hint().as_deref(), Some("is there a repository of this name?"), "{error:?}");
    let body = r#"{"repositoryName":"team/one"}"#;
    let request = format!(
        "POST / HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.CreateRepository\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).expect("the emulator answers");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer)).expect("an answer");
    assert!(answer.contains("repositoryUri"), "{answer}");
    assert_eq!(push(&image, &target, &login.auth).await.expect("pushed"), (5, 0));
    assert_eq!(push(&image, &target, &login.auth).await.expect("there"), (0, 0));
}

#[tokio::test]
async fn nobody_answers() {
    let image = ImageBuilder::new(SMALL, architecture()).build().expect("an image");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let target: ImageReference = format!("127.0.0.1:{port}/one:1").parse().expect("a reference");
    let error = push(&image, &target, &RegistryAuth::Anonymous).await.expect_err("nobody is there");
    assert!(matches!(&error, ImageError::Registry { status: None, .. }), "{error:?}");
    assert_eq!(error.hint().as_deref(), Some("is the registry reachable from here?"));
}

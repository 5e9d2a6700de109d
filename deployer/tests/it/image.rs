//! Images: assembled here, judged and run by programs that are not ours.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use belvedere_deployer::Architecture;
use serde_json::Value;

use crate::emulator::tool_or_skip;
use crate::package::{ARCHITECTURE, Workspace};
use crate::support::empty;

/// What the program says about where it runs: by the files of its process, as there is no shell to ask.
const PROGRAM: &str = r#"
use std::os::unix::fs::MetadataExt;

fn main() {
    let process = std::fs::metadata("/proc/self").expect("a process");
    let certificates = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").expect("certificates");
    std::fs::write("/tmp/file", "").expect("/tmp is writable");
    println!("user {} group {}", process.uid(), process.gid());
    println!("{} certificates", certificates.matches("-----BEGIN CERTIFICATE-----").count());
    println!("port {}", std::env::var("PORT").expect("a variable"));
    println!("{:?}", std::env::args().collect::<Vec<_>>());
    println!("root may be written: {}", std::fs::write("/file", "").is_ok());
}
"#;

pub(crate) fn workspace(test: &str) -> Workspace {
    let workspace = Workspace::copy(test);
    fs::write(workspace.directory.join("one/src/main.rs"), PROGRAM).expect("it is written");
    workspace
}

/// An image, as the command line makes it: its digest and where it is.
fn image(workspace: &Workspace, output: &str) -> (String, PathBuf) {
    let arguments = ["image", "--package", "one", "--port", "8080", "--label", "a=b", "--output", output];
    let line = workspace.package(&arguments).ok();
    let (digest, path) = line.trim_end().split_once("  ").expect("two columns");
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{line:?}");
    (digest.to_owned(), path.into())
}

pub(crate) fn architecture() -> Architecture {
    Architecture::of_triple(std::env::consts::ARCH).expect("one of the two")
}

/// A program of Debian that was unpacked, not installed.
pub(crate) fn debian(case: &str, program: &str) -> Option<Command> {
    let path = tool_or_skip(case, &format!("deb/usr/bin/{program}"))?;
    let libraries = path.ancestors().nth(2).expect("usr").join(format!("lib/{}-linux-gnu", std::env::consts::ARCH));
    let mut command = Command::new(path);
    command.env("LD_LIBRARY_PATH", libraries);
    Some(command)
}

/// What a command writes to its standard output.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

pub(crate) fn json(command: &mut Command) -> Value {
    serde_json::from_str(&output(command)).expect("JSON")
}

fn content(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

#[test]
fn two_builds_give_one_image_that_others_can_read() {
    let case = "two_builds_give_one_image_that_others_can_read";
    let workspace = workspace("image-twice");
    let (digest, layout) = image(&workspace, "layout");
    assert_eq!(layout, workspace.directory.join("layout"));
    let (again, archive) = image(&workspace, "image.tar");
    assert_eq!(digest, again);
    let first = fs::read(&archive).expect("an archive");
    let (again, _) = image(&workspace, "image.tar");
    assert!(digest == again && first == fs::read(&archive).expect("an archive"), "the same bytes");

    let occupied = workspace.directory.join("one");
    let arguments = ["image", "--package", "one", "--output"];
    let stderr = workspace.package(&[arguments.as_slice(), &[occupied.to_str().expect("UTF-8")]].concat()).failed();
    assert!(stderr.contains("/one is not empty, and not the layout of an image\nhint: "), "{stderr}");

    if let Some(mut skopeo) = debian(case, "skopeo") {
        let seen = json(skopeo.arg("inspect").arg(format!("oci:{}:latest", layout.display())));
        assert_eq!(seen["Digest"], digest);
        let expected = if ARCHITECTURE == "arm64" { "arm64" } else { "amd64" };
        assert_eq!((seen["Architecture"].as_str(), seen["Os"].as_str()), (Some(expected), Some("linux")));
        assert_eq!(seen["Created"], "1970-01-01T00:00:00Z");
        assert_eq!(seen["Labels"]["org.opencontainers.image.title"], "one");
        assert_eq!(seen["Labels"]["org.opencontainers.image.version"], "0.1.0");
        assert_eq!(seen["Labels"]["a"], "b");
        assert_eq!(seen["Layers"].as_array().map(Vec::len), Some(3));
    }
    if let Some(mut skopeo) = debian(case, "skopeo") {
        // Copying checks each digest.
        let archive = format!("oci-archive:{}:latest", archive.display());
        let copy = format!("dir:{}", workspace.directory.join("copy").display());
        output(skopeo.args(["--insecure-policy", "copy", &archive, &copy]));
    }
    if let Some(mut judge) = debian(case, "oci-image-tool") {
        output(judge.args(["validate", "--type", "image", "--ref", "name=latest"]).arg(&layout));
    }
    if let Some(mut umoci) = debian(case, "umoci") {
        // Unpacking checks the digest of each layer, packed and unpacked, and each path in it.
        let bundle = workspace.directory.join("bundle");
        output(
            umoci.args(["unpack", "--rootless", "--image"]).arg(format!("{}:latest", layout.display())).arg(&bundle),
        );
        let config = content(&bundle.join("config.json"));
        assert_eq!(config["process"]["args"], serde_json::json!(["/app"]));
        assert_eq!(config["process"]["user"]["uid"], 65532);
        assert_eq!(config["process"]["user"]["gid"], 65532);
        let passwd = fs::read_to_string(bundle.join("rootfs/etc/passwd")).expect("users");
        assert!(passwd.contains("app:x:65532:65532:"), "{passwd}");
    }
    bill_of_materials(case, &layout);
}

/// The artifact beside the image says what the program is made of, in words that CycloneDX's own library accepts.
fn bill_of_materials(case: &str, layout: &Path) {
    let blob = |digest: &Value| layout.join("blobs/sha256").join(&digest.as_str().expect("a digest")[7..]);
    let index = content(&layout.join("index.json"));
    let artifact = &index["manifests"][1];
    assert_eq!(artifact["artifactType"], "application/vnd.cyclonedx+json");
    let manifest = content(&blob(&artifact["digest"]));
    assert_eq!(manifest["subject"]["digest"], index["manifests"][0]["digest"]);
    let document = blob(&manifest["layers"][0]["digest"]);
    assert_eq!(content(&document)["metadata"]["component"]["purl"], "pkg:cargo/one@0.1.0");
    let image = content(&blob(&index["manifests"][0]["digest"]));
    assert_eq!(image["annotations"]["dev.belvedere.sbom"], manifest["layers"][0]["digest"]);
    let Some(python) = tool_or_skip(case, "checkov/bin/python") else { return };
    let script = "import sys\nfrom cyclonedx.schema import SchemaVersion\n\
        from cyclonedx.validation.json import JsonStrictValidator\n\
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())\n\
        sys.exit(str(error) if error else 0)";
    output(Command::new(python).args(["-c", script]).arg(document));
}

/// Podman, which only root can use here, or nothing once the skipped case is reported.
pub(crate) fn podman(case: &str, storage: &Path) -> Option<Command> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    let found = |program: &str| ["/usr/bin", "/usr/sbin"].iter().any(|folder| Path::new(folder).join(program).exists());
    if !(root && found("podman") && found("runc")) {
        // It reports: there is no such file.
        return tool_or_skip(case, "podman, with runc and as root,").map(Command::new);
    }
    let mut command = Command::new("podman");
    command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
    command.args(["--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs"]);
    command.args(["--events-backend", "none"]);
    Some(command)
}

#[test]
fn a_container_runs_the_program_as_nobody_in_particular() {
    let case = "a_container_runs_the_program_as_nobody_in_particular";
    let workspace = workspace("image-run");
    let storage = empty("image-run-storage");
    let Some(mut load) = podman(case, &storage) else { return };
    let (digest, archive) = image(&workspace, "image.tar");
    let id = output(load.args(["pull", "--quiet"]).arg(format!("oci-archive:{}:latest", archive.display())));
    let mut command = podman(case, &storage).expect("it was there before");
    command.args(["run", "--rm", "--network=host"]);
    command.args(["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--env", "PORT=8080"]);
    let said = output(command.args([id.trim(), "argument"]));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "user 65532 group 65532");
    let certificates: u32 = lines[1].split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(certificates > 100, "{said}");
    assert_eq!(lines[2..], ["port 8080", r#"["/app", "argument"]"#, "root may be written: false"]);
    let mut inspect = podman(case, &storage).expect("it was there before");
    let seen = json(inspect.args(["image", "inspect", id.trim()]));
    assert_eq!(seen[0]["Digest"], digest);
    assert_eq!(seen[0]["Config"]["ExposedPorts"], serde_json::json!({"8080/tcp": {}}));
}

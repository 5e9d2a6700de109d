//! Images of programs that somebody else's container tool gets, as the official CLI asks for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::emulator::tool_or_skip;
use crate::image::{output, podman};
use crate::image_assets::{ACCOUNT, Case, REPOSITORY};
use crate::package::{ARCHITECTURE, Workspace};
use crate::support::{belvedere, clean, empty, run};

#[test]
fn a_container_tool_gets_the_image_that_the_official_cli_asks_for() {
    let case = "image-asset-load";
    let workspace = Workspace::copy(case);
    let image = |docker: &Path, way: &[&str]| {
        let mut command = belvedere(&workspace.directory);
        command.args(["package", "image", "--package", "one", "--architecture", ARCHITECTURE, "--source", "one"]);
        command.env("CARGO_TARGET_DIR", workspace.directory.join("target")).env_remove("CARGO_BUILD_TARGET");
        run(command.args(way).env("CDK_DOCKER", docker))
    };
    let tool = workspace.directory.join("docker");
    script(&tool, "echo \"$*\" > record; cp \"$3\" loaded.tar; echo noise >&2; echo 'Loaded image: local/one:1'");
    assert_eq!(image(&tool, &["--load"]).ok(), "local/one:1\n");
    let record = fs::read_to_string(workspace.directory.join("record")).expect("it ran");
    assert!(record.starts_with("load --input /") && record.ends_with("/image.tar\n"), "{record}");
    let archive = fs::File::open(workspace.directory.join("loaded.tar")).expect("copied");
    let mut archive = tar::Archive::new(archive);
    let index = archive.entries().expect("entries").map(|entry| entry.expect("an entry"));
    let mut index = index.filter(|entry| entry.path().is_ok_and(|path| path.ends_with("index.json")));
    let index: Value = serde_json::from_reader(index.next().expect("an index")).expect("JSON");
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(1), "the image alone");

    let storage = empty("image-load-pod");
    if let Some(mut podman) = podman(case, &storage) {
        let words = podman.get_args().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
        script(&tool, &format!("exec podman {words} \"$@\""));
        let name = image(&tool, &["--load"]).ok();
        assert!(name.starts_with("localhost/belvedere-asset:"), "{name:?}");
        podman.args(["run", "--rm", "--network=host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]);
        assert_eq!(output(podman.arg(name.trim_end())), "one runs\n");
    }

    let stderr = image(Path::new("/nowhere/docker"), &["--load"]).failed();
    assert!(stderr.contains("cannot start \"/nowhere/docker load\""), "{stderr}");
    let mut none = belvedere(&workspace.directory);
    none.args(["package", "image", "--package", "one", "--architecture", ARCHITECTURE, "--load"]);
    none.env("CARGO_TARGET_DIR", workspace.directory.join("target")).env_remove("CARGO_BUILD_TARGET");
    none.env("CARGO", which("cargo")).env("RUSTC", which("rustc")).env("PATH", "/nowhere");
    let stderr = run(&mut none).stderr;
    assert!(
        stderr.contains("is to be brought to a container tool, and none is installed\nhint: publish with"),
        "{stderr}"
    );
    for way in [&[][..], &["--load", "--output", "layout"]] {
        assert_eq!(image(&tool, way).code, Some(2), "{way:?}");
    }
}

#[test]
fn the_official_cli_has_the_image_made_and_pushes_it() {
    let Some(cli) = tool_or_skip("image-asset-official", "npm/node_modules/aws-cdk/bin/cdk") else { return };
    // Below this repository, `cargo belvedere` is an alias of its own.
    let outside = tempfile::tempdir().expect("a directory is made");
    let place = outside.path().join("image-asset-official");
    let Some(case) = Case::start(&place.to_string_lossy()) else { return };
    let directory = &case.workspace.directory;
    let (tool, record) = (directory.join("docker"), directory.join("record"));
    // It has no image of that name before, and says so as docker does.
    let answers = "case $1 in load) echo 'Loaded image: local/one:1';; inspect) exit 1;; login) cat > /dev/null;; esac";
    script(&tool, &format!("echo \"$*\" >> '{}'; {answers}", record.display()));
    let programs = Path::new(env!("CARGO_BIN_EXE_cargo-belvedere")).parent().expect("a directory");
    let path = std::env::var("PATH").expect("a search path");
    let mut command = clean(Command::new("node"), directory);
    command.arg(cli).args(["deploy", "--all", "--require-approval", "never", "--no-notices"]);
    command.args(["--no-version-reporting", "--app"]).arg(&case.assembly);
    command.envs(case.emulator.variables()).env("AWS_ACCESS_KEY_ID", ACCOUNT).env("CDK_DOCKER", &tool);
    command.env("CDK_HOME", directory.join("cdk")).env("CDK_DISABLE_CLI_TELEMETRY", "true").env("CI", "true");
    command.env("PATH", format!("{}:{path}", programs.display()));
    command.env("CARGO_TARGET_DIR", directory.join("target")).env_remove("CARGO_BUILD_TARGET");
    let done = run(&mut command);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let record = fs::read_to_string(record).expect("it ran");
    let name = format!("{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/{REPOSITORY}:{}", case.tag());
    for line in [format!("tag local/one:1 {name}"), format!("push {name}")] {
        assert!(record.lines().any(|known| known == line), "{line} in {record}");
    }
    assert_eq!(case.seen()["containers"], json!([name]));
}

fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::write(path, format!("#!/bin/sh\n{text}\n")).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours");
}

fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a search path");
    std::env::split_paths(&path).map(|place| place.join(program)).find(|file| file.is_file()).expect("installed")
}

//! The programs on this machine that make the assets.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::process::{Command, Stdio};

use super::Check;
use crate::assembly::Assembly;
use crate::asset::AssetSource;
use crate::assets::is_own;
use crate::target::{Architecture, Compiler};

/// The tools that can build an image from a Dockerfile, the most usual first.
const CONTAINER_TOOLS: [&str; 3] = ["docker", "podman", "finch"];

pub(super) fn checks(assembly: &Assembly) -> Vec<Check> {
    let sources = assembly.stacks.iter().flat_map(|stack| &stack.assets).map(|asset| &asset.source);
    let (architectures, images) = needed(sources);
    let mut checks = Vec::new();
    if !architectures.is_empty() {
        checks.push(cargo());
        checks.extend(architectures.into_iter().map(target));
    }
    if images {
        checks.push(container_tool());
    }
    checks
}

/// The architectures that programs are built for, and whether a container tool builds images.
fn needed<'a>(sources: impl Iterator<Item = &'a AssetSource>) -> (BTreeSet<&'static str>, bool) {
    let (mut architectures, mut images) = (BTreeSet::new(), false);
    for source in sources {
        match source {
            AssetSource::Command(words) => architectures.extend(cargo_architecture(words)),
            AssetSource::ImageCommand(words) if is_own(words) => architectures.extend(cargo_architecture(words)),
            AssetSource::Image(_) | AssetSource::ImageCommand(_) => images = true,
            AssetSource::File(_) | AssetSource::Zip(_) => {}
        }
    }
    (architectures, images)
}

/// The architecture that a command such as `cargo belvedere package lambda --architecture arm64` builds for.
fn cargo_architecture(words: &[String]) -> Option<&'static str> {
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    if program != "cargo" && program != "belvedere" {
        return None;
    }
    let text = words.join(" ").replace("--architecture=", "--architecture ");
    let arm = Architecture::Arm64.as_str();
    Some(if text.contains(&format!("--architecture {arm}")) { arm } else { Architecture::X86_64.as_str() })
}

fn cargo() -> Check {
    match answer("cargo", "--version") {
        Some(version) => Check::ok("cargo", version),
        None => Check::fail("cargo", "not found, but assets are built by it", Some("see https://rustup.rs".into())),
    }
}

fn target(name: &'static str) -> Check {
    let architecture = if name == "arm64" { Architecture::Arm64 } else { Architecture::X86_64 };
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    match (Compiler { rustc: &rustc }).choose(architecture) {
        Ok(triple) => Check::ok("target", format!("{name} by {triple}")),
        Err(error) => Check::fail("target", format!("{name}: {error}"), error.hint()),
    }
}

fn container_tool() -> Check {
    let chosen = env::var("CDK_DOCKER").ok().filter(|tool| !tool.is_empty());
    let tools = chosen.as_deref().map_or_else(|| CONTAINER_TOOLS.to_vec(), |tool| vec![tool]);
    // `version` also asks the daemon, where the tool has one.
    match tools.iter().find(|tool| answer(tool, "version").is_some()) {
        Some(tool) => Check::ok("containers", format!("{tool} answers")),
        None => Check::fail(
            "containers",
            format!("images are to be built, but none of {} answers", tools.join(", ")),
            Some("start its daemon, or install one; images by ContainerImage::cargo need none".into()),
        ),
    }
}

/// The first line that a program writes, where it can be run and does not fail.
fn answer(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn architecture(line: &str) -> Option<&'static str> {
        cargo_architecture(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_architecture_is_in_the_command() {
        assert_eq!(architecture("cargo belvedere package lambda --package a"), Some("x86_64"));
        assert_eq!(architecture("cargo belvedere package lambda --architecture arm64"), Some("arm64"));
        assert_eq!(architecture("/usr/bin/belvedere package program --architecture=arm64"), Some("arm64"));
        assert_eq!(architecture("make lambda"), None);
    }

    #[test]
    fn images_of_programs_need_cargo_and_no_container_tool() {
        let command = |line: &str| AssetSource::ImageCommand(line.split(' ').map(str::to_owned).collect());
        let own = command("cargo belvedere package image --load --package one --architecture arm64 --source one");
        assert_eq!(needed([&own].into_iter()), (BTreeSet::from(["arm64"]), false));
        assert_eq!(needed([&command("make image")].into_iter()), (BTreeSet::new(), true));
    }

    #[test]
    fn a_program_that_is_not_there_does_not_answer() {
        assert_eq!(answer("belvedere-no-such-program", "--version"), None);
        assert!(answer("cargo", "--version").is_some_and(|line| line.starts_with("cargo ")));
    }
}

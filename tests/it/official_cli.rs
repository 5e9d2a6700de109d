//! The official `cdk` CLI deploys every committed assembly to an emulator, without a bootstrap stack.

use std::path::PathBuf;

use crate::tools;

/// The CLI and the emulator's Python, when both are installed.
fn installed(case: &str) -> Option<PathBuf> {
    tools::find_or_skip(case, "npm/node_modules/aws-cdk/bin/cdk")?;
    tools::find_or_skip(case, "ministack/bin/python")
}

#[test]
fn deploys_what_is_committed() {
    let case = "the cdk CLI deploys synth-output/";
    let Some(python) = installed(case) else { return };
    let Some(assemblies) = tools::assemblies_or_skip(case) else { return };
    let ran = tools::run(python, "cdk_cli.py", &assemblies);
    assert!(ran.success, "{}", ran.text);
    ran.text.lines().filter(|line| line.starts_with("skipped")).for_each(|line| tools::skip(case, line));
    tools::note(ran.text.lines().last().unwrap_or_default());
}

#[test]
fn deploys_a_staged_sample_without_a_bootstrap() {
    let Some(python) = installed("the cdk CLI deploys the sound sample") else { return };
    let ran = tools::run(python, "cdk_cli.py", [tools::sample("sound", "official-cli-sound")]);
    assert!(ran.success, "{}", ran.text);
}

#[test]
fn refuses_a_flawed_sample() {
    let Some(python) = installed("the cdk CLI refuses the flawed sample") else { return };
    let ran = tools::run(python, "cdk_cli.py", [tools::sample("flawed", "official-cli-flawed")]);
    assert!(!ran.success && ran.text.contains("depends on non-existing artifact Nowhere"), "{}", ran.text);
}

#[test]
fn the_emulator_has_what_the_deployments_rely_on() {
    let case = "the emulator's own check";
    let Some(python) = tools::find_or_skip(case, "ministack/bin/python") else { return };
    if tools::find_or_skip(case, "cfn-lint/bin/cfn-lint").is_none() {
        return;
    }
    let ran = tools::run(python, "emulator_check.py", [""; 0]);
    assert!(ran.success, "{}", ran.text);
}

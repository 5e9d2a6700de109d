//! The judges of `tests/tools/judge.py` over every committed assembly, and over two samples that judge the judges.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::tools;

/// Each judge and the program that shows whether it is installed.
const JUDGES: [(&str, &str); 6] = [
    ("cfn-lint", "cfn-lint/bin/cfn-lint"),
    ("validate", "npm/node_modules/aws-cdk-lib/node_modules/@aws/cloudformation-validate/index.js"),
    ("checkov", "checkov/bin/checkov"),
    ("guard", "npm/node_modules/@cdklabs/cdk-validator-cfnguard/rules/control-tower/cfn-guard"),
    ("policies", "parliament/bin/python"),
    ("assembly", "npm/node_modules/@aws-cdk/cloud-assembly-schema/schema"),
];

fn judge(name: &str, assemblies: &[PathBuf]) -> tools::Ran {
    let options = ["--require", "--only", name].map(OsStr::new);
    tools::run("python3", "judge.py", options.into_iter().chain(assemblies.iter().map(|path| path.as_os_str())))
}

/// The judges that are here; the others are reported as skipped for this case.
fn installed(case: &str) -> impl Iterator<Item = &'static str> {
    JUDGES
        .into_iter()
        .filter_map(move |(name, program)| tools::find_or_skip(&format!("{name} {case}"), program).map(|_| name))
}

fn accepts_what_is_committed(name: &str) {
    let case = format!("{name} accepts synth-output/");
    let (_, program) = JUDGES.into_iter().find(|(judge, _)| *judge == name).expect("the judge is in the list");
    if tools::find_or_skip(&case, program).is_none() {
        return;
    }
    let Some(assemblies) = tools::assemblies_or_skip(&case) else { return };
    let ran = judge(name, &assemblies);
    assert!(ran.success, "{}", ran.text);
    tools::note(&format!("{name}: {}", ran.text.lines().last().unwrap_or_default()));
}

#[test]
fn cfn_lint_accepts_what_is_committed() {
    accepts_what_is_committed("cfn-lint");
}

#[test]
fn aws_own_validator_accepts_what_is_committed() {
    accepts_what_is_committed("validate");
}

#[test]
fn checkov_accepts_what_is_committed() {
    accepts_what_is_committed("checkov");
}

#[test]
fn guard_accepts_what_is_committed() {
    accepts_what_is_committed("guard");
}

#[test]
fn policies_are_narrow() {
    accepts_what_is_committed("policies");
}

#[test]
fn assemblies_fit_the_schemas_of_the_cli() {
    accepts_what_is_committed("assembly");
}

#[test]
fn every_judge_accepts_the_sound_sample() {
    let names: Vec<_> = installed("accepts the sound sample").collect();
    if !names.is_empty() {
        let ran = judge(&names.join(","), &[tools::sample("sound", "judges-sound")]);
        assert!(ran.success, "{}", ran.text);
    }
}

/// A judge that finds nothing in a template full of faults would find nothing in ours.
#[test]
fn every_judge_finds_what_is_wrong_with_the_flawed_sample() {
    let expected = [
        ("cfn-lint", &["E3030", "W3005", "W3037"][..]),
        ("validate", &["W3005", "W3030"]),
        ("checkov", &["CKV_AWS_53", "CKV_AWS_111"]),
        ("guard", &["CT.S3.PR.1 "]),
        (
            "policies",
            &["wildcard action logs:Put*", "wildcard resource arn:aws:s3:::*", "RESOURCE_STAR", "UNKNOWN_ACTION"],
        ),
        ("assembly", &["is not the SHA-256", "stackTemplateUrl", "Nowhere", "no aws:cdk:path"]),
    ];
    for name in installed("refuses the flawed sample") {
        let ran = judge(name, &[tools::sample("flawed", &format!("judges-flawed-{name}"))]);
        assert!(!ran.success, "{name} accepts it:\n{}", ran.text);
        let (_, findings) = expected.into_iter().find(|(judge, _)| *judge == name).expect("the judge is in the list");
        for finding in findings {
            assert!(ran.text.contains(finding), "{name} does not say {finding:?}:\n{}", ran.text);
        }
    }
}

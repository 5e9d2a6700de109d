//! The table of logical ids that the AWS CDK gives, `tests/ids/vectors.json`, is what it gives today.

use std::fs;
use std::process::Command;

use crate::tools;

#[test]
fn vectors_are_those_of_the_aws_cdk() {
    let case = "tests/ids/vectors.json is current";
    let Some(library) = tools::find_or_skip(case, "npm/node_modules/aws-cdk-lib") else { return };
    let modules = library.parent().expect("a package lies in node_modules");
    let output = Command::new("node")
        .arg(tools::root().join("tests/ids/vectors.js"))
        .env("NODE_PATH", modules)
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let committed = fs::read(tools::root().join("tests/ids/vectors.json")).expect("the table is committed");
    assert!(output.stdout == committed, "tests/ids/vectors.json differs; its program says how to renew it");
}

//! What the library must not pull in: nobody who synthesizes compiles an SDK or an async runtime.

use std::process::Command;

use crate::tools;

#[test]
fn the_library_has_no_sdk_and_no_async_runtime() {
    see(&["-p", "belvedere", "--all-features", "-e", "normal"], "belvedere v");
}

#[test]
fn an_example_without_the_feature_deploy_has_neither() {
    see(&["-p", "belvedere-examples", "-e", "normal,dev"], "belvedere-examples v");
}

fn see(arguments: &[&str], begin: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--prefix", "none", "--format", "{p}", "--locked"])
        .args(arguments)
        .current_dir(tools::root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.starts_with(begin), "{tree}");

    let runtimes = ["async-std", "async-global-executor", "futures-executor", "hyper", "reqwest", "smol", "tokio"];
    let forbidden: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| name.starts_with("aws-") || runtimes.contains(name))
        .collect();
    assert!(forbidden.is_empty(), "{arguments:?} depends on {forbidden:?}");
}

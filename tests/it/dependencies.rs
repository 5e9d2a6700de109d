//! What the library must not pull in: nobody who synthesizes compiles an SDK or an async runtime.

use std::process::Command;

use crate::tools;

#[test]
fn the_library_has_no_sdk_and_no_async_runtime() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "belvedere", "--all-features", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .arg("--locked")
        .current_dir(tools::root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.starts_with("belvedere v"), "{tree}");

    let runtimes = ["async-std", "async-global-executor", "futures-executor", "hyper", "reqwest", "smol", "tokio"];
    let forbidden: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| name.starts_with("aws-") || runtimes.contains(name))
        .collect();
    assert!(forbidden.is_empty(), "the library depends on {forbidden:?}");
}

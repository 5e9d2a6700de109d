//! The flagship with the commands of the deployer in itself.

use std::path::Path;
use std::process::Command;

use crate::emulator::Emulator;
use crate::support::{empty, run};

#[test]
fn an_example_has_the_commands_by_one_feature() {
    let case = "example_commands";
    let Some(emulator) = Emulator::start(case) else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
    let example = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        let build = ["run", "--quiet", "--locked", "-p", "belvedere-examples", "--example", "full_stack"];
        command.args(build).args(["--features", "deploy", "--"]).args(arguments).current_dir(root);
        // What cargo says of the package that is tested would have crates of others built anew.
        let of_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        for (name, _) in std::env::vars_os() {
            if of_cargo.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        run(command.envs(emulator.variables()).env("CDK_OUTDIR", empty(case)))
    };
    assert_eq!(example(&["ls"]).ok(), "belvedere-assets\nGrafanaObservability\n");
    let diff = example(&["diff"]).ok();
    assert!(diff.contains("GrafanaObservability") && diff.contains("DataProcessor"), "{diff}");
    let destroyed = example(&["self-hosted", "destroy", "--all", "--yes"]);
    assert!(destroyed.stderr.contains("not there after"), "{destroyed:?}");
    let help = example(&["deploy", "--help"]).ok();
    assert!(help.contains("full_stack deploy [OPTIONS]") && !help.contains("--app <"), "{help}");
}

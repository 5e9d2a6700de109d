//! `cargo belvedere`: the same as `belvedere`, where cargo looks for it.

use std::process::ExitCode;

fn main() -> ExitCode {
    belvedere_deployer::cli::cargo_main()
}

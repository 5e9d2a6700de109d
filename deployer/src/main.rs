//! `belvedere`: synthesizes, lists and packages cloud assemblies.

use std::process::ExitCode;

fn main() -> ExitCode {
    belvedere_deployer::cli::main()
}

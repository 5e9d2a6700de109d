//! `belvedere completions`.

use std::io::Write;

use clap_complete::Shell;

use super::failure::Failure;

/// Write the completions for a shell
///
/// For bash: belvedere completions bash > ~/.local/share/bash-completion/completions/belvedere
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, command: &mut clap::Command, stdout: &mut dyn Write) -> Result<(), Failure> {
    // In memory first: the generator panics where a reader is gone.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command, "belvedere", &mut text);
    Ok(stdout.write_all(&text)?)
}

//! `belvedere watch`.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::asking::Asking;
use super::connect::Aws;
use super::deploy;
use super::failure::Failure;
use super::parameter::{Parameter, assign};
use super::report::{Shown, Style};
use super::session::{interrupt, runtime};
use super::source::Source;
use crate::sources::{Snapshot, Sources};
use crate::{Clients, Event, Method, Report as _, Settings, select};

/// How often there is a look. To be told by the system would be sooner by a blink, but not on every file system.
const PAUSE: Duration = Duration::from_millis(400);
/// How many files are named.
const NAMED: usize = 3;

/// Deploy at once, and again after each change of the app's sources
#[derive(Debug, clap::Args)]
#[command(
    next_line_help = true,
    after_help = "The method is direct where neither --method nor the settings name one. One deployment runs at a
time; what changes meanwhile leads to one more. Which files count, watch.include and
watch.exclude in belvedere.toml or cdk.json say; without them, the Rust sources of the workspace."
)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    deploy: deploy::Args,

    /// Wait for the first change before the first deployment
    #[arg(long)]
    no_initial: bool,
}

pub(super) fn run(args: &Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let settings = Settings::read(Path::new(""))?;
    args.deploy.options(&settings, Method::Direct).map(drop)?;
    let parameters = args.deploy.parameters()?;
    let (source, aws) = args.deploy.source();
    let output = source.output(&settings)?.ok_or(Failure::NothingToWatch)?;
    let sources = Sources::of(&std::env::current_dir()?, &settings.watch, &output)?;
    let runtime = runtime()?;
    let asking = Asking::new(args.deploy.is_approved());
    let mut shown = Shown::new(Style::of_process(args.deploy.output()), asking.clone());
    let result = runtime.block_on(async {
        let interrupt = interrupt(asking);
        let watch = Watch { args, parameters, source, aws, sources };
        tokio::select! {
            result = watch.run(&settings, &mut shown, stdout) => Some(result),
            () = interrupt => None,
        }
    });
    runtime.shutdown_background();
    result.unwrap_or_else(|| Err(Failure::Interrupted { text: shown.interrupted() }))
}

struct Watch<'a> {
    args: &'a Args,
    parameters: Vec<Parameter>,
    source: &'a Source,
    aws: &'a Aws,
    sources: Sources,
}

impl Watch<'_> {
    /// Goes on until it is interrupted.
    async fn run(&self, settings: &Settings, shown: &mut Shown, stdout: &mut dyn Write) -> Result<(), Failure> {
        let clients = self.aws.connection(settings).open().await?;
        let mut before = self.look().await;
        let mut deploys = !self.args.no_initial;
        loop {
            if deploys && let Err(failure) = self.deploy(&clients, shown, stdout).await {
                Self::tell(&failure);
            }
            deploys = true;
            note(shown, format!("watching {} files; Ctrl-C ends it", before.files()));
            let now = self.change(&before).await;
            note(shown, changed(&now.changed_since(&before)));
            before = now;
        }
    }

    /// Looks at the sources, away from what else is going on.
    async fn look(&self) -> Snapshot {
        let sources = self.sources.clone();
        match spawn_blocking(move || sources.look()).await {
            Ok(snapshot) => snapshot,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Waits until the sources are not as they were, and no longer change: an editor writes, a branch is checked out.
    async fn change(&self, before: &Snapshot) -> Snapshot {
        let mut now = self.look().await;
        loop {
            sleep(PAUSE).await;
            let then = std::mem::replace(&mut now, self.look().await);
            if now.changed_since(&then).is_empty() && !now.changed_since(before).is_empty() {
                return now;
            }
        }
    }

    /// Runs the app, and deploys what it has written.
    async fn deploy(&self, clients: &Clients, shown: &mut Shown, stdout: &mut dyn Write) -> Result<(), Failure> {
        let args = &self.args.deploy;
        // They may be what has changed.
        let settings = Settings::read(Path::new(""))?;
        let mut options = args.options(&settings, Method::Direct)?;
        let (source, caller) = (self.source.clone(), clients.clone());
        let written = spawn_blocking(move || source.assembly(&settings, Some(&caller))).await;
        let mut assembly = written.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        for (name, value) in assign(self.parameters.clone(), &mut assembly.stacks)? {
            options = options.parameter(name, value);
        }
        let stacks = select(&assembly.stacks, args.patterns())?;
        let outcome = crate::deploy(&assembly, &stacks, clients, &options, shown).await?;
        deploy::tell(&outcome, args.outputs_file(), args.output(), stdout)?;
        Ok(stdout.flush()?)
    }

    /// A failure is no end: the next change may be its remedy.
    fn tell(failure: &Failure) {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let _ = io::stderr().write_all(failure.render(color).as_bytes());
    }
}

fn note(shown: &mut Shown, text: String) {
    shown.event(&Event::Note { stack: None, text });
}

fn changed(paths: &[&Path]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    let more = paths.len().checked_sub(NAMED).filter(|more| *more > 0);
    format!("changed: {}{}", named.join(", "), more.map(|more| format!(" and {more} more")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_files_are_named() {
        let paths = ["a", "b", "c", "d", "e"].map(Path::new);
        assert_eq!(changed(&paths[..1]), "changed: a");
        assert_eq!(changed(&paths[..3]), "changed: a, b, c");
        assert_eq!(changed(&paths), "changed: a, b, c and 2 more");
    }
}

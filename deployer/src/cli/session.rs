//! What a command that asks AWS works with.

use std::future::Future;
use std::io::{self, Write as _};
use std::path::Path;

use tokio::runtime::{Builder, Runtime};

use super::asking::Asking;
use super::connect::Aws;
use super::failure::Failure;
use super::report::{Shown, Style};
use super::source::Source;
use crate::{Assembly, Clients, Settings};

/// The settings, the runtime, the way to AWS, and the assembly.
pub(super) struct Session {
    pub(super) settings: Settings,
    pub(super) clients: Clients,
    pub(super) assembly: Assembly,
    runtime: Runtime,
}

impl Session {
    /// Finds out who asks, and reads the assembly; an app that is run is told the account and the region.
    pub(super) fn open(source: Source, aws: &Aws) -> Result<Self, Failure> {
        let settings = Settings::read(Path::new(""))?;
        let runtime = runtime()?;
        let clients = runtime.block_on(aws.connection(&settings).open())?;
        let assembly = source.assembly(&settings, Some(&clients))?;
        Ok(Self { settings, clients, assembly, runtime })
    }

    /// Does the work, and shows its events.
    ///
    /// At the first Ctrl-C the work is left where it is, and what goes on in AWS is told.
    pub(super) fn run<T, E: Into<Failure>>(
        self,
        style: Style,
        yes: bool,
        work: impl AsyncFnOnce(&Settings, &Clients, &Assembly, &mut Shown) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let Self { settings, clients, assembly, runtime } = self;
        let asking = Asking::new(yes);
        let mut shown = Shown::new(style, asking.clone());
        let result = runtime.block_on(async {
            let interrupt = interrupt(asking);
            tokio::select! {
                result = work(&settings, &clients, &assembly, &mut shown) => Some(result.map_err(Into::into)),
                () = interrupt => None,
            }
        });
        // Requests that are on their way are not waited for.
        runtime.shutdown_background();
        result.unwrap_or_else(|| Err(Failure::Interrupted { text: shown.interrupted() }))
    }
}

/// A runtime for the calls to AWS.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|source| Failure::Runtime { source })
}

/// What is said where somebody who is asked does not answer; the line that asks has no end yet.
const INTERRUPTED_QUESTION: &[u8] =
    b"\ninterrupted: what was asked about is not done; what is under way in CloudFormation goes on there\n";

/// Returns at Ctrl-C, or where the system asks the process to end.
async fn asked_to_end() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Returns at the first Ctrl-C, or SIGTERM, which says the same; ends the process at the second, or at the first where an
/// answer is waited for: then nothing runs that could return.
pub(super) fn interrupt(asking: Asking) -> impl Future<Output = ()> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        if asked_to_end().await.is_err() {
            // Nobody can interrupt then: the sender has to stay, or its end would count as one.
            std::future::pending::<()>().await;
        }
        if asking.is_pending() {
            let _ = io::stderr().write_all(INTERRUPTED_QUESTION);
            std::process::exit(super::INTERRUPTED);
        }
        let _ = sender.send(());
        if asked_to_end().await.is_ok() {
            std::process::exit(super::INTERRUPTED);
        }
    });
    async {
        let _ = receiver.await;
    }
}

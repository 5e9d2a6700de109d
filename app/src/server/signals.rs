//! Being told to stop.

use std::io;

/// The signals that ask a process to stop: SIGTERM, as container schedulers send it, and Ctrl-C.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Takes the signals over from now on. As the first process of a container, a program that has not done so
    /// ignores SIGTERM.
    ///
    /// # Errors
    /// The system refuses the handlers.
    #[cfg(unix)]
    pub fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Takes Ctrl-C over from the first wait on; this system knows no SIGTERM.
    ///
    /// # Errors
    /// None on this system.
    #[cfg(not(unix))]
    pub fn install() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal and returns its name.
    #[cfg(unix)]
    pub async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for the next signal and returns its name.
    #[cfg(not(unix))]
    pub async fn received(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            // Without a handler the system ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    }
}

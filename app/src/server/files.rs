//! How many files the process may open.

/// The files that a process needs besides its connections: those of the storage, of telemetry, of the runtime.
#[cfg(unix)]
const OTHERS: u64 = 256;

/// Raises the number of files that this process may open so that there can be `connections`, as far as the system lets:
/// what is set for a process at first, often 1024, is there for programs that know no more. Where the system does not let
/// that many, those that it does let are told as an error.
///
/// # Errors
/// The number of files that may be open, where it is too small.
#[cfg(unix)]
pub fn allow_files_for(connections: usize) -> Result<(), u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Without a value there is no limit.
    let allowed = current.unwrap_or(u64::MAX);
    if allowed >= needed {
        return Ok(());
    }
    let raised = maximum.unwrap_or(u64::MAX).min(needed);
    let allowed = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
        Ok(()) => raised,
        Err(_) => allowed,
    };
    if allowed >= needed { Ok(()) } else { Err(allowed) }
}

/// Does nothing: this system has no such limit.
///
/// # Errors
/// None on this system.
#[cfg(not(unix))]
pub fn allow_files_for(_connections: usize) -> Result<(), u64> {
    Ok(())
}

//! One `fsync` for many.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Lets those who changed a directory share the `fsync` that makes the changes last.
///
/// Each draws a ticket once its change is made, then waits. Whoever comes first calls `fsync` for all tickets drawn so
/// far; those who draw while it runs share the next one, which begins after their change.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    drawn: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Every ticket up to here has its answer.
    answered: u64,
    /// The last failure and the tickets that it may concern: those up to the number. What the system could not write it
    /// may forget, so the next `fsync` that succeeds says nothing about them.
    failed: Option<(u64, i32)>,
}

/// A change that waits to be made lasting.
#[derive(Debug)]
pub(super) struct Ticket(u64);

impl GroupCommit {
    /// To be drawn after the change.
    pub(super) fn draw(&self) -> Ticket {
        Ticket(self.drawn.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Blocks until an `fsync` that began after the ticket was drawn has ended.
    pub(super) fn wait(&self, ticket: &Ticket, fsync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        // Waiters queue here while one of them is inside `fsync`.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if ticket.0 > state.answered {
            let drawn = self.drawn.load(Ordering::SeqCst);
            let result = fsync();
            state.answered = drawn;
            if let Err(error) = result {
                state.failed = Some((drawn, error.raw_os_error().unwrap_or_default()));
                return Err(error);
            }
            return Ok(());
        }
        match state.failed {
            Some((upto, code)) if ticket.0 <= upto => Err(io::Error::from_raw_os_error(code)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn many_share_one() {
        let (commit, calls, start) = (GroupCommit::default(), AtomicU64::new(0), Barrier::new(32));
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    start.wait();
                    let ticket = commit.draw();
                    let fsync = || {
                        calls.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(50));
                        Ok(())
                    };
                    commit.wait(&ticket, fsync).expect("the fsync succeeds");
                });
            }
        });
        // The first may be alone, and one or two may come late.
        let calls = calls.load(Ordering::SeqCst);
        assert!((1..=4).contains(&calls), "{calls}");
    }

    #[test]
    fn an_fsync_that_began_before_the_change_does_not_count() {
        let commit = GroupCommit::default();
        let first = commit.draw();
        let mut late = None;
        commit
            .wait(&first, || {
                late = Some(commit.draw());
                Ok(())
            })
            .expect("the fsync succeeds");
        let mut called = false;
        commit
            .wait(&late.expect("drawn"), || {
                called = true;
                Ok(())
            })
            .expect("the fsync succeeds");
        assert!(called);
    }

    #[test]
    fn fails_for_all_who_shared_the_fsync() {
        const EIO: i32 = 5;
        let commit = GroupCommit::default();
        let (first, second) = (commit.draw(), commit.draw());
        let error = commit.wait(&first, || Err(io::Error::from_raw_os_error(EIO))).expect_err("it failed");
        assert_eq!(error.raw_os_error(), Some(EIO));
        // Another fsync would succeed, and prove nothing.
        let error = commit.wait(&second, || Ok(())).expect_err("it shared the one that failed");
        assert_eq!(error.raw_os_error(), Some(EIO));
        let third = commit.draw();
        commit.wait(&third, || Ok(())).expect("a new change, a new fsync");
    }
}

//! Letting in only as much as can be worked on.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of units, of which every taker takes some and gives them back when it is dropped. Nobody waits: what is
/// not left is refused, since a queue before a service that is too busy makes it slower and no more able.
#[derive(Debug)]
pub(super) struct Allowance {
    left: AtomicUsize,
}

impl Allowance {
    /// An allowance of `units`.
    pub(super) fn new(units: usize) -> Self {
        Self { left: AtomicUsize::new(units) }
    }

    /// Whether there is nothing left at this moment.
    pub(super) fn is_used_up(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Takes `units`, or nothing where fewer are left.
    pub(super) fn take(&self, units: usize) -> Option<Taken<'_>> {
        let mut taken = Taken { allowance: self, units: 0 };
        taken.add(units).then_some(taken)
    }
}

/// Units that are given back when this is dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    allowance: &'a Allowance,
    units: usize,
}

impl Taken<'_> {
    /// Takes `units` more; whether they were left.
    pub(super) fn add(&mut self, units: usize) -> bool {
        // The units guard no other memory: nothing has to be ordered by them.
        let enough = |left: usize| left.checked_sub(units);
        let added = self.allowance.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_ok();
        if added {
            self.units += units;
        }
        added
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.allowance.left.fetch_add(self.units, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let allowance = Allowance::new(3);
        let mut taken = allowance.take(2).expect("three are left");
        assert!(!allowance.is_used_up());
        assert!(taken.add(1));
        assert!(allowance.is_used_up());
        drop(taken);
        assert!(allowance.take(3).is_some());
    }

    #[test]
    fn rejects_more_than_is_left_and_takes_nothing_then() {
        let allowance = Allowance::new(3);
        let mut taken = allowance.take(2).expect("three are left");
        assert!(allowance.take(2).is_none());
        assert!(!taken.add(2));
        assert!(taken.add(1));
    }
}

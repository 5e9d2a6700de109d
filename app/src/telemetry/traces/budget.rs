//! So many a second and no more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A token bucket without a lock: the generic cell rate algorithm, whose whole state is the time at which the bucket
/// would be full again. A refusal, the common case under load, is one load and one comparison.
#[derive(Debug)]
pub(crate) struct Budget {
    begin: Instant,
    /// The time that one token takes to come back, in nanoseconds.
    interval: u64,
    /// The time that a whole bucket takes to come back, in nanoseconds.
    burst: u64,
    /// Nanoseconds from `begin` to when the bucket is full again.
    full_at: AtomicU64,
}

impl Budget {
    /// At most `per_second` a second on average, and what `burst` amounts to at once.
    pub(crate) fn new(per_second: u32, burst: Duration) -> Self {
        let interval = 1_000_000_000 / u64::from(per_second.max(1));
        let burst = nanoseconds(burst).max(interval);
        Self { begin: Instant::now(), interval, burst, full_at: AtomicU64::new(0) }
    }

    /// Takes one token; whether there was one.
    pub(crate) fn take(&self, now: Instant) -> bool {
        let now = nanoseconds(now.saturating_duration_since(self.begin));
        let mut full_at = self.full_at.load(Ordering::Relaxed);
        loop {
            let after = full_at.max(now) + self.interval;
            if after - now > self.burst {
                return false;
            }
            match self.full_at.compare_exchange_weak(full_at, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(current) => full_at = current,
            }
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    // 584 years.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(budget: &Budget, at: Instant, tries: usize) -> usize {
        (0..tries).filter(|_| budget.take(at)).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let budget = Budget::new(1000, Duration::from_secs(2));
        let begin = budget.begin;
        assert_eq!(taken(&budget, begin, 5000), 2000, "two seconds' worth at once");
        assert_eq!(taken(&budget, begin + Duration::from_millis(10), 5000), 10);
        let total: usize = (11..=1010).map(|ms| taken(&budget, begin + Duration::from_millis(ms), 40)).sum();
        assert_eq!(total, 1000, "a second of 40 a millisecond");
        assert_eq!(taken(&budget, begin + Duration::from_secs(60), 5000), 2000, "never more than the burst");
    }

    #[test]
    fn many_threads_share_it() {
        let budget = Budget::new(1, Duration::from_secs(500));
        let now = budget.begin;
        let total: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| taken(&budget, now, 1000))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(total, 500);
    }

    #[test]
    fn one_a_second_has_a_burst_of_one_at_least() {
        let budget = Budget::new(1, Duration::ZERO);
        let begin = budget.begin;
        assert_eq!(taken(&budget, begin, 3), 1);
        assert_eq!(taken(&budget, begin + Duration::from_millis(999), 3), 0);
        assert_eq!(taken(&budget, begin + Duration::from_millis(1000), 3), 1);
    }

    #[test]
    fn an_instant_before_the_first_is_the_first() {
        let budget = Budget::new(1000, Duration::from_secs(1));
        let before = budget.begin.checked_sub(Duration::from_secs(1)).unwrap_or(budget.begin);
        assert!(budget.take(before));
    }
}

//! When the next request is due.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How late the runtime's timer, which counts milliseconds, may be without that counting as the service's latency.
const GRANULARITY: Duration = Duration::from_millis(2);

/// The times of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// When the run begins.
    pub(crate) start: Instant,
    /// When warming up is over.
    pub(crate) measured: Instant,
    /// When the last request is due, if ever.
    pub(crate) end: Option<Instant>,
    /// Requests a second; without it each follows the last.
    pub(crate) rate: Option<f64>,
}

/// The turn of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// When it was due.
    pub(crate) due: Instant,
    /// From when its latency counts.
    pub(crate) from: Instant,
}

impl Schedule {
    /// Waits for the turn of the request with this number, without which the run is over.
    ///
    /// If its time has come and gone while all connections were busy, it is sent at once and its latency counts from
    /// when it was due: whoever waits in front of a slow service waits for the service.
    pub(crate) async fn turn(&self, number: u64, stop: &mut watch::Receiver<bool>) -> Option<Turn> {
        let now = Instant::now();
        let over = |time| self.end.is_some_and(|end| time >= end);
        let due = self.due(number).unwrap_or(now);
        if over(due) {
            return None;
        }
        if due <= now {
            return (!over(now) && !*stop.borrow()).then_some(Turn { due, from: due });
        }
        tokio::select! {
            () = sleep_until(due) => {}
            _ = stop.wait_for(|stop| *stop) => if Instant::now() < due {
                return None;
            }
        }
        let now = Instant::now();
        Some(Turn { due, from: if now - due <= GRANULARITY { now } else { due } })
    }

    /// How many requests were due while it counted, up to `until`; none where there is no rate.
    pub(crate) fn due_until(&self, until: Instant) -> u64 {
        let until = self.end.map_or(until, |end| end.min(until));
        self.first_from(until).saturating_sub(self.first_from(self.measured))
    }

    fn due(&self, number: u64) -> Option<Instant> {
        Some(self.start + Duration::from_secs_f64(number as f64 / self.rate?))
    }

    /// The first number that is due at `time` or later.
    fn first_from(&self, time: Instant) -> u64 {
        let about = (time - self.start).as_secs_f64() * self.rate.unwrap_or(0.0);
        // What is computed one way may be off by one from what is computed the other way.
        let about = (about as u64).saturating_sub(1);
        (about..).find(|number| self.due(*number).is_none_or(|due| due >= time)).unwrap_or(about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn schedule(rate: Option<f64>) -> Schedule {
        let start = Instant::now();
        Schedule { start, measured: start + SECOND, end: Some(start + 3 * SECOND), rate }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_due_at_even_distances() {
        let (_stop, mut stopped) = watch::channel(false);
        let schedule = schedule(Some(4.0));
        for number in 0..12 {
            let turn = schedule.turn(number, &mut stopped).await.expect("a turn");
            assert_eq!(turn.due - schedule.start, SECOND / 4 * number as u32);
            assert!(turn.from - turn.due <= GRANULARITY && turn.from >= turn.due);
        }
        assert!(schedule.turn(12, &mut stopped).await.is_none(), "due at the end");
    }

    #[tokio::test(start_paused = true)]
    async fn latency_counts_from_when_a_late_request_was_due() {
        let (_stop, mut stopped) = watch::channel(false);
        let schedule = schedule(Some(4.0));
        tokio::time::advance(2 * SECOND).await;
        let turn = schedule.turn(1, &mut stopped).await.expect("a turn");
        assert_eq!((turn.due, turn.from), (schedule.start + SECOND / 4, schedule.start + SECOND / 4));
        tokio::time::advance(2 * SECOND).await;
        assert!(schedule.turn(2, &mut stopped).await.is_none(), "too late to be sent at all");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_each_follows_the_last() {
        let (stop, mut stopped) = watch::channel(false);
        let schedule = schedule(None);
        assert_eq!(schedule.turn(1_000_000, &mut stopped).await.expect("a turn").from, Instant::now());
        stop.send_replace(true);
        assert!(schedule.turn(0, &mut stopped).await.is_none());
        assert_eq!(schedule.due_until(schedule.start + 2 * SECOND), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_told_to_stop() {
        let (stop, mut stopped) = watch::channel(false);
        let schedule = schedule(Some(1.0));
        let waiting = tokio::spawn(async move { schedule.turn(2, &mut stopped).await.is_none() });
        tokio::time::sleep(SECOND / 2).await;
        stop.send_replace(true);
        assert!(waiting.await.expect("no panic"));
        assert!(schedule.start.elapsed() < SECOND);
    }

    #[test]
    fn what_was_due_is_counted() {
        for rate in [0.3, 0.7, 1.0, 3.0, 99.9, 100.0, 12_345.6] {
            let schedule = Schedule { measured: Instant::now(), ..schedule(Some(rate)) };
            let schedule = Schedule { measured: schedule.start, ..schedule };
            let sent = (0..).take_while(|number| schedule.due(*number) < schedule.end).count() as u64;
            assert_eq!(schedule.due_until(schedule.start + 60 * SECOND), sent, "{rate}");
        }
        let schedule = schedule(Some(100.0));
        assert_eq!(schedule.due_until(schedule.start + 2 * SECOND), 100, "warming up does not count");
    }
}

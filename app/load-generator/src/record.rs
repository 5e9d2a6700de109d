//! What came back, counted in bounded memory.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::mix::{Kind, Operation};

/// The longest latency that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(3600);

/// Latencies in microseconds, with three digits kept; 0.2 MB.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Option<Histogram<u64>>);

impl Latencies {
    /// None so far.
    pub(crate) fn new() -> Self {
        // The bounds are constants that are valid.
        Self(Histogram::new_with_bounds(1, LONGEST.as_micros() as u64, 3).ok())
    }

    fn add(&mut self, latency: Duration) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).max(1));
        }
    }

    fn clear(&mut self) {
        if let Some(histogram) = &mut self.0 {
            histogram.reset();
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// The latency that this share of them does not exceed, from 0 to 1.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.0.as_ref().map_or(0, |histogram| histogram.value_at_quantile(share)))
    }

    /// The longest.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_micros(self.0.as_ref().map_or(0, Histogram::max))
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should, with this status if an answer was due.
    Expected(Option<u16>),
    /// Not as it should; says how.
    Unexpected(Problem, String),
}

/// What there can be against an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Problem {
    /// Its status is another.
    Status(u16),
    /// Its status is right, its headers or its body are not.
    Content,
    /// There is none: the connection could not be made, or broke.
    Connection,
    /// It was not there in time.
    Timeout,
}

/// One request that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// What was asked.
    pub(crate) operation: Operation,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// From the moment at which it should have been sent to the last byte of the answer.
    pub(crate) latency: Duration,
    /// Bytes of the request's body.
    pub(crate) sent: u64,
    /// Bytes of the answer's body.
    pub(crate) received: u64,
}

/// All that is known about one operation.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// How long the answers took, those that did not come in time included.
    pub(crate) latencies: Latencies,
    /// How often each expected status came.
    pub(crate) expected: BTreeMap<Option<u16>, u64>,
    /// How often each problem came, with the first example of it.
    pub(crate) unexpected: BTreeMap<Problem, (u64, String)>,
}

impl Tally {
    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.expected.values().sum::<u64>() + self.unexpected()
    }

    /// How many of them did not end as they should.
    pub(crate) fn unexpected(&self) -> u64 {
        self.unexpected.values().map(|(count, _)| count).sum()
    }

    /// How many were answered, or given up on purpose.
    pub(crate) fn answered(&self) -> u64 {
        let no_answer =
            [Problem::Connection, Problem::Timeout].iter().filter_map(|problem| self.unexpected.get(problem));
        self.requests() - no_answer.map(|(count, _)| count).sum::<u64>()
    }
}

/// Counts requests.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// By operation, those that came.
    pub(crate) tallies: BTreeMap<Operation, Tally>,
    /// Of all requests that are not meant to fail.
    pub(crate) latencies: Latencies,
    /// Bytes of all requests' bodies.
    pub(crate) sent: u64,
    /// Bytes of all answers' bodies.
    pub(crate) received: u64,
    recent: Recent,
}

/// What happened since somebody last asked.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    /// Of all requests that are not meant to fail.
    pub(crate) latencies: Latencies,
    /// All requests.
    pub(crate) requests: u64,
    /// Those that did not end as they should.
    pub(crate) unexpected: u64,
}

impl Recorder {
    /// Nothing so far.
    pub(crate) fn new() -> Self {
        let recent = Recent { latencies: Latencies::new(), requests: 0, unexpected: 0 };
        Self { tallies: BTreeMap::new(), latencies: Latencies::new(), sent: 0, received: 0, recent }
    }

    /// Counts one request: for the live line always, for the summary if it is `measured`. `example` makes of what is
    /// wrong a line that names the request.
    pub(crate) fn record(&mut self, sample: Sample, measured: bool, example: impl FnOnce(String) -> String) {
        let Sample { operation, outcome, latency, sent, received } = sample;
        // A refused connection takes no time, and would make a service that is away look fast.
        let timed = !matches!(outcome, Outcome::Unexpected(Problem::Connection, _));
        let judged = timed && operation.kind() != Kind::Failing;
        self.recent.requests += 1;
        self.recent.unexpected += u64::from(matches!(outcome, Outcome::Unexpected(..)));
        if judged {
            self.recent.latencies.add(latency);
        }
        if !measured {
            return;
        }
        self.sent += sent;
        self.received += received;
        if judged {
            self.latencies.add(latency);
        }
        let new = || Tally { latencies: Latencies::new(), expected: BTreeMap::new(), unexpected: BTreeMap::new() };
        let tally = self.tallies.entry(operation).or_insert_with(new);
        if timed {
            tally.latencies.add(latency);
        }
        match outcome {
            Outcome::Expected(status) => *tally.expected.entry(status).or_default() += 1,
            Outcome::Unexpected(problem, text) => {
                tally.unexpected.entry(problem).or_insert_with(|| (0, example(text))).0 += 1;
            }
        }
    }

    /// What happened since the last call.
    pub(crate) fn recent(&mut self) -> Recent {
        let recent = self.recent.clone();
        self.recent.latencies.clear();
        (self.recent.requests, self.recent.unexpected) = (0, 0);
        recent
    }

    /// How many requests there were, how many were answered, and how many did not end as they should.
    pub(crate) fn totals(&self) -> (u64, u64, u64) {
        self.tallies.values().fold((0, 0, 0), |(requests, answered, unexpected), tally| {
            (requests + tally.requests(), answered + tally.answered(), unexpected + tally.unexpected())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Failing;

    fn sample(operation: Operation, outcome: Outcome, milliseconds: u64) -> Sample {
        Sample { operation, outcome, latency: Duration::from_millis(milliseconds), sent: 10, received: 20 }
    }

    fn filled(samples: impl IntoIterator<Item = Sample>) -> Recorder {
        let mut recorder = Recorder::new();
        samples.into_iter().for_each(|sample| recorder.record(sample, true, |text| format!("GET /: {text}")));
        recorder
    }

    #[test]
    fn quantiles_keep_three_digits() {
        let recorder = filled((1..=1000).map(|ms| sample(Operation::Read, Outcome::Expected(Some(200)), ms)));
        for (share, milliseconds) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = recorder.latencies.quantile(share).as_secs_f64() * 1000.0;
            assert!((found / milliseconds - 1.0).abs() < 0.002, "{share}: {found}");
        }
        assert_eq!((recorder.sent, recorder.received, recorder.totals()), (10_000, 20_000, (1000, 1000, 0)));
    }

    #[test]
    fn problems_are_told_apart() {
        let unexpected = |problem| Outcome::Unexpected(problem, format!("{problem:?}"));
        let recorder = filled([
            sample(Operation::Read, unexpected(Problem::Status(503)), 1),
            sample(Operation::Read, Outcome::Unexpected(Problem::Status(503), "later".into()), 1),
            sample(Operation::Read, unexpected(Problem::Content), 1),
            sample(Operation::Read, unexpected(Problem::Connection), 1),
            sample(Operation::Read, unexpected(Problem::Timeout), 5000),
        ]);
        let tally = &recorder.tallies[&Operation::Read];
        assert_eq!(tally.unexpected[&Problem::Status(503)], (2, "GET /: Status(503)".to_owned()));
        assert_eq!((tally.requests(), tally.unexpected(), tally.answered()), (5, 5, 3));
        assert_eq!(recorder.latencies.count(), 4, "a connection that failed has no latency, a timeout has");
        assert!(recorder.latencies.longest() >= Duration::from_secs(5));
    }

    #[test]
    fn what_is_meant_to_fail_is_not_judged_by_its_latency() {
        let recorder = filled([sample(Operation::Failing(Failing::Slow), Outcome::Expected(Some(408)), 10_000)]);
        assert_eq!((recorder.latencies.count(), recorder.totals()), (0, (1, 1, 0)));
    }

    #[test]
    fn warming_up_is_only_seen_live() {
        let mut recorder = Recorder::new();
        recorder.record(sample(Operation::Read, Outcome::Expected(Some(200)), 1), false, |text| text);
        assert_eq!((recorder.totals(), recorder.recent().requests, recorder.recent().requests), ((0, 0, 0), 1, 0));
    }
}

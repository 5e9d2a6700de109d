//! Which request comes when.

use clap::ValueEnum;
use fastrand::Rng;
use serde::Serialize;

/// A stride that spreads consecutive numbers over all seeds: 2^64 divided by the golden ratio.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The plan of a run: says for each number of the schedule what is asked, the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the choice begins.
    pub(crate) seed: u64,
    /// How often each kind comes.
    pub(crate) mix: Mix,
    /// The failing requests, which come in turn; at least one.
    pub(crate) failing: Vec<Failing>,
    /// Whether what is written stays, so that nothing is deleted.
    pub(crate) keep: bool,
}

impl Plan {
    /// The request with this number. It does not depend on what was answered before or on which connection is free.
    pub(crate) fn operation(&self, number: u64) -> Operation {
        let mut random = Rng::with_seed(self.seed ^ number.wrapping_mul(STRIDE));
        match self.mix.kind(&mut random) {
            // As many are read as are written, so that a run reads most documents once, soon after the write.
            Kind::Good => match random.u8(0..10) {
                0..4 => Operation::Write,
                4..8 => Operation::Read,
                _ if self.keep => Operation::Read,
                _ => Operation::Delete,
            },
            Kind::Missing => Operation::Missing,
            // A body that is too large costs a thousand times what the others cost.
            Kind::Invalid => match random.u8(0..20) {
                0 => Operation::TooLarge,
                1..8 => Operation::WrongType,
                _ => Operation::InvalidJson,
            },
            Kind::Failing => Operation::Failing(self.failing[random.usize(..self.failing.len())]),
        }
    }
}

/// One request, and what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// `POST /data`: 201, with the key in `Location` and in the body.
    Write,
    /// `GET /data/{key}` of what was written: 200, with the same bytes.
    Read,
    /// `DELETE /data/{key}` of what was written: 204.
    Delete,
    /// `GET /data/{key}` of what never was: 404.
    Missing,
    /// `POST /data` of a document that breaks off: 400.
    InvalidJson,
    /// `POST /data` of what calls itself plain text: 415.
    WrongType,
    /// `POST /data` of one byte more than is allowed: 413.
    TooLarge,
    /// What is meant to fail.
    Failing(Failing),
}

impl Operation {
    /// The kind that it belongs to.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Write | Self::Read | Self::Delete => Kind::Good,
            Self::Missing => Kind::Missing,
            Self::InvalidJson | Self::WrongType | Self::TooLarge => Kind::Invalid,
            Self::Failing(_) => Kind::Failing,
        }
    }

    /// The name in the summary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Delete => "delete",
            Self::Missing => "missing",
            Self::InvalidJson => "invalid-json",
            Self::WrongType => "wrong-type",
            Self::TooLarge => "too-large",
            Self::Failing(Failing::Method) => "method",
            Self::Failing(Failing::Cut) => "cut",
            Self::Failing(Failing::Slow) => "slow",
            Self::Failing(Failing::Path) => "path",
        }
    }
}

/// What kinds of requests there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Documents are written, read and deleted.
    Good,
    /// A document is read that is not there.
    Missing,
    /// What is written is no document.
    Invalid,
    /// The request is meant to fail.
    Failing,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Good, Self::Missing, Self::Invalid, Self::Failing];

    /// The name in the mix and in the summary.
    pub(crate) fn name(self) -> &'static str {
        ["good", "missing", "invalid", "failing"][self as usize]
    }
}

/// A request that is meant to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Failing {
    /// `PUT /data`: 405, with the methods that there are in `Allow`.
    Method,
    /// `POST /data`, given up in the middle of the body; no answer is expected.
    Cut,
    /// `POST /data` whose body stops in the middle: 408 once the service has lost its patience.
    Slow,
    /// `GET` of the path that the user names: any 5xx.
    Path,
}

/// How often each kind comes, in proportion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mix([u16; 4]);

impl Default for Mix {
    fn default() -> Self {
        Self([80, 10, 8, 2])
    }
}

impl Mix {
    /// Reads `good=80,missing=10`, each kind at most once and one at least; a kind that is not named does not come.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut weights = [None; 4];
        for part in text.split(',') {
            let (name, weight) = part.split_once('=')?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name.trim())?;
            if weights[kind as usize].replace(weight.trim().parse().ok()?).is_some() {
                return None;
            }
        }
        let weights = weights.map(Option::unwrap_or_default);
        (weights != [0; 4]).then_some(Self(weights))
    }

    /// Whether the kind comes at all.
    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0[kind as usize] > 0
    }

    fn kind(self, random: &mut Rng) -> Kind {
        let mut left = random.u32(0..self.0.into_iter().map(u32::from).sum());
        for kind in Kind::ALL {
            let weight = self.0[kind as usize].into();
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        Kind::Good
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn plan(seed: u64, keep: bool) -> Plan {
        Plan { seed, mix: Mix::default(), failing: vec![Failing::Method, Failing::Cut], keep }
    }

    fn counts<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
        let mut counts = BTreeMap::new();
        items.for_each(|item| *counts.entry(item).or_default() += 1);
        counts
    }

    #[test]
    fn the_mix_is_kept() {
        for seed in [0, 1, 42, u64::MAX] {
            let plan = plan(seed, false);
            let kinds = counts((0..100_000).map(|number| plan.operation(number).kind()));
            for (kind, percent) in [(Kind::Good, 80), (Kind::Missing, 10), (Kind::Invalid, 8), (Kind::Failing, 2)] {
                let share = f64::from(kinds[&kind]) / 1000.0;
                assert!((share - f64::from(percent)).abs() < 0.5, "{kind:?}: {share} % with seed {seed}");
            }
            let operations = counts((0..100_000).map(|number| plan.operation(number)));
            assert_eq!(operations.len(), 9, "every operation comes: {operations:?}");
            let written = f64::from(operations[&Operation::Write]);
            assert!((f64::from(operations[&Operation::Read]) / written - 1.0).abs() < 0.05, "{operations:?}");
            assert!((f64::from(operations[&Operation::Delete]) / written - 0.5).abs() < 0.05, "{operations:?}");
        }
    }

    #[test]
    fn a_seed_decides_all() {
        let sequence = |seed| (0..1000).map(|number| plan(seed, false).operation(number)).collect::<Vec<_>>();
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
    }

    #[test]
    fn nothing_is_deleted_that_is_kept() {
        let plan = plan(1, true);
        assert!((0..10_000).all(|number| plan.operation(number) != Operation::Delete));
    }

    #[test]
    fn a_kind_that_is_not_named_does_not_come() {
        let mix = Mix::parse("missing=1, invalid=3").expect("a mix");
        assert!(!mix.has(Kind::Good) && mix.has(Kind::Invalid));
        let plan = Plan { mix, ..plan(1, false) };
        let kinds = counts((0..10_000).map(|number| plan.operation(number).kind()));
        assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), [Kind::Missing, Kind::Invalid]);
    }

    #[test]
    fn rejects_what_is_no_mix() {
        for text in ["", "good", "best=1", "good=-1", "good=65536", "good=1,good=2", "good=1,", "good=0,missing=0"] {
            assert_eq!(Mix::parse(text), None, "{text}");
        }
    }
}

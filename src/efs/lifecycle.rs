//! When a file system moves files to cheaper storage.

/// How long a file has to rest before it is moved: the periods that the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LifecyclePolicy {
    /// 1 day.
    After1Day,
    /// 7 days.
    After7Days,
    /// 14 days.
    After14Days,
    /// 30 days.
    After30Days,
    /// 60 days.
    After60Days,
    /// 90 days.
    After90Days,
    /// 180 days.
    After180Days,
    /// 270 days.
    After270Days,
    /// 365 days.
    After365Days,
}

impl LifecyclePolicy {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::After1Day => "AFTER_1_DAY",
            Self::After7Days => "AFTER_7_DAYS",
            Self::After14Days => "AFTER_14_DAYS",
            Self::After30Days => "AFTER_30_DAYS",
            Self::After60Days => "AFTER_60_DAYS",
            Self::After90Days => "AFTER_90_DAYS",
            Self::After180Days => "AFTER_180_DAYS",
            Self::After270Days => "AFTER_270_DAYS",
            Self::After365Days => "AFTER_365_DAYS",
        }
    }
}

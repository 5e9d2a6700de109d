//! [`Grouping`]: which alerts go out together, and when.

use std::time::Duration;

use crate::scope::Scope;
use belvedere_grafana::prometheus::name::{duration, label_complaint};
use belvedere_grafana::prometheus::yaml::Yaml;

/// The longest that the managed alert manager waits before it repeats a notification.
const MAX_REPEAT_INTERVAL: Duration = Duration::from_secs(5 * 86_400);

/// Which alerts go out as one notification, and when. What is not said is as in the route above; at the top, all alerts
/// go out together, 30 seconds after the first, five minutes after a change, and again every four hours.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#route).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    by: Option<Vec<String>>,
    wait: Option<Duration>,
    interval: Option<Duration>,
    repeat_interval: Option<Duration>,
}

impl Grouping {
    /// Says nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { by: None, wait: None, interval: None, repeat_interval: None }
    }

    /// Alerts with the same values of these labels go out together.
    #[must_use]
    pub fn by<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.by = Some(labels.into_iter().map(Into::into).collect());
        self
    }

    /// Every alert goes out by itself.
    #[must_use]
    pub fn each_alert(mut self) -> Self {
        self.by = Some(vec!["...".to_owned()]);
        self
    }

    /// How long to wait for more alerts before a new group first goes out.
    #[must_use]
    pub const fn wait(mut self, time: Duration) -> Self {
        self.wait = Some(time);
        self
    }

    /// How long to wait before new alerts of a group go out that went out before.
    #[must_use]
    pub const fn interval(mut self, time: Duration) -> Self {
        self.interval = Some(time);
        self
    }

    /// How long to wait before a group goes out again in which nothing changed: at most five days, a limit of the
    /// managed alert manager.
    #[must_use]
    pub const fn repeat_interval(mut self, time: Duration) -> Self {
        self.repeat_interval = Some(time);
        self
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        let labels = self.by.iter().flatten().filter(|label| *label != "...");
        for complaint in labels.filter_map(|label| label_complaint(label)) {
            scope.problem(complaint);
        }
        for (name, time) in [("interval", self.interval), ("repeat_interval", self.repeat_interval)] {
            if time.is_some_and(|time| time.is_zero()) {
                scope.problem(format!("the {name} of a grouping must be more than 0 s"));
            }
        }
        if let Some(time) = self.repeat_interval
            && time > MAX_REPEAT_INTERVAL
        {
            scope.problem(format!(
                "the repeat_interval of a grouping must be at most {} (managed Prometheus cuts it there), got {}",
                duration(MAX_REPEAT_INTERVAL),
                duration(time)
            ));
        }
    }

    pub(super) fn write(&self, mut route: Yaml) -> Yaml {
        if let Some(by) = &self.by {
            route = route.with("group_by", Yaml::texts(by));
        }
        route
            .with_some("group_wait", self.wait.map(duration))
            .with_some("group_interval", self.interval.map(duration))
            .with_some("repeat_interval", self.repeat_interval.map(duration))
    }
}

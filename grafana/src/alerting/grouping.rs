//! [`Grouping`]: which alerts go out together, and when.

use std::time::Duration;

use belvedere_cfn::{Expr, Properties};

use crate::duration;
use crate::finding::Finding;

/// Which alerts go out as one notification, and when. What is not said is as in the policy above; at the top, alerts of one
/// rule go out together, 30 seconds after the first, five minutes after a change, and again every four hours.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/group-alert-notifications/).
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

    /// Alerts with the same values of these labels go out together. `grafana_folder` and `alertname` are the rule's.
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

    /// How long to wait before a group goes out again in which nothing changed: at least as long as the interval, and at
    /// most five days, after which Grafana has forgotten that it went out.
    #[must_use]
    pub const fn repeat_interval(mut self, time: Duration) -> Self {
        self.repeat_interval = Some(time);
        self
    }

    /// Adds the labels that a rule's own grouping must have, if it has any.
    pub(super) fn of_rule(mut self) -> Self {
        if let Some(by) = &mut self.by
            && *by != ["..."]
        {
            for label in ["alertname", "grafana_folder"] {
                if !by.iter().any(|given| given == label) {
                    by.push(label.to_owned());
                }
            }
        }
        self
    }

    pub(super) fn report(&self, place: &str, found: &mut Vec<Finding>) {
        const FIVE_DAYS: Duration = Duration::from_secs(5 * 86_400);
        let mut report = |message: String, fix: &str| found.push(super::problem("alert-route", place, message, fix));
        for (name, time) in [("interval", self.interval), ("repeat_interval", self.repeat_interval)] {
            if time.is_some_and(|time| time.is_zero()) {
                report(format!("the {name} of a grouping is more than 0 s, got 0 s"), "give a longer time");
            }
        }
        if let (Some(interval), Some(repeat)) = (self.interval, self.repeat_interval)
            && repeat < interval
        {
            let (interval, repeat) = (duration::text(interval), duration::text(repeat));
            let message = format!("the repeat_interval is at least the interval, {interval}, got {repeat}");
            report(message, "repeat less often, or look at the group more often");
        }
        if let Some(repeat) = self.repeat_interval
            && repeat > FIVE_DAYS
        {
            let message = format!("the repeat_interval is at most 5d, got {}", duration::text(repeat));
            report(message, "repeat at least every five days");
        }
    }

    pub(super) fn write(&self, members: &mut Properties) {
        if let Some(by) = &self.by {
            members.set("group_by", Expr::List(by.iter().cloned().map(Expr::from).collect()));
        }
        for (name, time) in
            [("group_wait", self.wait), ("group_interval", self.interval), ("repeat_interval", self.repeat_interval)]
        {
            if let Some(time) = time {
                members.set(name, duration::text(time));
            }
        }
    }
}

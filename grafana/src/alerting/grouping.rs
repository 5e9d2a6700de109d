//! [`Grouping`]: which alerts go out together, and when.

use std::time::Duration;

use serde_json::Value as Json;

use crate::duration;
use crate::prometheus::name::label_complaint;
use crate::prometheus::yaml::Yaml;

/// The longest that an alert manager waits before it repeats a notification: managed Prometheus cuts it there, and Grafana
/// forgets then that it went out.
const MAX_REPEAT_INTERVAL: Duration = Duration::from_secs(5 * 86_400);

/// Which alerts go out as one notification, and when. What is not said is as in the route above; at the top, alerts go out 30
/// seconds after the first, five minutes after a change, and again every four hours: all together from managed Prometheus,
/// those of one rule from Grafana.
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

    /// Alerts with the same values of these labels go out together. `alertname` is the rule's, and in Grafana
    /// `grafana_folder` too.
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
    /// most five days.
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

    /// Returns what is wrong with it.
    #[doc(hidden)]
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let labels = self.by.iter().flatten().filter(|label| *label != "...");
        complaints.extend(labels.filter_map(|label| label_complaint(label)));
        for (name, time) in [("interval", self.interval), ("repeat_interval", self.repeat_interval)] {
            if time.is_some_and(|time| time.is_zero()) {
                complaints.push(format!("the {name} of a grouping must be more than 0 s"));
            }
        }
        if let Some(time) = self.repeat_interval
            && time > MAX_REPEAT_INTERVAL
        {
            complaints.push(format!(
                "the repeat_interval of a grouping must be at most {} (what went out longer ago is forgotten), got {}",
                duration::text(MAX_REPEAT_INTERVAL),
                duration::text(time)
            ));
        }
        if let (Some(interval), Some(repeat)) = (self.interval, self.repeat_interval)
            && repeat < interval
        {
            let (interval, repeat) = (duration::text(interval), duration::text(repeat));
            complaints
                .push(format!("the repeat_interval of a grouping is at least its interval, {interval}, got {repeat}"));
        }
        complaints
    }

    /// Reads what a route says, as Alertmanager takes it.
    pub(crate) fn read(route: &Json) -> Result<Self, String> {
        let time = |name: &str| match route.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => match duration::parse(text) {
                Some(time) => Ok(Some(time)),
                None => Err(format!("`{name}` is a duration such as `30s` or `4h`, got `{text}`")),
            },
        };
        let by = route.get("group_by").and_then(Json::as_array);
        Ok(Self {
            by: by.map(|labels| labels.iter().filter_map(Json::as_str).map(str::to_owned).collect()),
            wait: time("group_wait")?,
            interval: time("group_interval")?,
            repeat_interval: time("repeat_interval")?,
        })
    }

    /// Adds the members of a route, as Alertmanager takes them.
    #[doc(hidden)]
    #[must_use]
    pub fn write(&self, mut route: Yaml) -> Yaml {
        if let Some(by) = &self.by {
            route = route.with("group_by", Yaml::texts(by));
        }
        route
            .with_some("group_wait", self.wait.map(duration::text))
            .with_some("group_interval", self.interval.map(duration::text))
            .with_some("repeat_interval", self.repeat_interval.map(duration::text))
    }
}

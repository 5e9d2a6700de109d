//! [`Notification`]: where the alerts of one rule go.

use belvedere_cfn::Expr;

use super::contact_point::ContactPointRef;
use super::grouping::Grouping;
use super::mute_timing::MuteTimingRef;
use super::parts::References;
use crate::prometheus::yaml::Yaml;

/// Where the alerts of one rule go, past the tree of policies. Grafana 11 and later know it.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/alerting-rules/create-grafana-managed-rule/#configure-notifications).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    contact_point: ContactPointRef,
    grouping: Grouping,
    mute_timings: Vec<MuteTimingRef>,
    active_timings: Vec<MuteTimingRef>,
}

impl Notification {
    /// Sends alerts to the contact point.
    #[must_use]
    pub fn to(contact_point: &ContactPointRef) -> Self {
        Self {
            contact_point: contact_point.clone(),
            grouping: Grouping::new(),
            mute_timings: Vec::new(),
            active_timings: Vec::new(),
        }
    }

    /// Groups alerts: always by `alertname` and `grafana_folder` too, unless each goes out by itself.
    #[must_use]
    pub fn grouping(mut self, grouping: Grouping) -> Self {
        self.grouping = grouping.of_rule();
        self
    }

    /// Holds notifications back during the timing. Never by default.
    #[must_use]
    pub fn mute_during(mut self, timing: &MuteTimingRef) -> Self {
        self.mute_timings.push(timing.clone());
        self
    }

    /// Holds notifications back except during the timing. Never by default. Grafana 12 and later know it.
    #[must_use]
    pub fn active_during(mut self, timing: &MuteTimingRef) -> Self {
        self.active_timings.push(timing.clone());
        self
    }

    /// Adds what it refers to.
    pub(super) fn references<'a>(&'a self, found: &mut References<'a>) {
        found.contact_points.push(&self.contact_point);
        found.mute_timings.extend(self.mute_timings.iter().chain(&self.active_timings));
    }

    pub(super) fn expr(&self) -> Expr {
        let names = |timings: &[MuteTimingRef]| -> Vec<Yaml> {
            timings.iter().map(|timing| Yaml::text(timing.name())).collect()
        };
        self.grouping
            .write(Yaml::map().with("receiver", self.contact_point.name()))
            .with_list("mute_time_intervals", names(&self.mute_timings))
            .with_list("active_time_intervals", names(&self.active_timings))
            .expr()
    }
}

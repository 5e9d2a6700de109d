//! [`AlertRule`]: fires alerts.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::{Expr, IntoValue, Json, Properties, Value};

use super::contact_point::ContactPointRef;
use super::data::{Data, RANGE};
use super::grouping::Grouping;
use super::notification::Notification;
use crate::dashboard::{Bound, DashboardRef, Query, words};
use crate::datasource::{name_complaint, uid_complaint};
use crate::duration;
use crate::finding::Finding;

/// A rule that Grafana evaluates: it fires an alert for each series that is beyond a bound.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    uid: String,
    title: String,
    pub(super) data: Data,
    /// The queries that all have to hold.
    conditions: Vec<String>,
    hold_for: Duration,
    keep_firing_for: Duration,
    no_data: NoDataState,
    error: ErrorState,
    labels: BTreeMap<String, Value<String>>,
    annotations: BTreeMap<String, Value<String>>,
    missing: Option<u32>,
    paused: bool,
    notification: Option<Notification>,
    /// What no setter writes.
    others: Properties,
}

words! {
    /// What a rule does when its queries answer nothing.
    NoDataState {
        /// Fires an alert of its own, `DatasourceNoData`.
        NoData = "NoData",
        /// Fires its alert.
        Alerting = "Alerting",
        /// Takes it for good.
        Ok = "OK",
        /// Stays as it was.
        KeepLast = "KeepLast",
    }

    /// What a rule does when its queries fail.
    ErrorState {
        /// Fires an alert of its own, `DatasourceError`.
        Error = "Error",
        /// Fires its alert.
        Alerting = "Alerting",
        /// Takes it for good.
        Ok = "OK",
        /// Stays as it was.
        KeepLast = "KeepLast",
    }

    /// How the values of a series become one.
    Reducer {
        /// The last.
        Last = "last",
        /// The average.
        Mean = "mean",
        /// The median.
        Median = "median",
        /// The least.
        Min = "min",
        /// The greatest.
        Max = "max",
        /// The sum.
        Sum = "sum",
        /// How many there are.
        Count = "count",
    }
}

impl AlertRule {
    /// A rule with a fixed id, at most 40 letters, digits, `-` and `_`, and its title, the alert's name.
    #[must_use]
    pub fn new(uid: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            title: title.into(),
            data: Data::default(),
            conditions: Vec::new(),
            hold_for: Duration::ZERO,
            keep_firing_for: Duration::ZERO,
            no_data: NoDataState::NoData,
            error: ErrorState::Error,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            missing: None,
            paused: false,
            notification: None,
            others: Properties::new(),
        }
    }

    /// A rule that always fires, and tells the contact point every five minutes: who watches the heartbeat learns that
    /// Grafana's alerting has stopped from its absence.
    ///
    /// Grafana computes it itself, so that it goes on when a data source is down.
    #[must_use]
    pub fn dead_mans_switch(uid: impl Into<String>, heartbeat: &ContactPointRef) -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        let mut rule = Self::new(uid, "Watchdog");
        let always = rule.data.add_expression("math", Properties::new().with("expression", "1 == 1"));
        rule.conditions.push(always);
        let grouping = Grouping::new().wait(Duration::ZERO).interval(MINUTE).repeat_interval(5 * MINUTE);
        rule.label("severity", "none")
            .summary("Alerting works: this alert always fires.")
            .description("It tells a heartbeat monitor every five minutes, which raises the alarm once it is not told.")
            .notify(Notification::to(heartbeat).grouping(grouping))
    }

    /// Fires for each series whose last value is beyond the bound. Called again, a series has to be beyond each bound.
    ///
    /// It becomes three steps as Grafana's own editor makes them: the query (A), its last value (B), the bound (C).
    /// `$values.B` in a label or annotation is the value.
    #[must_use]
    pub fn when(mut self, query: impl Into<Query>, bound: Bound) -> Self {
        let asked = self.data.add_instant(&query.into());
        self.compare(asked, "last", bound, None)
    }

    /// Fires as [`when`](Self::when) does, and goes on until a series is beyond the other bound, such as
    /// `Bound::Below(0.8)`, so that an alert does not come and go.
    #[must_use]
    pub fn when_until(mut self, query: impl Into<Query>, bound: Bound, until: Bound) -> Self {
        let asked = self.data.add_instant(&query.into());
        self.compare(asked, "last", bound, Some(until))
    }

    /// Fires for each series of which one number over a time up to now is beyond the bound, such as the greatest of the
    /// last ten minutes.
    #[must_use]
    pub fn when_over(mut self, time: Duration, query: impl Into<Query>, reducer: Reducer, bound: Bound) -> Self {
        let asked = self.data.next();
        self.data.add(&asked, &query.into(), (time, Duration::ZERO));
        self.compare(asked, reducer.as_str(), bound, None)
    }

    /// Adds a query or an expression by name, for conditions that `when` cannot say: the last ten minutes of it.
    /// [`condition`](Self::condition) says which decides.
    #[must_use]
    pub fn query(self, reference: impl Into<String>, query: impl Into<Query>) -> Self {
        self.query_over(reference, query, RANGE.0, RANGE.1)
    }

    /// Adds a query by name over a time range that begins `from` and ends `to` before now.
    #[must_use]
    pub fn query_over(
        mut self,
        reference: impl Into<String>,
        query: impl Into<Query>,
        from: Duration,
        to: Duration,
    ) -> Self {
        self.data.add(&reference.into(), &query.into(), (from, to));
        self
    }

    /// Fires where the query or expression of this name is not zero. Where none is named, the last one decides.
    #[must_use]
    pub fn condition(mut self, reference: impl Into<String>) -> Self {
        self.conditions.push(reference.into());
        self
    }

    /// How long a series has to be beyond its bound before the alert fires (`for`). It fires at once by default.
    #[must_use]
    pub const fn hold_for(mut self, time: Duration) -> Self {
        self.hold_for = time;
        self
    }

    /// How long the alert fires on after it is over, so that it does not come and go. Not at all by default. Grafana 12
    /// and later know it.
    #[must_use]
    pub const fn keep_firing_for(mut self, time: Duration) -> Self {
        self.keep_firing_for = time;
        self
    }

    /// What happens when the queries answer nothing. An alert of its own fires by default ([`NoDataState::NoData`]).
    #[must_use]
    pub const fn no_data(mut self, state: NoDataState) -> Self {
        self.no_data = state;
        self
    }

    /// What happens when the queries fail. An alert of its own fires by default ([`ErrorState::Error`]).
    #[must_use]
    pub const fn on_error(mut self, state: ErrorState) -> Self {
        self.error = state;
        self
    }

    /// After how many evaluations without it the alert of one series is over. After 2 by default. Grafana 12 and later
    /// know it.
    #[must_use]
    pub const fn missing_evaluations(mut self, number: u32) -> Self {
        self.missing = Some(number);
        self
    }

    /// Adds a label to the alert, such as `severity`, which policies can match. It may be a template. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// Adds what people should read. It may be a template, with `{{ $labels.job }}` and `{{ $values.B }}`. None by default.
    #[must_use]
    pub fn annotation(mut self, name: impl Into<String>, text: impl IntoValue<String>) -> Self {
        self.annotations.insert(name.into(), text.into_value());
        self
    }

    /// Says in a line what is wrong: the annotation `summary`. None by default.
    #[must_use]
    pub fn summary(self, text: impl IntoValue<String>) -> Self {
        self.annotation("summary", text)
    }

    /// Says more: the annotation `description`. None by default.
    #[must_use]
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        self.annotation("description", text)
    }

    /// Where the page is that says what to do: the annotation `runbook_url`. None by default, which is a finding where
    /// the label `severity` is `critical` or `page`.
    #[must_use]
    pub fn runbook(self, url: impl IntoValue<String>) -> Self {
        self.annotation(RUNBOOK, url)
    }

    /// Links the alert to a panel of a dashboard, by the panel's number. To none by default.
    #[must_use]
    pub fn panel(self, dashboard: &DashboardRef, panel: u32) -> Self {
        self.annotation("__dashboardUid__", dashboard.uid()).annotation("__panelId__", panel.to_string())
    }

    /// Does not evaluate the rule. It is evaluated by default.
    #[must_use]
    pub const fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Where the alert goes. Where the notification policies send it by default.
    #[must_use]
    pub fn notify(mut self, notification: Notification) -> Self {
        self.notification = Some(notification);
        self
    }

    /// Sets a member of the rule that no setter writes so, as the
    /// [provisioning API](https://grafana.com/docs/grafana/latest/developers/http_api/alerting_provisioning/) takes it.
    /// None by default.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>, value: impl IntoValue<Json>) -> Self {
        self.others.set(name.into(), value.into_value());
        self
    }

    /// Returns the id.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(super) const fn notification(&self) -> Option<&Notification> {
        self.notification.as_ref()
    }

    fn compare(mut self, asked: String, reducer: &'static str, bound: Bound, until: Option<Bound>) -> Self {
        let reduced = Properties::new().with("expression", asked).with("reducer", reducer);
        let reduced = self.data.add_expression("reduce", reduced);
        let compared = self.threshold(reduced, bound, until);
        self.conditions.push(compared);
        self
    }

    /// Adds a bound, and returns its name.
    pub(super) fn threshold(&mut self, of: String, bound: Bound, until: Option<Bound>) -> String {
        let mut condition = Properties::new().with("evaluator", bound.evaluator());
        if let Some(until) = until {
            condition.set("unloadEvaluator", until.evaluator());
        }
        let compared = Properties::new().with("conditions", vec![Expr::from(condition)]).with("expression", of);
        self.data.add_expression("threshold", compared)
    }

    /// Returns the queries with the one that decides.
    fn decided(&self) -> (Data, String) {
        let mut data = self.data.clone();
        let decides = match &*self.conditions {
            [] => data.last().to_owned(),
            [only] => only.clone(),
            all => {
                let names: Vec<_> = all.iter().map(|reference| format!("${{{reference}}}")).collect();
                data.add_expression("math", Properties::new().with("expression", names.join(" && ")))
            }
        };
        (data, decides)
    }

    pub(super) fn report(&self, place: &str, found: &mut Vec<Finding>) {
        if let Some(complaint) = uid_complaint(&self.uid) {
            found.push(super::problem("uid", place, complaint, "give the rule a shorter, simpler id"));
        }
        if let Some(complaint) = name_complaint("a rule's title", &self.title) {
            found.push(super::problem("name", place, complaint, "give the rule another title"));
        }
        if self.others.get("data").is_none() {
            self.decided().0.report(place, found);
        }
    }

    /// Returns the members of the `ProvisionedAlertRule`, without folder and group.
    pub(super) fn members(&self) -> Properties {
        let (data, decides) = self.decided();
        let texts = |texts: &BTreeMap<String, Value<String>>| -> Properties {
            texts.iter().map(|(name, text)| (name.clone().into(), text.expr().clone())).collect()
        };
        let mut members = Properties::new()
            .with("annotations", texts(&self.annotations))
            .with("condition", decides)
            .with("data", data.expr())
            .with("execErrState", self.error)
            .with("for", duration::text(self.hold_for))
            .with("isPaused", self.paused)
            .with("labels", texts(&self.labels))
            .with("noDataState", self.no_data)
            .with("title", self.title.clone())
            .with("uid", self.uid.clone());
        if !self.keep_firing_for.is_zero() {
            members.set("keep_firing_for", duration::text(self.keep_firing_for));
        }
        if let Some(number) = self.missing {
            members.set("missingSeriesEvalsToResolve", i64::from(number));
        }
        if let Some(notification) = &self.notification {
            members.set("notification_settings", notification.expr());
        }
        for (name, value) in self.others.iter() {
            members.set(name.to_owned(), value.clone());
        }
        members
    }
}

/// The annotation that says what to do, by convention.
const RUNBOOK: &str = "runbook_url";

//! [`Policies`]: which alerts go where.

use belvedere_cfn::Expr;

use super::contact_point::ContactPointRef;
use super::grouping::Grouping;
use super::matcher::Matcher;
use super::mute_timing::MuteTimingRef;
use super::parts::References;
use crate::content::{Content, Part};
use crate::prometheus::yaml::Yaml;

/// The tree of notification policies of a Grafana, of which there is one: which alerts go to which contact point.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/notification-policies/).
///
/// It replaces the whole tree of the Grafana. A rule that says itself where its alerts go
/// ([`Notification`](super::Notification)) needs none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    root: Route,
}

/// Which alerts go to which contact point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    contact_point: ContactPointRef,
    matchers: Vec<Matcher>,
    grouping: Grouping,
    continues: bool,
    mute_timings: Vec<MuteTimingRef>,
    active_timings: Vec<MuteTimingRef>,
    routes: Vec<Self>,
}

impl Policies {
    /// Sends all alerts to the contact point, except those that a [`Route`] takes. Alerts of one rule go out together.
    #[must_use]
    pub fn new(contact_point: &ContactPointRef) -> Self {
        Self { root: Route::to(contact_point).grouping(Grouping::new().by(["grafana_folder", "alertname"])) }
    }

    /// Groups alerts.
    #[must_use]
    pub fn grouping(mut self, grouping: Grouping) -> Self {
        self.root = self.root.grouping(grouping);
        self
    }

    /// Adds a route for some of the alerts. The first that takes an alert has it.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.root = self.root.route(route);
        self
    }

    /// Adds what the routes refer to.
    pub(super) fn references<'a>(&'a self, found: &mut References<'a>) {
        self.root.references(found);
    }

    pub(super) fn expr(&self) -> Expr {
        self.root.yaml().expr()
    }
}

impl Route {
    /// Sends alerts to the contact point: all that come by, unless a [`Matcher`] says otherwise.
    #[must_use]
    pub fn to(contact_point: &ContactPointRef) -> Self {
        Self {
            contact_point: contact_point.clone(),
            matchers: Vec::new(),
            grouping: Grouping::new(),
            continues: false,
            mute_timings: Vec::new(),
            active_timings: Vec::new(),
            routes: Vec::new(),
        }
    }

    /// Takes only alerts for which the matcher holds, and every other matcher too. All alerts by default.
    #[must_use]
    pub fn when(mut self, matcher: Matcher) -> Self {
        self.matchers.push(matcher);
        self
    }

    /// Groups alerts in another way than the route above.
    #[must_use]
    pub fn grouping(mut self, grouping: Grouping) -> Self {
        self.grouping = grouping;
        self
    }

    /// Lets the routes after this one have the alerts too. They do not by default.
    #[must_use]
    pub const fn continue_matching(mut self) -> Self {
        self.continues = true;
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

    /// Adds a route for some of the alerts that this one takes. The first that takes an alert has it.
    #[must_use]
    pub fn route(mut self, route: Self) -> Self {
        self.routes.push(route);
        self
    }

    fn references<'a>(&'a self, found: &mut References<'a>) {
        found.contact_points.push(&self.contact_point);
        found.mute_timings.extend(self.mute_timings.iter().chain(&self.active_timings));
        self.routes.iter().for_each(|route| route.references(found));
    }

    fn yaml(&self) -> Yaml {
        let names = |timings: &[MuteTimingRef]| -> Vec<Yaml> {
            timings.iter().map(|timing| Yaml::text(timing.name())).collect()
        };
        self.grouping
            .write(Yaml::map().with("receiver", self.contact_point.name()))
            .with_list("object_matchers", self.matchers.iter().map(Matcher::yaml))
            .with_list("mute_time_intervals", names(&self.mute_timings))
            .with_list("active_time_intervals", names(&self.active_timings))
            .with_some("continue", self.continues.then_some(true))
            .with_list("routes", self.routes.iter().map(Self::yaml))
    }
}

impl Part for Policies {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        if content.alerting.policies.is_some() {
            let message = "a Grafana has one tree of notification policies, and this content adds a second";
            let fix = "put the routes into one tree";
            content.report(super::problem("alert-route", "notification policies", message, fix));
        }
        content.origins.put("notification policies".to_owned());
        content.alerting.policies = Some(self);
    }
}

//! [`Route`]: which alerts go to which receiver.

use super::matcher;
use super::mute_interval::MuteInterval;
use super::receiver::Receiver;
use crate::scope::Scope;
use belvedere_grafana::alerting::{Grouping, Matcher};
use belvedere_grafana::prometheus::yaml::Yaml;

/// Which alerts go to which receiver.
/// [Alertmanager page](https://prometheus.io/docs/alerting/latest/configuration/#route).
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    receiver: Receiver,
    matchers: Vec<Matcher>,
    grouping: Grouping,
    continues: bool,
    mute_intervals: Vec<MuteInterval>,
    routes: Vec<Self>,
}

impl Route {
    /// Sends alerts to `receiver`: all that come by, unless a [`Matcher`] says otherwise.
    #[must_use]
    pub fn to(receiver: impl Into<Receiver>) -> Self {
        Self {
            receiver: receiver.into(),
            matchers: Vec::new(),
            grouping: Grouping::new(),
            continues: false,
            mute_intervals: Vec::new(),
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

    /// Holds notifications back during the interval. Never by default.
    #[must_use]
    pub fn mute_during(mut self, interval: &MuteInterval) -> Self {
        self.mute_intervals.push(interval.clone());
        self
    }

    /// Adds a route for some of the alerts that this one takes. The first that takes an alert has it.
    #[must_use]
    pub fn route(mut self, route: Self) -> Self {
        self.routes.push(route);
        self
    }

    /// Calls `visit` with this route and those below it.
    pub(super) fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for route in &self.routes {
            route.visit(visit);
        }
    }

    pub(super) const fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    pub(super) fn mute_intervals(&self) -> &[MuteInterval] {
        &self.mute_intervals
    }

    /// Reports what is wrong with this route alone.
    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        for complaint in self.grouping.complaints() {
            scope.problem(complaint);
        }
        for matcher in &self.matchers {
            matcher::report(matcher, scope);
        }
    }

    pub(super) fn yaml(&self) -> Yaml {
        let route = Yaml::map()
            .with("receiver", self.receiver.name())
            .with_list("matchers", matcher::list(&self.matchers))
            .with_some("continue", self.continues.then_some(true));
        self.grouping
            .write(route)
            .with_list("mute_time_intervals", self.mute_intervals.iter().map(|interval| Yaml::text(interval.name())))
            .with_list("routes", self.routes.iter().map(Self::yaml))
    }
}

//! Queries to X-Ray.

use belvedere_cfn::{IntoValue, Properties, Value};

use super::{Query, query};
use crate::dashboard::setter::{argument, setters, words};
use crate::datasource::{DataSourceRef, XRay};

query! {
    /// A query to X-Ray: traces, statistics of them, or the service map.
    XRayQuery
}

words! {
    /// A number of the requests that X-Ray has seen.
    XRayColumn {
        /// Requests that were answered with too many requests (429).
        Throttles = "ErrorStatistics.ThrottleCount",
        /// Requests that were answered with an error of the client (4xx).
        Errors = "ErrorStatistics.TotalCount",
        /// Requests that were answered with an error of the server (5xx).
        Faults = "FaultStatistics.TotalCount",
        /// Requests that were answered without an error.
        Successes = "OkCount",
        /// Requests.
        Total = "TotalCount",
        /// The average time of a request, in seconds.
        AverageResponseTime = "Computed.AverageResponseTime",
    }
}

impl DataSourceRef<XRay> {
    /// Lists the traces that a filter expression matches, such as `service("api") { fault = true }`. An empty one matches
    /// all.
    #[must_use]
    pub fn traces(&self, filter: impl IntoValue<String>) -> XRayQuery {
        self.ask("getTraceSummaries", filter.into_value())
    }

    /// Shows one trace.
    #[must_use]
    pub fn trace(&self, id: impl IntoValue<String>) -> XRayQuery {
        self.ask("getTrace", id.into_value())
    }

    /// Shows which services call which, as a node graph, of all traces.
    #[must_use]
    pub fn service_map(&self) -> XRayQuery {
        // The plugin needs a group, and this is the one that every account has.
        self.ask("getServiceMap", "".into()).group("Default", "Default")
    }

    /// Lists what X-Ray has noticed by itself: services whose faults rose, of all groups.
    #[must_use]
    pub fn insights(&self) -> XRayQuery {
        let XRayQuery(mut query) = self.ask("getInsights", "".into()).group("All", "All");
        query.model.put("state", "All");
        XRayQuery(query)
    }

    /// Counts the requests, faults and errors of the services that a filter expression matches, and their times, over
    /// time.
    #[must_use]
    pub fn statistics(&self, filter: impl IntoValue<String>) -> XRayQuery {
        self.ask("getTimeSeriesServiceStatistics", filter.into_value())
    }

    fn ask(&self, kind: &'static str, query: Value<String>) -> XRayQuery {
        XRayQuery(Query::new(self, Properties::new().with("query", query).with("queryType", kind)))
    }
}

impl XRayQuery {
    /// Asks for the traces of a group only, by its name and ARN, for the service map and insights. Other queries take the
    /// group's filter expression in theirs.
    ///
    /// Writes `group`.
    #[must_use]
    pub fn group(mut self, name: impl IntoValue<String>, arn: impl IntoValue<String>) -> Self {
        let group = Properties::new().with("GroupARN", arn.into_value()).with("GroupName", name.into_value());
        self.put("group", group.into());
        self
    }
}

setters! { XRAY_QUERY for [] XRayQuery, "";
    /// Asks this region. By default the data source decides.
    region(text) = "region";
    /// Has a value for each so many seconds: 60 or 300. By default the time range decides.
    resolution(whole) = "resolution";
    /// Counts these. All by default.
    columns({XRayColumn}) = "columns";
}

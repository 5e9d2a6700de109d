//! Queries, typed by the data source's language.

mod cloudwatch;
mod expression;
mod loki;
mod prometheus;
mod sql;
mod tempo;
mod xray;

pub use cloudwatch::{CloudWatchLogsQuery, CloudWatchQuery};
pub use expression::{Bound, Expression, Upsampler};
pub use loki::{LogMetricQuery, LogsQuery, SearchDirection};
pub use prometheus::{PromFormat, PromQuery};
pub use sql::{SqlFormat, SqlQuery};
pub use tempo::{TraceQuery, TraceTable};
pub use xray::{XRayColumn, XRayQuery};
pub(super) use {
    cloudwatch::{CLOUDWATCH_LOGS_QUERY, CLOUDWATCH_QUERY},
    loki::{LOG_METRIC_QUERY, LOGS_QUERY},
    prometheus::PROM_QUERY,
    sql::SQL_QUERY,
    tempo::TRACE_QUERY,
    xray::XRAY_QUERY,
};

use belvedere_cfn::{Expr, Properties};

use super::model::Model;
use super::setter::words;
use crate::datasource::{DataSourceRef, EXPRESSION, Kind};

/// What a panel, a variable or an alert rule asks a data source: a query of any language, made by a data source's
/// reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The data source: its plugin and uid.
    pub(crate) plugin: String,
    pub(crate) uid: String,
    /// The data source as the JSON has it, unless it is not named there.
    pub(crate) written: Option<Expr>,
    /// Whether only the panel names the data source.
    pub(crate) inherits: bool,
    /// The members of the query as the data source's plugin takes them, without `datasource` and `refId`.
    pub(crate) model: Model,
    /// The name by which expressions and transformations refer to it, unless its position decides.
    pub(crate) reference: Option<String>,
}

impl Query {
    /// A query in a plugin's own words, for a plugin that has no typed query here.
    #[must_use]
    pub fn custom<K: Kind>(source: &DataSourceRef<K>, model: serde_json::Value) -> Self {
        let root = match Expr::from(model) {
            Expr::Object(members) => members,
            other => Properties::new().with("query", other),
        };
        Self::new(source, root)
    }

    pub(crate) fn new<K: Kind>(source: &DataSourceRef<K>, root: Properties) -> Self {
        Self {
            plugin: source.plugin().to_owned(),
            uid: source.uid().to_owned(),
            written: source.written(),
            inherits: false,
            model: Model::new(root),
            reference: None,
        }
    }

    /// Returns the query as a panel's target.
    pub(crate) fn target(&self, reference: &str) -> Expr {
        let mut model = self.model.root.clone().with("refId", reference.to_owned());
        if let (Some(source), false) = (&self.written, self.inherits) {
            model.set("datasource", source.clone());
        }
        Expr::Object(model)
    }

    /// Returns whether Grafana itself evaluates it, from what other queries gave.
    pub(crate) fn is_expression(&self) -> bool {
        self.uid == EXPRESSION
    }
}

pub(crate) fn data_source(plugin: &str, uid: &str) -> Properties {
    Properties::new().with("type", plugin.to_owned()).with("uid", uid.to_owned())
}

words! {
    /// How Grafana's editor shows a query.
    QueryEditor {
        /// As text.
        Code = "code",
        /// As blocks to click together.
        Builder = "builder",
    }
}

/// The name of a query by its position: A to Z, then AA, AB and so on.
pub(crate) fn reference(position: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = position;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// What every typed query has.
macro_rules! query {
    ($($(#[$doc:meta])+ $name:ident)+) => { $(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name($crate::dashboard::Query);

        impl $name {
            /// Names the query, for expressions and transformations. By default its position decides: A, B, C, …
            #[must_use]
            pub fn ref_id(mut self, reference: impl Into<String>) -> Self {
                self.0.reference = Some(reference.into());
                self
            }

            /// Leaves it to the panel to name the data source. By default each query does.
            ///
            /// Writes no `datasource`.
            #[must_use]
            pub fn inherited(mut self) -> Self {
                self.0.inherits = true;
                self
            }

            /// Evaluates it for expressions and transformations only.
            ///
            /// Writes `hide`.
            #[must_use]
            pub fn hidden(mut self) -> Self {
                self.put("hide", belvedere_cfn::Expr::Bool(true));
                self
            }
        }

        $crate::dashboard::members! { [] $name, 0.model; "query", such as "intervalMs" }

        impl From<$name> for $crate::dashboard::Query {
            fn from(query: $name) -> Self {
                query.0
            }
        }
    )+ };
}
pub(crate) use query;

#[cfg(test)]
mod tests {
    use belvedere_cfn::{concat_values, pseudo};
    use serde_json::{Value, json};

    use super::*;
    use crate::dashboard::{Calc, Logs, TimeSeries};
    use crate::datasource::{CloudWatch, LogQl, PromQl, TraceQl, XRay};

    fn source<K: Kind>(uid: &str, plugin: &str) -> DataSourceRef<K> {
        DataSourceRef::new(uid, plugin)
    }

    fn json(query: impl Into<Query>) -> Value {
        serde_json::to_value(&query.into().model.root).expect("a tree is JSON")
    }

    #[test]
    fn the_position_names_a_query() {
        let names: Vec<_> = [0, 25, 26, 27, 51, 52, 701, 702].into_iter().map(reference).collect();
        assert_eq!(names, ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn each_language_is_asked_in_its_plugins_words() {
        let prometheus = source::<PromQl>("p", "prometheus").query("up").instant().legend("{{job}}").exemplars(true);
        let expected =
            json!({ "expr": "up", "instant": true, "range": false, "legendFormat": "{{job}}", "exemplar": true });
        assert_eq!(json(prometheus), expected);
        let loki = source::<LogQl>("l", "loki");
        let logs = json!({ "expr": "{a=\"b\"}", "queryType": "range", "maxLines": 10 });
        assert_eq!(json(loki.logs("{a=\"b\"}").max_lines(10)), logs);
        assert_eq!(json(loki.metric("rate({a=\"b\"}[1m])").instant())["queryType"], "instant");
        let tempo = source::<TraceQl>("t", "tempo");
        let search = json!({ "filters": [], "limit": 5, "query": "{ }", "queryType": "traceql" });
        assert_eq!(json(tempo.traceql("{ }").limit(5)), search);
        assert_eq!(json(tempo.service_map())["queryType"], "serviceMap");
        let xray = source::<XRay>("x", "grafana-x-ray-datasource");
        let group = json!({ "GroupARN": "Default", "GroupName": "Default" });
        assert_eq!(json(xray.service_map()), json!({ "group": group, "query": "", "queryType": "getServiceMap" }));
        let groups = ["arn:aws:logs:r:1:log-group:/a/b:*"];
        let insights = json(source::<CloudWatch>("c", "cloudwatch").logs(groups, "fields @message"));
        assert_eq!(insights["logGroups"], json!([{ "arn": groups[0], "name": "/a/b" }]));
    }

    #[test]
    fn expressions_are_what_grafana_computes() {
        assert_eq!(json(Expression::math("$A / $B")), json!({ "expression": "$A / $B", "type": "math" }));
        let reduced =
            json!({ "expression": "A", "reducer": "last", "settings": { "mode": "dropNN" }, "type": "reduce" });
        assert_eq!(json(Expression::reduce("A", Calc::LAST_NOT_NULL).drop_non_numeric()), reduced);
        let evaluator = json!([{ "evaluator": { "params": [1, 2.5], "type": "outside_range" } }]);
        let threshold = Expression::threshold("B", Bound::Outside(1.0, 2.5));
        assert_eq!(json(threshold), json!({ "conditions": evaluator, "expression": "B", "type": "threshold" }));
    }

    #[test]
    fn a_panel_names_its_queries_and_is_mixed_when_their_sources_differ() {
        let (one, other) = (source::<PromQl>("one", "prometheus"), source::<PromQl>("other", "prometheus"));
        let panel = |dashboard: TimeSeries| {
            crate::dashboard::Dashboard::new("d", "D").panel(dashboard).to_value()["panels"][0].take()
        };
        let same =
            TimeSeries::new("T").query(one.query("a")).query(Expression::math("$A")).query(one.query("c").ref_id("x"));
        let same = panel(same);
        assert_eq!(same["datasource"], json!({ "type": "prometheus", "uid": "one" }));
        let names: Vec<_> = same["targets"].as_array().into_iter().flatten().map(|target| &target["refId"]).collect();
        assert_eq!(names, ["A", "B", "x"]);
        assert_eq!(same["targets"][1]["datasource"], json!({ "type": "__expr__", "uid": "__expr__" }));
        let mixed = panel(TimeSeries::new("T").query(one.query("a")).query(other.query("b")).query(one.query("c")));
        assert_eq!(mixed["datasource"], json!({ "type": "datasource", "uid": "-- Mixed --" }));
    }

    #[test]
    fn a_value_that_is_known_at_deploy_time_is_lifted_out() {
        let groups = [concat_values!("arn:aws:logs:", pseudo::region(), ":1:log-group:x")];
        let logs = Logs::new("L").query(source::<CloudWatch>("c", "cloudwatch").logs(groups, "fields @message"));
        let mut content = crate::Content::new("c");
        content.add(crate::dashboard::Dashboard::new("d", "D").panel(logs));
        let document = content.document();
        let group = &document.dashboards[0].dashboard["panels"][0]["targets"][0]["logGroups"][0];
        let name = group["arn"]["belvedere:value"].as_str().expect("a name stands for the value");
        assert!(document.values.contains_key(name), "{name}");
        assert_eq!(group["name"], group["arn"]);
    }
}

//! What rules ask: queries, and what Grafana computes from their answers.

use std::time::Duration;

use belvedere_cfn::{Expr, Properties};

use crate::dashboard::Query;
use crate::dashboard::query::data_source;
use crate::datasource::{AMAZON_PROMETHEUS, EXPRESSION};
use crate::finding::Finding;

/// The `AlertQuery`s of a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Data {
    queries: Vec<(String, Properties)>,
}

/// The plugins whose queries can be told to give the last value only.
const PROMQL: [&str; 2] = ["prometheus", AMAZON_PROMETHEUS];

impl Data {
    /// Adds a query over a time range that begins `from` and ends `to` before now.
    pub(super) fn add(&mut self, reference: &str, query: &Query, (from, to): (Duration, Duration)) {
        let model = model(query, reference);
        self.push(reference, query, model, (from, to));
    }

    /// Adds a query for the last value, where the language knows that.
    pub(super) fn add_instant(&mut self, query: &Query) -> String {
        let reference = self.next();
        let mut model = model(query, &reference);
        if PROMQL.contains(&&*query.plugin) {
            model.set("instant", true);
            model.set("range", false);
        } else if query.plugin == "loki" {
            model.set("queryType", "instant");
        }
        self.push(&reference, query, model, RANGE);
        reference
    }

    /// Adds what Grafana computes.
    pub(super) fn add_expression(&mut self, kind: &'static str, members: Properties) -> String {
        let reference = self.next();
        let model = members
            .with("datasource", data_source(EXPRESSION, EXPRESSION))
            .with("intervalMs", 1_000)
            .with("maxDataPoints", 43_200)
            .with("refId", reference.clone())
            .with("type", kind);
        self.queries.push((reference.clone(), alert_query(&reference, EXPRESSION, model, (0, 0))));
        reference
    }

    /// Reports that there is no query at all.
    pub(super) fn report(&self, place: &str, found: &mut Vec<Finding>) {
        if self.queries.is_empty() {
            let fix = "say when it fires: `.when(query, Bound::Above(0.0))`";
            found.push(super::problem("alert-rule", place, "the rule asks nothing", fix));
        }
    }

    pub(super) fn last(&self) -> &str {
        self.queries.last().map_or("", |(reference, _)| reference)
    }

    pub(super) fn expr(&self) -> Expr {
        Expr::List(self.queries.iter().map(|(_, query)| query.clone().into()).collect())
    }

    fn push(&mut self, reference: &str, query: &Query, model: Properties, (from, to): (Duration, Duration)) {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let range = if query.uid == EXPRESSION { (0, 0) } else { (seconds(from), seconds(to)) };
        self.queries.push((reference.to_owned(), alert_query(reference, &query.uid, model, range)));
    }

    /// Returns the first of A, B, C … that is not taken.
    pub(super) fn next(&self) -> String {
        let free = |name: &String| !self.queries.iter().any(|(reference, _)| reference == name);
        let letters = (b'A'..=b'Z').map(|letter| char::from(letter).to_string());
        letters.chain((1_u32..).map(|number| format!("Q{number}"))).find(free).unwrap_or_default()
    }
}

/// What a query looks at by default: from ten minutes ago until now.
pub(super) const RANGE: (Duration, Duration) = (Duration::from_secs(600), Duration::ZERO);

/// Returns the query's model, with the members that Grafana would put in itself.
fn model(query: &Query, reference: &str) -> Properties {
    let Expr::Object(mut model) = query.target(reference) else { return Properties::new() };
    for (name, value) in [("intervalMs", 1_000), ("maxDataPoints", 43_200)] {
        if model.get(name).is_none() {
            model.set(name, value);
        }
    }
    model
}

fn alert_query(reference: &str, uid: &str, model: Properties, (from, to): (i64, i64)) -> Properties {
    let query_type = model.get("queryType").and_then(Expr::as_str).unwrap_or_default().to_owned();
    Properties::new()
        .with("datasourceUid", uid.to_owned())
        .with("model", model)
        .with("queryType", query_type)
        .with("refId", reference.to_owned())
        .with("relativeTimeRange", Properties::new().with("from", from).with("to", to))
}

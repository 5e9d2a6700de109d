//! The rules: what each is called, what it looks for and why.

use crate::finding::Rule;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $constant:ident = $name:literal;)+) => {
        $($(#[doc = $doc])+ pub const $constant: Rule = Rule($name);)+

        /// Every rule of these checks, with what it looks for, by name. Parts that refuse what they are given when they are
        /// added to a content have names of their own for that.
        pub const RULES: &[(Rule, &str)] = &[$((Rule($name), concat!($($doc),+).trim_ascii())),+];
    };
}

rules! {
    /// A contact point, policy, mute timing or template names another that is not in the content, or cannot work: a matcher
    /// that no alert passes, a time that never comes, settings that are not there.
    ALERT_ROUTE = "alert-route";
    /// An alert rule that Grafana refuses, that can never fire, or that fires whatever the value: no condition, a reference
    /// to a query that it does not have, a cycle of expressions, a name or annotation that nothing has.
    ALERT_RULE = "alert-rule";
    /// A CloudWatch query without what the plugin needs, or with a metric, dimension or statistic that the namespace does
    /// not have.
    CLOUDWATCH = "cloudwatch";
    /// A link between data sources that cannot work: an expression that is none, matches no line that the programs log, or
    /// has no group; a label or tag that nothing has.
    CORRELATION = "correlation";
    /// A counter is shown as it is, which only says how long the program has run. Take `rate` or `increase` of it.
    COUNTER_WITHOUT_RATE = "counter-without-rate";
    /// A link leads to a dashboard or panel that is not in the content.
    DASHBOARD_LINK = "dashboard-link";
    /// A member of a dashboard has a type or a value that Grafana does not know there.
    DASHBOARD_SCHEMA = "dashboard-schema";
    /// A data source has settings that cannot work where it is, such as another region or an address of this machine.
    DATA_SOURCE = "data-source";
    /// A label is used above an aggregation or match that drops it.
    DROPPED_LABEL = "dropped-label";
    /// Two things have an id or a name that must be unique: dashboards, panels, queries of a panel, variables, alert rules.
    DUPLICATE = "duplicate";
    /// A function that Prometheus has only behind a flag, which managed services do not set.
    EXPERIMENTAL_FUNCTION = "experimental-function";
    /// A field's settings: a unit that is none, thresholds that are not ascending, an override that matches in no known way.
    FIELD_CONFIG = "field-config";
    /// A text in Go's template language does not parse, or names a function or a variable that there is not.
    GO_TEMPLATE = "go-template";
    /// The workspace's version of Grafana does not have it yet, or not any more.
    GRAFANA_VERSION = "grafana-version";
    /// The text is no JSON.
    JSON = "json";
    /// A selector asks for a value that no program of the stack has, such as another job's name.
    LABEL_VALUE = "label-value";
    /// A panel lies beyond the grid's 24 columns, or on another panel.
    LAYOUT = "layout";
    /// A regular expression that is only a text.
    LITERAL_PATTERN = "literal-pattern";
    /// The name of a metric misses or has a suffix that the exporter gives, such as `_total`, a unit or `_ratio`.
    METRIC_NAME = "metric-name";
    /// Something is in no folder of the content, or in one that Grafana does not have.
    MISSING_FOLDER = "missing-folder";
    /// A name or a title is empty or longer than Grafana keeps.
    NAME = "name";
    /// No program is declared whose metrics or logs the queries could be compared with.
    NO_EXPORTER = "no-exporter";
    /// A panel shows a metric of a kind of resource that the stack does not have.
    NO_RESOURCE = "no-resource";
    /// A quantile of more than 1, such as 95 for 0.95.
    QUANTILE_BEYOND_ONE = "quantile-beyond-one";
    /// `histogram_quantile` of what has lost the label `le`.
    QUANTILE_WITHOUT_LE = "quantile-without-le";
    /// A query does not parse.
    QUERY = "query";
    /// The `rate` of something that is no counter says nothing.
    RATE_OF_GAUGE = "rate-of-gauge";
    /// `rate` of a sum, which is wrong as soon as one of the programs restarts. Take the sum of the rates.
    RATE_OF_SUM = "rate-of-sum";
    /// What a rule records is not called as such things are, `level:metric:operations`, and passes for an exporter's.
    RECORD_NAME = "record-name";
    /// An alert that should wake somebody does not say what to do, or not at an address.
    RULE_RUNBOOK = "rule-runbook";
    /// Two sides of an operation that have no labels in common and so never match.
    SIDES_NEVER_MATCH = "sides-never-match";
    /// An id has characters or a length that Grafana refuses: at most 40 letters, digits, `-` and `_`.
    UID = "uid";
    /// A data source's id that no data source of the content has, or a plugin that is not that data source's.
    UNKNOWN_DATA_SOURCE = "unknown-data-source";
    /// No program of the stack gives the metric this label.
    UNKNOWN_LABEL = "unknown-label";
    /// No program of the stack exports the metric, and no rule records it.
    UNKNOWN_METRIC = "unknown-metric";
    /// A panel's plugin that is neither Grafana's own nor declared.
    UNKNOWN_PANEL = "unknown-panel";
    /// A variable that is used and not defined.
    UNKNOWN_VARIABLE = "unknown-variable";
    /// A finding is allowed that there is not.
    UNUSED_ALLOWANCE = "unused-allowance";
    /// A variable that nothing uses.
    UNUSED_VARIABLE = "unused-variable";
    /// A variable that cannot work: it depends on itself, has no options, or may have several values where `=` takes one.
    VARIABLE = "variable";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_in_the_order_of_their_names_and_each_says_what_it_is() {
        assert!(RULES.is_sorted_by(|(one, _), (other, _)| one.0 < other.0));
        assert!(RULES.iter().all(|(_, says)| says.ends_with('.')));
    }
}

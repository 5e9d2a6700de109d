//! The same rules with less time to wait: [`RuleGroup::faster`].

use std::time::Duration;

use belvedere_cfn::Value;

use super::rule::Rule;
use super::rule_group::RuleGroup;
use crate::document::Unresolved;
use crate::query::promql;

impl RuleGroup {
    /// Returns the group with every duration in it divided by `factor`: the interval (of a minute where none is said),
    /// `for` and `keep_firing_for`, and the ranges, offsets and steps in the expressions. What happens to a service is
    /// seen that much sooner, so that a rehearsal of a fault with a real Prometheus takes seconds. Names stay as they
    /// are, and there are no examples in it, which are about the real durations.
    ///
    /// # Errors
    /// Names the expressions that are known only at deploy time or that are none.
    pub fn faster(mut self, factor: u32) -> Result<Self, Unresolved> {
        let factor = factor.max(1);
        self.interval = Some(self.interval.unwrap_or(Duration::from_secs(60)) / factor);
        let mut unresolved = Vec::new();
        for rule in &mut self.rules {
            match rule.expression().as_str().and_then(|text| promql::faster(text, factor)) {
                Some(expression) => *rule.expression_mut() = Value::from(expression),
                None => unresolved.push(format!("the expression of rule `{}`", rule.name())),
            }
            match rule {
                Rule::Recording(rule) => rule.examples.clear(),
                Rule::Alerting(rule) => {
                    rule.examples.clear();
                    rule.hold_for /= factor;
                    rule.keep_firing_for /= factor;
                }
            }
        }
        if unresolved.is_empty() { Ok(self) } else { Err(Unresolved(unresolved)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::{AlertingRule, RulesFile};

    #[test]
    fn every_duration_is_shorter() {
        let rule = AlertingRule::new(
            "A",
            "sum by (job) (rate(a[5m] offset 1h)) > 2 and max_over_time(avg(b{c=\"5m\"})[30m:1m]) >= bool 14.4 * 0.001",
        );
        let group = RuleGroup::new("g").rule(rule.hold_for(Duration::from_secs(300)));
        let text = RulesFile::new().group(group.faster(60).expect("it parses")).text().expect("all is known");
        let expected = "groups:\n  - name: g\n    interval: \"1s\"\n    rules:\n      - alert: A\n        expr: \
                        \"sum by (job) (rate(a[5s] offset 1m)) > 2 and max_over_time(avg(b{c=\\\"5m\\\"})[30s:1s]) >= \
                        bool 14.4 * 0.001\"\n        for: \"5s\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_no_expression_is_named() {
        let group = RuleGroup::new("g").rule(AlertingRule::new("A", "rate(("));
        let named = Unresolved(vec!["the expression of rule `A`".to_owned()]);
        assert_eq!(group.faster(60), Err(named));
    }
}

//! [`AlertManagerDefinition`]: where a workspace's alerts go.

use std::collections::BTreeMap;

use belvedere_cfn::Value;

use super::inhibit_rule::InhibitRule;
use super::mute_interval::MuteInterval;

use super::receiver::Receiver;
use super::route::Route;
use crate::scope::Scope;
use belvedere_grafana::alerting::Grouping;
use belvedere_grafana::prometheus::yaml::Yaml;

/// Where a workspace's alerts go: an Alertmanager configuration, as far as the managed one knows it.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-config.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AlertManagerDefinition {
    root: Route,
    inhibit_rules: Vec<InhibitRule>,
    templates: BTreeMap<String, String>,
}

/// The largest definition that the service takes, of rules and of alert managers alike.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html).
const MAX_DEFINITION_BYTES: usize = 1_000_000;

/// How many routes, inhibit rules and templates a definition may have unless AWS was asked for more, each.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html).
const DEFAULT_QUOTA: usize = 100;

/// The name that the messages of [`AlertManagerDefinition::json_messages`] have among the template files.
const JSON_MESSAGES: &str = "json_messages";

/// `printf "%q"` quotes label values, which may hold quotes themselves; the spaces after `{` keep Go from taking it for
/// the start of an action.
const JSON_MESSAGE_TEMPLATE: &str = r#"{{ define "sns.default.message" }}{ "receiver": {{ printf "%q" .Receiver }}, "status": {{ printf "%q" .Status }}, "alerts": [{{ range $number, $alert := .Alerts }}{{ if $number }}, {{ end }}{ "status": {{ printf "%q" $alert.Status }}, "labels": { {{ range $index, $label := $alert.Labels.SortedPairs }}{{ if $index }}, {{ end }}{{ printf "%q" $label.Name }}: {{ printf "%q" $label.Value }}{{ end }} }, "annotations": { {{ range $index, $annotation := $alert.Annotations.SortedPairs }}{{ if $index }}, {{ end }}{{ printf "%q" $annotation.Name }}: {{ printf "%q" $annotation.Value }}{{ end }} }, "startsAt": {{ printf "%q" ($alert.StartsAt.Format "2006-01-02T15:04:05Z07:00") }}, "endsAt": {{ printf "%q" ($alert.EndsAt.Format "2006-01-02T15:04:05Z07:00") }}, "fingerprint": {{ printf "%q" $alert.Fingerprint }} }{{ end }}] }{{ end }}
"#;

impl AlertManagerDefinition {
    /// Sends all alerts to `receiver`, except those that a [`Route`] takes.
    #[must_use]
    pub fn new(receiver: impl Into<Receiver>) -> Self {
        Self { root: Route::to(receiver), inhibit_rules: Vec::new(), templates: BTreeMap::new() }
    }

    /// Groups alerts. All together by default, see [`Grouping`].
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

    /// Adds alerts that silence others. None by default.
    #[must_use]
    pub fn inhibit(mut self, rule: InhibitRule) -> Self {
        self.inhibit_rules.push(rule);
        self
    }

    /// Adds a file of [templates](https://prometheus.io/docs/alerting/latest/notifications/) for subjects and messages.
    /// One that defines `sns.default.message` changes what receivers send that do not say what.
    #[must_use]
    pub fn template(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.templates.insert(name.into(), text.into());
        self
    }

    /// Sends messages as JSON, for programs to read: `receiver`, `status`, and `alerts` with `status`, `labels`,
    /// `annotations`, `startsAt`, `endsAt` and `fingerprint` each. As a list for people, by default.
    #[must_use]
    pub fn json_messages(self) -> Self {
        self.template(JSON_MESSAGES, JSON_MESSAGE_TEMPLATE)
    }

    /// Writes the definition as the service takes it, and reports what it would refuse.
    pub(super) fn render(&self, scope: &mut Scope<'_>) -> Value<String> {
        let mut routes = Vec::new();
        self.root.visit(&mut |route| routes.push(route));
        for (what, count) in
            [("routes", routes.len()), ("inhibit rules", self.inhibit_rules.len()), ("templates", self.templates.len())]
        {
            if count > DEFAULT_QUOTA {
                scope.warning(format!(
                    "the alert manager definition has {count} {what}, and a workspace takes {DEFAULT_QUOTA} unless AWS \
                     has raised its quota"
                ));
            }
        }
        let mut receivers: Vec<&Receiver> = Vec::new();
        let mut intervals: Vec<&MuteInterval> = Vec::new();
        for route in routes {
            route.report(scope);
            let receiver = route.receiver();
            match receivers.iter().find(|known| known.name() == receiver.name()) {
                None => {
                    receiver.report(scope);
                    receivers.push(receiver);
                }
                Some(known) if *known != receiver => scope.problem(format!(
                    "two different receivers have the name `{}`: give one another name",
                    receiver.name()
                )),
                Some(_) => {}
            }
            for interval in route.mute_intervals() {
                match intervals.iter().find(|known| known.name() == interval.name()) {
                    None => {
                        interval.report(scope);
                        intervals.push(interval);
                    }
                    Some(known) if *known != interval => scope.problem(format!(
                        "two different mute intervals have the name `{}`: give one another name",
                        interval.name()
                    )),
                    Some(_) => {}
                }
            }
        }
        for rule in &self.inhibit_rules {
            rule.report(scope);
        }
        for (name, text) in &self.templates {
            if text.matches("{{").count() != text.matches("}}").count() {
                scope
                    .problem(format!("template `{name}` has an action that is not closed: each `{{{{` needs a `}}}}`"));
            }
        }

        let config = Yaml::map()
            .with_list("templates", self.templates.keys().map(|name| Yaml::text(name.clone())))
            .with("route", self.root.yaml())
            .with_list("receivers", receivers.into_iter().map(Receiver::yaml))
            .with_list("inhibit_rules", self.inhibit_rules.iter().map(InhibitRule::yaml))
            .with_list("mute_time_intervals", intervals.into_iter().map(MuteInterval::yaml));
        let mut document = Yaml::map();
        if !self.templates.is_empty() {
            let files = self.templates.iter().map(|(name, text)| (name.clone(), Yaml::text(text.clone())));
            document = document.with("template_files", Yaml::Map(files.collect()));
        }
        let rendered = document.with("alertmanager_config", Yaml::Document(Box::new(config))).render();
        report_size(scope, "alert manager definition", &rendered);
        rendered
    }
}

/// Reports a definition that is too large even without what its deploy-time values will become.
pub(super) fn report_size(scope: &mut Scope<'_>, what: &str, rendered: &Value<String>) {
    let bytes = literal_bytes(rendered.expr());
    if bytes > MAX_DEFINITION_BYTES {
        scope.problem(format!("the {what} must be at most {MAX_DEFINITION_BYTES} bytes, got {bytes}"));
    }
}

fn literal_bytes(expr: &belvedere_cfn::Expr) -> usize {
    use belvedere_cfn::{Expr, Intrinsic};
    match expr {
        Expr::String(text) => text.len(),
        Expr::Intrinsic(intrinsic) => match &**intrinsic {
            Intrinsic::Join { list: Expr::List(parts), .. } => parts.iter().map(literal_bytes).sum(),
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Stack;
    use crate::aps::{Matcher, TimePeriod, Weekday, Workspace};
    use crate::secretsmanager::SecretRef;
    use crate::sns::{Publisher, Topic, TopicEncryption, TopicRef};
    use crate::testing::{Match, Template, json};

    fn rejection(definition: AlertManagerDefinition) -> String {
        let mut stack = Stack::new("Example");
        stack.add("Workspace", Workspace::new().alert_manager(definition));
        Template::from_stack(stack).expect_err("the definition should be refused").to_string()
    }

    #[test]
    fn a_definition_is_the_file_that_the_service_takes() {
        let mut stack = Stack::new("Example");
        let topic = stack.add(
            "Topic",
            Topic::new().encryption(TopicEncryption::Unencrypted).accept_messages_from(Publisher::ManagedPrometheus),
        );
        let team = Receiver::sns("team", &topic);
        let page = Receiver::sns("page", &topic)
            .subject("{{ .CommonLabels.alertname }}")
            .attribute("severity", "{{ .CommonLabels.severity }}")
            .send_resolved(false);
        let weekend = MuteInterval::new("weekend", TimePeriod::new().weekdays(Weekday::Saturday..=Weekday::Saturday))
            .period(TimePeriod::new().weekdays(Weekday::Sunday..=Weekday::Sunday).between("00:00", "24:00"));
        let definition = AlertManagerDefinition::new(&team)
            .grouping(Grouping::new().by(["alertname", "service"]).repeat_interval(Duration::from_secs(12 * 3_600)))
            .route(Route::to(&page).when(Matcher::equal("severity", "page")).continue_matching())
            .route(Route::to(&team).when(Matcher::regex("team", "obs|sre")).mute_during(&weekend))
            .inhibit(
                InhibitRule::new(Matcher::equal("severity", "page"), Matcher::equal("severity", "warn"))
                    .equal(["service"]),
            )
            .template("subjects", "{{ define \"a\" }}\nx\n{{ end }}\n");
        stack.add("Workspace", Workspace::new().alert_manager(definition));
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_resource_properties(
            "AWS::APS::Workspace",
            json!({ "AlertManagerDefinition": Match::string_like(r#"template_files:
  subjects: |
    {{ define "a" }}
    x
    {{ end }}
alertmanager_config: |
  templates:
    - subjects
  route:
    receiver: team
    group_by:
      - alertname
      - service
    repeat_interval: "12h"
    routes:
      - receiver: page
        matchers:
          - "severity=\"page\""
        continue: true
      - receiver: team
        matchers:
          - "team=~\"obs|sre\""
        mute_time_intervals:
          - weekend
  receivers:
    - name: team
      sns_configs:
        - topic_arn: "${TopicBFC7AF6E}"
          sigv4:
            region: "${AWS::Region}"
    - name: page
      sns_configs:
        - topic_arn: "${TopicBFC7AF6E}"
          sigv4:
            region: "${AWS::Region}"
          subject: "{{ .CommonLabels.alertname }}"
          attributes:
            severity: "{{ .CommonLabels.severity }}"
          send_resolved: false
  inhibit_rules:
    - source_matchers:
        - "severity=\"page\""
      target_matchers:
        - "severity=\"warn\""
      equal:
        - service
  mute_time_intervals:
    - name: weekend
      time_intervals:
        - weekdays:
            - saturday
        - times:
            - start_time: "00:00"
              end_time: "24:00"
          weekdays:
            - sunday
"#) }),
        );
    }

    #[test]
    fn rejects_what_the_service_would_refuse() {
        let team = Receiver::sns("team", &TopicRef::from_arn("arn:aws:sns:eu-central-1:123456789012:team"));
        let week = Duration::from_secs(7 * 86_400);
        let text = rejection(
            AlertManagerDefinition::new(&team)
                .grouping(Grouping::new().by(["service-name"]).repeat_interval(week))
                .route(Route::to(&team.clone().send_resolved(false)).when(Matcher::equal("__name__", "up")))
                .template("broken", "{{ define \"a\" }}{{ end }"),
        );
        for part in [
            "at most 5d (what went out longer ago is forgotten), got 1w",
            "got `service-name`",
            "two different receivers have the name `team`",
            "got `__name__`",
            "template `broken` has an action that is not closed",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn incidents_have_their_key_in_a_secret() {
        let mut stack = Stack::new("Example");
        let secret = SecretRef::from_arn("arn:aws:secretsmanager:eu-central-1:123456789012:secret:pd-AbCdEf");
        let duty = Receiver::pager_duty("duty", &secret, "routingKey")
            .severity("{{ .CommonLabels.severity }}")
            .detail("firing", "{{ .Alerts.Firing | len }}")
            .send_resolved(false);
        stack.add("Workspace", Workspace::new().alert_manager(AlertManagerDefinition::new(&duty)));
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_resource_properties(
            "AWS::APS::Workspace",
            json!({ "AlertManagerDefinition": Match::string_like(r#"alertmanager_config: |
  route:
    receiver: duty
  receivers:
    - name: duty
      pagerduty_configs:
        - routing_key:
            aws_secrets_manager:
              secret_arn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:pd-AbCdEf"
              secret_key: routingKey
          severity: "{{ .CommonLabels.severity }}"
          details:
            firing: "{{ .Alerts.Firing | len }}"
          send_resolved: false
"#) }),
        );
        let duty = Receiver::pager_duty("duty", &secret, " ").severity("page").refresh_interval(Duration::ZERO);
        let text = rejection(AlertManagerDefinition::new(&duty));
        for part in
            ["the member of the secret needs a name", "critical, error, warning, info, got `page`", "more than 0 s"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn rejects_what_sns_would_replace() {
        let topic = TopicRef::from_arn("arn:aws:sns:eu-central-1:123456789012:team.fifo");
        let receiver = Receiver::sns("team", &topic)
            .region("us-east-1")
            .subject("{{ .Status }} für dich")
            .message(" ")
            .attribute("AWS.x", "1")
            .attribute("severity", "");
        let text = rejection(AlertManagerDefinition::new(&receiver));
        for part in [
            "printable ASCII on one line, got 'ü'",
            "a message must not be empty (receiver `team`)",
            "does not begin with `AWS.` or `Amazon.`, got `AWS.x`",
            "message attribute `severity` must not be empty",
            "standard topics only, got `arn:aws:sns:eu-central-1:123456789012:team.fifo`",
            "the region must be the topic's, eu-central-1, got us-east-1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn rejects_a_topic_that_does_not_accept_alerts() {
        let mut stack = Stack::new("Example");
        let topic = stack.add("Topic", Topic::new());
        let definition = AlertManagerDefinition::new(&Receiver::sns("team", &topic));
        stack.add("Workspace", Workspace::new().alert_manager(definition));
        let text = Template::from_stack(stack).expect_err("the topic refuses alerts").to_string();
        assert!(text.contains("Example/Workspace: the topic of receiver `team` refuses its alerts"), "{text}");
    }

    #[test]
    fn rejects_times_that_are_none() {
        let team = Receiver::sns("team", &TopicRef::from_arn("arn:aws:sns:eu-central-1:123456789012:team"));
        let period = TimePeriod::new()
            .between("22:00", "06:00")
            .between("9", "17:00")
            .weekdays(Weekday::Saturday..=Weekday::Sunday)
            .days_of_month(-1..=5)
            .months(0..=3);
        let text = rejection(
            AlertManagerDefinition::new(&team).route(Route::to(&team).mute_during(&MuteInterval::new("odd", period))),
        );
        for part in [
            "got 22:00 to 06:00: split it at 24:00",
            "got `9` to `17:00`",
            "got saturday to sunday",
            "got -1 to 5",
            "got 0 to 3",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

//! [`TaskCount`]: how many tasks a service has, by what is measured of it.

use std::time::Duration;

use belvedere_cfn::applicationautoscaling::{CfnScalableTarget, CfnScalingPolicy, scalable_target, scaling_policy};
use belvedere_cfn::{ResourceRef, Target, Value, concat_values, functions, pseudo};

use crate::elbv2::TargetGroupRef;
use crate::scope::Scope;

/// How many tasks a service has, by what is measured of it and by the clock.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html).
#[derive(Clone, Debug, PartialEq)]
pub struct TaskCount {
    min: u32,
    max: u32,
    policies: Vec<(String, Metric, f64)>,
    schedules: Vec<(String, Schedule)>,
    scale_in_cooldown: Option<Duration>,
    scale_out_cooldown: Option<Duration>,
    scale_in: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Metric {
    Cpu,
    Memory,
    Requests(TargetGroupRef),
}

#[derive(Clone, Debug, PartialEq)]
struct Schedule {
    expression: String,
    time_zone: Option<String>,
    min: u32,
    max: u32,
}

impl TaskCount {
    /// From `min` to `max` tasks, as many as all that is measured asks for.
    #[must_use]
    pub const fn between(min: u32, max: u32) -> Self {
        Self {
            min,
            max,
            policies: Vec::new(),
            schedules: Vec::new(),
            scale_in_cooldown: None,
            scale_out_cooldown: None,
            scale_in: true,
        }
    }

    /// Keeps the tasks' mean use of their CPU near `percent`: more than 0, at most 100.
    #[must_use]
    pub fn scale_on_cpu(self, id: impl Into<String>, percent: f64) -> Self {
        self.scale_on(id.into(), Metric::Cpu, percent)
    }

    /// Keeps the tasks' mean use of their memory near `percent`: more than 0, at most 100.
    #[must_use]
    pub fn scale_on_memory(self, id: impl Into<String>, percent: f64) -> Self {
        self.scale_on(id.into(), Metric::Memory, percent)
    }

    /// Keeps the requests that a task gets from the load balancer in a minute near `requests`: more than 0.
    #[must_use]
    pub fn scale_on_request_count(self, id: impl Into<String>, requests: f64, targets: &TargetGroupRef) -> Self {
        self.scale_on(id.into(), Metric::Requests(targets.clone()), requests)
    }

    fn scale_on(mut self, id: String, metric: Metric, target: f64) -> Self {
        self.policies.push((id, metric, target));
        self
    }

    /// Changes the bounds to `min` and `max` whenever `schedule` says: `cron(0 3 * * ? *)`, `rate(1 day)` or
    /// `at(2026-01-01T00:00:00)`, in UTC. They stay as they are by default.
    #[must_use]
    pub fn scale_on_schedule(mut self, id: impl Into<String>, schedule: impl Into<String>, min: u32, max: u32) -> Self {
        self.schedules.push((id.into(), Schedule { expression: schedule.into(), time_zone: None, min, max }));
        self
    }

    /// Reads the schedules that were added so far in a time zone of the IANA database, such as `Europe/Berlin`. In UTC by
    /// default.
    #[must_use]
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        let zone = zone.into();
        for (_, schedule) in &mut self.schedules {
            schedule.time_zone = Some(zone.clone());
        }
        self
    }

    /// How long to wait after tasks were taken away before more are. 300 s by default.
    #[must_use]
    pub const fn scale_in_cooldown(mut self, cooldown: Duration) -> Self {
        self.scale_in_cooldown = Some(cooldown);
        self
    }

    /// How long to wait after tasks were added before more are. 300 s by default.
    #[must_use]
    pub const fn scale_out_cooldown(mut self, cooldown: Duration) -> Self {
        self.scale_out_cooldown = Some(cooldown);
        self
    }

    /// Whether tasks are also taken away. They are by default.
    #[must_use]
    pub const fn scale_in(mut self, scale_in: bool) -> Self {
        self.scale_in = scale_in;
        self
    }

    /// Adds the resources for the service of this name, in the service's scope.
    pub(super) fn define(self, cluster_name: &Value<String>, service_name: &Value<String>, scope: &mut Scope<'_>) {
        if self.min > self.max || self.max == 0 {
            scope.problem(format!(
                "the task count must be between a minimum and a maximum of at least 1 that is not less, got {} and {}",
                self.min, self.max
            ));
        }
        if self.policies.is_empty() && self.schedules.is_empty() {
            scope.problem("a task count that nothing changes needs no auto_scale: scale on something, or leave it out");
        }
        let service_linked_role = concat_values!(
            "arn:",
            pseudo::partition(),
            ":iam::",
            pseudo::account_id(),
            ":role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"
        );
        let mut target = CfnScalableTarget::new(
            self.max,
            self.min,
            concat_values!("service/", cluster_name, "/", service_name),
            "ecs:service:DesiredCount",
            "ecs",
        )
        .role_arn(service_linked_role);
        if !self.schedules.is_empty() {
            let actions: Vec<_> = self.schedules.iter().map(|(id, schedule)| schedule.render(id, scope)).collect();
            target = target.scheduled_actions(actions);
        }
        let mut count = scope.scope("TaskCount");
        let mut place = count.scope("Target");
        let target = place.add("Resource", target);
        for (id, metric, goal) in self.policies {
            let mut place = place.scope(id);
            let most = if matches!(metric, Metric::Requests(_)) { f64::MAX } else { 100.0 };
            if !(goal > 0.0 && goal <= most) {
                let range = if most > 100.0 { "more than 0" } else { "more than 0 and at most 100" };
                place.problem(format!("the target must be {range}, got {goal}"));
            }
            let mut configuration = scaling_policy::TargetTrackingScalingPolicyConfiguration::new(goal)
                .predefined_metric_specification(metric.render(&mut place));
            for (setting, cooldown) in
                [("scale_in_cooldown", self.scale_in_cooldown), ("scale_out_cooldown", self.scale_out_cooldown)]
            {
                let Some(cooldown) = cooldown else { continue };
                if cooldown.as_secs() > 3_600 {
                    place.problem(format!("{setting} must be 0 to 3600 s, got {} s", cooldown.as_secs()));
                }
                let seconds = i64::try_from(cooldown.as_secs()).unwrap_or(i64::MAX);
                configuration = if setting == "scale_in_cooldown" {
                    configuration.scale_in_cooldown(seconds)
                } else {
                    configuration.scale_out_cooldown(seconds)
                };
            }
            if !self.scale_in {
                configuration = configuration.disable_scale_in(true);
            }
            let policy = CfnScalingPolicy::new(place.unique_id(), "TargetTrackingScaling")
                .scaling_target_id(target.id())
                .target_tracking_scaling_policy_configuration(configuration);
            place.add("Resource", policy);
        }
    }
}

impl Schedule {
    fn render(&self, id: &str, scope: &mut Scope<'_>) -> scalable_target::ScheduledAction {
        let text = &self.expression;
        if !["at(", "cron(", "rate("].iter().any(|start| text.starts_with(start)) || !text.ends_with(')') {
            scope.problem(format!("the schedule `{id}` must be `at(..)`, `cron(..)` or `rate(..)`, got `{text}`"));
        }
        if self.min > self.max {
            scope.problem(format!(
                "the schedule `{id}`: the minimum must not be more than the maximum, got {} and {}",
                self.min, self.max
            ));
        }
        let bounds = scalable_target::ScalableTargetAction::new().min_capacity(self.min).max_capacity(self.max);
        let action = scalable_target::ScheduledAction::new(text, id).scalable_target_action(bounds);
        match &self.time_zone {
            Some(zone) => action.timezone(zone),
            None => action,
        }
    }
}

impl Metric {
    fn render(&self, scope: &mut Scope<'_>) -> scaling_policy::PredefinedMetricSpecification {
        let metric = scaling_policy::PredefinedMetricSpecification::new;
        match self {
            Self::Cpu => metric("ECSServiceAverageCPUUtilization"),
            Self::Memory => metric("ECSServiceAverageMemoryUtilization"),
            Self::Requests(targets) => {
                let mut label = None;
                if let (Some(listener), Some(group)) =
                    (targets.dependencies().first(), targets.target_group_full_name())
                {
                    label = Some(concat_values!(load_balancer_full_name(listener), "/", group));
                } else {
                    scope.problem(
                        "requests can be counted only for a target group that a listener of this program sends them to",
                    );
                }
                metric("ALBRequestCountPerTarget").resource_label(label.unwrap_or_else(|| Value::from("unknown")))
            }
        }
    }
}

/// Returns `app/name/id` from the ARN of a listener or rule, which has it after its first slash.
fn load_balancer_full_name(listener: &Target) -> Value<String> {
    let arn: Value<String> = ResourceRef::<belvedere_cfn::CfnResource>::new(listener.clone()).identifier();
    let part = |index: i64| functions::select::<String>(index, functions::split("/", &arn));
    concat_values!(part(1), "/", part(2), "/", part(3))
}

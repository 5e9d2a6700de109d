//! How a service goes from one task definition to the next.

use belvedere_cfn::ecs::service;
use belvedere_cfn::{IntoValue, Value, kind};

use crate::scope::Scope;

/// What ECS does about a deployment whose tasks do not become healthy.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CircuitBreaker {
    /// It gives up, and goes back to the last deployment that worked.
    #[default]
    RollBack,
    /// It gives up, and leaves the service as it is.
    Stop,
    /// It goes on trying, and CloudFormation waits for it up to three hours.
    Off,
}

/// What ECS does about a deployment during which an alarm goes off.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmBehavior {
    /// It goes back to the last deployment that worked.
    RollBack,
    /// It counts the deployment as failed, and leaves the service as it is.
    Fail,
}

/// How a service is deployed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deployment {
    pub(super) circuit_breaker: CircuitBreaker,
    pub(super) min_healthy_percent: u8,
    pub(super) max_healthy_percent: u16,
    pub(super) alarms: Option<(Vec<Value<kind::cloudwatch::AlarmName>>, AlarmBehavior)>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            circuit_breaker: CircuitBreaker::RollBack,
            min_healthy_percent: 100,
            max_healthy_percent: 200,
            alarms: None,
        }
    }
}

impl Deployment {
    pub(super) fn set_alarms<A: IntoValue<kind::cloudwatch::AlarmName>>(
        &mut self,
        names: impl IntoIterator<Item = A>,
        behavior: AlarmBehavior,
    ) {
        self.alarms = Some((names.into_iter().map(IntoValue::into_value).collect(), behavior));
    }

    pub(super) fn render(self, scope: &mut Scope<'_>) -> service::DeploymentConfiguration {
        let (min, max) = (self.min_healthy_percent, self.max_healthy_percent);
        if min > 100 {
            scope.problem(format!("min_healthy_percent must be 0 to 100, got {min}"));
        }
        if !(100..=200).contains(&max) {
            scope.problem(format!("max_healthy_percent must be 100 to 200, got {max}"));
        }
        if u16::from(min) >= max {
            scope.problem(format!(
                "a deployment needs room: min_healthy_percent must be less than max_healthy_percent, got {min} and {max}"
            ));
        }
        let mut configuration =
            service::DeploymentConfiguration::new().maximum_percent(max).minimum_healthy_percent(min);
        let roll_back = match self.circuit_breaker {
            CircuitBreaker::RollBack => Some(true),
            CircuitBreaker::Stop => Some(false),
            CircuitBreaker::Off => None,
        };
        if let Some(roll_back) = roll_back {
            let breaker = service::DeploymentCircuitBreaker::new(true, roll_back);
            configuration = configuration.deployment_circuit_breaker(breaker);
        }
        if let Some((names, behavior)) = self.alarms {
            if names.is_empty() {
                scope.problem("deployment_alarms needs at least one alarm");
            }
            let roll_back = behavior == AlarmBehavior::RollBack;
            configuration = configuration.alarms(service::DeploymentAlarms::new(names, true, roll_back));
        }
        configuration
    }
}

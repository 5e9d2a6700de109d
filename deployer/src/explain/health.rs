//! Targets of a load balancer that it does not find healthy.

use aws_sdk_elasticloadbalancingv2::types::{TargetGroup, TargetHealthDescription};
use futures_util::future::join;

use super::{add, asked};
use crate::clients::Clients;

/// How many targets are told.
const TARGETS: usize = 3;

/// The targets that are not healthy, and what they are asked.
pub(super) async fn of_target_group(clients: &Clients, arn: &str) -> Vec<String> {
    let health = asked(clients.elbv2.describe_target_health().target_group_arn(arn).send());
    let group = asked(clients.elbv2.describe_target_groups().target_group_arns(arn).send());
    let (health, group) = join(health, group).await;
    let targets = health.iter().flat_map(|answer| answer.target_health_descriptions());
    let mut lines = Vec::new();
    for line in targets.filter_map(unhealthy).take(TARGETS) {
        add(&mut lines, line);
    }
    if !lines.is_empty() {
        lines.extend(group.iter().flat_map(|answer| answer.target_groups()).next().map(check));
    }
    lines
}

/// The targets that count against a group: those that are leaving or that no listener asks do not.
fn unhealthy(target: &TargetHealthDescription) -> Option<String> {
    let health = target.target_health()?;
    let state = health.state()?.as_str();
    if !matches!(state, "unhealthy" | "unavailable" | "unhealthy.draining") {
        return None;
    }
    let place = target.target().map_or_else(String::new, |target| {
        let port = target.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", target.id().unwrap_or_default())
    });
    let reason = health.reason().map(|reason| format!(": {}", reason.as_str())).unwrap_or_default();
    let description = health.description().map(|text| format!(": {text}")).unwrap_or_default();
    Some(format!("target {place} is {state}{reason}{description}"))
}

/// `its health check: GET HTTP /health at port 8080, every 30 s, 5 s to answer, must give 200-299`
fn check(group: &TargetGroup) -> String {
    let protocol = group.health_check_protocol().map_or("TCP", |protocol| protocol.as_str());
    let path = group.health_check_path().map(|path| format!(" {path}")).unwrap_or_default();
    let port = match group.health_check_port() {
        Some("traffic-port") | None => group
            .port()
            .map_or_else(|| "the target's port".into(), |port| format!("the target's port, {port} by default")),
        Some(port) => format!("port {port}"),
    };
    let every = group.health_check_interval_seconds().map(|seconds| format!(", every {seconds} s")).unwrap_or_default();
    let time = group.health_check_timeout_seconds().map(|s| format!(", {s} s to answer")).unwrap_or_default();
    let matcher = group.matcher().and_then(|matcher| matcher.http_code().or(matcher.grpc_code()));
    let matcher = matcher.map(|codes| format!(", must give {codes}")).unwrap_or_default();
    format!("its health check: {protocol}{path} at {port}{every}{time}{matcher}")
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{
        Matcher, ProtocolEnum, TargetDescription, TargetHealth, TargetHealthReasonEnum, TargetHealthStateEnum,
    };

    use super::*;

    #[test]
    fn an_unhealthy_target_tells_why_and_what_it_was_asked() {
        let target = |state: TargetHealthStateEnum| {
            let health = TargetHealth::builder().state(state).reason(TargetHealthReasonEnum::ResponseCodeMismatch);
            let health = health.description("Health checks failed with these codes: [502]").build();
            let place = TargetDescription::builder().id("10.0.1.5").port(8080).build();
            TargetHealthDescription::builder().target(place).target_health(health).build()
        };
        let expected = "target 10.0.1.5:8080 is unhealthy: Target.ResponseCodeMismatch: Health checks failed with these \
                        codes: [502]";
        assert_eq!(unhealthy(&target(TargetHealthStateEnum::Unhealthy)).as_deref(), Some(expected));
        assert_eq!(unhealthy(&target(TargetHealthStateEnum::Draining)), None);
        let group = TargetGroup::builder().health_check_protocol(ProtocolEnum::Http).health_check_path("/health");
        let group = group.health_check_port("traffic-port").port(8080).health_check_interval_seconds(30);
        let group = group.matcher(Matcher::builder().http_code("200").build()).build();
        let expected =
            "its health check: HTTP /health at the target's port, 8080 by default, every 30 s, must give 200";
        assert_eq!(check(&group), expected);
    }
}

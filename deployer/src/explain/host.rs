//! Hosts that did not say in time that they are ready.

use crate::resource_event::ResourceEvent;

/// Where a host keeps what became of its own set-up: CloudFormation never sees it.
pub(super) fn of_host(cause: &ResourceEvent) -> Vec<String> {
    let reason = cause.reason.as_deref().unwrap_or_default();
    let (id, kind) = (cause.physical_id.as_deref().unwrap_or_default(), cause.resource_type.as_str());
    let is_signal = ["signal", "WaitCondition", "Received 0 conditions"].iter().any(|word| reason.contains(word));
    if kind != "AWS::CloudFormation::WaitCondition" && !is_signal {
        return Vec::new();
    }
    let log = "the host's own log says why: /var/log/cloud-init-output.log, and /var/log/cfn-init.log where it has one";
    let how = match kind {
        "AWS::EC2::Instance" if id.starts_with("i-") => {
            format!("aws ec2 get-console-output --latest --output text --instance-id {id}")
        }
        "AWS::AutoScaling::AutoScalingGroup" if !id.is_empty() => {
            format!("aws autoscaling describe-scaling-activities --auto-scaling-group-name {id}")
        }
        _ => "aws ssm start-session --target INSTANCE".to_owned(),
    };
    vec![log.to_owned(), format!("as long as the host is there: {how}")]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_cloudformation::types::StackEvent;

    use super::*;

    fn lines(kind: &str, id: &str, reason: &str) -> Vec<String> {
        let event = StackEvent::builder().resource_type(kind).physical_resource_id(id).resource_status_reason(reason);
        of_host(&ResourceEvent::of(&event.build(), "App", &BTreeMap::new()))
    }

    #[test]
    fn a_host_that_kept_silent_has_a_log() {
        let reason = "Failed to receive 1 resource signal(s) within the specified duration";
        let lines = lines("AWS::EC2::Instance", "i-1", reason);
        assert!(lines[0].contains("/var/log/cloud-init-output.log"), "{lines:?}");
        assert!(lines[1].ends_with("--instance-id i-1"), "{lines:?}");
    }

    #[test]
    fn what_failed_otherwise_has_none() {
        assert!(lines("AWS::EC2::Instance", "i-1", "The image id does not exist").is_empty());
        assert!(!lines("AWS::CloudFormation::WaitCondition", "", "WaitCondition timed out.").is_empty());
    }
}

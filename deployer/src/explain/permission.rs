//! Calls that were not allowed: exactly what is missing, and who needs it.

use crate::resource_event::ResourceEvent;

/// How EC2 says that a call is not allowed without saying which.
const ENCODED: &str = "Encoded authorization failure message: ";

/// What to do about a call that was not allowed; nothing where that is not the matter.
pub(super) fn advice(cause: &ResourceEvent, reason: &str) -> Option<String> {
    if !is_denied(reason) {
        return None;
    }
    let action =
        word_after(reason, "perform: ").or_else(|| word_after(reason, "API: ")).filter(|word| word.contains(':'));
    let Some(action) = action else {
        let service = cause.resource_type.split("::").nth(1).unwrap_or("service").to_lowercase();
        return Some(format!(
            "whoever deploys, or the role that CloudFormation deploys with, needs the permission to do that in {service}; \
             CloudTrail has the call that was denied"
        ));
    };
    let who = word_after(reason, "User: ").unwrap_or("whoever deploys, or the role that CloudFormation deploys with");
    let on = word_after(reason, "on resource: ").map(|on| format!(" on {on}")).unwrap_or_default();
    let mut text = if reason.contains("explicit deny") {
        let policy =
            ["service control policy", "permissions boundary", "resource control policy", "VPC endpoint policy"];
        let policy = policy.iter().find(|name| reason.contains(**name)).copied().unwrap_or("policy");
        format!("a {policy} denies {action}{on} to {who}: ask whoever keeps it")
    } else {
        format!("give {who} the permission {action}{on}")
    };
    if reason.contains(ENCODED) {
        text += "; `aws sts decode-authorization-message` tells the whole of it";
    }
    Some(text)
}

fn is_denied(reason: &str) -> bool {
    let texts = ["is not authorized to perform", "You are not authorized to perform", "AccessDenied", "Access Denied"];
    texts.iter().any(|text| reason.contains(text)) || reason.contains("UnauthorizedOperation")
}

/// The word after `mark`, without what ends a sentence.
fn word_after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let word = text.split_once(mark)?.1.split_whitespace().next()?;
    Some(word.trim_end_matches(['.', ',', ';', ')'])).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_cloudformation::types::StackEvent;

    use super::*;

    fn told(reason: &str) -> Option<String> {
        let event = StackEvent::builder().resource_type("AWS::S3::Bucket").build();
        advice(&ResourceEvent::of(&event, "App", &BTreeMap::new()), reason)
    }

    #[test]
    fn the_exact_permission_is_named() {
        let reason = "User: arn:aws:iam::1:user/ana is not authorized to perform: ecs:CreateService on resource: \
                      arn:aws:ecs:eu-west-1:1:service/Main/Api because no identity-based policy allows it (Service: ECS)";
        let expected = "give arn:aws:iam::1:user/ana the permission ecs:CreateService on \
                        arn:aws:ecs:eu-west-1:1:service/Main/Api";
        assert_eq!(told(reason).as_deref(), Some(expected));
        let reason = "API: ec2:RunInstances You are not authorized to perform this operation. Encoded authorization \
                      failure message: abc";
        let text = told(reason).expect("denied");
        assert!(text.contains("the permission ec2:RunInstances;") && text.contains("decode-authorization-message"));
        let reason =
            "User: u is not authorized to perform: s3:CreateBucket with an explicit deny in a service control policy";
        assert_eq!(
            told(reason).as_deref(),
            Some("a service control policy denies s3:CreateBucket to u: ask whoever keeps it")
        );
    }

    #[test]
    fn what_is_not_named_is_not_made_up() {
        assert!(
            told("Access Denied (Service: S3, Status Code: 403)")
                .expect("denied")
                .contains("needs the permission to do that in s3")
        );
        assert_eq!(told("Bucket names are in lower case"), None);
    }
}

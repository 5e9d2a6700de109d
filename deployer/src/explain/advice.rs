//! What to do about failures that many have met before.

use super::permission;
use crate::resource_event::ResourceEvent;

/// A failure that is known by words of its message, and what to do about it.
type Known = (&'static [&'static str], &'static str);

/// Words of a reason that only say that something else went wrong.
const GENERAL: [&str; 4] = ["circuit breaker", "did not stabilize", "notstabilized", "exceeded attempts to wait"];

/// What to do about a failure: by its own reason first, then by what the services say besides.
pub(crate) fn advice(cause: &ResourceEvent, lines: &[String]) -> Option<String> {
    let reason = cause.reason.as_deref().unwrap_or_default();
    if is_general(reason) {
        // A task or a target says more than what waited for it.
        return by_details(lines).or_else(|| known(reason));
    }
    permission::advice(cause, reason).or_else(|| known(reason)).or_else(|| by_details(lines))
}

/// What to do about something that does not serve.
pub(crate) fn advice_of(text: &str, lines: &[String]) -> Option<String> {
    by_details(lines).or_else(|| known(text))
}

/// What the tasks say comes before what their load balancer says of them, and that before what the service says of both.
fn by_details(lines: &[String]) -> Option<String> {
    let is_task = |line: &&String| line.starts_with("a task stopped") || line.starts_with("its container ");
    let tasks = || lines.iter().filter(is_task);
    // What a program writes is not a service's word, but for this: there it could not even begin.
    let other_machine = || lines.iter().find(|line| line.contains("exec format error")).and_then(|line| known(line));
    let ended = || {
        let by_itself = |line: &String| {
            let code = line.split_once(" exited with ")?.1.split_whitespace().next()?;
            (!matches!(code, "137" | "143"))
                .then(|| "the program ends by itself: its last log lines say why".to_owned())
        };
        tasks().find_map(by_itself)
    };
    let rest =
        || lines.iter().filter(|line| !line.starts_with("log of ") && !is_general(line)).find_map(|line| known(line));
    let of_tasks = tasks().find_map(|line| known(line));
    of_tasks.or_else(other_machine).or_else(ended).or_else(rest)
}

fn is_general(text: &str) -> bool {
    let text = text.to_lowercase();
    GENERAL.iter().any(|words| text.contains(words))
}

fn known(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let found = KNOWN.iter().find(|(words, _)| words.iter().any(|words| text.contains(words)));
    found.map(|(_, advice)| (*advice).to_owned())
}

/// Words in lower case, the most special first.
const KNOWN: &[Known] = &[
    // Images.
    (
        &["no matching manifest for", "does not contain descriptor matching platform", "exec format error"],
        "the image is for another architecture than the task or the function: build it for that one",
    ),
    (
        &["toomanyrequests"],
        "the registry has had too many pulls without an account: copy the image to ECR, or pull it through a cache",
    ),
    (
        &[
            "i/o timeout",
            "request canceled while waiting for connection",
            "connection issue between the task and amazon ecr",
            "context deadline exceeded",
            "unable to pull secrets or registry auth",
            "net/http: tls handshake timeout",
        ],
        "the task has no way to the registry: give its subnets a NAT gateway, or a public address, or VPC endpoints for \
      ecr.api, ecr.dkr, S3, logs and secretsmanager, and let its security group reach them on 443",
    ),
    (
        &[
            "cannotpullcontainererror",
            "imagenotfoundexception",
            "manifest unknown",
            "pull access denied",
            "source image",
        ],
        "see that the image and its tag are in the registry, in this region, and that the execution role may pull it",
    ),
    (
        &["invalid or malformed image", "repository does not exist"],
        "see that the name of the image is right, and that it was pushed",
    ),
    // What a task needs before it begins.
    (
        &["failed to validate logger args", "failed to create cloudwatch log stream"],
        "see that the log group is there, and that the execution role has logs:CreateLogStream and logs:PutLogEvents",
    ),
    (
        &[
            "unable to retrieve secret",
            "secrets manager can't find the specified secret",
            "resourceinitializationerror: unable to pull",
        ],
        "see that the secret or parameter is there, and that the execution role may read it and use its key",
    ),
    (
        &["efs utils", "failed to set up efs", "mount.nfs", "failed to resolve \"fs-"],
        "see that each of the task's zones has a mount target, and that its security group lets the task in on 2049",
    ),
    // Health.
    (
        &["target.responsecodemismatch", "health checks failed with these codes"],
        "the program answers the health check with another code: correct its answer at that path, or the codes that are \
      taken for healthy",
    ),
    (
        &["target.timeout"],
        "the health check gets no answer: see that the program listens on that port on all addresses, and that the security \
      group of the tasks lets that of the load balancer in",
    ),
    (
        &[
            "target.failedhealthchecks",
            "failed elb health checks",
            "failed container health checks",
            "failed its own health check",
        ],
        "see that the program answers its health check in time: its path, its port, how long it takes to start (the grace \
      period), and its log",
    ),
    (
        &["outofmemoryerror", "exited with 137", "out of memory"],
        "the container needs more memory than it has: give it more, or have it use less",
    ),
    (
        &["does not have an associated load balancer"],
        "the service must come after the listener that uses its target group: add that dependency",
    ),
    // Capacity.
    (
        &[
            "insufficientinstancecapacity",
            "insufficient capacity",
            "capacity is unavailable at this time",
            "no container instances were found",
            "insufficient cpu units",
            "insufficient memory",
            "resource:cpu",
            "resource:memory",
            "no container instance met all of its requirements",
        ],
        "there is no capacity for it now: try again later, take another size or zone, or add instances to the cluster",
    ),
    (
        &["is not supported in your requested availability zone", "unsupported availability zone"],
        "take another zone or another instance type",
    ),
    // Hosts.
    (
        &["resource signal", "waitcondition timed out", "wait condition", "failure signal"],
        "see the host's own log; deploy with --no-rollback to keep the host for that",
    ),
    // Custom resources.
    (
        &[
            "did not receive a response from your custom resource",
            "custom resource failed to stabilize",
            "failed to stabilize in expected time",
        ],
        "the function never answered: it must send its answer to the ResponseURL also when it fails, and needs a way to S3 \
      from its subnets",
    ),
    (
        &["received response status [failed] from custom resource"],
        "the function of the custom resource says no: its log lines say why",
    ),
    // Names.
    (
        &["bucketalreadyexists", "requested bucket name is not available"],
        "the name of a bucket is unique in the world: take another, or none",
    ),
    (
        &["already exists", "alreadyexists", "already owned", "alreadyinuse"],
        "something of this name is there already: give the resource another name or none, delete the other, or import it",
    ),
    // Roles and policies.
    (
        &["service-linked role", "service linked role"],
        "make the service-linked role once: aws iam create-service-linked-role --aws-service-name SERVICE.amazonaws.com",
    ),
    (
        &[
            "cannot be assumed by lambda",
            "unable to assume role",
            "is not authorized to assume",
            "cannot assume the role",
        ],
        "the trust policy of the role must name the service; a role that was made a moment ago needs some seconds: try again",
    ),
    (&["invalid principal"], "a policy names a principal that is not there (any more): correct its ARN or account"),
    (
        &["malformedpolicydocument", "malformed policy", "policy document is not valid"],
        "correct the policy: actions, resources and the version are checked by the service",
    ),
    (
        &["kmsinvalidstateexception", "kms.disabledexception", "is pending deletion", "kms key is disabled"],
        "the KMS key cannot be used: enable it, cancel its deletion, or take another",
    ),
    // Certificates.
    (
        &[
            "certificatenotfound",
            "unsupportedcertificate",
            "fully-qualified domain name, a supported signature",
            "certificate is not issued",
            "not yet issued",
            "pending_validation",
        ],
        "the certificate is not issued: add its CNAME record to the domain's zone and wait until ACM says ISSUED; it must be \
      in this region (us-east-1 for CloudFront)",
    ),
    // Networks.
    (
        &["conflicts with another subnet", "cidr block", "invalidsubnet.range", "invalidvpc.range"],
        "take a range of addresses that is inside the VPC's and overlaps with no other",
    ),
    (
        &[
            "has a dependent object",
            "dependencyviolation",
            "has dependencies and cannot be deleted",
            "is currently in use",
        ],
        "something that the stack does not know still uses it, mostly a network interface (a Lambda function's goes after up \
      to 20 minutes): delete that, then try again",
    ),
    // Deletions.
    (&["bucket you tried to delete is not empty", "bucketnotempty"], "empty the bucket, or destroy with --force"),
    (&["repositorynotempty", "still contains images"], "delete the images of the repository, or destroy with --force"),
    (
        &["deletion protection", "deletionprotection", "disableapitermination"],
        "take its deletion protection back first",
    ),
    (&["as it is in use by", "is imported by"], "another stack imports it: deploy that without the import first"),
    (&["no export named"], "deploy the stack that exports it first, in the same account and region"),
    // Services that are not set up.
    (
        &["identity center", "aws_sso", "sso is not enabled", "aws single sign-on"],
        "enable IAM Identity Center in the organization's account, or let the workspace sign users in by SAML",
    ),
    (
        &["not subscribed", "subscriptionrequired", "optinrequired"],
        "the account has to sign up for this service or region first",
    ),
    // Credentials and pace.
    (
        &["security token included in the request is expired", "expiredtoken"],
        "the credentials have expired: sign in again",
    ),
    (
        &["rate exceeded", "throttling", "too many requests"],
        "the service was asked too often: try again, with fewer stacks at a time (--concurrency)",
    ),
    // Any limit of which no more is known.
    (
        &[
            "limitexceeded",
            "limit exceeded",
            "cannot exceed quota",
            "quota exceeded",
            "servicequotaexceeded",
            "maximum number of",
            "exceeds the maximum",
            "exceeded the limit",
        ],
        "a quota is used up: delete what is not needed, or ask for more in the console of Service Quotas, in this region",
    ),
    // What is wrong in the template.
    (
        &[
            "unsupported property",
            "extraneous key",
            "model validation failed",
            "properties validation failed",
            "is not a valid",
            "validation error detected",
            "invalid request provided",
            "encountered non numeric",
        ],
        "correct the property that the message names",
    ),
    (
        &["does not exist", "notfound", "not found", "could not be found"],
        "see that what the message names is there, in this account and region, and is made before this resource",
    ),
    // What waits.
    (
        &["circuit breaker", "did not stabilize", "notstabilized", "exceeded attempts to wait"],
        "it never came up: `belvedere logs` shows what it writes, where it has a log",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_cloudformation::types::StackEvent;

    use super::*;

    fn told(reason: &str, lines: &[&str]) -> String {
        let event = StackEvent::builder().resource_type("AWS::ECS::Service").resource_status_reason(reason).build();
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        advice(&ResourceEvent::of(&event, "App", &BTreeMap::new()), &lines).unwrap_or_default()
    }

    #[test]
    fn words_are_in_lower_case_and_each_row_is_reached() {
        for (words, advice) in KNOWN {
            for word in *words {
                assert_eq!(*word, word.to_lowercase());
                assert!(known(word).is_some(), "{word}");
            }
            assert!(words.iter().any(|word| known(word).as_deref() == Some(*advice)), "never told: {advice}");
        }
    }

    #[test]
    fn what_a_task_says_counts_more_than_what_waited_for_it() {
        let reason = "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker \
                      was triggered'.\" (HandlerErrorCode: GeneralServiceException)";
        let task = "a task stopped (TaskFailedToStart): CannotPullContainerError: pull image manifest has been retried \
                    1 time(s): image 1.dkr.ecr.eu-west-1.amazonaws.com/api:7 not found";
        assert!(told(reason, &[task]).starts_with("see that the image and its tag"));
        let breaker = "its deployment is FAILED: ECS deployment circuit breaker: tasks failed to start.";
        let target = "target 10.0.1.5:8080 is unhealthy: Target.Timeout: Request timed out";
        let ended = "its container api exited with 1";
        assert!(told(reason, &[breaker, target, ended]).starts_with("the program ends by itself"));
        let asked = "its container api exited with 143 (it was asked to end)";
        assert!(told(reason, &[breaker, target, asked]).starts_with("the health check gets no answer"));
        assert!(told(reason, &[breaker]).starts_with("it never came up"));
        assert!(
            told(reason, &["log of api: file not found"]).starts_with("it never came up"),
            "a program may say anything"
        );
        assert!(told("", &["its container api exited with 1"]).starts_with("the program ends by itself"));
    }

    #[test]
    fn well_known_failures_have_their_advice() {
        let cases = [
            ("the-bucket already exists in stack arn:aws:cloudformation:…", "something of this name"),
            ("Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:role/gone\"", "a policy names a principal"),
            (
                "The certificate 'arn' must have a fully-qualified domain name, a supported signature, and",
                "the certificate is",
            ),
            ("CannotPullContainerError: … dial tcp 10.0.0.1:443: i/o timeout", "the task has no way"),
            ("The bucket you tried to delete is not empty", "empty the bucket"),
            ("resource sg-1 has a dependent object", "something that the stack does not know"),
            ("Cannot exceed quota for PoliciesPerRole: 10", "a quota is used up"),
            ("User: u is not authorized to perform: s3:CreateBucket", "give u the permission s3:CreateBucket"),
        ];
        for (reason, expected) in cases {
            assert!(told(reason, &[]).starts_with(expected), "{reason}: {}", told(reason, &[]));
        }
        assert_eq!(told("nobody has ever seen this", &[]), "");
    }
}

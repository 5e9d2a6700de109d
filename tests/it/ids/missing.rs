//! Paths that the AWS CDK has and Belvedere's tree has not, and why.

const NO_CONSTRUCT: &str = "Belvedere has the CloudFormation resource alone, at whatever path it is added";
const BESIDE: &str =
    "Belvedere adds it beside what it belongs to, as the AWS CDK does without the method of the parent";

/// Each path below the stack, with the reason.
pub(super) const MISSING: &[(&str, &str)] = &[
    ("Alias/Resource", NO_CONSTRUCT),
    (
        "Alias2/Resource",
        "a key's aliases are set on the key, at `Key/Alias`; any further one is a CloudFormation resource",
    ),
    ("Composite/Resource", NO_CONSTRUCT),
    ("Dashboard/Resource", NO_CONSTRUCT),
    ("Encrypted/Key/Resource", "a bucket takes a key that is defined elsewhere and makes none of its own"),
    ("Errors/Resource", NO_CONSTRUCT),
    ("Files/Access/Resource", BESIDE),
    ("Function/EventInvokeConfig/Resource", "a function's asynchronous failures go to a queue, without this resource"),
    ("Function/FunctionUrl/Resource", NO_CONSTRUCT),
    ("Instance/InstanceProfile", NO_CONSTRUCT),
    ("Instance/InstanceRole/Resource", NO_CONSTRUCT),
    ("Instance/InstanceSecurityGroup/Resource", NO_CONSTRUCT),
    ("Instance/Resource", NO_CONSTRUCT),
    ("Live/Resource", NO_CONSTRUCT),
    ("Logs/Forward/CanInvokeLambda", NO_CONSTRUCT),
    ("Logs/Forward/Resource", NO_CONSTRUCT),
    ("Managed/Resource", NO_CONSTRUCT),
    ("Namespace/Discovered/Resource", BESIDE),
    ("People/Resource", NO_CONSTRUCT),
    ("Profile/Resource", NO_CONSTRUCT),
    ("Repository/Resource", NO_CONSTRUCT),
    ("Rule/Resource", "a listener's rules are added to the listener, at `Balancer/Http/MetricsRule` as by its method"),
    ("SchedulerRoleForTarget-f6b413/DefaultPolicy/Resource", "each schedule has its own role, at `Schedule/Role`"),
    ("SchedulerRoleForTarget-f6b413/Resource", "each schedule has its own role, at `Schedule/Role`"),
    ("Stream/Resource", NO_CONSTRUCT),
    ("Table/Resource", NO_CONSTRUCT),
    ("User/DefaultPolicy/Resource", NO_CONSTRUCT),
    ("User/Resource", NO_CONSTRUCT),
    ("Version/Resource", NO_CONSTRUCT),
    ("Zone/Resource", NO_CONSTRUCT),
];

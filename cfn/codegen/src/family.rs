//! Families: the services that one Cargo feature of `belvedere-cfn` switches on.
//!
//! The registry takes no crate with more than 300 features, and there are more services than that. The families that
//! the construct library uses hold nothing else, since each of its users compiles them.

/// A Cargo feature.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) is_default: bool,
    pub(crate) services: &'static [&'static str],
}

const fn default(name: &'static str, services: &'static [&'static str]) -> Family {
    Family { name, is_default: true, services }
}

const fn optional(name: &'static str, services: &'static [&'static str]) -> Family {
    Family { name, is_default: false, services }
}

/// The service that is always compiled: nested stacks and custom resources are CloudFormation's own vocabulary.
pub(crate) const ALWAYS: &str = "cloudformation";

/// Returns the family of a service's module.
pub(crate) fn family_of(service: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.services.contains(&service))
}

/// The families, in alphabetical order.
#[rustfmt::skip]
pub(crate) const FAMILIES: &[Family] = &[
    optional("alexa", &["alexa"]),
    optional("analytics", &[
        "athena", "cleanrooms", "cleanroomsml", "databrew", "dataexchange", "datapipeline", "datazone", "emr",
        "emrcontainers", "emrserverless", "entityresolution", "finspace", "glue", "lakeformation", "omics",
    ]),
    optional("api", &["apigateway", "apigatewayv2", "appsync"]),
    optional("app-integration", &[
        "amazonmq", "appflow", "appintegrations", "b2bi", "eventschemas", "eventsv2", "mwaa", "mwaaserverless", "pipes",
        "stepfunctions",
    ]),
    optional("applications", &["amplify", "amplifyuibuilder", "appconfig", "apprunner", "elasticbeanstalk", "proton"]),
    optional("backup", &["backup", "backupgateway", "dlm", "drs", "rbin"]),
    optional("batch", &["batch", "pcs", "simspaceweaver"]),
    optional("bedrock", &[
        "agentregistry", "awsexternalanthropic", "bedrock", "bedrockagentcore", "bedrockmantle", "novaact",
        "qbusiness",
    ]),
    optional("billing", &[
        "bcm", "bcmdataexports", "bcmpricingcalculator", "billing", "billingconductor", "budgets", "ce",
        "computeoptimizer", "cur", "invoicing", "pricingplanmanager",
    ]),
    optional("business-intelligence", &["quicksight"]),
    optional("cdn", &["cloudfront", "globalaccelerator"]),
    optional("compute", &[
        "autoscaling", "autoscalingplans", "elasticloadbalancing", "evs", "imagebuilder", "lightsail", "m2", "outposts",
        "workspacesinstances",
    ]),
    optional("contact-center", &[
        "cases", "connect", "connectcampaigns", "connectcampaignsv2", "customerprofiles", "voiceid", "wisdom",
    ]),
    default("containers", &["applicationautoscaling", "ecr", "ecs", "servicediscovery"]),
    optional("data-transfer", &["datasync", "directoryservice", "storagegateway", "transfer"]),
    optional("databases", &[
        "cassandra", "dax", "docdb", "docdbelastic", "dsql", "dynamodb", "elasticache", "memorydb", "neptune",
        "neptunegraph", "odb", "qldb", "rds", "sdb", "timestream",
    ]),
    optional("developer-tools", &[
        "cloud9", "codeartifact", "codebuild", "codecommit", "codeconnections", "codedeploy", "codeguruprofiler",
        "codegurureviewer", "codepipeline", "codestar", "codestarconnections", "codestarnotifications", "devicefarm",
        "fis", "apptest",
    ]),
    optional("dns", &[
        "arcregionswitch", "arczonalshift", "route53", "route53globalresolver", "route53profiles",
        "route53recoverycontrol", "route53recoveryreadiness", "route53resolver",
    ]),
    optional("eks", &["eks"]),
    optional("email", &["chatbot", "chime", "pinpoint", "pinpointemail", "ses", "smsvoice"]),
    optional("end-user", &["appstream", "wickr", "workspaces", "workspacesthinclient", "workspacesweb"]),
    optional("games", &["gamelift", "gameliftstreams"]),
    optional("governance", &[
        "accountaccess", "auditmanager", "cloudtrail", "config", "controltower", "launchwizard", "licensemanager",
        "notifications", "notificationscontacts", "organizations", "ram", "resiliencehub", "resiliencehubv2",
        "resourceexplorer2", "resourcegroups", "servicecatalog", "servicecatalogappregistry", "supportapp",
        "supportauthz", "uxc", "wellarchitected",
    ]),
    optional("health", &["healthagent", "healthimaging", "healthlake"]),
    optional("identity", &["accessanalyzer", "cognito", "identitystore", "rolesanywhere", "sso", "verifiedpermissions"]),
    optional("iot", &[
        "greengrass", "greengrassv2", "iot", "iotanalytics", "iotcoredeviceadvisor", "iotevents", "iotfleethub",
        "iotfleetwise", "iotsecuretunneling", "iotsitewise", "iotthingsgraph", "iottwinmaker", "iotwireless",
    ]),
    optional("machine-learning", &[
        "braket", "comprehend", "devopsguru", "forecast", "frauddetector", "kendra", "kendraranking", "lex",
        "lookoutequipment", "lookoutmetrics", "lookoutvision", "panorama", "personalize", "rekognition", "robomaker",
        "textract", "transcribe", "translate",
    ]),
    optional("media", &[
        "deadline", "elementalinference", "ivs", "ivschat", "kinesisvideo", "mediaconnect", "mediaconvert", "medialive",
        "mediapackage", "mediapackagev2", "mediastore", "mediatailor", "nimblestudio", "rtbfabric",
    ]),
    default("messaging", &["sns", "sqs"]),
    optional("migration", &["dms", "mgn", "refactorspaces"]),
    optional("misc", &["groundstation", "location", "managedblockchain", "scn"]),
    default("network", &["ec2", "elasticloadbalancingv2"]),
    optional("networking-extra", &[
        "appmesh", "directconnect", "interconnect", "networkfirewall", "networkmanager", "vpclattice",
    ]),
    default("observability", &["aps", "cloudwatch", "grafana", "logs", "xray"]),
    optional("observability-extra", &[
        "aiops", "applicationinsights", "applicationsignals", "devopsagent", "evidently", "internetmonitor",
        "networkflowmonitor", "networkmonitor", "oam", "observabilityadmin", "pi", "rum", "synthetics",
    ]),
    optional("operations", &[
        "opsworks", "opsworkscm", "ssmcontacts", "ssmguiconnect", "ssmincidents", "ssmquicksetup", "systemsmanagersap",
    ]),
    optional("sagemaker", &["sagemaker"]),
    optional("sam", &["serverless", "serverlessrepo"]),
    optional("search", &["elasticsearch", "opensearch", "opensearchserverless", "opensearchservice", "osis"]),
    default("security", &["certificatemanager", "iam", "kms", "secretsmanager", "ssm"]),
    optional("security-extra", &[
        "acmpca", "cloudhsm", "detective", "fms", "guardduty", "inspector", "inspectorv2", "macie", "mpa",
        "paymentcryptography", "pcaconnectorad", "pcaconnectorscep", "securityagent", "securityhub", "securitylake",
        "shield", "signer", "waf", "wafregional", "wafv2",
    ]),
    default("serverless", &["events", "lambda", "scheduler"]),
    default("storage", &["efs", "s3"]),
    optional("storage-extra", &["fsx", "s3express", "s3files", "s3objectlambda", "s3outposts", "s3tables", "s3vectors"]),
    optional("streaming", &["kafkaconnect", "kinesis", "kinesisanalytics", "kinesisanalyticsv2", "kinesisfirehose", "msk"]),
    optional("warehouse", &["redshift", "redshiftserverless"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_service_is_in_one_family_only() {
        let mut seen = BTreeSet::new();
        for service in FAMILIES.iter().flat_map(|family| family.services) {
            assert!(seen.insert(service), "{service} is in two families");
        }
        assert!(!seen.contains(&ALWAYS));
        assert_eq!(seen.len(), 310);
    }

    #[test]
    fn families_are_sorted_and_few() {
        assert!(FAMILIES.is_sorted_by_key(|family| family.name));
        assert!((25..=50).contains(&FAMILIES.len()));
    }
}

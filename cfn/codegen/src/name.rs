//! Names: from CloudFormation's to Rust's.

/// Returns the name of the service's module: `ec2` for `AWS::EC2::VPC`, `alexa` for `Alexa::ASK::Skill`.
pub(crate) fn service_of(cloudformation_type: &str) -> Option<String> {
    let mut parts = cloudformation_type.split("::");
    let vendor = parts.next()?;
    let service = parts.next()?;
    parts.next()?;
    Some(if vendor == "AWS" { service } else { vendor }.to_lowercase())
}

/// Returns the last part of a type's name: `VPC` for `AWS::EC2::VPC`.
pub(crate) fn resource_of(cloudformation_type: &str) -> &str {
    cloudformation_type.rsplit("::").next().unwrap_or(cloudformation_type)
}

/// Marks and units that the rule for words would tear apart, and runs of capitals that it would leave together.
const MARKS: [(&str, &str); 34] = [
    ("AWSKMS", "AwsKms"),
    ("CIDRIP", "CidrIp"),
    ("CloudWatch", "Cloudwatch"),
    ("DDoS", "Ddos"),
    ("DevOps", "Devops"),
    ("DynamoDB", "Dynamodb"),
    ("ETag", "Etag"),
    ("FSx", "Fsx"),
    ("GiB", "Gib"),
    ("GitHub", "Github"),
    ("GraphQL", "Graphql"),
    ("HANADB", "HanaDb"),
    ("HANASID", "HanaSid"),
    ("IPv", "Ipv"),
    ("IdCA", "IdcA"),
    ("IdCC", "IdcC"),
    ("IoT", "Iot"),
    ("JDBCURL", "JdbcUrl"),
    ("JMXURL", "JmxUrl"),
    ("KiB", "Kib"),
    ("MiB", "Mib"),
    ("MongoDB", "Mongodb"),
    ("MySQL", "Mysql"),
    ("OAuth", "Oauth"),
    ("OTel", "Otel"),
    ("PostgreSQL", "Postgresql"),
    ("RStudio", "Rstudio"),
    ("SAPSID", "SapSid"),
    ("SSEKMS", "SseKms"),
    ("SaaS", "Saas"),
    ("TiB", "Tib"),
    ("VCpu", "Vcpu"),
    ("VPCDHCP", "VpcDhcp"),
    ("WiFi", "Wifi"),
];

/// Splits a name into lower-case words: `DBClusterARNs` into `db`, `cluster`, `arns`.
///
/// A word ends where a capital follows a small letter or a digit, and before the last capital of a run that a small
/// letter follows, unless that letter is a plural's `s` that ends the word.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut name = name.to_owned();
    for (written, read) in MARKS {
        if name.contains(written) {
            name = name.replace(written, read);
        }
    }
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let previous = index.checked_sub(1).and_then(|index| characters.get(index));
        let next = characters.get(index + 1);
        let after_next = characters.get(index + 2);
        let ends_plural = next == Some(&'s') && after_next.is_none_or(|character| !character.is_ascii_lowercase());
        let starts = character.is_ascii_uppercase()
            && previous.is_some_and(|previous| {
                previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
                    || (next.is_some_and(char::is_ascii_lowercase) && !ends_plural)
            });
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.push(character.to_ascii_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Returns the name in snake case, with an underscore behind what Rust reserves: `type_`.
pub(crate) fn snake(name: &str) -> String {
    guarded(words(name).join("_"))
}

/// Returns the name in camel case with a capital first: `VpcEndpoint` for `VPCEndpoint`.
pub(crate) fn pascal(name: &str) -> String {
    guarded(words(name).iter().map(|word| capitalized(word)).collect())
}

/// Returns the name of a constant for the value of an enumeration: `AWS_KMS` for `aws:kms`.
///
/// A value that starts with a digit gets an underscore first; signs that tell two values apart are spelled out.
pub(crate) fn constant(value: &str) -> String {
    let spelled = match value {
        "" => "EMPTY".to_owned(),
        "*" => "ALL".to_owned(),
        _ => value
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(|character: char| character.is_ascii_digit()))
            .map_or_else(|| value.to_owned(), |rest| format!("minus {rest}"))
            .replace('+', " plus ")
            .replace(">=", " ge ")
            .replace("<=", " le ")
            .replace('>', " gt ")
            .replace('<', " lt ")
            .replace("!=", " ne ")
            .replace('=', " eq ")
            .replace('*', " star "),
    };
    let words = if spelled.chars().any(|character| character.is_ascii_lowercase()) {
        words(&spelled)
    } else {
        spelled.split(|character: char| !character.is_ascii_alphanumeric()).map(str::to_owned).collect()
    };
    let mut name = words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join("_").to_uppercase();
    if name.is_empty() {
        "OTHER".clone_into(&mut name);
    }
    if name.starts_with(|character: char| character.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// Returns what one element of a list of that name is called: `Policy` for `Policies`.
pub(crate) fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for suffix in ["sses", "xes", "ches", "shes", "uses"] {
        if name.ends_with(suffix) {
            return name[..name.len() - 2].to_owned();
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

fn guarded(mut name: String) -> String {
    const RESERVED: [&str; 54] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
        "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while",
        "yield", "Self", "safe",
    ];
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_a_reader_would_end_them() {
        let cases = [
            ("BucketName", "bucket_name"),
            ("DBClusterIdentifier", "db_cluster_identifier"),
            ("VPCId", "vpc_id"),
            ("LoadBalancerARNs", "load_balancer_arns"),
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("S3BucketName", "s3_bucket_name"),
            ("EC2SecurityGroupIds", "ec2_security_group_ids"),
            ("AssignIPv6AddressOnCreation", "assign_ipv6_address_on_creation"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("OAuthScopes", "oauth_scopes"),
            ("Type", "type_"),
            ("DNSName", "dns_name"),
            ("MemoryGiBPerVCpu", "memory_gib_per_vcpu"),
            ("VPCDHCPOptionsAssociation", "vpc_dhcp_options_association"),
            ("VPCsEnabled", "vpcs_enabled"),
            ("ClusterOIDCIssuer", "cluster_oidc_issuer"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn constants_are_identifiers() {
        let cases = [
            ("BucketOwnerEnforced", "BUCKET_OWNER_ENFORCED"),
            ("aws:kms", "AWS_KMS"),
            ("us-east-1", "US_EAST_1"),
            ("t2.micro", "T2_MICRO"),
            ("1.2", "_1_2"),
            ("-1", "MINUS_1"),
            ("*", "ALL"),
            ("HTTP2", "HTTP2"),
            ("TLS_v1", "TLS_V1"),
            ("", "EMPTY"),
        ];
        for (value, expected) in cases {
            assert_eq!(constant(value), expected);
        }
    }

    #[test]
    fn services_are_named_after_their_namespace() {
        assert_eq!(service_of("AWS::ElasticLoadBalancingV2::Listener").as_deref(), Some("elasticloadbalancingv2"));
        assert_eq!(service_of("Alexa::ASK::Skill").as_deref(), Some("alexa"));
        assert_eq!(service_of("AWS::EC2"), None);
    }
}

//! What the texts of an assembly leave open until it is deployed.

use crate::clients::Clients;
use crate::stack::Stack;

/// The values of `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placeholders {
    account: String,
    region: String,
    partition: String,
    endpoint_url: Option<String>,
}

impl Placeholders {
    /// Those of a stack; the account and the region that it does not name are those of whoever deploys.
    pub(crate) fn of(stack: &Stack, clients: &Clients) -> Self {
        let own = |named: &Option<String>, callers: &str| named.as_deref().unwrap_or(callers).to_owned();
        Self {
            account: own(&stack.environment.account, &clients.identity().account),
            region: own(&stack.environment.region, clients.region()),
            partition: clients.identity().partition.clone(),
            endpoint_url: clients.endpoint_url().map(str::to_owned),
        }
    }

    /// The same in another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The text with the values in place of the placeholders.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("${AWS::AccountId}", &self.account)
            .replace("${AWS::Region}", &self.region)
            .replace("${AWS::Partition}", &self.partition)
    }

    /// The URL by which CloudFormation reads a template that an assembly calls `s3://bucket/key`.
    pub(crate) fn template_url(&self, object_url: &str) -> String {
        let url = self.fill(object_url);
        let Some(object) = url.strip_prefix("s3://") else { return url };
        match &self.endpoint_url {
            Some(endpoint) => format!("{}/{object}", endpoint.trim_end_matches('/')),
            None => format!("https://s3.{}.{}/{object}", self.region, domain(&self.partition)),
        }
    }
}

/// The domain of a partition's services.
/// [AWS page](https://docs.aws.amazon.com/general/latest/gr/rande.html).
fn domain(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(partition: &str, endpoint_url: Option<&str>) -> Placeholders {
        Placeholders {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            partition: partition.into(),
            endpoint_url: endpoint_url.map(Into::into),
        }
    }

    #[test]
    fn each_placeholder_is_filled_wherever_it_stands() {
        let placeholders = placeholders("aws-cn", None);
        let text =
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-${AWS::AccountId}-${AWS::Region}-${AWS::Other}";
        let filled = "arn:aws-cn:iam::123456789012:role/cdk-123456789012-eu-west-1-${AWS::Other}";
        assert_eq!(placeholders.fill(text), filled);
        assert_eq!(placeholders.in_region("us-east-1").fill("${AWS::Region}"), "us-east-1");
    }

    #[test]
    fn a_template_has_the_url_of_its_partition_or_endpoint() {
        let object = "s3://assets-${AWS::Region}/a/b.json";
        let url = |partition, endpoint_url| placeholders(partition, endpoint_url).template_url(object);
        assert_eq!(url("aws", None), "https://s3.eu-west-1.amazonaws.com/assets-eu-west-1/a/b.json");
        assert_eq!(url("aws-cn", None), "https://s3.eu-west-1.amazonaws.com.cn/assets-eu-west-1/a/b.json");
        assert_eq!(url("aws", Some("http://127.0.0.1:4566/")), "http://127.0.0.1:4566/assets-eu-west-1/a/b.json");
        let https = "https://bucket.s3.amazonaws.com/${AWS::AccountId}.json";
        let expected = "https://bucket.s3.amazonaws.com/123456789012.json";
        assert_eq!(placeholders("aws", None).template_url(https), expected);
    }
}

//! What the AWS CDK's bootstrap stack has.
//!
//! [AWS page](https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html).

/// What is between the qualifier and the account in the name of the bucket, and of the repository.
const BUCKET: &str = "-assets-";
const REPOSITORY: &str = "-container-assets-";

/// A bootstrap stack, by what the names of its bucket and its repository are made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bootstrap {
    pub(super) qualifier: String,
    pub(super) account: String,
    pub(super) region: String,
}

impl Bootstrap {
    /// The one that has a bucket or a repository of this name, in which nothing is left open.
    pub(super) fn of(name: &str, account: &str, region: &str) -> Option<Self> {
        let rest = name.strip_prefix("cdk-")?.strip_suffix(&format!("{account}-{region}"))?;
        let qualifier = rest.strip_suffix(REPOSITORY).or_else(|| rest.strip_suffix(BUCKET))?;
        let of = |text: &str| text.to_owned();
        (!qualifier.is_empty()).then(|| Self { qualifier: of(qualifier), account: of(account), region: of(region) })
    }

    /// The name of its bucket.
    pub(super) fn bucket(&self) -> String {
        format!("cdk-{}{BUCKET}{}-{}", self.qualifier, self.account, self.region)
    }

    /// What is written in place of what, where its bucket and its repository are not there: names with and without
    /// placeholders, which in a template of another region are names of that region's.
    pub(super) fn swaps(&self, region_of_stack: &str) -> Vec<(String, String)> {
        let mut regions = vec![self.region.as_str()];
        if self.region == region_of_stack {
            regions.push("${AWS::Region}");
        }
        let mut swaps = Vec::new();
        for infix in [BUCKET, REPOSITORY] {
            for account in [self.account.as_str(), "${AWS::AccountId}"] {
                for region in &regions {
                    let theirs = format!("cdk-{}{infix}{account}-{region}", self.qualifier);
                    swaps.push((theirs, format!("belvedere{infix}{account}-{region}")));
                }
            }
        }
        swaps
    }
}

/// The bucket for assets that Belvedere makes where there is none.
pub(crate) fn own_bucket(account: &str, region: &str) -> String {
    format!("belvedere{BUCKET}{account}-{region}")
}

/// The repository for images that Belvedere makes where there is none.
pub(crate) fn own_repository(account: &str, region: &str) -> String {
    format!("belvedere{REPOSITORY}{account}-{region}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "123456789012";

    #[test]
    fn a_bootstrap_stack_is_known_by_its_names() {
        let of = |name: &str| Bootstrap::of(name, ACCOUNT, "eu-west-1");
        let found = of("cdk-hnb659fds-assets-123456789012-eu-west-1").expect("the default");
        assert_eq!(found.qualifier, "hnb659fds");
        assert_eq!(found.bucket(), "cdk-hnb659fds-assets-123456789012-eu-west-1");
        assert_eq!(of("cdk-hnb659fds-container-assets-123456789012-eu-west-1"), Some(found));
        assert_eq!(of("cdk-team-assets-123456789012-eu-west-1").map(|found| found.qualifier), Some("team".into()));
        for other in [
            "belvedere-assets-123456789012-eu-west-1",
            "cdk-assets-123456789012-eu-west-1",
            "cdk-hnb659fds-assets-123456789012-eu-west-2",
            "cdk-hnb659fds-assets-999999999999-eu-west-1",
            "documents",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn names_are_swapped_in_each_form_that_a_template_may_have() {
        let bootstrap = Bootstrap::of("cdk-q-assets-123456789012-eu-west-1", ACCOUNT, "eu-west-1").expect("one");
        let swaps = bootstrap.swaps("eu-west-1");
        let swap = |text: &str| swaps.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        for (infix, own) in
            [("-assets-", own_bucket as fn(&str, &str) -> String), ("-container-assets-", own_repository)]
        {
            for (account, region) in [(ACCOUNT, "eu-west-1"), ("${AWS::AccountId}", "${AWS::Region}")] {
                assert_eq!(swap(&format!("cdk-q{infix}{account}-{region}")), own(account, region));
            }
        }
        // In the template of another region the placeholder means that region, whose bucket may be there.
        let text = "cdk-q-assets-${AWS::AccountId}-${AWS::Region}";
        assert!(bootstrap.swaps("us-east-1").iter().all(|(from, _)| from != text));
    }
}

//! [`Finding`]: what a linter will say of a resource, and why that is accepted.

use belvedere_cfn::{Expr, Properties, Text};

use crate::body::Body;

/// What a linter says of a resource, and why it is accepted there.
///
/// It becomes metadata of the resource in the form that the linter itself looks for, so the reason travels with the
/// template. See [`Scope::acknowledge`](crate::Scope::acknowledge).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    linter: Linter,
    rule: String,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linter {
    Checkov,
    CfnLint,
    Guard,
}

impl Finding {
    /// A failed check of checkov, such as `CKV_AWS_18`.
    #[must_use]
    pub fn checkov(check: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { linter: Linter::Checkov, rule: check.into(), reason: reason.into() }
    }

    /// A rule of cfn-lint, such as `W3005`.
    #[must_use]
    pub fn cfn_lint(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { linter: Linter::CfnLint, rule: rule.into(), reason: reason.into() }
    }

    /// A rule of CloudFormation Guard, such as `S3_BUCKET_LOGGING_ENABLED`.
    #[must_use]
    pub fn guard(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { linter: Linter::Guard, rule: rule.into(), reason: reason.into() }
    }

    /// Writes the finding into a resource's metadata, beside those that are there.
    pub(crate) fn write(self, metadata: &mut Properties) {
        let (section, list): (&'static str, &[&'static str]) = match self.linter {
            Linter::Checkov => ("checkov", &["skip"]),
            Linter::CfnLint => ("cfn-lint", &["config", "ignore_checks"]),
            Linter::Guard => ("guard", &["SuppressedRules"]),
        };
        let entry = match self.linter {
            Linter::Checkov => {
                Properties::new().with("id", self.rule.clone()).with("comment", self.reason.clone()).into()
            }
            Linter::CfnLint | Linter::Guard => Expr::from(self.rule.clone()),
        };
        let mut place = metadata.entry(section);
        for (depth, name) in list.iter().enumerate() {
            let Expr::Object(members) = place else { return };
            if depth + 1 == list.len() && members.get(name).is_none() {
                members.set(*name, Vec::<Expr>::new());
            }
            place = members.entry(*name);
        }
        if let Expr::List(entries) = place {
            entries.push(entry);
        }
        // Only checkov has a place for the reason; for the others it stands beside the list.
        if self.linter != Linter::Checkov
            && let Expr::Object(reasons) = metadata.entry("belvedere:reasons")
        {
            reasons.set(Text::from(self.rule), self.reason);
        }
    }
}

impl Body {
    /// Returns the metadata of a resource of this stack.
    pub(crate) fn acknowledge(&mut self, target: &belvedere_cfn::Target, finding: Finding) -> bool {
        match self.resource_mut(target) {
            Some(resource) => {
                finding.write(resource.metadata_mut());
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Finding;
    use crate::Stack;
    use crate::cfn::sns::CfnTopic;
    use crate::testing::Template;

    #[test]
    fn findings_become_the_linters_own_metadata() {
        let mut stack = Stack::new("Test");
        let topic = stack.add("Topic", CfnTopic::new());
        stack.acknowledge(&topic, Finding::checkov("CKV_AWS_26", "no secrets in it"));
        stack.acknowledge(&topic, Finding::checkov("CKV_AWS_27", "nor here"));
        stack.acknowledge(&topic, Finding::cfn_lint("W3005", "kept for clarity"));
        stack.acknowledge(&topic, Finding::guard("SNS_ENCRYPTED_KMS", "no secrets in it"));
        let template = Template::from_stack(stack).expect("the stack is sound");
        let metadata = &template.to_json()["Resources"]["Topic"]["Metadata"];
        assert_eq!(metadata["checkov"]["skip"][1]["id"], "CKV_AWS_27");
        assert_eq!(metadata["cfn-lint"]["config"]["ignore_checks"][0], "W3005");
        assert_eq!(metadata["guard"]["SuppressedRules"][0], "SNS_ENCRYPTED_KMS");
        assert_eq!(metadata["belvedere:reasons"]["W3005"], "kept for clarity");
    }
}

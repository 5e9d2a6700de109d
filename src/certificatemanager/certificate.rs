//! [`Certificate`]: proof of who answers at a domain name.

use belvedere_cfn::certificatemanager::{CfnCertificate, certificate};
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use crate::construct::Construct;
use crate::scope::Scope;

/// Proof of who answers at a domain name, which Certificate Manager issues and renews once it finds a record of its own
/// in the domain's DNS.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html).
///
/// The deployment waits until the record is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    domain_name: Value<String>,
    alternative_names: Vec<Value<String>>,
    hosted_zone_id: Option<Value<String>>,
}

impl Certificate {
    /// A certificate for a domain name, such as `app.example.com` or `*.example.com`.
    #[must_use]
    pub fn new(domain_name: impl IntoValue<String>) -> Self {
        Self { domain_name: domain_name.into_value(), alternative_names: Vec::new(), hosted_zone_id: None }
    }

    /// Adds another domain name to the certificate. It has one by default.
    #[must_use]
    pub fn alternative_name(mut self, domain_name: impl IntoValue<String>) -> Self {
        self.alternative_names.push(domain_name.into_value());
        self
    }

    /// The hosted zone of Route 53 that CloudFormation writes the record into, for all names. By default somebody has to
    /// write it by hand while the deployment waits.
    #[must_use]
    pub fn hosted_zone_id(mut self, id: impl IntoValue<String>) -> Self {
        self.hosted_zone_id = Some(id.into_value());
        self
    }
}

impl Construct for Certificate {
    type Ref = CertificateRef;

    fn define(self, scope: &mut Scope<'_>) -> CertificateRef {
        let names = || std::iter::once(&self.domain_name).chain(&self.alternative_names);
        let complaints: Vec<String> = names().filter_map(|name| name_complaint(name.as_str()?)).collect();
        for complaint in complaints {
            scope.problem(complaint);
        }
        let mut resource = CfnCertificate::new(&self.domain_name).validation_method("DNS");
        if let Some(zone) = &self.hosted_zone_id {
            let options: Vec<_> = names()
                .map(|name| certificate::DomainValidationOption::new().domain_name(name).hosted_zone_id(zone))
                .collect();
            resource = resource.domain_validation_options(options);
        }
        if !self.alternative_names.is_empty() {
            resource = resource.subject_alternative_names(self.alternative_names);
        }
        let resource = scope.add("Resource", resource);
        CertificateRef { certificate_arn: resource.certificate_arn(), resource: Some(resource) }
    }
}

fn name_complaint(name: &str) -> Option<String> {
    let legal = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let fits = name.len() <= 253 && plain.contains('.') && plain.split('.').all(legal);
    (!fits).then(|| format!("a domain name looks like `app.example.com` or `*.example.com`, got `{name}`"))
}

/// A certificate, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateRef {
    certificate_arn: Value<kind::certificatemanager::CertificateArn>,
    resource: Option<ResourceRef<CfnCertificate>>,
}

impl CertificateRef {
    /// Stands for a certificate that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::certificatemanager::CertificateArn>) -> Self {
        Self { certificate_arn: arn.into_value(), resource: None }
    }

    /// The certificate's ARN.
    #[must_use]
    pub fn certificate_arn(&self) -> Value<kind::certificatemanager::CertificateArn> {
        self.certificate_arn.clone()
    }

    /// The CloudFormation resource, if this program defines the certificate.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnCertificate>> {
        self.resource.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::Certificate;
    use crate::Stack;
    use crate::testing::{Template, json};

    #[test]
    fn a_hosted_zone_is_named_for_every_domain_name() {
        let mut stack = Stack::new("S");
        stack.add("Cert", Certificate::new("a.example.com").alternative_name("*.a.example.com").hosted_zone_id("Z1"));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource_properties(
            "AWS::CertificateManager::Certificate",
            json!({
                "DomainName": "a.example.com",
                "DomainValidationOptions": [
                    { "DomainName": "a.example.com", "HostedZoneId": "Z1" },
                    { "DomainName": "*.a.example.com", "HostedZoneId": "Z1" },
                ],
                "SubjectAlternativeNames": ["*.a.example.com"],
                "ValidationMethod": "DNS",
            }),
        );
        assert_eq!(found.logical_id(), "Cert5C9FAEC1");
    }

    #[test]
    fn rejects_what_is_no_domain_name() {
        for name in ["example", "a..example.com", "-a.example.com", "a_b.example.com", "https://example.com"] {
            let mut stack = Stack::new("S");
            stack.add("Cert", Certificate::new(name));
            assert!(Template::from_stack(stack).is_err(), "{name}");
        }
    }
}

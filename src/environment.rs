//! [`Environment`]: the account and region that a stack is for.

use belvedere_cfn::{Value, pseudo};

/// The account and region that a stack is for, each known or left to whoever deploys.
///
/// ```
/// # use belvedere::Environment;
/// let production = Environment::new("123456789012", "eu-central-1");
/// assert_eq!(production.to_string(), "aws://123456789012/eu-central-1");
/// assert_eq!(Environment::agnostic().to_string(), "aws://unknown-account/unknown-region");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Environment {
    account: Option<String>,
    region: Option<String>,
}

impl Environment {
    /// A known account (12 digits) and region.
    #[must_use]
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: Some(account.into()), region: Some(region.into()) }
    }

    /// Any account and region: the template can be deployed wherever its user likes.
    #[must_use]
    pub const fn agnostic() -> Self {
        Self { account: None, region: None }
    }

    /// Any account, in a known region.
    #[must_use]
    pub fn region_only(region: impl Into<String>) -> Self {
        Self { account: None, region: Some(region.into()) }
    }

    pub(crate) const fn from_parts(account: Option<String>, region: Option<String>) -> Self {
        Self { account, region }
    }

    /// Returns the account, where it is known.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Returns the region, where it is known.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Returns the account for a template: the known one, or `AWS::AccountId`.
    #[must_use]
    pub fn account_value(&self) -> Value<String> {
        self.account.as_deref().map_or_else(pseudo::account_id, Value::from)
    }

    /// Returns the region for a template: the known one, or `AWS::Region`.
    #[must_use]
    pub fn region_value(&self) -> Value<String> {
        self.region.as_deref().map_or_else(pseudo::region, Value::from)
    }

    /// Returns what is wrong with the account and region, if anything is.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(account) = &self.account
            && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
        {
            problems.push(format!("an account id has 12 digits, got `{account}`"));
        }
        if let Some(region) = &self.region
            && !(region.contains('-')
                && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'))
        {
            problems.push(format!("a region looks like `eu-central-1`, got `{region}`"));
        }
        problems
    }
}

impl std::fmt::Display for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "aws://{}/{}",
            self.account().unwrap_or("unknown-account"),
            self.region().unwrap_or("unknown-region")
        )
    }
}

//! The way to AWS, as the arguments and the settings say.

use crate::{Connection, Settings};

#[derive(Debug, clap::Args)]
pub(super) struct Aws {
    /// Profile of the shared configuration files [default: the settings', or AWS_PROFILE]
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    profile: Option<String>,

    /// Region of stacks that name none [default: the settings', or AWS_REGION]
    #[arg(long, value_name = "CODE", help_heading = "AWS")]
    region: Option<String>,

    /// Role to assume before anything else
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    role_arn: Option<String>,

    /// URL of all services, such as that of an emulator [default: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL", help_heading = "AWS")]
    endpoint_url: Option<String>,
}

impl Aws {
    pub(super) fn connection(&self, settings: &Settings) -> Connection {
        let mut connection = Connection::new();
        if let Some(profile) = self.profile.as_ref().or(settings.profile.as_ref()) {
            connection = connection.profile(profile);
        }
        if let Some(region) = self.region.as_ref().or(settings.region.as_ref()) {
            connection = connection.region(region);
        }
        if let Some(arn) = &self.role_arn {
            connection = connection.role_arn(arn);
        }
        if let Some(url) = &self.endpoint_url {
            connection = connection.endpoint_url(url);
        }
        connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_counts_over_the_settings() {
        let (profile, region) = (Some("settings".into()), Some("eu-west-1".into()));
        let settings = Settings { profile, region, ..Settings::default() };
        let aws = Aws { profile: Some("argument".into()), region: None, role_arn: None, endpoint_url: None };
        let expected = Connection::new().profile("argument").region("eu-west-1");
        assert_eq!(aws.connection(&settings), expected);
    }
}

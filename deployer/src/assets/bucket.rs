//! A bucket, and what is in it.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::error::AssetError;
use super::job::Target;
use crate::deploy_error::AwsError;

/// A bucket, which must be the account's own: whoever guesses its name and makes it first gets nothing.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) account: String,
    region: String,
}

impl Bucket {
    pub(super) fn new(client: &Client, name: &str, target: &Target) -> Self {
        let (account, region) = (target.account.clone(), target.region.clone());
        Self { client: client.clone(), name: name.to_owned(), account, region }
    }

    /// Whether an object is there.
    pub(super) async fn has(&self, key: &str) -> Result<bool, AssetError> {
        let head = self.client.head_object().bucket(&self.name).key(key).expected_bucket_owner(&self.account);
        let Err(error) = head.send().await else { return Ok(true) };
        match status(&error) {
            Some(404) => Ok(false),
            // Of an object that is not there, too, where the caller may not list the bucket.
            Some(403) => {
                self.check().await?;
                Err(AssetError::DeniedObject { bucket: self.name.clone(), key: key.to_owned() })
            }
            _ => Err(self.failed("s3:HeadObject", &error)),
        }
    }

    /// Whether there is a bucket of this name, whoever has it.
    pub(super) async fn is_there(&self) -> Result<bool, AssetError> {
        let Err(error) = self.client.head_bucket().bucket(&self.name).send().await else { return Ok(true) };
        match status(&error) {
            Some(404) => Ok(false),
            // It may not be looked at, or is in another region.
            Some(301 | 400 | 403) => Ok(true),
            _ => Err(self.failed("s3:HeadBucket", &error)),
        }
    }

    /// Sees that the bucket is there, and the account's own.
    pub(super) async fn check(&self) -> Result<(), AssetError> {
        let head = self.client.head_bucket().bucket(&self.name);
        let Err(error) = head.clone().expected_bucket_owner(&self.account).send().await else { return Ok(()) };
        let (bucket, account) = (self.name.clone(), self.account.clone());
        match status(&error) {
            Some(404) => Err(AssetError::NoBucket { bucket, account, region: self.region.clone() }),
            // S3 says no more. A bucket that may be used as long as nobody asks whose it is belongs to somebody else.
            Some(403) if head.send().await.is_ok() => Err(AssetError::ForeignBucket { bucket, account }),
            Some(403) => Err(AssetError::DeniedBucket { bucket, account }),
            _ => Err(self.failed("s3:HeadBucket", &error)),
        }
    }

    /// What became of a call.
    pub(super) fn failed<E>(&self, operation: &str, error: &SdkError<E, HttpResponse>) -> AssetError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let response = error.raw_response();
        if let Some(actual) = response.and_then(|response| response.headers().get("x-amz-bucket-region"))
            && actual != self.region
        {
            let (bucket, region) = (self.name.clone(), self.region.clone());
            return AssetError::BucketRegion { bucket, region, actual: actual.to_owned() };
        }
        let mut failure = AwsError::new(operation, error);
        // What is asked by HEAD is answered without a body, so without a reason.
        if failure.code.is_empty()
            && let Some(status) = status(error)
        {
            failure.message = format!("S3 answers with HTTP status {status}");
        }
        failure.into()
    }
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

//! What the metadata service of Amazon EC2 tells about an instance, in its second version:
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html>.

use axum::http::{HeaderName, Method};
use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::attribute;
use serde::Deserialize;

use super::metadata::{Metadata, MetadataError};

/// The attributes of the instance whose metadata service is at `address`.
pub(crate) async fn attributes(address: &str) -> Result<Vec<KeyValue>, MetadataError> {
    const LIFETIME: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
    const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
    let metadata = Metadata::new();
    let address = address.trim_end_matches('/');
    let token = metadata.ask(Method::PUT, &format!("{address}/latest/api/token"), &[(LIFETIME, "60")]).await?;
    let token = String::from_utf8_lossy(&token).into_owned();
    let headers = [(TOKEN, token.as_str())];
    let document = format!("{address}/latest/dynamic/instance-identity/document");
    let document: Document = metadata.json(&document, &headers).await?;
    let name = metadata.ask(Method::GET, &format!("{address}/latest/meta-data/hostname"), &headers).await.ok();
    let arch = document.architecture.as_deref().map(|arch| super::host_arch(arch).to_owned());
    Ok([
        (attribute::CLOUD_PROVIDER, Some("aws".to_owned())),
        (attribute::CLOUD_PLATFORM, Some("aws_ec2".to_owned())),
        (attribute::CLOUD_ACCOUNT_ID, document.account_id),
        (attribute::CLOUD_REGION, document.region),
        (attribute::CLOUD_AVAILABILITY_ZONE, document.availability_zone),
        (attribute::HOST_ID, document.instance_id),
        (attribute::HOST_TYPE, document.instance_type),
        (attribute::HOST_IMAGE_ID, document.image_id),
        (attribute::HOST_ARCH, arch),
        (attribute::HOST_NAME, name.map(|name| String::from_utf8_lossy(&name).into_owned())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
    .collect())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    account_id: Option<String>,
    architecture: Option<String>,
    availability_zone: Option<String>,
    image_id: Option<String>,
    instance_id: Option<String>,
    instance_type: Option<String>,
    region: Option<String>,
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::IntoResponse;
    use axum::routing::{get, put};
    use axum::{Json, Router};
    use serde_json::json;

    use super::super::metadata::{by_name, served};
    use super::*;

    /// Answers as the service does: to those who have a token.
    fn service(token: &'static str) -> Router {
        let allowed =
            move |headers: &HeaderMap| headers.get("x-aws-ec2-metadata-token").is_some_and(|value| value == token);
        let document = move |headers: HeaderMap| async move {
            let document = json!({
                "accountId": "111122223333", "architecture": "arm64", "availabilityZone": "eu-west-1b",
                "imageId": "ami-5fb8c835", "instanceId": "i-1234567890abcdef0", "instanceType": "t4g.small",
                "region": "eu-west-1", "billingProducts": null, "version": "2017-09-30",
            });
            if allowed(&headers) { Json(document).into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
        };
        let name = move |headers: HeaderMap| async move {
            if allowed(&headers) { "ip-10-0-0-1".into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
        };
        let new_token = move |headers: HeaderMap| async move {
            let lifetime = headers.get("x-aws-ec2-metadata-token-ttl-seconds");
            if lifetime.is_some() { token.into_response() } else { StatusCode::BAD_REQUEST.into_response() }
        };
        Router::new()
            .route("/latest/api/token", put(new_token))
            .route("/latest/dynamic/instance-identity/document", get(document))
            .route("/latest/meta-data/hostname", get(name))
    }

    #[tokio::test]
    async fn an_instance_is_described() {
        let (address, server) = served(service("AQAEAN==")).await;
        let attributes = attributes(&address).await.expect("the token is shown");
        server.abort();
        let found = by_name(&attributes);
        for (name, value) in [
            ("cloud.platform", "aws_ec2"),
            ("cloud.account.id", "111122223333"),
            ("cloud.region", "eu-west-1"),
            ("cloud.availability_zone", "eu-west-1b"),
            ("host.id", "i-1234567890abcdef0"),
            ("host.type", "t4g.small"),
            ("host.image.id", "ami-5fb8c835"),
            ("host.arch", "arm64"),
            ("host.name", "ip-10-0-0-1"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
        }
    }

    #[tokio::test]
    async fn fails_where_something_else_answers() {
        let (address, server) = served(Router::new().route("/", get(|| async { "a router" }))).await;
        let error = attributes(&address).await.expect_err("no token");
        server.abort();
        assert!(error.to_string().ends_with("/latest/api/token must answer 200, got 404"), "{error}");
    }
}

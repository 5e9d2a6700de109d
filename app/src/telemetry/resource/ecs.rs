//! What the agent of Amazon ECS tells about a task:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html>.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_semantic_conventions::attribute;
use serde::Deserialize;

use super::metadata::{Metadata, MetadataError};

/// The attributes of the task and the container whose metadata are at `address`.
pub(crate) async fn attributes(address: &str) -> Result<Vec<KeyValue>, MetadataError> {
    let metadata = Metadata::new();
    let address = address.trim_end_matches('/');
    let of_task = format!("{address}/task");
    let (container, task) = tokio::try_join!(metadata.json(address, &[]), metadata.json(&of_task, &[]))?;
    Ok(read(container, task))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Container {
    #[serde(rename = "ContainerARN")]
    container_arn: Option<String>,
    docker_id: Option<String>,
    docker_name: Option<String>,
    image: Option<String>,
    #[serde(rename = "ImageID")]
    image_id: Option<String>,
    log_driver: Option<String>,
    log_options: LogOptions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LogOptions {
    #[serde(rename = "awslogs-group")]
    group: Option<String>,
    #[serde(rename = "awslogs-stream")]
    stream: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Task {
    cluster: Option<String>,
    #[serde(rename = "TaskARN")]
    task_arn: Option<String>,
    family: Option<String>,
    revision: Option<String>,
    availability_zone: Option<String>,
    launch_type: Option<String>,
}

fn read(container: Container, task: Task) -> Vec<KeyValue> {
    let arn = task.task_arn.as_deref().and_then(Arn::read);
    // Older agents give the name of the cluster alone.
    let cluster = task.cluster.map(|cluster| match &arn {
        Some(Arn { partition, region, account, .. }) if !cluster.starts_with("arn:") => {
            format!("arn:{partition}:ecs:{region}:{account}:cluster/{cluster}")
        }
        _ => cluster,
    });
    let image = container.image.as_deref().map(Image::read).unwrap_or_default();
    let awslogs = container.log_driver.as_deref() == Some("awslogs");
    let one = |text: Option<String>| text.map(|text| Value::Array(Array::String(vec![StringValue::from(text)])));
    let owned = |text: Option<&str>| text.map(|text| Value::from(text.to_owned()));
    let text = |text: Option<String>| text.map(Value::from);
    [
        (attribute::CLOUD_PROVIDER, Some("aws".into())),
        (attribute::CLOUD_PLATFORM, Some("aws_ecs".into())),
        (attribute::CLOUD_REGION, owned(arn.as_ref().map(|arn| arn.region))),
        (attribute::CLOUD_ACCOUNT_ID, owned(arn.as_ref().map(|arn| arn.account))),
        (attribute::CLOUD_AVAILABILITY_ZONE, text(task.availability_zone)),
        (attribute::CLOUD_RESOURCE_ID, text(container.container_arn.clone())),
        (attribute::AWS_ECS_CONTAINER_ARN, text(container.container_arn)),
        (attribute::AWS_ECS_CLUSTER_ARN, text(cluster)),
        (attribute::AWS_ECS_TASK_ID, owned(arn.as_ref().and_then(|arn| arn.resource.rsplit('/').next()))),
        (attribute::AWS_ECS_TASK_ARN, text(task.task_arn.clone())),
        (attribute::AWS_ECS_TASK_FAMILY, text(task.family)),
        (attribute::AWS_ECS_TASK_REVISION, text(task.revision)),
        (attribute::AWS_ECS_LAUNCHTYPE, text(task.launch_type.map(|launch_type| launch_type.to_ascii_lowercase()))),
        (attribute::CONTAINER_ID, text(container.docker_id)),
        (attribute::CONTAINER_NAME, text(container.docker_name)),
        (attribute::CONTAINER_IMAGE_ID, text(container.image_id)),
        (attribute::CONTAINER_IMAGE_NAME, owned(image.name)),
        (attribute::CONTAINER_IMAGE_TAGS, one(image.tag.map(str::to_owned))),
        (attribute::CONTAINER_IMAGE_REPO_DIGESTS, one(image.digest.map(str::to_owned))),
        (attribute::AWS_LOG_GROUP_NAMES, one(container.log_options.group.filter(|_| awslogs))),
        (attribute::AWS_LOG_STREAM_NAMES, one(container.log_options.stream.filter(|_| awslogs))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
    .collect()
}

/// `arn:{partition}:{service}:{region}:{account}:{resource}`.
struct Arn<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
        let partition = parts.next()?;
        let _service = parts.next()?;
        Some(Self { partition, region: parts.next()?, account: parts.next()?, resource: parts.next()? })
    }
}

/// `name:tag@digest`, of which the name alone is always there; the name may begin with `host:port/`.
#[derive(Default)]
struct Image<'a> {
    name: Option<&'a str>,
    tag: Option<&'a str>,
    /// The whole text, as the conventions want it.
    digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    fn read(image: &'a str) -> Self {
        let (rest, digest) = match image.rsplit_once('@') {
            Some((rest, _)) => (rest, Some(image)),
            None => (image, None),
        };
        match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => Self { name: Some(name), tag: Some(tag), digest },
            _ => Self { name: Some(rest), tag: None, digest },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Json, Router};
    use serde_json::json;

    use super::super::metadata::{by_name, served};
    use super::*;

    #[tokio::test]
    async fn a_task_is_described() {
        let container = json!({
            "DockerId": "cd189a933e5849daa93386466019ab50-2495160603",
            "Name": "web",
            "DockerName": "web",
            "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/processor:1.2@sha256:25f3",
            "ImageID": "sha256:25f3695b",
            "ContainerARN": "arn:aws:ecs:us-west-2:111122223333:container/default/cd18/05281ee3",
            "LogDriver": "awslogs",
            "LogOptions": {"awslogs-group": "/ecs/web", "awslogs-region": "us-west-2", "awslogs-stream": "ecs/web/cd18"},
            "Limits": {"CPU": 2},
        });
        let task = json!({
            "Cluster": "default",
            "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/cd189a933e5849daa93386466019ab50",
            "Family": "web",
            "Revision": "2",
            "AvailabilityZone": "us-west-2a",
            "LaunchType": "FARGATE",
        });
        let router = Router::new()
            .route("/v4/id", get(|| async { Json(container) }))
            .route("/v4/id/task", get(|| async { Json(task) }));
        let (address, server) = served(router).await;
        let attributes = attributes(&format!("{address}/v4/id")).await.expect("both documents are read");
        server.abort();
        let found = by_name(&attributes);
        for (name, value) in [
            ("cloud.provider", "aws"),
            ("cloud.platform", "aws_ecs"),
            ("cloud.region", "us-west-2"),
            ("cloud.account.id", "111122223333"),
            ("cloud.availability_zone", "us-west-2a"),
            ("aws.ecs.cluster.arn", "arn:aws:ecs:us-west-2:111122223333:cluster/default"),
            ("aws.ecs.task.id", "cd189a933e5849daa93386466019ab50"),
            ("aws.ecs.task.family", "web"),
            ("aws.ecs.task.revision", "2"),
            ("aws.ecs.launchtype", "fargate"),
            ("container.id", "cd189a933e5849daa93386466019ab50-2495160603"),
            ("container.name", "web"),
            ("container.image.name", "111122223333.dkr.ecr.us-west-2.amazonaws.com/processor"),
            ("container.image.tags", "[\"1.2\"]"),
            ("aws.log.group.names", "[\"/ecs/web\"]"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
        }
    }

    #[tokio::test]
    async fn fails_where_the_agent_does() {
        let (address, server) = served(Router::new()).await;
        let error = attributes(&address).await.expect_err("404");
        server.abort();
        assert!(error.to_string().ends_with("must answer 200, got 404"), "{error}");
    }

    #[test]
    fn images_are_taken_apart() {
        for (image, name, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("host:5000/nginx", "host:5000/nginx", None, None),
            ("host:5000/nginx:1", "host:5000/nginx", Some("1"), None),
            ("nginx@sha256:aa", "nginx", None, Some("nginx@sha256:aa")),
        ] {
            let read = Image::read(image);
            assert_eq!((read.name, read.tag, read.digest), (Some(name), tag, digest), "{image}");
        }
    }
}

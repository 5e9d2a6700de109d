//! [`ContainerImage`]: what a container is made from.

use std::path::PathBuf;

use belvedere_cfn::{IntoValue, Value, concat_values, functions, pseudo};

use super::cargo_image::CargoImage;
use super::dockerfile_image::DockerfileImage;
use super::fargate_task_definition::CpuArchitecture;
use crate::iam::{Grant, PolicyStatement};
use crate::image_asset::ImageLocation;
use crate::scope::Scope;
use crate::secretsmanager::SecretRef;

/// What a container is made from: an image of a registry, pinned to a version, or one that is built when the task is
/// deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerImage {
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    Registry { name: Value<String>, credentials: Option<SecretRef> },
    Ecr { repository_arn: Value<String>, version: String },
    Cargo(CargoImage),
    Dockerfile(DockerfileImage),
}

impl From<CargoImage> for ContainerImage {
    fn from(image: CargoImage) -> Self {
        Self { source: Source::Cargo(image) }
    }
}

impl From<DockerfileImage> for ContainerImage {
    fn from(image: DockerfileImage) -> Self {
        Self { source: Source::Dockerfile(image) }
    }
}

/// What a container definition and its execution role need of an image.
#[derive(Debug)]
pub(super) struct RenderedImage {
    pub(super) name: Value<String>,
    pub(super) credentials: Option<Value<String>>,
    pub(super) pull: Option<Grant>,
}

impl ContainerImage {
    /// An image by the name that `docker pull` takes, with a tag or a digest:
    /// `public.ecr.aws/docker/library/busybox:1.37.0`.
    ///
    /// A name without either, and the tag `latest`, is a problem: what runs would be decided by the day on which a task
    /// starts, and a rollback would not bring back what ran before.
    #[must_use]
    pub fn registry(name: impl IntoValue<String>) -> Self {
        Self { source: Source::Registry { name: name.into_value(), credentials: None } }
    }

    /// An image of a registry that wants a name and password, which `secret` holds as the fields `username` and `password`
    /// of a JSON object. The execution role may then read it.
    /// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html).
    #[must_use]
    pub fn private_registry(name: impl IntoValue<String>, secret: &SecretRef) -> Self {
        Self { source: Source::Registry { name: name.into_value(), credentials: Some(secret.clone()) } }
    }

    /// An image of a private repository of ECR, by a tag such as `1.4.2` or a digest such as `sha256:..`. The execution
    /// role may then pull from the repository. As for other registries, `latest` is a problem.
    #[must_use]
    pub fn ecr(repository_arn: impl IntoValue<String>, version: impl Into<String>) -> Self {
        Self { source: Source::Ecr { repository_arn: repository_arn.into_value(), version: version.into() } }
    }

    /// A program of yours: the package of Cargo in `directory`, which is built and assembled into an image when the task
    /// is deployed, and pushed to a repository of ECR that is made for it. The execution role may then pull from that.
    ///
    /// `directory` is the package's own, and where it is looked for whether the program has changed, together with the
    /// `Cargo.lock` beside or above it. [`CargoImage::source`] names other packages that it is made from.
    ///
    /// ```
    /// use belvedere::ecs::{ContainerDefinition, ContainerImage};
    ///
    /// let api = ContainerDefinition::new("api", ContainerImage::cargo("api", "api").source("shared"));
    /// ```
    pub fn cargo(package: impl Into<String>, directory: impl Into<PathBuf>) -> CargoImage {
        CargoImage::new(package.into(), directory.into())
    }

    /// An image that docker, podman or finch builds of `directory` and its `Dockerfile` when the task is deployed. It
    /// goes where [`ContainerImage::cargo`] goes.
    ///
    /// The directory is copied into the assembly, but for `target`, `.git` and `node_modules` inside it: a Dockerfile
    /// that copies a program from `target` has nothing to copy.
    pub fn dockerfile(directory: impl Into<PathBuf>) -> DockerfileImage {
        DockerfileImage::new(directory.into())
    }

    /// The architecture is that of the task.
    pub(super) fn render(self, architecture: CpuArchitecture, scope: &mut Scope<'_>) -> RenderedImage {
        let asset = match self.source {
            Source::Cargo(image) => image.asset(architecture, scope),
            Source::Dockerfile(image) => image.asset(architecture, scope),
            Source::Registry { name, credentials } => {
                if let Some(complaint) = name.as_str().and_then(name_complaint) {
                    scope.problem(format!("the image {complaint}"));
                }
                return RenderedImage {
                    name,
                    pull: credentials.as_ref().map(SecretRef::read),
                    credentials: credentials.map(|secret| secret.secret_arn().cast()),
                };
            }
            Source::Ecr { repository_arn, version } => {
                if version.is_empty() || version == "latest" {
                    scope.problem(format!(
                        "the image is not pinned: give a tag other than `latest`, or a digest, got `{version}`"
                    ));
                }
                let separator = if version.starts_with("sha256:") { "@" } else { ":" };
                let name = concat_values!(repository_uri(&repository_arn), separator, version);
                return RenderedImage { name, credentials: None, pull: Some(pull(&repository_arn)) };
            }
        };
        let ImageLocation { uri, repository_arn } = scope.image(asset);
        RenderedImage { name: uri, credentials: None, pull: Some(pull(&repository_arn)) }
    }
}

/// Returns what it takes to pull from a repository of ECR.
fn pull(repository_arn: &Value<String>) -> Grant {
    Grant::new([
        PolicyStatement::allow(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
            .on(repository_arn),
        PolicyStatement::allow(["ecr:GetAuthorizationToken"]).on_all_resources(),
    ])
}

/// Returns what is wrong with the name of an image, as the end of a sentence.
pub(super) fn name_complaint(name: &str) -> Option<String> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Some(format!("needs a name without spaces, got `{name}`"));
    }
    if let Some((_, digest)) = name.split_once('@') {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        let fits = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        return (!fits).then(|| format!("needs a digest of `sha256:` and 64 hexadecimal digits, got `{name}`"));
    }
    // A colon before the last slash is that of the registry's port.
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, tag)) if !tag.is_empty() && tag != "latest" => None,
        _ => Some(format!("is not pinned: give a tag other than `latest`, or a digest, got `{name}`")),
    }
}

/// Returns `account.dkr.ecr.region.suffix/name` for `arn:partition:ecr:region:account:repository/name`.
fn repository_uri(arn: &Value<String>) -> Value<String> {
    if let Some([_, _, _, region, account, repository]) = arn.as_str().and_then(|text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        <[&str; 6]>::try_from(parts).ok()
    }) {
        let name = repository.strip_prefix("repository/").unwrap_or(repository);
        return concat_values!(account, ".dkr.ecr.", region, ".", pseudo::url_suffix(), "/", name);
    }
    let part = |index: i64| functions::select::<String>(index, functions::split(":", arn));
    let name = functions::select::<String>(1, functions::split("repository/", part(5)));
    concat_values!(part(4), ".dkr.ecr.", part(3), ".", pseudo::url_suffix(), "/", name)
}

#[cfg(test)]
mod tests {
    use super::{name_complaint, repository_uri};
    use belvedere_cfn::Value;

    #[test]
    fn a_pinned_name_is_taken() {
        for name in ["nginx:1.27.0", "localhost:5000/app:2", &format!("public.ecr.aws/a/b@sha256:{}", "0".repeat(64))] {
            assert_eq!(name_complaint(name), None);
        }
    }

    #[test]
    fn rejects_names_that_are_not_pinned() {
        for name in ["nginx", "nginx:latest", "localhost:5000/app", "", "a b:1", "nginx@sha256:12"] {
            assert!(name_complaint(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_repositorys_uri_comes_from_its_arn() {
        let uri = repository_uri(&Value::from("arn:aws:ecr:eu-central-1:123456789012:repository/foo/bar"));
        let json = serde_json::to_value(&uri).unwrap_or_default().to_string();
        assert!(json.contains("123456789012.dkr.ecr.eu-central-1."), "{json}");
        assert!(json.contains("/foo/bar"), "{json}");
    }
}

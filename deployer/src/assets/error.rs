//! Why assets cannot be published, and what to do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;

use crate::clients::ConnectError;
use crate::deploy_error::AwsError;
use crate::image::ImageError;
use crate::package_error::PackageError;

/// Why assets cannot be published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssetError {
    /// Something is wrong with several assets.
    #[error("{}", errors.iter().map(|error| chain(error)).collect::<Vec<_>>().join("\n"))]
    Several {
        /// What is wrong, an [`AssetError::Asset`] each.
        errors: Vec<Self>,
    },
    /// Something is wrong with an asset.
    #[error("cannot publish {asset}")]
    Asset {
        /// The display name of the asset, or its id.
        asset: String,
        /// What is wrong.
        source: Box<Self>,
    },
    /// A file or directory was there when the app was synthesized, or when its assembly was read.
    #[error("{} is gone", path.display())]
    Gone {
        /// The path.
        path: PathBuf,
    },
    /// What an image is made from is no part of the assembly, and not where it was when that was synthesized.
    #[error("{} is gone, which the image is made from", path.display())]
    NoSource {
        /// The path.
        path: PathBuf,
    },
    /// A file or directory is not the one that its name in the bucket is made from.
    #[error("{} has changed after synth", path.display())]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// A file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A link leads out of the directory that is packed.
    #[error("the link {} leads out of the directory that is packed", path.display())]
    Outside {
        /// The link.
        path: PathBuf,
    },
    /// A link leads to a directory that holds it.
    #[error("the link {} leads to a directory that it is in", path.display())]
    Circle {
        /// The link.
        path: PathBuf,
    },
    /// The name of a file cannot be written into a zip file.
    #[error("the name of {} is not UTF-8", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A zip file cannot be written.
    #[error("cannot pack {}", path.display())]
    Pack {
        /// What is packed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A template that is deployed in another form cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A command cannot be started.
    #[error("cannot start {command:?}")]
    Start {
        /// The command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// A command fails.
    #[error("{command:?} failed: {status}")]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A command should tell what it made, and does not.
    #[error("{command:?} must write the name of what it made to stdout, got {answer:?}")]
    Answer {
        /// The command line.
        command: String,
        /// What it wrote.
        answer: String,
    },
    /// The arguments of `cargo belvedere package` are wrong.
    #[error("wrong arguments of {command:?}")]
    Arguments {
        /// The command line.
        command: String,
        /// What is wrong.
        source: Box<clap::Error>,
    },
    /// A program of the workspace cannot be packaged.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The destination is not one for what the asset is.
    #[error("a file cannot go to a repository, nor an image to a bucket")]
    Destination,
    /// There is no bucket of this name.
    #[error("the bucket {bucket} does not exist")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// The account that should have it.
        account: String,
        /// The region where it should be.
        region: String,
    },
    /// There is a bucket of this name, and it is somebody else's.
    #[error("the bucket {bucket} belongs to another account than {account}")]
    ForeignBucket {
        /// The bucket.
        bucket: String,
        /// The account that should have it.
        account: String,
    },
    /// The bucket may not be used; S3 does not say whether that is for want of rights or because it is somebody else's.
    #[error("access to the bucket {bucket} is denied: it may belong to another account than {account}")]
    DeniedBucket {
        /// The bucket.
        bucket: String,
        /// The account that should have it.
        account: String,
    },
    /// The bucket is the right one, but its objects may not be read.
    #[error("whether {key} is in the bucket {bucket} may not be read")]
    DeniedObject {
        /// The bucket.
        bucket: String,
        /// The key of the object.
        key: String,
    },
    /// The bucket is in another region.
    #[error("the bucket {bucket} must be in {region}, it is in {actual}")]
    BucketRegion {
        /// The bucket.
        bucket: String,
        /// Where it should be.
        region: String,
        /// Where it is.
        actual: String,
    },
    /// There is no repository of this name.
    #[error("the repository {repository} does not exist")]
    NoRepository {
        /// The repository.
        repository: String,
        /// The account that should have it.
        account: String,
        /// The region where it should be.
        region: String,
    },
    /// An image cannot be assembled or pushed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// What the repository has under the tag is not what was pushed.
    #[error("{repository} must have the image {pushed} as {tag}, it has {found}")]
    Digest {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The digest of what was pushed.
        pushed: String,
        /// The digest of what is there.
        found: String,
    },
    /// No container tool is installed to bring an image to.
    #[error("the image is to be brought to a container tool, and none is installed")]
    NoToolToLoad,
    /// No container tool is installed.
    #[error("an image has to be built, and no container tool is installed")]
    NoTool,
    /// The role of a destination cannot be assumed, and its account is another one.
    #[error(transparent)]
    Role(#[from] ConnectError),
    /// AWS did not do what it was asked to.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl AssetError {
    /// Several errors as one; none is success.
    pub(super) fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Several { errors }),
        }
    }

    /// The errors that are this one.
    pub(super) fn apart(self) -> Vec<Self> {
        match self {
            Self::Several { errors } => errors,
            one => vec![one],
        }
    }

    /// The same, as what is wrong with an asset.
    pub(super) fn of(self, asset: &str) -> Self {
        Self::Asset { asset: asset.to_owned(), source: Box::new(self) }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Several { errors } => {
                let mut hints: Vec<String> = Vec::new();
                for hint in errors.iter().filter_map(Self::hint) {
                    if !hints.contains(&hint) {
                        hints.push(hint);
                    }
                }
                (!hints.is_empty()).then(|| hints.join("; "))
            }
            Self::Asset { source, .. } => source.hint(),
            Self::Gone { .. } | Self::Changed { .. } => {
                Some("synthesize again; an assembly is not meant to be edited".into())
            }
            Self::NoSource { .. } => {
                Some("deploy in the directory in which the app was synthesized, where all that it is made from is".into())
            }
            Self::Read { .. } => Some("see that the file may be read".into()),
            Self::Write { .. } => Some("see that there is room in the directory for temporary files".into()),
            Self::Outside { .. } | Self::Circle { .. } => {
                Some("put a copy in place of the link, and synthesize again".into())
            }
            Self::Name { .. } => Some("give the file another name, and synthesize again".into()),
            Self::Start { .. } => Some("install the program, or correct the asset's command in the app".into()),
            Self::Package(error) => error.hint(),
            Self::NoBucket { bucket, account, region } => Some(make(bucket, "-assets-", account, region)),
            Self::ForeignBucket { .. } => Some(
                "do not publish to it: choose another qualifier or bucket in the app, and find out who made this one"
                    .into(),
            ),
            Self::DeniedBucket { .. } => {
                Some("see that the account is the right one, and that the credentials have s3:ListBucket".into())
            }
            Self::DeniedObject { .. } => Some("the credentials need s3:GetObject and s3:ListBucket".into()),
            Self::BucketRegion { .. } => Some("correct the region of the stack or of the asset in the app".into()),
            Self::NoRepository { repository, account, region } => {
                Some(make(repository, "-container-assets-", account, region))
            }
            Self::NoTool => Some("install docker, podman or finch, or name such a program in CDK_DOCKER".into()),
            Self::NoToolToLoad => Some(
                "publish with `belvedere deploy`, which needs none; or install docker, podman or finch, or name such a \
                 program in CDK_DOCKER"
                    .into(),
            ),
            Self::Image(error) => error.hint(),
            Self::Digest { .. } => Some("somebody else pushes there at the same time; deploy again".into()),
            Self::Role(error) => Some(error.hint()),
            Self::Pack { .. }
            | Self::Command { .. }
            | Self::Answer { .. }
            | Self::Arguments { .. }
            | Self::Destination
            | Self::Aws(_) => None,
        }
    }
}

/// How a bucket or repository comes to be; `infix` is what stands in its name between the qualifier and the account.
fn make(name: &str, infix: &str, account: &str, region: &str) -> String {
    let qualifier = name.strip_suffix(&format!("{infix}{account}-{region}"));
    match qualifier {
        Some(qualifier) if qualifier.starts_with("cdk-") => {
            let own =
                if qualifier == "cdk-hnb659fds" { String::new() } else { format!(" --qualifier {}", &qualifier[4..]) };
            format!("`cdk bootstrap aws://{account}/{region}{own}` makes it")
        }
        Some(qualifier) => {
            let stack = format!("{qualifier}{}", infix.trim_end_matches('-'));
            format!("deploy the stack {stack} first; it comes with the assembly")
        }
        None => "make it, or name another one in the app".into(),
    }
}

/// An error with what caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {}", error.to_string().trim_end());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_repository_has_a_stack_of_its_own() {
        let repository = "belvedere-container-assets-123456789012-eu-west-1".into();
        let missing =
            AssetError::NoRepository { repository, account: "123456789012".into(), region: "eu-west-1".into() };
        let hint = "deploy the stack belvedere-container-assets first; it comes with the assembly";
        assert_eq!(missing.hint().as_deref(), Some(hint));
    }

    fn no_bucket(bucket: &str) -> AssetError {
        AssetError::NoBucket { bucket: bucket.into(), account: "123456789012".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn a_missing_bucket_comes_with_the_way_to_make_it() {
        let hint = |bucket| no_bucket(bucket).hint().expect("a hint");
        let hints = [
            (
                "belvedere-assets-123456789012-eu-west-1",
                "deploy the stack belvedere-assets first; it comes with the assembly",
            ),
            ("cdk-hnb659fds-assets-123456789012-eu-west-1", "`cdk bootstrap aws://123456789012/eu-west-1` makes it"),
            (
                "cdk-team-assets-123456789012-eu-west-1",
                "`cdk bootstrap aws://123456789012/eu-west-1 --qualifier team` makes it",
            ),
            ("mine", "make it, or name another one in the app"),
        ];
        for (bucket, expected) in hints {
            assert_eq!(hint(bucket), expected);
        }
    }

    #[test]
    fn several_errors_have_a_line_each_and_each_hint_once() {
        let gone = |path: &str| AssetError::Gone { path: path.into() };
        let unreadable = AssetError::Read { path: "c".into(), source: io::Error::other("no") };
        let errors = vec![gone("a").of("A"), gone("b").of("B"), unreadable.of("C")];
        let error = AssetError::all(errors).expect_err("three");
        let text = "cannot publish A: a is gone\ncannot publish B: b is gone\ncannot publish C: cannot read c: no";
        assert_eq!(error.to_string(), text);
        let hint = "synthesize again; an assembly is not meant to be edited; see that the file may be read";
        assert_eq!(error.hint().as_deref(), Some(hint));
    }

    #[test]
    fn one_error_is_itself_and_none_is_success() {
        let error = AssetError::all(vec![AssetError::NoTool.of("A")]).expect_err("one");
        assert_eq!(
            (error.to_string().as_str(), chain(&error).contains("no container tool")),
            ("cannot publish A", true)
        );
        assert!(AssetError::all(Vec::new()).is_ok());
    }
}

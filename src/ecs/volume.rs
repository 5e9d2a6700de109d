//! [`Volume`]: storage that the containers of a task share.

use belvedere_cfn::ecs::task_definition;
use belvedere_cfn::{IntoValue, Target, Value, kind};

use crate::iam::{Grant, PolicyStatement};
use crate::scope::Scope;

/// Storage that the containers of a task share, each at a path of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    name: String,
    storage: Storage,
}

#[derive(Clone, Debug, PartialEq)]
enum Storage {
    Ephemeral,
    Efs(EfsVolume),
}

/// A directory of an EFS file system, reached over TLS and with the task role's permissions.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html).
#[derive(Clone, Debug, PartialEq)]
pub struct EfsVolume {
    file_system_id: Value<kind::efs::FileSystemId>,
    directory: Directory,
    grant: Grant,
    dependencies: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq)]
enum Directory {
    Root,
    Path(String),
    AccessPoint(Value<kind::efs::AccessPointId>),
}

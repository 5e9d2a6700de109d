//! [`ConfigFile`] and [`WritableDirectory`]: what is in place when a container starts.

use belvedere_cfn::{Expr, IntoValue, Intrinsic, Value};

use super::secret::Secret;
use crate::asset::Asset;

/// A file that is in place when a container starts, whether or not its image has a shell.
///
/// ECS has no files of its own. A small container that runs before all others writes the file into a volume, and the
/// container that wants it has the volume at the file's directory, for reading only. So:
///
/// - What the image itself has in that directory is hidden. A file straight in a directory such as `/etc` is a problem.
/// - The contents are taken as they are: a `$` in them means nothing to anybody on the way. Deploy-time values can be
///   anywhere in them, with [`concat_values!`](crate::concat_values).
/// - The small container's output is in the log of the first container that it does something for.
/// - Contents given as text are part of the task definition, which ECS limits to 64 KiB in all; synthesis says so when
///   it is more. [`ConfigFile::published`] and [`ConfigFile::asset`] have no such limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigFile {
    pub(super) path: String,
    pub(super) contents: Contents,
    pub(super) mode: u16,
    pub(super) owner: Option<Owner>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Contents {
    Text(Value<String>),
    Secret(Secret),
    Asset(Asset),
    /// One after the other.
    Parts(Vec<Self>),
}

/// A user and a group, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Owner {
    pub(super) const ROOT: Self = Self { uid: 0, gid: 0 };
}

impl ConfigFile {
    /// The file at `path`, which is absolute, with these contents.
    #[must_use]
    pub fn new(path: impl Into<String>, contents: impl IntoValue<String>) -> Self {
        Self::with_contents(path.into(), Contents::Text(contents.into_value()))
    }

    /// The file at `path` with what a secret holds. Neither the template nor the task definition shows it.
    #[must_use]
    pub fn secret(path: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::with_contents(path.into(), Contents::Secret(secret.into()))
    }

    /// The file at `path` with what a file asset holds, of any size. The task role may then read that object.
    #[must_use]
    pub fn asset(path: impl Into<String>, asset: Asset) -> Self {
        Self::with_contents(path.into(), Contents::Asset(asset))
    }

    /// The file at `path` with a text of any size: what is known of it is published as assets whose extension is this, such
    /// as `.json`, and only the deploy-time values in between are part of the task definition.
    #[must_use]
    pub fn published(path: impl Into<String>, contents: impl IntoValue<String>, extension: &str) -> Self {
        let part = |part: Expr| match part.as_str() {
            Some(text) => Contents::Asset(Asset::text(text, extension)),
            None => Contents::Text(Value::from_expr(part)),
        };
        let parts = match contents.into_value().into_expr() {
            Expr::Intrinsic(intrinsic) => match *intrinsic {
                Intrinsic::Join { delimiter, list: Expr::List(parts) } if delimiter.is_empty() => {
                    parts.into_iter().map(part).collect()
                }
                other => vec![part(other.into())],
            },
            whole => vec![part(whole)],
        };
        Self::with_contents(path.into(), Contents::Parts(parts))
    }

    const fn with_contents(path: String, contents: Contents) -> Self {
        Self { path, contents, mode: 0o644, owner: None }
    }

    /// The permission bits, such as `0o640`. `0o644` by default, which any user of the container can read.
    #[must_use]
    pub const fn mode(mut self, mode: u16) -> Self {
        self.mode = mode;
        self
    }

    /// Who owns the file. By default root, where the mode lets everybody read it; otherwise the container's
    /// [`user`](super::ContainerDefinition::user), as long as that is given by number.
    #[must_use]
    pub const fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some(Owner { uid, gid });
        self
    }
}

/// A directory that a container can write in, empty when its task starts and gone when it ends.
///
/// Fargate's volumes belong to root. A container that runs as somebody else needs the directory to be its own, and the
/// small container that writes [`ConfigFile`]s sees to that as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritableDirectory {
    pub(super) path: String,
    pub(super) mode: u16,
    pub(super) owner: Option<Owner>,
}

impl WritableDirectory {
    /// The directory at `path`, which is absolute.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), mode: 0o755, owner: None }
    }

    /// `/tmp`, where every user may make files of their own.
    #[must_use]
    pub fn temporary() -> Self {
        Self { path: "/tmp".to_owned(), mode: 0o1777, owner: Some(Owner::ROOT) }
    }

    /// The permission bits, such as `0o700`. `0o755` by default.
    #[must_use]
    pub const fn mode(mut self, mode: u16) -> Self {
        self.mode = mode;
        self
    }

    /// Who owns the directory. The container's [`user`](super::ContainerDefinition::user) where that is given by number,
    /// and root otherwise, by default.
    #[must_use]
    pub const fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some(Owner { uid, gid });
        self
    }
}

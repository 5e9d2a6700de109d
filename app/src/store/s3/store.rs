//! Documents as objects of Amazon S3.

use std::error::Error;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{
    Error as S3Error, GetOptions, ObjectStore, ObjectStoreExt, client::HttpError, client::HttpErrorKind,
};

use super::settings::{S3Settings, S3SettingsError};
use crate::store::limit::{Failure, Limited};
use crate::store::recent::RecentCheck;
use crate::store::{Key, KeyPrefix, Page, Store, StoreError};

/// Documents as objects of a general purpose bucket, named `<prefix>/<key>`.
///
/// Amazon S3 acknowledges an object once it is stored in several places, and checks what it received against the hash
/// that signs the request. What was acknowledged is read and listed at once:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel>
///
/// An object is put without a condition: keys are new, so a put may be tried again whenever no answer came, and one that
/// was stored the first time is no conflict with itself.
///
/// It calls `GetObject`, `PutObject`, `DeleteObject` and `ListObjectsV2`. The permission to list is needed for reading
/// too: without it a key that is not there is answered with 403.
#[derive(Debug)]
pub struct S3Store {
    client: AmazonS3,
    prefix: Path,
    limited: Limited,
    checked: RecentCheck,
}

/// What one call lists at most.
const MOST: usize = 1000;

impl S3Store {
    pub(in crate::store) fn new(settings: &S3Settings) -> Result<Self, S3SettingsError> {
        Ok(Self {
            client: settings.client()?,
            prefix: settings.url.prefix.clone(),
            limited: Limited { system: "s3", limit: settings.limit },
            checked: RecentCheck::default(),
        })
    }

    fn path(&self, key: Key) -> Path {
        self.prefix.clone().join(key.to_string())
    }

    /// What the names begin with, the slash included.
    fn beginning(&self) -> String {
        if self.prefix.as_ref().is_empty() { String::new() } else { format!("{}/", self.prefix) }
    }
}

impl From<S3Error> for Failure {
    fn from(error: S3Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if error.downcast_ref::<HttpError>().is_some_and(|error| error.kind() == HttpErrorKind::Timeout) {
                return Self::TooSlow;
            }
            cause = error.source();
        }
        Self::Unavailable(Box::new(error))
    }
}

/// `None` where the object is missing; a bucket that is missing is an error.
fn present<T>(result: object_store::Result<T>) -> object_store::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(S3Error::NotFound { source, path }) => {
            // The body tells them apart, the status does not.
            if source.to_string().contains("NoSuchBucket") {
                return Err(S3Error::NotFound { source, path });
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Store for S3Store {
    fn system(&self) -> &'static str {
        "s3"
    }

    async fn put(&self, key: Key, document: Bytes) -> Result<(), StoreError> {
        let path = self.path(key);
        self.limited.run("put", async { self.client.put(&path, document.into()).await.map(drop) }).await
    }

    async fn get(&self, key: Key) -> Result<Option<Bytes>, StoreError> {
        let path = self.path(key);
        let get = async {
            match present(self.client.get(&path).await)? {
                Some(found) => found.bytes().await.map(Some),
                None => Ok(None),
            }
        };
        self.limited.run("get", get).await
    }

    /// Of two that remove the same document at once, both may be told that it was there.
    async fn delete(&self, key: Key) -> Result<bool, StoreError> {
        let path = self.path(key);
        let delete = async {
            // A delete does not tell whether there was anything. The first byte does, and a body with the reason where
            // there is none, which a HEAD lacks.
            let first = GetOptions { range: Some((0..1).into()), ..GetOptions::default() };
            if present(self.client.get_opts(&path, first).await)?.is_none() {
                return Ok(false);
            }
            self.client.delete(&path).await.map(|()| true)
        };
        self.limited.run("delete", delete).await
    }

    async fn list(&self, prefix: &KeyPrefix, after: Option<Key>, limit: usize) -> Result<Page, StoreError> {
        let beginning = self.beginning();
        let list = async {
            let mut keys = Vec::with_capacity(limit.min(MOST) + 1);
            let (mut token, mut least) = (None, 1);
            loop {
                let options = PaginatedListOptions {
                    offset: after.map(|after| format!("{beginning}{after}")),
                    max_keys: Some((limit + 1 - keys.len()).max(least).min(MOST)),
                    page_token: token,
                    ..PaginatedListOptions::default()
                };
                let prefix = format!("{beginning}{}", prefix.as_str());
                let page = self.client.list_paginated(Some(&prefix), options).await?;
                // Objects with other names are not ours.
                let named = |object: &object_store::ObjectMeta| {
                    object.location.as_ref().strip_prefix(&beginning).and_then(|name| name.parse::<Key>().ok())
                };
                let offset = keys.len();
                keys.extend(page.result.objects.iter().filter_map(named));
                // The crate does not promise the order of one answer.
                keys[offset..].sort_unstable();
                token = page.page_token;
                // Where there are many other objects, they are not passed one by one.
                least = MOST / 10;
                if keys.len() > limit || token.is_none() {
                    let more = keys.len() > limit;
                    keys.truncate(limit);
                    return Ok::<_, S3Error>(Page { keys, more });
                }
            }
        };
        self.limited.run("list", list).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let beginning = self.beginning();
        let check = async {
            let options = PaginatedListOptions { max_keys: Some(1), ..PaginatedListOptions::default() };
            self.client.list_paginated(Some(&beginning), options).await.map(drop)
        };
        self.checked.get("s3", self.limited.run("check", check)).await
    }
}

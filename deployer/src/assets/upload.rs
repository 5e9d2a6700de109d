//! Sending a file to S3, however large, without ever holding it in memory.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use aws_smithy_types::base64;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

use super::bucket::Bucket;
use super::content_type::content_type;
use super::error::AssetError;

/// Up to this size a file is sent in one piece, in bytes.
const ONE_PIECE: u64 = 100 * 1024 * 1024;

/// The size of a part, in bytes, unless that makes too many.
const PART: u64 = 16 * 1024 * 1024;

/// The most parts that an object may be sent in.
/// [AWS page](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
const MOST_PARTS: u64 = 10_000;

/// How many parts of a file are sent at a time.
const PARTS_AT_A_TIME: usize = 4;

/// A file, and the object that it becomes.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    bucket: Bucket,
    key: String,
    path: PathBuf,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// From 1 on.
    number: i32,
    offset: u64,
    length: u64,
}

impl Upload {
    pub(super) fn new(bucket: Bucket, key: &str, path: &Path) -> Self {
        Self { bucket, key: key.to_owned(), path: path.to_owned() }
    }

    /// Sends the file, and returns its size. `progress` is told how many bytes have arrived, where there is a while to
    /// wait. S3 compares the SHA-256 of what arrives with that of what was read.
    pub(super) async fn send(&self, progress: impl Fn(u64)) -> Result<u64, AssetError> {
        let length = tokio::fs::metadata(&self.path).await.map_err(|error| self.unreadable(error))?.len();
        if length > ONE_PIECE { self.in_parts(length, progress).await } else { self.in_one_piece(length).await }?;
        Ok(length)
    }

    async fn in_one_piece(&self, length: u64) -> Result<(), AssetError> {
        let (body, checksum) = self.body(Part { number: 1, offset: 0, length }).await?;
        let put = self.bucket.client.put_object().bucket(&self.bucket.name).key(&self.key).body(body);
        let put = put.expected_bucket_owner(&self.bucket.account).content_type(content_type(&self.key));
        let sent = put.checksum_sha256(checksum).send().await;
        sent.map(drop).map_err(|error| self.bucket.failed("s3:PutObject", &error))
    }

    async fn in_parts(&self, length: u64, progress: impl Fn(u64)) -> Result<(), AssetError> {
        let Bucket { client, name, account, .. } = &self.bucket;
        let create = client.create_multipart_upload().bucket(name).key(&self.key).expected_bucket_owner(account);
        let create = create.content_type(content_type(&self.key)).checksum_algorithm(ChecksumAlgorithm::Sha256);
        let created = create.send().await.map_err(|error| self.bucket.failed("s3:CreateMultipartUpload", &error))?;
        let id = created.upload_id().unwrap_or_default();
        let sent = match self.send_parts(id, length, progress).await {
            Ok(parts) => self.complete(id, parts).await,
            Err(error) => Err(error),
        };
        if sent.is_err() {
            // Parts that stay are paid for. Where even this fails, the first error is the one to tell.
            let abort = client.abort_multipart_upload().bucket(name).key(&self.key).upload_id(id);
            let _ = abort.expected_bucket_owner(account).send().await;
        }
        sent
    }

    async fn send_parts(
        &self,
        id: &str,
        length: u64,
        progress: impl Fn(u64),
    ) -> Result<Vec<CompletedPart>, AssetError> {
        let permits = Arc::new(Semaphore::new(PARTS_AT_A_TIME));
        let mut sending = JoinSet::new();
        for part in parts(length) {
            let (upload, id, permits) = (self.clone(), id.to_owned(), permits.clone());
            sending.spawn(async move {
                let _permit = permits.acquire().await;
                upload.send_part(&id, part).await.map(|sent| (part.length, sent))
            });
        }
        let (mut arrived, mut completed) = (0, Vec::new());
        // An error ends this, and with it the parts that are still on their way.
        while let Some(sent) = sending.join_next().await {
            let (bytes, part) = sent.map_err(|error| self.unreadable(error.into()))??;
            arrived += bytes;
            progress(arrived);
            completed.push(part);
        }
        completed.sort_by_key(CompletedPart::part_number);
        Ok(completed)
    }

    async fn send_part(&self, id: &str, part: Part) -> Result<CompletedPart, AssetError> {
        let (body, checksum) = self.body(part).await?;
        let Bucket { client, name, account, .. } = &self.bucket;
        let send = client.upload_part().bucket(name).key(&self.key).upload_id(id).part_number(part.number).body(body);
        let sent = send.expected_bucket_owner(account).checksum_sha256(&checksum).send().await;
        let sent = sent.map_err(|error| self.bucket.failed("s3:UploadPart", &error))?;
        let completed =
            CompletedPart::builder().part_number(part.number).set_e_tag(sent.e_tag).checksum_sha256(checksum);
        Ok(completed.build())
    }

    async fn complete(&self, id: &str, parts: Vec<CompletedPart>) -> Result<(), AssetError> {
        let Bucket { client, name, account, .. } = &self.bucket;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = client.complete_multipart_upload().bucket(name).key(&self.key).upload_id(id);
        let completed = complete.expected_bucket_owner(account).multipart_upload(parts).send().await;
        completed.map(drop).map_err(|error| self.bucket.failed("s3:CompleteMultipartUpload", &error))
    }

    /// A part of the file as the body of a request, which can be sent again, and its SHA-256 in Base64.
    async fn body(&self, part: Part) -> Result<(ByteStream, String), AssetError> {
        let path = self.path.clone();
        let checksum = spawn_blocking(move || checksum(&path, part)).await.map_err(io::Error::from);
        let checksum = checksum.flatten().map_err(|error| self.unreadable(error))?;
        let body = ByteStream::read_from().path(&self.path).offset(part.offset).length(Length::Exact(part.length));
        let body = body.build().await.map_err(|error| self.unreadable(io::Error::other(error)))?;
        Ok((body, checksum))
    }

    fn unreadable(&self, source: io::Error) -> AssetError {
        AssetError::Read { path: self.path.clone(), source }
    }
}

fn parts(length: u64) -> impl Iterator<Item = Part> {
    let size = PART.max(length.div_ceil(MOST_PARTS));
    let offsets = (0..length).step_by(usize::try_from(size).unwrap_or(usize::MAX));
    offsets.zip(1..).map(move |(offset, number)| Part { number, offset, length: size.min(length - offset) })
}

fn checksum(path: &Path, part: Part) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(part.offset))?;
    let mut rest = file.take(part.length);
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(base64::encode(hasher.finalize())),
            count => hasher.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file_and_are_never_too_many() {
        let lengths = [ONE_PIECE + 1, 2 * PART, 2 * PART + 1, PART * MOST_PARTS, PART * MOST_PARTS + 1, 5 << 40];
        for length in lengths {
            let parts: Vec<Part> = parts(length).collect();
            assert!(parts.len() as u64 <= MOST_PARTS, "{length}");
            let mut end = 0;
            for (part, number) in parts.iter().zip(1..) {
                assert_eq!((part.number, part.offset), (number, end), "{length}");
                end += part.length;
            }
            assert_eq!(end, length);
            assert!(parts[..parts.len() - 1].iter().all(|part| part.length >= PART), "{length}");
        }
    }

    #[test]
    fn a_checksum_is_that_of_the_part_alone() {
        let file = tempfile::NamedTempFile::new().expect("made");
        std::fs::write(file.path(), "before{}after").expect("written");
        let sum = checksum(file.path(), Part { number: 2, offset: 6, length: 2 }).expect("read");
        // printf '{}' | openssl dgst -sha256 -binary | base64
        assert_eq!(sum, "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
    }
}

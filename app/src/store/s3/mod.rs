//! Documents as objects of Amazon S3, or of what speaks its protocol.

mod http;
mod settings;
mod store;

pub use self::settings::S3SettingsError;
pub(super) use self::settings::{BucketUrl, S3Settings};
pub use self::store::S3Store;

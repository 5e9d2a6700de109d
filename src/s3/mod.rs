//! Simple Storage Service: buckets.
//!
//! ```
//! use std::time::Duration;
//!
//! use belvedere::s3::{Bucket, LifecycleRule};
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Example");
//! let traces = stack.add(
//!     "Traces",
//!     Bucket::new().lifecycle_rule(LifecycleRule::new().expiration(Duration::from_secs(14 * 86_400))),
//! );
//! let _permissions = traces.read_write();
//! ```

mod bucket;
mod lifecycle;
mod log_source;

pub use bucket::{Bucket, BucketEncryption, BucketRef};
pub use lifecycle::LifecycleRule;
pub use log_source::LogSource;

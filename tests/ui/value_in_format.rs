//! A deploy-time value has no text yet.

use belvedere::Stack;
use belvedere::s3::Bucket;

fn main() {
    let mut stack = Stack::new("Example");
    let bucket = stack.add("Data", Bucket::new());
    let _url = format!("s3://{}/data", bucket.bucket_name());
}

//! What is known only at deploy time does not get into a string.

use belvedere::Stack;
use belvedere::s3::Bucket;

fn main() {
    let mut stack = Stack::new("Stack");
    let bucket = stack.add("Bucket", Bucket::new());
    let _url = format!("s3://{}", bucket.bucket_name());
}

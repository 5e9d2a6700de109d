//! A permission says what may be done, not only on what.

use belvedere::iam::{Principal, Role};
use belvedere::s3::BucketRef;

fn main() {
    let bucket = BucketRef::from_name("data");
    let _role = Role::new(Principal::service("ecs-tasks.amazonaws.com")).grant(bucket);
}

//! The [pseudo parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html):
//! facts about the deployment that every template may refer to.

use crate::intrinsic::{Intrinsic, Target};
use crate::value::Value;

fn reference<T>(name: &'static str) -> Value<T> {
    Value::from_expr(Intrinsic::Ref(Target::local(name)))
}

/// The account that the stack is deployed to, such as `123456789012`.
#[must_use]
pub fn account_id() -> Value<String> {
    reference("AWS::AccountId")
}

/// The region that the stack is deployed to, such as `us-east-1`.
#[must_use]
pub fn region() -> Value<String> {
    reference("AWS::Region")
}

/// The partition of the region: `aws`, `aws-cn` or `aws-us-gov`.
#[must_use]
pub fn partition() -> Value<String> {
    reference("AWS::Partition")
}

/// The domain suffix of the region: `amazonaws.com`, or `amazonaws.com.cn`.
#[must_use]
pub fn url_suffix() -> Value<String> {
    reference("AWS::URLSuffix")
}

/// The stack's name.
#[must_use]
pub fn stack_name() -> Value<String> {
    reference("AWS::StackName")
}

/// The stack's ARN.
#[must_use]
pub fn stack_id() -> Value<String> {
    reference("AWS::StackId")
}

/// The topics that stack events are sent to.
#[must_use]
pub fn notification_arns() -> Value<Vec<String>> {
    reference("AWS::NotificationARNs")
}

/// Nothing: a property with this value is as if it were not there. For one arm of [`condition`](crate::functions::condition).
#[must_use]
pub fn no_value<T>() -> Value<T> {
    reference("AWS::NoValue")
}

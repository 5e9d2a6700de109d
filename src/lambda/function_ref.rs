//! [`FunctionRef`]: a function, of this program or not.

use belvedere_cfn::lambda::CfnFunction;
use belvedere_cfn::{IntoValue, ResourceRef, Value, functions, kind};

use crate::ec2::{Connectable, Connections};
use crate::iam::{Grant, PolicyStatement, RoleRef};
use crate::limits::id_of_arn;
use crate::logs::LogGroupRef;

/// A function, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRef {
    pub(super) function_name: Value<kind::lambda::FunctionName>,
    pub(super) function_arn: Value<kind::lambda::FunctionArn>,
    pub(super) unique_id: String,
    pub(super) connections: Connections,
    pub(super) role: Option<RoleRef>,
    pub(super) log_group: Option<LogGroupRef>,
    pub(super) resource: Option<ResourceRef<CfnFunction>>,
}

impl FunctionRef {
    /// Stands for a function that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::lambda::FunctionArn>) -> Self {
        let function_arn: Value<kind::lambda::FunctionArn> = arn.into_value();
        let function_name = match function_arn.as_str() {
            Some(arn) => Value::from(arn.split(':').nth(6).unwrap_or_default()),
            None => functions::select::<String>(6, functions::split(":", &function_arn)).cast(),
        };
        Self {
            function_name,
            unique_id: id_of_arn(&function_arn),
            function_arn,
            connections: Connections::default(),
            role: None,
            log_group: None,
            resource: None,
        }
    }

    /// The function's name.
    #[must_use]
    pub fn function_name(&self) -> Value<kind::lambda::FunctionName> {
        self.function_name.clone()
    }

    /// The function's ARN.
    #[must_use]
    pub fn function_arn(&self) -> Value<kind::lambda::FunctionArn> {
        self.function_arn.clone()
    }

    /// The role that the function has, if this program defines it.
    #[must_use]
    pub const fn role(&self) -> Option<&RoleRef> {
        self.role.as_ref()
    }

    /// The log group that the function writes to, if this program defines the function.
    #[must_use]
    pub const fn log_group(&self) -> Option<&LogGroupRef> {
        self.log_group.as_ref()
    }

    /// The CloudFormation resource, if this program defines the function.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnFunction>> {
        self.resource.as_ref()
    }

    /// Permission to invoke the function.
    #[must_use]
    pub fn invoke(&self) -> Grant {
        PolicyStatement::allow(["lambda:InvokeFunction"]).on(self.function_arn()).into()
    }

    /// Returns an id for what is made because of the function in other scopes.
    pub(crate) fn unique_id(&self) -> &str {
        &self.unique_id
    }
}

/// A function has security groups if it is in a VPC.
impl Connectable for FunctionRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}

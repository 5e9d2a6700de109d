//! [`Construct`]: the one trait that every layer shares.

use belvedere_cfn::{Resource, ResourceRef};

use crate::scope::Scope;

/// Something that can be defined in a [`Scope`].
///
/// A construct is plain data until [`Scope::add`] defines it; what comes back is a small value that refers to it.
/// A resource of [`cfn`](crate::cfn) is a construct as it is, and so is any type that implements this trait:
///
/// ```
/// use belvedere::cfn::sns::CfnTopic;
/// use belvedere::{Construct, Scope, Stack};
///
/// struct Alerts {
///     severities: u8,
/// }
///
/// impl Construct for Alerts {
///     type Ref = Vec<belvedere::ResourceRef<CfnTopic>>;
///
///     fn define(self, scope: &mut Scope<'_>) -> Self::Ref {
///         (1..=self.severities).map(|severity| scope.add(format!("Sev{severity}"), CfnTopic::new())).collect()
///     }
/// }
///
/// let mut stack = Stack::new("Example");
/// let topics = stack.add("Alerts", Alerts { severities: 2 });
/// assert_eq!(topics.len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a construct",
    label = "cannot be added to a scope",
    note = "definitions (`Vpc::new()`), CloudFormation resources (`CfnVpc::new()`) and your own types that implement `Construct` are"
)]
pub trait Construct {
    /// What the rest of the program holds once the construct is defined.
    type Ref;

    /// Adds the resources that the construct stands for.
    ///
    /// Definition never fails: what is wrong is reported with [`Scope::problem`], and synthesis returns all of it.
    fn define(self, scope: &mut Scope<'_>) -> Self::Ref;
}

impl<R: Resource> Construct for R {
    type Ref = ResourceRef<R>;

    fn define(self, scope: &mut Scope<'_>) -> ResourceRef<R> {
        scope.define_resource(self.into_untyped())
    }
}

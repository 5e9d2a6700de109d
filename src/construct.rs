//! [`Construct`]: the one trait that every layer shares, and [`ChildOf`] for what belongs below something else.

use std::borrow::Cow;

use belvedere_cfn::{Owner, Resource, ResourceRef};

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

/// Where a construct is, for adding more below it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) owner: Owner,
    pub(crate) path: String,
}

/// A reference to a construct that more can be added to, with [`Scope::add_to`].
#[diagnostic::on_unimplemented(
    message = "nothing can be added below a `{Self}`",
    label = "takes nothing below it",
    note = "`add` takes what stands by itself; `add_to` what belongs to a load balancer, a listener and the like"
)]
pub trait Parent {
    /// Returns where the construct is, or nothing if this program does not define it.
    fn place(&self) -> Option<&Place>;
}

/// Something that can only be defined below a construct of another kind, such as a listener below its load balancer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a `{P}`",
    label = "does not belong below a `{P}`"
)]
pub trait ChildOf<P: Parent> {
    /// What the rest of the program holds once the child is defined.
    type Ref;

    /// Adds the resources that the child stands for, with ids made from `id`. The scope is the parent's.
    ///
    /// Like [`Construct::define`], it never fails; what is wrong is reported.
    fn define_below(self, parent: &P, id: Cow<'static, str>, scope: &mut Scope<'_>) -> Self::Ref;
}

//! Assemblies that count on what is not in the account: on the AWS CDK's bootstrap stack, or on a bucket that they do not
//! name. Such a stack is brought to a bucket of Belvedere's own, and its template to what that means.

mod bootstrap;
pub(crate) mod home;
mod nested;
mod rewritten;
mod staged;

pub(crate) use staged::Staged;

//! [`Runtime`]: what a function's code runs on.

use std::borrow::Cow;

/// What a function's code runs on.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime(Cow<'static, str>);

impl Runtime {
    /// An operating system only, for programs that bring their own runtime, such as those in Rust.
    pub const PROVIDED_AL2023: Self = Self::known("provided.al2023");
    /// Node.js 22.
    pub const NODEJS_22_X: Self = Self::known("nodejs22.x");
    /// Node.js 24.
    pub const NODEJS_24_X: Self = Self::known("nodejs24.x");
    /// Python 3.12.
    pub const PYTHON_3_12: Self = Self::known("python3.12");
    /// Python 3.13.
    pub const PYTHON_3_13: Self = Self::known("python3.13");
    /// Python 3.14.
    pub const PYTHON_3_14: Self = Self::known("python3.14");
    /// Java 21.
    pub const JAVA_21: Self = Self::known("java21");
    /// Java 25.
    pub const JAVA_25: Self = Self::known("java25");
    /// .NET 8.
    pub const DOTNET_8: Self = Self::known("dotnet8");
    /// .NET 10.
    pub const DOTNET_10: Self = Self::known("dotnet10");
    /// Ruby 3.4.
    pub const RUBY_3_4: Self = Self::known("ruby3.4");

    const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A runtime by its name, for those that are newer than this library.
    #[must_use]
    pub fn custom(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// Returns the runtime's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> Cow<'static, str> {
        self.0
    }

    /// Returns whether code can be written into the template.
    pub(super) fn takes_inline_code(&self) -> bool {
        self.0.starts_with("nodejs") || self.0.starts_with("python")
    }

    /// Returns whether the function is a program that brings its own runtime.
    pub(super) fn is_provided(&self) -> bool {
        self.0.starts_with("provided")
    }
}

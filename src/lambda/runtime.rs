//! [`Runtime`]: the language that a function is run with.

use belvedere_cfn::Text;

/// The language that a function is run with, and its version.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
///
/// The constants are runtimes that Lambda has not deprecated; [`Runtime::custom`] is open to newer ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime(Text);

impl Runtime {
    /// .NET 8.
    pub const DOTNET_8: Self = Self(Text::Borrowed("dotnet8"));
    /// .NET 10.
    pub const DOTNET_10: Self = Self(Text::Borrowed("dotnet10"));
    /// Java 17.
    pub const JAVA_17: Self = Self(Text::Borrowed("java17"));
    /// Java 21.
    pub const JAVA_21: Self = Self(Text::Borrowed("java21"));
    /// Java 25.
    pub const JAVA_25: Self = Self(Text::Borrowed("java25"));
    /// Node.js 22.
    pub const NODEJS_22_X: Self = Self(Text::Borrowed("nodejs22.x"));
    /// Node.js 24.
    pub const NODEJS_24_X: Self = Self(Text::Borrowed("nodejs24.x"));
    /// An executable that brings its own runtime, such as a Rust program, on Amazon Linux 2023.
    pub const PROVIDED_AL2023: Self = Self(Text::Borrowed("provided.al2023"));
    /// Python 3.11.
    pub const PYTHON_3_11: Self = Self(Text::Borrowed("python3.11"));
    /// Python 3.12.
    pub const PYTHON_3_12: Self = Self(Text::Borrowed("python3.12"));
    /// Python 3.13.
    pub const PYTHON_3_13: Self = Self(Text::Borrowed("python3.13"));
    /// Python 3.14.
    pub const PYTHON_3_14: Self = Self(Text::Borrowed("python3.14"));
    /// Ruby 3.3.
    pub const RUBY_3_3: Self = Self(Text::Borrowed("ruby3.3"));
    /// Ruby 3.4.
    pub const RUBY_3_4: Self = Self(Text::Borrowed("ruby3.4"));

    /// A runtime by the name that Lambda has for it, such as `python3.13`.
    #[must_use]
    pub fn custom(name: impl Into<Text>) -> Self {
        Self(name.into())
    }

    /// Returns the name that Lambda has for the runtime.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a function's source can stand in the template.
    pub(super) fn takes_inline_code(&self) -> bool {
        self.0.starts_with("nodejs") || self.0.starts_with("python")
    }

    /// Returns whether the program brings its own runtime.
    pub(super) fn is_provided(&self) -> bool {
        self.0.starts_with("provided")
    }

    pub(super) fn into_text(self) -> Text {
        self.0
    }
}

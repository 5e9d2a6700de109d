//! [`Code`]: where a function's program comes from.

use std::path::PathBuf;

use belvedere_cfn::lambda::function;
use belvedere_cfn::{IntoValue, Value, kind};

use super::runtime::Runtime;
use crate::asset::Asset;
use crate::s3::BucketRef;
use crate::scope::Scope;

/// The most that Lambda takes of a program that stands in the template, in bytes.
const MAX_INLINE: usize = 4 * 1024 * 1024;

/// Where a function's program comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Code(Origin);

#[derive(Clone, Debug, PartialEq)]
enum Origin {
    Inline(String),
    Asset(PathBuf),
    Cargo { package: String, crate_dir: PathBuf },
    Object { bucket_name: Value<kind::s3::BucketName>, key: Value<String>, version: Option<Value<String>> },
}

/// The processor that a function runs on.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM (Graviton), which costs a fifth less.
    Arm64,
}

impl Architecture {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

impl Code {
    /// Source that stands in the template: one file called `index`, of at most 4 MiB, for Node.js and Python.
    #[must_use]
    pub fn inline(source: impl Into<String>) -> Self {
        Self(Origin::Inline(source.into()))
    }

    /// The directory at `path`, zipped when it is published, or a `.zip` or `.jar` file as it is. Relative paths start at
    /// the working directory.
    #[must_use]
    pub fn asset(path: impl Into<PathBuf>) -> Self {
        Self(Origin::Asset(path.into()))
    }

    /// The program of a Rust package of the workspace in the working directory, built when it is published, with the
    /// package's directory such as `lambda`.
    ///
    /// The program is taken to depend on that directory and on `Cargo.lock`: a change of either is a change of the
    /// template. `cargo belvedere package lambda` builds it, so a program whose other dependencies inside the workspace
    /// change has to be published by hand, or be given as [`asset`](Code::asset).
    #[must_use]
    pub fn cargo(package: impl Into<String>, crate_dir: impl Into<PathBuf>) -> Self {
        Self(Origin::Cargo { package: package.into(), crate_dir: crate_dir.into() })
    }

    /// A zip file that is in a bucket of the function's region already, by its key.
    #[must_use]
    pub fn bucket(bucket: &BucketRef, key: impl IntoValue<String>) -> Self {
        Self(Origin::Object { bucket_name: bucket.bucket_name(), key: key.into_value(), version: None })
    }

    /// One version of a zip file that is in a versioned bucket of the function's region already.
    #[must_use]
    pub fn bucket_version(bucket: &BucketRef, key: impl IntoValue<String>, version: impl IntoValue<String>) -> Self {
        let version = Some(version.into_value());
        Self(Origin::Object { bucket_name: bucket.bucket_name(), key: key.into_value(), version })
    }

    /// Registers what has to be published, and reports what the runtime cannot run.
    pub(super) fn render(
        self,
        runtime: &Runtime,
        handler: &str,
        architecture: Option<Architecture>,
        scope: &mut Scope<'_>,
    ) -> function::Code {
        let asset = match self.0 {
            Origin::Inline(source) => {
                if let Some(complaint) = inline_complaint(&source, runtime, handler) {
                    scope.problem(complaint);
                }
                return function::Code::new().zip_file(source);
            }
            Origin::Object { bucket_name, key, version } => {
                let code = function::Code::new().s3_bucket(bucket_name).s3_key(key);
                return match version {
                    Some(version) => code.s3_object_version(version),
                    None => code,
                };
            }
            Origin::Asset(path) => {
                let is_archive = path.extension().is_some_and(|extension| extension == "zip" || extension == "jar");
                if path.is_file() && is_archive {
                    Asset::file(path)
                } else {
                    if path.is_file() {
                        scope.problem(format!(
                            "a function's code is a directory, or a `.zip` or `.jar` file, got `{}`",
                            path.display()
                        ));
                    }
                    Asset::directory(path)
                }
            }
            Origin::Cargo { package, crate_dir } => {
                if !runtime.is_provided() {
                    scope.problem(format!(
                        "a Rust program brings its own runtime: use Runtime::PROVIDED_AL2023, got `{}`",
                        runtime.as_str()
                    ));
                }
                let mut command = vec!["cargo", "belvedere", "package", "lambda", "--package", package.as_str()];
                if architecture == Some(Architecture::Arm64) {
                    command.extend(["--architecture", Architecture::Arm64.as_str()]);
                }
                Asset::command(command, [crate_dir, PathBuf::from("Cargo.lock")], ".zip")
            }
        };
        let location = scope.asset(asset);
        function::Code::new().s3_bucket(location.bucket_name).s3_key(location.object_key)
    }
}

fn inline_complaint(source: &str, runtime: &Runtime, handler: &str) -> Option<String> {
    if !runtime.takes_inline_code() {
        Some(format!(
            "code can be inline for nodejs and python only, got runtime `{}`: give it as an asset",
            runtime.as_str()
        ))
    } else if source.is_empty() {
        Some("inline code must not be empty".to_owned())
    } else if source.len() > MAX_INLINE {
        Some(format!("inline code has at most {MAX_INLINE} bytes, got {}: give it as an asset", source.len()))
    } else if !handler.starts_with("index.") {
        Some(format!("inline code is in a file called `index`, so its handler starts with `index.`, got `{handler}`"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use crate::Stack;
    use crate::lambda::{Architecture, Function, Runtime};
    use crate::testing::{Match, Template, json};

    fn message_of(function: Function) -> String {
        let mut stack = Stack::new("Test");
        stack.add("Function", function);
        Template::from_stack(stack).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_rust_program_is_built_when_it_is_published() {
        let mut stack = Stack::new("Test");
        let code = Code::cargo("test-runner", "lambda");
        stack.add("Function", Function::rust(code).architecture(Architecture::Arm64));
        let template = Template::from_stack(stack).expect("the stack is sound");
        template.has_resource_properties(
            "AWS::Lambda::Function",
            json!({
                "Architectures": ["arm64"],
                "Code": { "S3Key": Match::string_like("*.zip") },
                "Handler": "bootstrap",
                "Runtime": "provided.al2023",
            }),
        );
    }

    #[test]
    fn rejects_inline_code_that_lambda_would_not_find_or_take() {
        let inline =
            |runtime, handler, source: String| message_of(Function::new(runtime, handler, Code::inline(source)));
        assert!(
            inline(Runtime::JAVA_21, "index.Handler", "x".to_owned()).contains("nodejs and python only, got runtime")
        );
        assert!(inline(Runtime::PYTHON_3_13, "main.handler", "x".to_owned()).contains("starts with `index.`"));
        assert!(inline(Runtime::PYTHON_3_13, "index.handler", String::new()).contains("must not be empty"));
        assert!(inline(Runtime::NODEJS_24_X, "index.handler", "x".repeat(5 << 20)).contains("at most 4194304 bytes"));
    }

    #[test]
    fn rejects_a_rust_program_in_a_runtime_of_another_language() {
        let function = Function::new(Runtime::PYTHON_3_13, "bootstrap", Code::cargo("test-runner", "lambda"));
        assert!(message_of(function).contains("brings its own runtime"));
    }

    #[test]
    fn rejects_an_asset_that_is_no_archive_or_not_there() {
        assert!(message_of(Function::rust(Code::asset("Cargo.toml"))).contains("a directory, or a `.zip`"));
        assert!(message_of(Function::rust(Code::asset("no-such-directory"))).contains("cannot be read"));
    }
}

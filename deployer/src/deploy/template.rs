//! The template that is deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::assets::Placeholders;
use crate::construct_paths::{construct_path, construct_paths_in};
use crate::stack::{Stack, TemplateFile};

/// A template, and what is deployed with it.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) value: Value,
    /// How CloudFormation gets it.
    pub(crate) way: Way,
    /// The construct path of each resource, by its logical id.
    pub(crate) paths: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// In the request.
    Body(String),
    /// From S3.
    Url(String),
}

/// Why a template cannot be deployed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is damaged.
    #[error("{path} is damaged")]
    Json {
        /// The file.
        path: String,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The template is too large for a request, and the assembly names no object that it is uploaded to.
    #[error(
        "{path} has {bytes} bytes; more than {} must be read from S3, and the assembly names no object",
        TemplateFile::INLINE_LIMIT
    )]
    TooLarge {
        /// The file.
        path: String,
        /// Its size without spaces.
        bytes: usize,
    },
}

impl Template {
    pub(crate) fn read(stack: &Stack, placeholders: &Placeholders) -> Result<Self, TemplateError> {
        let path = || stack.template.path.display().to_string();
        let value = value_of(stack)?;
        // Without the spaces that make it good to read, more of them fit.
        let body = value.to_string();
        let way = match &stack.template.object_url {
            _ if body.len() as u64 <= TemplateFile::INLINE_LIMIT => Way::Body(body),
            Some(url) => Way::Url(placeholders.template_url(url)),
            None => return Err(TemplateError::TooLarge { path: path(), bytes: body.len() }),
        };
        let paths = construct_paths_in(&value);
        Ok(Self { value, way, paths })
    }

    /// The names of its parameters, and which of them have a default.
    pub(crate) fn parameters(&self) -> BTreeMap<&str, bool> {
        let parameters = self.value["Parameters"].as_object().into_iter().flatten();
        parameters.map(|(name, parameter)| (name.as_str(), parameter.get("Default").is_some())).collect()
    }

    /// Whether another template says the same.
    pub(crate) fn is(&self, other: &Value) -> bool {
        self.value == *other
    }

    /// Whether another template looks like one of the same stack.
    pub(crate) fn is_akin_to(&self, other: &Value) -> bool {
        are_akin(&self.value, other)
    }

    /// A name for a template and what is deployed with it: the same for the same.
    pub(crate) fn fingerprint(&self, with: &[&BTreeMap<String, String>]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.value.to_string());
        for map in with {
            for (key, value) in *map {
                for text in [key, value] {
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text);
                }
            }
            hash.update([0xff; 8]);
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The template of a stack, as it stands in its file.
pub(crate) fn value_of(stack: &Stack) -> Result<Value, TemplateError> {
    let path = || stack.template.path.display().to_string();
    let text = fs::read(&stack.template.path).map_err(|source| TemplateError::Read { path: path(), source })?;
    serde_json::from_slice(&text).map_err(|source| TemplateError::Json { path: path(), source })
}

/// Whether two templates look like those of the same stack: as far as both tell the paths of their constructs, some begin
/// alike.
pub(crate) fn are_akin(mine: &Value, theirs: &Value) -> bool {
    fn roots(template: &Value) -> BTreeSet<&str> {
        let resources = template["Resources"].as_object().into_iter().flatten();
        resources.filter_map(|(_, resource)| construct_path(resource)?.split('/').next()).collect()
    }
    let (my_roots, their_roots) = (roots(mine), roots(theirs));
    my_roots.is_empty()
        || (their_roots.is_empty() && same_resource(mine, theirs))
        || !my_roots.is_disjoint(&their_roots)
}

fn same_resource(one: &Value, other: &Value) -> bool {
    let ids = |template: &Value| -> BTreeSet<String> {
        template["Resources"].as_object().into_iter().flatten().map(|(id, _)| id.clone()).collect()
    };
    !ids(one).is_disjoint(&ids(other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(path: Option<&str>, id: &str) -> Value {
        let metadata = path.map_or(json!({}), |path| json!({"aws:cdk:path": path}));
        json!({"Resources": {id: {"Type": "AWS::SNS::Topic", "Metadata": metadata}}})
    }

    fn ours(value: Value) -> Template {
        Template { value, way: Way::Body(String::new()), paths: BTreeMap::new() }
    }

    #[test]
    fn templates_of_others_are_known_by_their_paths() {
        let mine = ours(template(Some("Net/Topic/Resource"), "A"));
        assert!(mine.is_akin_to(&template(Some("Net/Other/Resource"), "B")));
        assert!(!mine.is_akin_to(&template(Some("Shop/Topic/Resource"), "A")));
        assert!(!mine.is_akin_to(&template(None, "B")), "no paths, and nothing in common");
        assert!(mine.is_akin_to(&template(None, "A")), "another tool's, with the same resource");
        assert!(ours(template(None, "A")).is_akin_to(&template(Some("Shop/Topic/Resource"), "B")));
    }

    #[test]
    fn a_fingerprint_tells_apart_what_differs() {
        let one = ours(template(None, "A"));
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let none = BTreeMap::new();
        let prints = [
            one.fingerprint(&[&none, &none]),
            one.fingerprint(&[&map("a", "bc"), &none]),
            one.fingerprint(&[&map("ab", "c"), &none]),
            one.fingerprint(&[&none, &map("a", "bc")]),
            ours(template(None, "B")).fingerprint(&[&none, &none]),
        ];
        assert_eq!(BTreeSet::from_iter(&prints).len(), prints.len());
        assert_eq!(prints[0], one.fingerprint(&[&none, &none]));
    }
}

//! How resource types hold their tags.

use std::collections::BTreeMap;

use crate::expr::{Expr, Properties, Text};
use crate::resource::CfnResource;
use crate::tag_table::TAG_PROPERTIES;

/// The shape of a property that holds tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// A list of objects with `Key` and `Value`.
    List,
    /// An object with the keys as names.
    Map,
    /// A list of objects with `Key`, `Value` and `PropagateAtLaunch`.
    AutoScalingGroup,
}

/// Returns the property that holds the tags of a resource type, and its shape, if the type can be tagged.
#[must_use]
pub fn tag_property(resource_type: &str) -> Option<(&'static str, Tagging)> {
    let index = TAG_PROPERTIES.binary_search_by(|(known, ..)| (*known).cmp(resource_type)).ok()?;
    let (_, property, shape) = TAG_PROPERTIES[index];
    Some((property, shape))
}

impl CfnResource {
    /// Adds the tags that the resource does not have itself, if its type can be tagged.
    ///
    /// Tags that are a deploy-time value as a whole stay as they are.
    pub fn inherit_tags(&mut self, tags: &BTreeMap<String, String>) {
        let Some((property, shape)) = tag_property(self.resource_type()) else { return };
        if tags.is_empty() {
            return;
        }
        if self.properties().get(property).is_none() {
            let empty = if shape == Tagging::Map { Expr::Object(Properties::new()) } else { Expr::List(Vec::new()) };
            self.properties_mut().set(property, empty);
        }
        match self.properties_mut().get_mut(property) {
            Some(Expr::Object(members)) => {
                for (key, value) in tags {
                    if members.get(key).is_none() {
                        members.set(key.clone(), value.clone());
                    }
                }
            }
            Some(Expr::List(elements)) => {
                for (key, value) in tags {
                    let known = |element: &Expr| {
                        let own_key = element.as_object().and_then(|tag| tag.get("Key"));
                        own_key.and_then(Expr::as_str) == Some(key.as_str())
                    };
                    if !elements.iter().any(known) {
                        let mut tag = Properties::new().with("Key", key.clone()).with("Value", value.clone());
                        if shape == Tagging::AutoScalingGroup {
                            tag.set(Text::Borrowed("PropagateAtLaunch"), true);
                        }
                        elements.push(tag.into());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TAG_PROPERTIES, Tagging, tag_property};

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(TAG_PROPERTIES.is_sorted_by(|left, right| left.0 < right.0));
        assert!(TAG_PROPERTIES.len() > 1_000);
    }

    #[test]
    fn the_known_shapes_are_found() {
        assert_eq!(tag_property("AWS::S3::Bucket"), Some(("Tags", Tagging::List)));
        assert_eq!(tag_property("AWS::SSM::Parameter"), Some(("Tags", Tagging::Map)));
        assert_eq!(tag_property("AWS::EFS::FileSystem"), Some(("FileSystemTags", Tagging::List)));
        assert_eq!(tag_property("AWS::AutoScaling::AutoScalingGroup"), Some(("Tags", Tagging::AutoScalingGroup)));
        assert_eq!(tag_property("AWS::EC2::Route"), None);
    }
}

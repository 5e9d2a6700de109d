//! What attributes look like.

use crate::attribute_table::ATTRIBUTE_SHAPES;

/// What an attribute of a resource looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeShape {
    /// A text, a number or a boolean, which are all text to an output.
    Text,
    /// A list of texts.
    List,
    /// Objects, or a list of them.
    Structure,
}

/// Returns what an attribute of a resource type looks like. One that the type data does not have is taken for a text.
#[must_use]
pub fn attribute_shape(resource_type: &str, attribute: &str) -> AttributeShape {
    let wanted = (resource_type, attribute);
    ATTRIBUTE_SHAPES
        .binary_search_by(|(known, name, _)| (*known, *name).cmp(&wanted))
        .map_or(AttributeShape::Text, |index| ATTRIBUTE_SHAPES[index].2)
}

#[cfg(test)]
mod tests {
    use super::{AttributeShape, attribute_shape};

    #[test]
    fn lists_are_told_from_texts() {
        assert_eq!(attribute_shape("AWS::EC2::VPCEndpoint", "DnsEntries"), AttributeShape::List);
        assert_eq!(attribute_shape("AWS::S3::Bucket", "Arn"), AttributeShape::Text);
        assert_eq!(attribute_shape("Custom::Thing", "Answer"), AttributeShape::Text);
    }
}

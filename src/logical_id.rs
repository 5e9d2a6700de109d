//! Logical ids by the AWS CDK's algorithm, so that a stack can move over without a resource being replaced.

use md5::{Digest, Md5};

/// CloudFormation allows 255 characters; a hash takes 8 of them.
const MAX_LENGTH: usize = 255;
const MAX_HUMAN_LENGTH: usize = 240;
const HASH_LENGTH: usize = 8;

/// Left out of the id altogether, so that a construct can be wrapped in another without renaming its resources.
const HIDDEN: &str = "Default";

/// Left out of the readable part only: nearly every construct has a child of this name.
const HIDDEN_FROM_HUMANS: &str = "Resource";

/// Returns the id of the construct at `path`, which starts below the stack.
///
/// A path of one component is its own id. Any other is the readable part, without repetitions, and eight hexadecimal
/// digits of the MD5 of the whole path: `Vpc/Resource` gives `Vpc8378EB38`.
#[must_use]
pub(crate) fn logical_id<'a>(path: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> String {
    let components = path.into_iter().filter(|component| *component != HIDDEN);
    let mut rest = components.clone();
    if let (Some(only), None) = (rest.next(), rest.next()) {
        let candidate: String = alphanumeric(only).collect();
        if candidate.len() <= MAX_LENGTH {
            return candidate;
        }
    }
    let mut human = String::with_capacity(components.clone().map(str::len).sum::<usize>() + HASH_LENGTH);
    let mut hash = Md5::new();
    let mut previous: Option<&str> = None;
    for component in components {
        if previous.is_some() {
            hash.update("/");
        }
        hash.update(component);
        if previous.is_some_and(|previous| previous.ends_with(component)) {
            continue;
        }
        previous = Some(component);
        if component != HIDDEN_FROM_HUMANS {
            human.extend(alphanumeric(component));
        }
    }
    human.truncate(MAX_HUMAN_LENGTH);
    for byte in &hash.finalize()[..HASH_LENGTH / 2] {
        human.push_str(HEX[usize::from(byte >> 4)]);
        human.push_str(HEX[usize::from(byte & 15)]);
    }
    human
}

const HEX: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F"];

fn alphanumeric(component: &str) -> impl Iterator<Item = char> {
    component.chars().filter(char::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::logical_id;

    #[test]
    fn the_cdks_own_vectors_hold() {
        assert_eq!(logical_id(["Vpc", "Resource"]), "Vpc8378EB38");
        assert_eq!(logical_id(["Vpc", "publicSubnet1", "Subnet"]), "VpcpublicSubnet1Subnet2BB74ED7");
        assert_eq!(
            logical_id(["VpcRestrictDefaultSecurityGroupCustomResource", "Default"]),
            "VpcRestrictDefaultSecurityGroupCustomResource"
        );
    }

    #[test]
    fn a_single_component_is_its_own_id() {
        assert_eq!(logical_id(["My-Topic"]), "MyTopic");
    }

    #[test]
    fn a_repeated_suffix_is_left_out_of_the_readable_part() {
        assert!(logical_id(["DataProcessorService", "Service"]).starts_with("DataProcessorService"));
        assert_eq!(logical_id(["DataProcessorService", "Service"]), "DataProcessorServiceFE9971B5");
    }

    #[test]
    fn a_long_path_stays_within_the_limit() {
        assert!(logical_id(["a".repeat(300).as_str(), "b"]).len() <= 255);
        assert!(logical_id(["a".repeat(300).as_str()]).len() <= 255);
    }
}

//! The table of properties whose change replaces a resource, as the deployer embeds it.

use std::collections::BTreeMap;

use crate::data::{Member, Replacement, Resource, Services, Shape};

/// Returns a line for each resource type that has such properties, in alphabetical order: the type, and the paths of the
/// properties. A path that ends in `?` may replace; `*` is any key of a map; what lies below a path that replaces anyway
/// is not listed.
pub(crate) fn table(services: &Services) -> String {
    let mut lines = BTreeMap::new();
    for resource in services.values().flatten() {
        let mut walk = Walk { resource, open: Vec::new(), found: BTreeMap::new() };
        walk.properties(&resource.properties, "", None);
        if !walk.found.is_empty() {
            lines.insert(resource.cloudformation_type.as_str(), walk.found);
        }
    }
    let mut text = String::new();
    for (resource_type, found) in lines {
        text.push_str(resource_type);
        for (path, replacement) in found {
            text.push(' ');
            text.push_str(&path);
            if replacement == Replacement::Maybe {
                text.push('?');
            }
        }
        text.push('\n');
    }
    text
}

struct Walk<'a> {
    resource: &'a Resource,
    /// The nested types that lead to where the walk is: some contain themselves.
    open: Vec<&'a str>,
    found: BTreeMap<String, Replacement>,
}

impl<'a> Walk<'a> {
    fn properties(&mut self, properties: &'a BTreeMap<String, Member>, above: &str, given: Option<Replacement>) {
        for (name, member) in properties {
            let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            match (member.replacement, given) {
                (Some(Replacement::Yes), _) => {
                    self.found.insert(path, Replacement::Yes);
                }
                (Some(Replacement::Maybe), None) => {
                    self.found.insert(path.clone(), Replacement::Maybe);
                    self.shape(&member.shape, &path, Some(Replacement::Maybe));
                }
                _ => self.shape(&member.shape, &path, given),
            }
        }
    }

    fn shape(&mut self, shape: &'a Shape, path: &str, given: Option<Replacement>) {
        match shape {
            Shape::List(element) => self.shape(element, path, given),
            Shape::Map(element) => self.shape(element, &format!("{path}.*"), given),
            Shape::Union(arms) => {
                for arm in arms {
                    self.shape(arm, path, given);
                }
            }
            Shape::Structure(name) if !self.open.contains(&name.as_str()) => {
                let resource = self.resource;
                if let Some(structure) = resource.structures.iter().find(|structure| structure.name == *name) {
                    self.open.push(name);
                    self.properties(&structure.properties, path, given);
                    self.open.pop();
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(shape: Shape, replacement: Option<Replacement>) -> Member {
        Member {
            shape,
            required: false,
            replacement,
            default: None,
            deprecated: false,
            targets: Vec::new(),
            documentation: String::new(),
        }
    }

    #[test]
    fn nested_paths_are_listed_until_one_replaces() {
        let inner = crate::data::Structure {
            name: "Inner".into(),
            properties: BTreeMap::from([
                ("Fixed".into(), member(Shape::String, Some(Replacement::Yes))),
                ("Self".into(), member(Shape::Structure("Inner".into()), None)),
                ("Some".into(), member(Shape::String, Some(Replacement::Maybe))),
            ]),
            documentation: String::new(),
        };
        let nested = || Shape::Structure("Inner".into());
        let resource = Resource {
            cloudformation_type: "AWS::A::B".into(),
            identifier: Vec::new(),
            transform: None,
            tags: None,
            properties: BTreeMap::from([
                ("Free".into(), member(Shape::String, None)),
                ("List".into(), member(Shape::List(Box::new(nested())), None)),
                ("Map".into(), member(Shape::Map(Box::new(nested())), Some(Replacement::Maybe))),
                ("Whole".into(), member(nested(), Some(Replacement::Yes))),
            ]),
            attributes: BTreeMap::new(),
            documentation: String::new(),
            structures: vec![inner],
        };
        let free =
            Resource { cloudformation_type: "AWS::A::A".into(), properties: BTreeMap::new(), ..resource.clone() };
        let services = Services::from([("a".to_owned(), vec![resource, free])]);
        assert_eq!(table(&services), "AWS::A::B List.Fixed List.Some? Map? Map.*.Fixed Whole\n");
    }
}

//! The plan: what each item of the generated code is called and what type it has.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::{Member, Resource, Shape};
use crate::kind::{Kinds, identifier_of};
use crate::name;

/// What a module of a resource holds.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub(crate) resource: &'a Resource,
    /// `CfnBucket`.
    pub(crate) name: String,
    pub(crate) setters: Vec<Setter<'a>>,
    pub(crate) structures: Vec<Structure<'a>>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) choices: Vec<Choices<'a>>,
    /// What the module has to import from the crate root.
    pub(crate) imports: BTreeSet<&'static str>,
}

/// A nested type.
#[derive(Debug)]
pub(crate) struct Structure<'a> {
    pub(crate) data: &'a crate::data::Structure,
    pub(crate) name: String,
    pub(crate) setters: Vec<Setter<'a>>,
}

/// A property.
#[derive(Debug)]
pub(crate) struct Setter<'a> {
    pub(crate) property: &'a str,
    pub(crate) member: &'a Member,
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// What a reference to the resource gives.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    /// The name for `Fn::GetAtt`; none for `Ref`.
    pub(crate) attribute: Option<&'a str>,
    pub(crate) documentation: &'a str,
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// An enumeration.
#[derive(Debug)]
pub(crate) struct Choices<'a> {
    pub(crate) name: String,
    /// The properties that take it, as `Owner.Property`.
    pub(crate) users: Vec<String>,
    /// Constants and texts.
    pub(crate) values: Vec<(String, &'a str)>,
}

/// Methods that every resource has: a property of such a name gets `_property` behind it, so that `.metadata(…)` means
/// the same on every resource.
const RESOURCE_METHODS: [&str; 14] = [
    "clone",
    "creation_policy",
    "deletion_policy",
    "depends_on",
    "eq",
    "into_untyped",
    "metadata",
    "new",
    "untyped",
    "untyped_mut",
    "update_policy",
    "update_replace_policy",
    "when",
    "with_property",
];

/// Methods that every nested type has.
const STRUCTURE_METHODS: [&str; 4] = ["clone", "eq", "into_properties", "new"];

/// Methods of the standard library's operators, which a setter would look like.
const OPERATORS: [&str; 10] = ["add", "bitand", "bitor", "bitxor", "div", "mul", "rem", "shl", "shr", "sub"];

/// Methods that every reference has: an attribute of such a name gets `_attribute` behind it.
const REFERENCE_METHODS: [&str; 9] =
    ["attribute", "clone", "eq", "hash", "identifier", "logical_id", "new", "target", "typed_attribute"];

/// Names that the generated code uses from the crate root.
const IMPORTS: [&str; 5] = ["Attribute", "Json", "Map", "Tag", "kind"];

impl<'a> Module<'a> {
    pub(crate) fn of(resource: &'a Resource, kinds: &Kinds) -> Self {
        let name = format!("Cfn{}", name::pascal(name::resource_of(&resource.cloudformation_type)));
        let mut taken: BTreeSet<String> = BTreeSet::from([name.clone(), "String".to_owned(), "Vec".to_owned()]);
        let structure_names: BTreeMap<&str, String> = resource
            .structures
            .iter()
            .map(|structure| (structure.name.as_str(), unused(&mut taken, name::pascal(&structure.name), "Structure")))
            .collect();
        let (choices, choice_names) = choices_of(resource, &mut taken);
        let writer = Writer { structure_names: &structure_names, choice_names, taken: &taken };
        let owner = resource.cloudformation_type.as_str();
        let setters = writer.setters("", &resource.properties, &RESOURCE_METHODS, |property| {
            kinds.wanted_by(owner, property).map(crate::kind::Path::to_code)
        });
        let structures: Vec<Structure<'_>> = resource
            .structures
            .iter()
            .map(|structure| {
                let owner = format!("{owner}.{}", structure.name);
                Structure {
                    data: structure,
                    name: structure_names.get(structure.name.as_str()).cloned().unwrap_or_default(),
                    setters: writer.setters(&structure.name, &structure.properties, &STRUCTURE_METHODS, |property| {
                        kinds.wanted_by(&owner, property).map(crate::kind::Path::to_code)
                    }),
                }
            })
            .collect();
        let attributes = writer.attributes(resource, kinds);
        let used = setters.iter().chain(structures.iter().flat_map(|structure| &structure.setters));
        let kinds = used.map(|setter| &setter.kind).chain(attributes.iter().map(|attribute| &attribute.kind));
        let imports = kinds.flat_map(|kind| imports_of(kind)).filter(|import| !taken.contains(*import)).collect();
        Self { resource, name, setters, structures, attributes, choices, imports }
    }
}

/// Returns `wanted`, or the first of `wanted` with a suffix that nothing else is called.
fn unused(taken: &mut BTreeSet<String>, wanted: String, suffix: &str) -> String {
    let mut name = wanted;
    while !taken.insert(name.clone()) {
        name.push_str(suffix);
    }
    name
}

/// Returns the names of the crate root that a type is written with.
fn imports_of(kind: &str) -> impl Iterator<Item = &'static str> {
    IMPORTS.into_iter().filter(move |import| kind.split(['<', '>']).any(|part| part.split("::").next() == Some(import)))
}

/// The properties that take a set of values, with their owners.
type Users<'a> = BTreeMap<&'a [String], Vec<(&'a str, &'a str)>>;

type ChoiceNames = BTreeMap<(String, String), String>;

/// Names the enumerations of a resource: after the property where all properties of that name take the same values,
/// else after the owner and the property.
fn choices_of<'a>(resource: &'a Resource, taken: &mut BTreeSet<String>) -> (Vec<Choices<'a>>, ChoiceNames) {
    let owners = [("", &resource.properties)]
        .into_iter()
        .chain(resource.structures.iter().map(|structure| (structure.name.as_str(), &structure.properties)));
    let mut by_name: BTreeMap<String, Users<'_>> = BTreeMap::new();
    for (owner, properties) in owners {
        for (property, member) in properties {
            if let Some(values) = choice_in(&member.shape) {
                let is_list = !matches!(member.shape, Shape::Choice(_));
                let name = name::pascal(&if is_list { name::singular(property) } else { property.clone() });
                by_name.entry(name).or_default().entry(values).or_default().push((owner, property));
            }
        }
    }
    let mut names = ChoiceNames::new();
    let mut all = Vec::new();
    for (name, groups) in by_name {
        let is_sole = groups.len() == 1 && !taken.contains(&name) && !IMPORTS.contains(&name.as_str());
        for (values, users) in groups {
            let wanted = match users.first() {
                Some((owner, _)) if !is_sole => {
                    let owner = if owner.is_empty() { name::resource_of(&resource.cloudformation_type) } else { owner };
                    format!("{}{name}", name::pascal(owner))
                }
                _ => name.clone(),
            };
            let chosen = unused(taken, wanted, "Choice");
            for &(owner, property) in &users {
                names.insert((owner.to_owned(), property.to_owned()), chosen.clone());
            }
            let users = users
                .iter()
                .map(
                    |(owner, property)| {
                        if owner.is_empty() { (*property).to_owned() } else { format!("{owner}.{property}") }
                    },
                )
                .collect();
            all.push(Choices { name: chosen, users, values: constants(values) });
        }
    }
    all.sort_by(|left, right| left.name.cmp(&right.name));
    (all, names)
}

/// Returns the values in their own order with the names of their constants; of two that would be called the same, the
/// later gets a number.
fn constants(values: &[String]) -> Vec<(String, &str)> {
    let mut taken = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut constants = Vec::with_capacity(values.len());
    for value in values {
        if !seen.insert(value) {
            continue;
        }
        let wanted = name::constant(value);
        let mut constant = wanted.clone();
        let mut number = 2;
        while !taken.insert(constant.clone()) {
            constant = format!("{wanted}_{number}");
            number += 1;
        }
        constants.push((constant, value.as_str()));
    }
    constants
}

fn choice_in(shape: &Shape) -> Option<&[String]> {
    match shape {
        Shape::Choice(values) => Some(values),
        Shape::List(element) | Shape::Map(element) => choice_in(element),
        _ => None,
    }
}

struct Writer<'a> {
    structure_names: &'a BTreeMap<&'a str, String>,
    choice_names: ChoiceNames,
    taken: &'a BTreeSet<String>,
}

impl Writer<'_> {
    fn setters<'d>(
        &self,
        owner: &str,
        properties: &'d BTreeMap<String, Member>,
        reserved: &[&str],
        kind_of: impl Fn(&str) -> Option<String>,
    ) -> Vec<Setter<'d>> {
        let mut taken = BTreeSet::new();
        let mut setters = Vec::with_capacity(properties.len());
        for (property, member) in properties {
            let mut name = name::snake(property);
            if reserved.contains(&name.as_str()) || OPERATORS.contains(&name.as_str()) {
                name.push_str("_property");
            }
            let text = kind_of(property).map_or_else(|| "String".to_owned(), |kind| self.import(&kind));
            let choice = self.choice_names.get(&(owner.to_owned(), property.clone())).cloned();
            let kind = self.kind(&member.shape, &text, choice.as_deref());
            setters.push(Setter { property, member, name: unused(&mut taken, name, "_property"), kind });
        }
        setters
    }

    fn attributes<'d>(&self, resource: &'d Resource, kinds: &Kinds) -> Vec<Attribute<'d>> {
        let mut taken: BTreeSet<String> = REFERENCE_METHODS.map(str::to_owned).into();
        let mut attributes = Vec::new();
        let identifier = identifier_of(resource);
        let text_of = |name: &str| match kinds.given_by(resource, name) {
            Some(path) => self.import(&path.to_code()),
            None => self.import("Attribute"),
        };
        if let Some(identifier) = &identifier {
            let property = resource.properties.get(identifier);
            let attribute = resource.attributes.get(identifier);
            let kind = text_of(identifier);
            attributes.push(Attribute {
                attribute: None,
                documentation: attribute.or(property).map_or("", |member| member.documentation.as_str()),
                name: unused(&mut taken, name::snake(identifier), "_attribute"),
                kind,
            });
        }
        for (attribute, member) in &resource.attributes {
            if Some(attribute) == identifier.as_ref() {
                continue;
            }
            let text = text_of(attribute);
            let kind = self.attribute_kind(&member.shape, &text);
            attributes.push(Attribute {
                attribute: Some(attribute),
                documentation: &member.documentation,
                name: unused(&mut taken, name::snake(attribute), "_attribute"),
                kind,
            });
        }
        attributes
    }

    /// Returns a name of the crate root as the module has to write it: short, unless the module has its own of the name.
    fn import(&self, path: &str) -> String {
        if self.taken.contains(path) { format!("crate::{path}") } else { path.to_owned() }
    }

    /// Returns the Rust type of a property; `text` is what a string is, `choice` what an enumerated one is.
    fn kind(&self, shape: &Shape, text: &str, choice: Option<&str>) -> String {
        match shape {
            Shape::String | Shape::Time => text.to_owned(),
            Shape::Choice(_) => choice.unwrap_or(text).to_owned(),
            Shape::Integer | Shape::Numbers(_) => "i64".to_owned(),
            Shape::Number => "f64".to_owned(),
            Shape::Boolean => "bool".to_owned(),
            Shape::Json => self.import("Json"),
            Shape::Tag => self.import("Tag"),
            Shape::List(element) => format!("Vec<{}>", self.kind(element, text, choice)),
            Shape::Map(element) => {
                let element = self.kind(element, text, choice);
                format!("{}<{element}>", self.import("Map"))
            }
            Shape::Union(arms) => match typed_arm(arms) {
                Some(arm) => self.kind(arm, text, choice),
                None => self.import("Json"),
            },
            Shape::Structure(name) => self.structure_names.get(name.as_str()).cloned().unwrap_or_default(),
        }
    }

    /// Returns the Rust type of an attribute.
    fn attribute_kind(&self, shape: &Shape, text: &str) -> String {
        match shape {
            // A list of texts that are no identifiers goes wherever a list of texts goes.
            Shape::List(element) | Shape::Map(element) => {
                let text = if text.ends_with("Attribute") { "String" } else { text };
                let element = self.attribute_kind(element, text);
                match shape {
                    Shape::List(_) => format!("Vec<{element}>"),
                    _ => format!("{}<{element}>", self.import("Map")),
                }
            }
            Shape::Choice(_) => text.to_owned(),
            other => self.kind(other, text, None),
        }
    }
}

/// Returns the arm that is meant where the other is an older, looser form of the same: a list of structures beside
/// free JSON. All other unions are JSON, which takes text, numbers and structures alike.
pub(crate) fn typed_arm(arms: &[Shape]) -> Option<&Shape> {
    let (loose, typed): (Vec<&Shape>, Vec<&Shape>) = arms.iter().partition(|arm| matches!(arm, Shape::Json));
    match (loose.len(), typed.as_slice()) {
        (1, [list @ Shape::List(element)]) if matches!(**element, Shape::Structure(_)) => Some(list),
        _ => None,
    }
}

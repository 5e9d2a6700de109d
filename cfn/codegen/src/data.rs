//! The trimmed copy of the specification in `cfn/data`: what is in it, reading and writing it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, at};

/// Everything that the code is generated from, by the name of the service's module.
pub(crate) type Services = BTreeMap<String, Vec<Resource>>;

/// A resource type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "resource")]
    pub(crate) cloudformation_type: String,
    /// What `Ref` returns: one name, or the parts of a composite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) identifier: Vec<String>,
    /// The macro that has to be declared in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transform: Option<String>,
    /// The property that holds the tags, and its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<(String, TagShape)>,
    pub(crate) properties: BTreeMap<String, Member>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) attributes: BTreeMap<String, Member>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) documentation: String,
    /// The nested types; each has a line of its own after the resource's.
    #[serde(skip)]
    pub(crate) structures: Vec<Structure>,
}

/// The shape of a property that holds tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TagShape {
    Standard,
    Map,
    Asg,
}

/// A nested type of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Structure {
    #[serde(rename = "structure")]
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, Member>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) documentation: String,
}

/// A property or an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    #[serde(rename = "type")]
    pub(crate) shape: Shape,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replacement: Option<Replacement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    /// The identifiers of other resources that the property takes, as `AWS::EC2::VPC.VpcId`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) targets: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) documentation: String,
}

/// Whether changing a property replaces the resource. Absent: it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Replacement {
    Yes,
    Maybe,
}

/// The type of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    String,
    Integer,
    Number,
    Boolean,
    Json,
    Time,
    Tag,
    Choice(Vec<String>),
    Numbers(Vec<i64>),
    List(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    Structure(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Resource(Resource),
    Structure(Structure),
}

/// Returns the contents of the file of one service: a line for each resource, followed by one for each nested type.
pub(crate) fn to_lines(resources: &[Resource]) -> Result<String, Error> {
    let mut text = String::new();
    for resource in resources {
        text.push_str(&serde_json::to_string(resource)?);
        text.push('\n');
        for structure in &resource.structures {
            text.push_str(&serde_json::to_string(structure)?);
            text.push('\n');
        }
    }
    Ok(text)
}

fn from_lines(path: &Path, text: &str) -> Result<Vec<Resource>, Error> {
    let mut resources: Vec<Resource> = Vec::new();
    for line in text.lines() {
        match (serde_json::from_str(line)?, resources.last_mut()) {
            (Line::Resource(resource), _) => resources.push(resource),
            (Line::Structure(structure), Some(resource)) => resource.structures.push(structure),
            (Line::Structure(_), None) => return Err(Error::Malformed(path.display().to_string())),
        }
    }
    Ok(resources)
}

/// Reads the folder of the trimmed copy.
pub(crate) fn read(folder: &Path) -> Result<Services, Error> {
    let mut services = Services::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = fs::read_to_string(&path).map_err(at(&path))?;
            let service = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            services.insert(service, from_lines(&path, &text)?);
        }
    }
    Ok(services)
}

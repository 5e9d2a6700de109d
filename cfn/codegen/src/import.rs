//! `import`: from the database of `@aws-cdk/aws-service-spec` to the trimmed copy in `cfn/data`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::data::{Member, Replacement, Resource, Services, Shape, Structure, TagShape};
use crate::error::{Error, at};
use crate::name;

#[derive(Deserialize)]
struct Database {
    schema: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    resource: Entities<RawResource>,
    type_definition: Entities<RawType>,
}

#[derive(Deserialize)]
struct Entities<T> {
    entities: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResource {
    cloud_formation_type: String,
    #[serde(default)]
    documentation: String,
    #[serde(default)]
    primary_identifier: Vec<String>,
    cfn_ref_identifier: Option<Vec<String>>,
    cloud_formation_transform: Option<String>,
    tag_information: Option<TagInformation>,
    properties: BTreeMap<String, RawMember>,
    attributes: BTreeMap<String, RawMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagInformation {
    tag_property_name: String,
    variant: TagShape,
}

#[derive(Deserialize)]
struct RawType {
    #[serde(rename = "$id")]
    id: String,
    name: String,
    #[serde(default)]
    documentation: String,
    properties: BTreeMap<String, RawMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMember {
    #[serde(rename = "type")]
    shape: RawShape,
    #[serde(default)]
    documentation: String,
    #[serde(default)]
    required: bool,
    causes_replacement: Option<Replacement>,
    default_value: Option<String>,
    deprecated: Option<serde_json::Value>,
    #[serde(default)]
    relationship_refs: Vec<Relationship>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    cloud_formation_type: String,
    property_name: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum RawShape {
    #[serde(rename_all = "camelCase")]
    String {
        #[serde(default)]
        allowed_values: Vec<String>,
    },
    #[serde(rename_all = "camelCase")]
    Integer {
        #[serde(default)]
        allowed_values: Vec<i64>,
    },
    Number,
    Boolean,
    Json,
    DateTime,
    Tag,
    Array {
        element: Box<Self>,
    },
    Map {
        element: Box<Self>,
    },
    Union {
        types: Vec<Self>,
    },
    Ref {
        reference: Reference,
    },
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "$ref")]
    id: String,
}

type Types = HashMap<String, RawType>;

/// Reads the database and returns what the generator uses of it.
pub(crate) fn import(source: &Path) -> Result<Services, Error> {
    let database: Database = serde_json::from_str(&text_of(source)?)?;
    let Schema { resource, type_definition } = database.schema;
    let types: Types = type_definition.entities.into_iter().map(|entity| (entity.id.clone(), entity)).collect();
    let mut services = Services::new();
    for raw in resource.entities {
        let service = name::service_of(&raw.cloud_formation_type)
            .ok_or_else(|| Error::Specification(raw.cloud_formation_type.clone()))?;
        services.entry(service).or_default().push(trim(raw, &types)?);
    }
    for resources in services.values_mut() {
        resources.sort_by(|left, right| left.cloudformation_type.cmp(&right.cloudformation_type));
    }
    Ok(services)
}

/// Returns the version of the package, where a package folder was given.
pub(crate) fn version_of(source: &Path) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    if !source.is_dir() {
        return Ok(None);
    }
    let path = source.join("package.json");
    let package: Package = serde_json::from_str(&fs::read_to_string(&path).map_err(at(&path))?)?;
    Ok(Some(package.version))
}

fn text_of(source: &Path) -> Result<String, Error> {
    let path: PathBuf = if source.is_dir() { source.join("db.json.gz") } else { source.to_owned() };
    let bytes = fs::read(&path).map_err(at(&path))?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).map_err(at(&path))?;
    } else {
        bytes.as_slice().read_to_string(&mut text).map_err(at(&path))?;
    }
    Ok(text)
}

fn trim(raw: RawResource, types: &Types) -> Result<Resource, Error> {
    // Attributes of an object type are read member by member (`Endpoint.Port`); the types that only they name are
    // of no use to a program that writes templates.
    let mut reachable = BTreeSet::new();
    let mut open: Vec<&RawShape> = raw.properties.values().map(|member| &member.shape).collect();
    while let Some(shape) = open.pop() {
        match shape {
            RawShape::Array { element } | RawShape::Map { element } => open.push(element),
            RawShape::Union { types: arms } => open.extend(arms),
            RawShape::Ref { reference } => {
                let entity = structure(types, &reference.id)?;
                if reachable.insert((entity.name.as_str(), entity.id.as_str())) {
                    open.extend(entity.properties.values().map(|member| &member.shape));
                }
            }
            _ => {}
        }
    }
    let mut structures = Vec::with_capacity(reachable.len());
    for (_, id) in reachable {
        let entity = structure(types, id)?;
        structures.push(Structure {
            name: entity.name.clone(),
            documentation: entity.documentation.clone(),
            properties: members(&entity.properties, types, false)?,
        });
    }
    Ok(Resource {
        identifier: raw.cfn_ref_identifier.unwrap_or(raw.primary_identifier),
        transform: raw.cloud_formation_transform,
        tags: raw.tag_information.map(|tags| (tags.tag_property_name, tags.variant)),
        properties: members(&raw.properties, types, false)?,
        attributes: members(&raw.attributes, types, true)?,
        documentation: raw.documentation,
        cloudformation_type: raw.cloud_formation_type,
        structures,
    })
}

fn structure<'a>(types: &'a Types, id: &str) -> Result<&'a RawType, Error> {
    types.get(id).ok_or_else(|| Error::Specification(format!("no type has the id {id}")))
}

fn members(
    raw: &BTreeMap<String, RawMember>,
    types: &Types,
    are_attributes: bool,
) -> Result<BTreeMap<String, Member>, Error> {
    let mut members = BTreeMap::new();
    for (name, member) in raw {
        let mut targets: Vec<String> = member
            .relationship_refs
            .iter()
            .map(|target| format!("{}.{}", target.cloud_formation_type, target.property_name))
            .collect();
        targets.sort();
        targets.dedup();
        members.insert(
            name.clone(),
            Member {
                shape: shape_of(&member.shape, types, are_attributes)?,
                required: member.required && !are_attributes,
                replacement: member.causes_replacement.filter(|_| !are_attributes),
                default: member.default_value.clone().filter(|_| !are_attributes),
                deprecated: member.deprecated.is_some(),
                targets,
                documentation: member.documentation.clone(),
            },
        );
    }
    Ok(members)
}

fn shape_of(raw: &RawShape, types: &Types, is_attribute: bool) -> Result<Shape, Error> {
    Ok(match raw {
        RawShape::String { allowed_values } if allowed_values.is_empty() => Shape::String,
        RawShape::String { allowed_values } => Shape::Choice(allowed_values.clone()),
        RawShape::Integer { allowed_values } if allowed_values.is_empty() => Shape::Integer,
        RawShape::Integer { allowed_values } => Shape::Numbers(allowed_values.clone()),
        RawShape::Number => Shape::Number,
        RawShape::Boolean => Shape::Boolean,
        RawShape::Json => Shape::Json,
        RawShape::DateTime => Shape::Time,
        RawShape::Tag => Shape::Tag,
        RawShape::Array { element } => Shape::List(Box::new(shape_of(element, types, is_attribute)?)),
        RawShape::Map { element } => Shape::Map(Box::new(shape_of(element, types, is_attribute)?)),
        RawShape::Union { types: arms } => {
            Shape::Union(arms.iter().map(|arm| shape_of(arm, types, is_attribute)).collect::<Result<_, _>>()?)
        }
        RawShape::Ref { .. } if is_attribute => Shape::Json,
        RawShape::Ref { reference } => Shape::Structure(structure(types, &reference.id)?.name.clone()),
    })
}

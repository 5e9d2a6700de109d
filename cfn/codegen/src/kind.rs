//! Kinds of identifiers: which there are, which property wants which, and which attribute is which.

use std::collections::{BTreeMap, BTreeSet};

use crate::correction::{
    ANY_KEY, CORRECTIONS, EQUIVALENTS, FUNCTION_ARN, IDENTIFIERS, KEY_ARN, KIND_NAMES, QUALIFIED_FUNCTION_ARNS,
    SET_NAMES, TELLING_ATTRIBUTES, TELLING_NAMES,
};
use crate::data::{Member, Resource, Services};
use crate::error::Error;
use crate::name;

/// An identifier of a resource type, as `AWS::EC2::VPC.VpcId`.
pub(crate) type Target = String;

/// The kinds of all identifiers that some property wants.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    /// By the set of identifiers that a kind accepts: the module and the name.
    by_targets: BTreeMap<BTreeSet<Target>, Path>,
    /// The target set of each property, by owner and property.
    wanted: BTreeMap<(String, String), BTreeSet<Target>>,
}

/// A kind, for writing it.
#[derive(Debug)]
pub(crate) struct Kind<'a> {
    pub(crate) name: &'a str,
    /// What it stands for.
    pub(crate) targets: &'a BTreeSet<Target>,
    /// Which other kinds it accepts.
    pub(crate) accepted: Vec<&'a Path>,
}

/// Where a kind is: `kind::ec2::VpcId`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Path {
    /// Returns the path as generated code writes it.
    pub(crate) fn to_code(&self) -> String {
        format!("kind::{}::{}", self.module, self.name)
    }
}

impl Kinds {
    /// Finds the kinds in the relations of the data.
    pub(crate) fn of(services: &Services) -> Result<Self, Error> {
        let known = Identifiers::of(services);
        let mut problems = known.unfit_corrections();
        let mut kinds = Self::default();
        let mut corrected = BTreeSet::new();
        for resource in services.values().flatten() {
            let nested = resource.structures.iter().map(|structure| {
                (format!("{}.{}", resource.cloudformation_type, structure.name), &structure.properties)
            });
            let owners = [(resource.cloudformation_type.clone(), &resource.properties)].into_iter().chain(nested);
            for (owner, properties) in owners {
                for (property, member) in properties {
                    let targets = match CORRECTIONS.iter().find(|row| row.owner == owner && row.property == property) {
                        Some(row) => {
                            corrected.insert((row.owner, row.property));
                            row.targets.iter().map(|&target| target.to_owned()).collect()
                        }
                        None => known.trusted(property, member),
                    };
                    // What gives a thing its own name takes any text.
                    let targets: BTreeSet<Target> = targets
                        .into_iter()
                        .filter(|target| split(target).0 != owner || !is_own(target, property))
                        .collect();
                    if !targets.is_empty() {
                        kinds.wanted.insert((owner.clone(), property.clone()), targets);
                    }
                }
            }
        }
        for row in CORRECTIONS {
            if !corrected.contains(&(row.owner, row.property)) {
                problems.push(format!("{} has no property {}", row.owner, row.property));
            }
        }
        kinds.name_all();
        let mut paths: Vec<&Path> = kinds.by_targets.values().collect();
        paths.sort();
        for pair in paths.windows(2) {
            if pair[0] == pair[1] {
                problems.push(format!("two kinds are named {}", pair[0].to_code()));
            }
        }
        if problems.is_empty() { Ok(kinds) } else { Err(Error::Corrections(problems.join("\n"))) }
    }

    fn name_all(&mut self) {
        let sets: BTreeSet<BTreeSet<Target>> = self.wanted.values().cloned().collect();
        // Each member of a set needs a kind of its own, for the set's kind to accept.
        let singles = sets.iter().flatten().map(|target| BTreeSet::from([target.clone()])).collect::<BTreeSet<_>>();
        for set in singles.union(&sets) {
            self.by_targets.insert(set.clone(), path_of(set));
        }
    }

    /// Returns the kind that a property wants, if the data names one.
    pub(crate) fn wanted_by(&self, owner: &str, property: &str) -> Option<&Path> {
        let targets = self.wanted.get(&(owner.to_owned(), property.to_owned()))?;
        self.by_targets.get(targets)
    }

    /// Returns the kind of an attribute, or of what `Ref` returns.
    ///
    /// An attribute that no property wants by this name still has a kind if the resource has a property of its name
    /// that wants one: a subnet's `VpcId` is a VPC's id.
    pub(crate) fn given_by(&self, resource: &Resource, attribute: &str) -> Option<&Path> {
        let target = canonical(format!("{}.{attribute}", resource.cloudformation_type));
        self.by_targets.get(&BTreeSet::from([target])).or_else(|| {
            let owner = resource.cloudformation_type.clone();
            let targets = self.wanted.get(&(owner, attribute.to_owned())).filter(|targets| targets.len() == 1);
            let told = || told(TELLING_NAMES, attribute).or_else(|| told(TELLING_ATTRIBUTES, attribute));
            match targets {
                Some(targets) => self.by_targets.get(targets),
                None => self.by_targets.get(&BTreeSet::from([told()?.to_owned()])),
            }
        })
    }

    /// Returns every kind by module: what it stands for, and which others it accepts.
    pub(crate) fn by_module(&self) -> BTreeMap<&str, Vec<Kind<'_>>> {
        let mut modules: BTreeMap<&str, Vec<Kind<'_>>> = BTreeMap::new();
        for (targets, path) in &self.by_targets {
            let accepted = match targets.len() {
                1 => Vec::new(),
                _ => {
                    targets.iter().filter_map(|target| self.by_targets.get(&BTreeSet::from([target.clone()]))).collect()
                }
            };
            modules.entry(&path.module).or_default().push(Kind { name: &path.name, targets, accepted });
        }
        modules.values_mut().for_each(|kinds| kinds.sort_by_key(|kind| kind.name));
        modules
    }

    /// Returns how many kinds there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_targets.len()
    }
}

fn canonical(target: Target) -> Target {
    EQUIVALENTS.iter().find(|(from, _)| *from == target).map_or(target, |&(_, to)| to.to_owned())
}

fn split(target: &str) -> (&str, &str) {
    target.split_once('.').unwrap_or((target, ""))
}

/// Names the kind of one identifier after resource and property without saying a word twice, that of several after all
/// of them.
fn path_of(targets: &BTreeSet<Target>) -> Path {
    let module = targets.first().and_then(|target| name::service_of(split(target).0)).unwrap_or_default();
    let mut names: Vec<String> = targets.iter().map(|target| single_name(target)).collect();
    for index in 0..names.len() {
        if names.iter().filter(|name| **name == names[index]).count() > 1 {
            let targets: Vec<&Target> = targets.iter().collect();
            let service = split(targets[index]).0.split("::").nth(1).unwrap_or_default();
            names[index] = format!("{}{}", name::pascal(service), names[index]);
        }
    }
    let named = SET_NAMES.iter().find(|(_, set)| targets.iter().map(String::as_str).eq(set.iter().copied()));
    let name = named.map_or_else(|| names.join("Or"), |(name, _)| (*name).to_owned());
    Path { module, name }
}

fn single_name(target: &str) -> String {
    if let Some((_, name)) = KIND_NAMES.iter().find(|(named, _)| *named == target) {
        return (*name).to_owned();
    }
    let (resource, property) = split(target);
    let resource = name::words(name::resource_of(resource));
    let property = name::words(property);
    let overlap = (0..=resource.len().min(property.len()))
        .rev()
        .find(|&length| resource[resource.len() - length..] == property[..length])
        .unwrap_or(0);
    let words: Vec<&str> = resource.iter().chain(&property[overlap..]).map(String::as_str).collect();
    name::pascal(&words.join(" "))
}

/// The identifiers that exist.
struct Identifiers<'a> {
    resources: BTreeMap<&'a str, &'a Resource>,
}

impl<'a> Identifiers<'a> {
    fn of(services: &'a Services) -> Self {
        let resources = services.values().flatten().map(|resource| (resource.cloudformation_type.as_str(), resource));
        Self { resources: resources.collect() }
    }

    /// Returns whether `Ref` or `Fn::GetAtt` gives this.
    fn has(&self, target: &str) -> bool {
        let (resource, name) = split(target);
        self.resources.get(resource).is_some_and(|resource| {
            resource.attributes.contains_key(name) || identifier_of(resource).as_deref() == Some(name)
        })
    }

    /// Returns whether the target identifies a resource, rather than telling something about it.
    fn identifies(&self, target: &str) -> bool {
        let (resource, name) = split(target);
        let is_identifier =
            self.resources.get(resource).is_some_and(|resource| identifier_of(resource).as_deref() == Some(name));
        let words = name::words(name);
        is_identifier
            || (self.has(target)
                && !name.contains('.')
                && words.last().is_some_and(|word| word == "arn" || word == "id" || word == "name")
                && !["domain", "dns", "provider"].iter().any(|word| words.iter().any(|other| other == word)))
    }

    /// Returns the relations of the data that can be relied on to be complete.
    ///
    /// They were gathered from templates, so a property that takes many things (`Value`, `TargetArn`, `Resources`)
    /// names the few that occurred. A relation counts only if the property's name names the resource; else the property
    /// takes any text.
    fn trusted(&self, property: &str, member: &Member) -> BTreeSet<Target> {
        let mut targets: BTreeSet<Target> = member.targets.iter().cloned().map(canonical).collect();
        if targets.is_empty() {
            return told(TELLING_NAMES, property).map(str::to_owned).into_iter().collect();
        }
        let words: Vec<String> = name::words(property).iter().map(|word| singular_word(word).to_owned()).collect();
        let wants_arn = words.last().is_some_and(|word| word == "arn");
        let wants_id = words.last().is_some_and(|word| word == "id");
        let wants_name = words.last().is_some_and(|word| word == "name");
        if targets.iter().any(|target| ANY_KEY.contains(&target.as_str())) {
            let key: &[&str] = if wants_arn { &[KEY_ARN] } else { &ANY_KEY };
            return key.iter().map(|&target| target.to_owned()).collect();
        }
        if !targets.iter().all(|target| self.identifies(target) && names_resource(&words, target)) {
            return BTreeSet::new();
        }
        if wants_arn && targets.iter().any(|target| is_arn(target)) {
            targets.retain(|target| is_arn(target));
        } else if wants_arn
            || (wants_id && targets.iter().all(|target| is_arn(target) || ends_in(target, "name")))
            || (wants_name && targets.iter().all(|target| is_arn(target) || ends_in(target, "id")))
        {
            return BTreeSet::new();
        }
        if !wants_arn && takes_name_or_arn(&member.documentation) {
            let resources: BTreeSet<String> = targets.iter().map(|target| split(target).0.to_owned()).collect();
            for resource in resources {
                targets.extend(self.forms_of(&resource));
            }
        }
        if targets.contains(FUNCTION_ARN) {
            targets.extend(QUALIFIED_FUNCTION_ARNS.map(str::to_owned));
        }
        targets
    }

    /// Returns what `Ref` gives and, where there is one, the ARN.
    fn forms_of(&self, resource: &str) -> Vec<Target> {
        let Some(definition) = self.resources.get(resource) else { return Vec::new() };
        let arn = definition.attributes.keys().find(|name| {
            let words = name::words(name);
            words.as_slice() == ["arn"]
                || (words.last().is_some_and(|word| word == "arn") && {
                    let resource_words = name::words(name::resource_of(resource));
                    resource_words.ends_with(&words[..words.len() - 1])
                })
        });
        identifier_of(definition).iter().chain(arn).map(|name| canonical(format!("{resource}.{name}"))).collect()
    }

    fn unfit_corrections(&self) -> Vec<String> {
        let targets = CORRECTIONS.iter().flat_map(|row| row.targets).copied();
        let standing = EQUIVALENTS.iter().map(|&(_, target)| target);
        let named = KIND_NAMES.iter().map(|&(target, _)| target);
        let told = TELLING_NAMES.iter().chain(TELLING_ATTRIBUTES).map(|&(_, target)| target);
        let mut problems: Vec<String> = targets
            .chain(standing)
            .chain(named)
            .chain(told)
            .filter(|target| !self.has(target))
            .map(|target| format!("there is no {target}"))
            .collect();
        for (resource, _) in IDENTIFIERS {
            if !self.resources.contains_key(resource) {
                problems.push(format!("there is no {resource}"));
            }
        }
        problems
    }
}

/// Returns the name of what `Ref` returns, where it is one thing.
pub(crate) fn identifier_of(resource: &Resource) -> Option<String> {
    if let Some((_, name)) = IDENTIFIERS.iter().find(|(corrected, _)| *corrected == resource.cloudformation_type) {
        return Some((*name).to_owned());
    }
    match resource.identifier.as_slice() {
        // Some are paths: `Device/DeviceName`.
        [only] => only.rsplit('/').next().map(str::to_owned),
        _ => None,
    }
}

/// Returns what a property or attribute of that name, or a list of it, is known to be.
fn told(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(telling, _)| {
            let behind = name.get(telling.len()..);
            name.get(..telling.len()).is_some_and(|start| start.eq_ignore_ascii_case(telling))
                && behind.is_some_and(|behind| behind.is_empty() || behind == "s")
        })
        .map(|&(_, target)| target)
}

fn is_own(target: &str, property: &str) -> bool {
    split(target).1 == property
}

fn ends_in(target: &str, word: &str) -> bool {
    name::words(split(target).1).last().is_some_and(|last| last == word)
}

fn is_arn(target: &str) -> bool {
    name::words(split(target).1).last().is_some_and(|word| word == "arn") || target == "AWS::SecretsManager::Secret.Id"
}

fn singular_word(word: &str) -> &str {
    word.strip_suffix('s').filter(|stem| stem.len() > 1 && !stem.ends_with('s')).unwrap_or(word)
}

/// Returns whether a property with these words in its name says which resource it wants.
fn names_resource(words: &[String], target: &str) -> bool {
    let (resource, property) = split(target);
    let resource_words = name::words(name::resource_of(resource));
    let property_words = name::words(property);
    let telling = property_words.iter().filter(|word| !["arn", "id", "name", "identifier"].contains(&word.as_str()));
    resource_words.last().into_iter().chain(telling).any(|word| words.iter().any(|other| other == singular_word(word)))
}

/// Returns whether the documentation offers the ARN beside the name or id.
fn takes_name_or_arn(documentation: &str) -> bool {
    let text = documentation.replace('`', "");
    ["name", "ID", "identifier"].iter().any(|plain| {
        ["ARN", "Amazon Resource Name"].iter().any(|arn| {
            let offers = |first: &str, second: &str| {
                text.match_indices(first).any(|(start, _)| {
                    let rest: String = text[start + first.len()..].chars().take(60).collect();
                    let sentence = rest.split(". ").next().unwrap_or_default();
                    sentence.find(" or ").is_some_and(|or| sentence[or..].contains(second))
                })
            };
            offers(plain, arn) || offers(arn, plain)
        })
    })
}

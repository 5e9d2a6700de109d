//! What a program is made of, as a [CycloneDX](https://cyclonedx.org/docs/1.6/json/) bill of materials.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::digest::Digest;

/// A bill of materials, as a CycloneDX document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Sbom(Bytes);

impl Sbom {
    /// The media type of CycloneDX as JSON.
    pub const MEDIA_TYPE: &'static str = "application/vnd.cyclonedx+json";

    /// A document that somebody else has made.
    pub fn cyclonedx(json: impl Into<Bytes>) -> Self {
        Self(json.into())
    }

    /// The document.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.0.clone()
    }

    /// The digest of the document.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// What the package `root` is made of: the crates that `cargo metadata` resolves for a target, with the checksums of
    /// `Cargo.lock`. Crates that only build it or test it are left out. Cargo resolves for the whole workspace, so a
    /// crate may be in it that only another package's features bring in.
    pub(crate) fn of(root: &str, metadata: &Resolved, lock: &Lock) -> Self {
        let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let (mut reached, mut next) = (BTreeSet::new(), vec![root]);
        while let Some(id) = next.pop() {
            if reached.insert(id) {
                next.extend(nodes.get(id).into_iter().flat_map(|node| node.runtime()));
            }
        }
        let packages = metadata.packages.iter().filter(|package| reached.contains(package.id.as_str()));
        let mut packages: Vec<_> = packages.collect();
        packages.sort_by_key(|package| (package.id != root, &package.name, &package.version, &package.id));
        let references: BTreeMap<&str, String> =
            packages.iter().map(|package| (package.id.as_str(), package.reference())).collect();
        let mut components: Vec<Value> = packages.iter().map(|package| package.component(lock, root)).collect();
        let dependencies = packages.iter().map(|package| {
            let node = nodes.get(package.id.as_str());
            let on: BTreeSet<_> =
                node.into_iter().flat_map(|node| node.runtime()).map(|id| references.get(id)).collect();
            json!({ "ref": references.get(package.id.as_str()), "dependsOn": on })
        });
        let dependencies: Vec<Value> = dependencies.collect();
        // No time and no serial number: the same crates give the same document.
        let document = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": { "component": if components.is_empty() { Value::Null } else { components.remove(0) } },
            "components": components,
            "dependencies": dependencies,
        });
        Self(document.to_string().into())
    }
}

/// What `cargo metadata` resolves.
#[derive(Debug, Deserialize)]
pub(crate) struct Resolved {
    packages: Vec<ResolvedPackage>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

impl Node {
    /// The ids of what it needs when it runs.
    fn runtime(&self) -> impl Iterator<Item = &str> {
        let runtime = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        self.deps.iter().filter(runtime).map(|dependency| dependency.pkg.as_str())
    }
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ResolvedPackage {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    repository: Option<String>,
    description: Option<String>,
}

impl ResolvedPackage {
    /// The [package URL](https://github.com/package-url/purl-spec).
    fn purl(&self) -> String {
        // Of the characters of a version, only the plus sign has a meaning in a URL.
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }

    /// What names it in the document. Two crates of one name and version differ in where they are from.
    fn reference(&self) -> String {
        match self.source.as_deref().filter(|source| !source.starts_with("registry+")) {
            Some(source) => format!("{}#{source}", self.purl()),
            None => self.purl(),
        }
    }

    fn component(&self, lock: &Lock, root: &str) -> Value {
        let mut component = json!({
            "type": if self.id == root { "application" } else { "library" },
            "bom-ref": self.reference(),
            "name": self.name,
            "version": self.version,
            "purl": self.purl(),
        });
        if let Some(description) = &self.description {
            component["description"] = description.trim().into();
        }
        if let Some(license) = &self.license {
            // As it was written before there were expressions.
            component["licenses"] = json!([{ "expression": license.replace('/', " OR ").replace("  ", " ") }]);
        }
        if let Some(checksum) = lock.checksum(&self.name, &self.version, self.source.as_deref()) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(repository) = &self.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    }
}

/// `Cargo.lock`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Lock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Debug, Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

impl Lock {
    fn checksum(&self, name: &str, version: &str, source: Option<&str>) -> Option<&str> {
        let same = |package: &&LockedPackage| {
            package.name == name && package.version == version && package.source.as_deref() == source
        };
        self.package.iter().find(same)?.checksum.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_in_it_and_what_builds_is_not() {
        let package = |name: &str, source: Option<&str>| json!({"id": name, "name": name, "version": "1.0.0+a", "license": "MIT/Apache-2.0", "source": source});
        let dependency = |name: &str, kind: Option<&str>| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("cc", None), package("log", Some("registry+index")), package("app", None)],
            "resolve": {"nodes": [
                {"id": "app", "deps": [dependency("log", None), dependency("cc", Some("build"))]},
                {"id": "log", "deps": []},
                {"id": "cc", "deps": []},
            ]},
        });
        let metadata: Resolved = serde_json::from_value(metadata).expect("metadata");
        let lock = "[[package]]\nname = 'log'\nversion = '1.0.0+a'\nsource = 'registry+index'\nchecksum = '00'\n";
        let lock: Lock = toml::from_str(lock).expect("a lock");
        let document: Value = serde_json::from_slice(&Sbom::of("app", &metadata, &lock).0).expect("JSON");
        assert_eq!(document["metadata"]["component"]["name"], "app");
        let components = document["components"].as_array().expect("components");
        assert_eq!(components.len(), 1);
        assert_eq!(components[0]["purl"], "pkg:cargo/log@1.0.0%2Ba");
        assert_eq!(components[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(components[0]["hashes"][0]["content"], "00");
        assert_eq!(document["dependencies"][0]["dependsOn"], json!(["pkg:cargo/log@1.0.0%2Ba"]));
    }
}

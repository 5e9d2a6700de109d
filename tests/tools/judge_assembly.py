"""Judges the files of an assembly against AWS's own schemas and one another; judge.py runs it in cfn-lint's environment.

The schemas are those of @aws-cdk/cloud-assembly-schema, made strict: a key they do not know is a finding.
"""

import hashlib
import json
import os
import pathlib
import sys

import jsonschema

ASSEMBLY = pathlib.Path(sys.argv[2])
SCHEMAS = pathlib.Path(os.environ["BELVEDERE_TOOLS"]) / "npm/node_modules/@aws-cdk/cloud-assembly-schema/schema"
PROPERTIES_OF = {
    "aws:cloudformation:stack": "AwsCloudFormationStackProperties",
    "cdk:asset-manifest": "AssetManifestProperties",
    "cdk:cloud-assembly": "NestedCloudAssemblyProperties",
    "cdk:feature-flag-report": "FeatureFlagReportProperties",
    "cdk:tree": "TreeArtifactProperties",
}
MAX_TEMPLATE, MAX_RESOURCES = 1_000_000, 500

findings, notes = [], []


def names_of(content):
    """Templates are named by their own hash, other files by that of their length and content."""
    length = len(content).to_bytes(8, "little")
    return {hashlib.sha256(content).hexdigest(), hashlib.sha256(length + content).hexdigest()}


def schema(name, definition=None):
    document = json.loads((SCHEMAS / name).read_text())
    for entry in document["definitions"].values():
        if "properties" in entry:
            entry.setdefault("additionalProperties", False)
    if "ArtifactManifest" in document["definitions"]:
        # Judged by the artifact's type instead, whose findings say more than "under none of the five".
        document["definitions"]["ArtifactManifest"]["properties"]["properties"] = {}
    if definition:
        document["$ref"] = f"#/definitions/{definition}"
    return jsonschema.Draft7Validator(document)


def check(validator, value, label):
    for error in sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path))):
        findings.append(f"{label} {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        findings.append(f"{path.name}: {error}")
        return None


def judge_template(directory, artifact_id, properties):
    path = directory / properties.get("templateFile", "")
    template = read(path)
    if template is None:
        return
    count, size = len(template.get("Resources", {})), path.stat().st_size
    if not 0 < count <= MAX_RESOURCES:
        findings.append(f"{path.name}: {count} resources (1 to {MAX_RESOURCES} are allowed)")
    if size > MAX_TEMPLATE:
        findings.append(f"{path.name}: {size} bytes (at most {MAX_TEMPLATE})")
    seen, without = {}, []
    for logical_id, resource in template.get("Resources", {}).items():
        construct = resource.get("Metadata", {}).get("aws:cdk:path")
        if construct is None:
            without.append(logical_id)
        elif construct in seen:
            findings.append(f"{path.name} {logical_id}: the path {construct} is also that of {seen[construct]}")
        seen[construct] = logical_id
    if without:
        findings.append(f"{path.name}: no aws:cdk:path in the metadata of {len(without)} resources ({', '.join(without[:3])}, …)")
    notes.append(f"{artifact_id}: {count} resources, {size} bytes")


def judge_assets(directory, artifact_id, properties, validator):
    name = properties.get("file", "")
    manifest = read(directory / name)
    if manifest is None:
        return {}
    check(validator, manifest, name)
    destinations = {}
    for asset, entry in manifest.get("files", {}).items():
        source = entry["source"]
        if ("path" in source) == ("executable" in source):
            findings.append(f"{name} {asset}: the source is neither a path nor a command, or both")
        path = directory / source.get("path", "")
        if "path" in source and not path.exists():
            findings.append(f"{name} {asset}: {source['path']} is not there")
        # An asset is named by its content, or a change would not be published.
        if source.get("packaging") == "file" and path.is_file() and asset not in names_of(path.read_bytes()):
            findings.append(f"{name} {asset}: is not the SHA-256 of {source['path']}")
        for place in entry["destinations"].values():
            destinations[f"s3://{place['bucketName']}/{place['objectKey']}"] = asset
    return destinations


def judge(directory):
    manifest = read(directory / "manifest.json")
    if manifest is None:
        return
    label = str(directory.relative_to(ASSEMBLY) / "manifest.json")
    check(schema("cloud-assembly.schema.json"), manifest, label)
    artifacts = manifest.get("artifacts", {})
    published = {}
    for artifact_id, artifact in artifacts.items():
        kind, properties = artifact.get("type"), artifact.get("properties", {})
        if kind in PROPERTIES_OF:
            check(schema("cloud-assembly.schema.json", PROPERTIES_OF[kind]), properties, f"{label} {artifact_id}")
        else:
            findings.append(f"{label} {artifact_id}: the CLI does not know the type {kind}")
        for dependency in artifact.get("dependencies", []):
            if dependency not in artifacts:
                findings.append(f"{label} {artifact_id}: depends on {dependency}, which is not in the manifest")
        if kind == "aws:cloudformation:stack":
            judge_template(directory, artifact_id, properties)
        elif kind == "cdk:asset-manifest":
            published.update(judge_assets(directory, artifact_id, properties, schema("assets.schema.json")))
        elif kind == "cdk:cloud-assembly":
            judge(directory / properties["directoryName"])
        elif kind == "cdk:tree":
            read(directory / properties["file"])
    for artifact_id, artifact in artifacts.items():
        url = artifact.get("properties", {}).get("stackTemplateAssetObjectUrl")
        if url and url not in published:
            findings.append(f"{label} {artifact_id}: no asset is published to {url}")
    for path in directory.iterdir():
        if path.suffix == ".json" and str(pathlib.Path.home()) + os.sep in path.read_text():
            findings.append(f"{path.name}: holds a path of this machine")


judge(ASSEMBLY)
json.dump({"findings": findings, "notes": notes}, sys.stdout)

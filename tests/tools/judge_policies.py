"""Judges every policy document in an assembly's templates; judge.py runs it in parliament's environment.

Identity policies go to parliament, a linter that knows every action and its resource types. All policies but trust
policies are held to the house's own rule: no wildcard in an allowed action, and a wildcard resource only for actions
of a committed table, each of which must be one for which the service knows no resource type.
"""

import json
import pathlib
import re
import sys

import parliament
from policy_values import Template

TOLERATED = json.loads(pathlib.Path(sys.argv[1]).read_text())
ASSEMBLY = pathlib.Path(sys.argv[2])
# The keys under which a policy speaks of the resource that carries it, so that "*" means that resource alone.
ATTACHED = {"KeyPolicy", "RepositoryPolicyText", "FileSystemPolicy", "ResourcePolicy"}
BROAD = re.compile(r"(FullAccess|AdministratorAccess|PowerUserAccess)")

findings, notes = [], []


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def documents(node, path=()):
    """Every policy document below `node`, with the path to it."""
    if isinstance(node, dict):
        if "Statement" in node:
            yield path, node
            return
        for key, value in node.items():
            yield from documents(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from documents(value, (*path, index))
    elif isinstance(node, str) and '"Statement"' in node:
        try:
            yield from documents(json.loads(node), path)
        except ValueError:
            notes.append(f"{'/'.join(map(str, path))}: text that looks like a policy but is no JSON")


def has_no_resource_type(action):
    """Whether the service knows no resource type for the action; None when parliament's data lacks the action."""
    prefix, _, name = action.partition(":")
    for service in parliament.iam_definition:
        if service["prefix"] != prefix:
            continue
        for privilege in service["privileges"]:
            if privilege["privilege"].lower() == name.lower():
                return not any(entry["resource_type"] for entry in privilege["resource_types"])
    return None


def covers_all(resource):
    """Whether a resolved resource stands for everything, or for every resource of a kind in the account."""
    if resource == "*":
        return True
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return False
    account, name = parts[4], parts[5]
    return name in ("*", "*/*") or (account != "" and re.fullmatch(r"[A-Za-z-]+[:/]\*", name) is not None)


def house_rules(where, path, document):
    table = TOLERATED["policies"]["wildcard_resources"]
    for number, statement in enumerate(as_list(document["Statement"])):
        place = f"{where} statement {statement.get('Sid', number)}"
        if statement.get("Effect") != "Allow":
            continue
        for key in ("NotAction", "NotResource"):
            if key in statement:
                findings.append(f"{place}: allows by exception ({key})")
        actions = as_list(statement.get("Action"))
        for action in actions:
            if not isinstance(action, str):
                findings.append(f"{place}: the action {json.dumps(action)} is not written out")
            elif "*" in action or "?" in action:
                excuse = next((entry for entry in TOLERATED["policies"]["wildcard_actions"]
                               if entry["action"] == action and entry["key"] in path), None)
                if excuse:
                    notes.append(f"{place}: wildcard action {action} tolerated: {excuse['reason']}")
                else:
                    findings.append(f"{place}: wildcard action {action}")
        if ATTACHED.intersection(path):
            continue
        for resource in as_list(statement.get("Resource")):
            if not covers_all(resource):
                continue
            for action in actions:
                if action in table:
                    notes.append(f"{place}: {action} on {resource}: {table[action]}")
                else:
                    findings.append(f"{place}: wildcard resource {resource} for {action}, which is not in the table of "
                                    "actions without a resource type")


def lint(where, document):
    for found in parliament.analyze_policy_string(json.dumps(document)).findings:
        found = parliament.enhance_finding(found)
        detail = str(found.detail) if found.detail else ""
        line = f"{where}: parliament {found.issue} {found.title} {detail}".strip()
        excuse = next((entry for entry in TOLERATED["policies"]["parliament"]
                       if entry["issue"] == found.issue and entry["detail"] in detail), None)
        if excuse:
            notes.append(f"{line}: tolerated, {excuse['reason']}")
        else:
            findings.append(line)


def judge():
    for action, reason in TOLERATED["policies"]["wildcard_resources"].items():
        if not reason:
            findings.append(f"tolerated.json: {action} has no reason")
        if has_no_resource_type(action) is False:
            findings.append(f"tolerated.json: {action} does have a resource type, so it cannot be in the table")

    paths = sorted(ASSEMBLY.rglob("*.template.json"))
    stacks = [Template(path, json.loads(path.read_text())) for path in paths]
    counted = 0
    for stack in stacks:
        for logical_id, resource in sorted(stack.body.get("Resources", {}).items()):
            for path, document in documents(resource.get("Properties", {})):
                where = f"{stack.name} {logical_id} {'/'.join(map(str, path))}"
                resolved = stack.resolve(document, stacks)
                trust = "AssumeRolePolicyDocument" in path
                if trust:
                    continue
                counted += 1
                house_rules(where, path, resolved)
                if not any("Principal" in statement for statement in as_list(resolved["Statement"])):
                    lint(where, resolved)
            for managed in as_list(resource.get("Properties", {}).get("ManagedPolicyArns")):
                name = stack.resolve(managed, stacks)
                if BROAD.search(str(name)):
                    findings.append(f"{stack.name} {logical_id}: attaches {name}")
        findings.extend(f"{stack.name}: {line}" for line in sorted(stack.unknown))
    notes.append(f"{counted} policy documents")
    json.dump({"findings": findings, "notes": notes}, sys.stdout)


judge()

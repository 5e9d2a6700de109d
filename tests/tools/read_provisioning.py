"""Reads provisioning files as Grafana does, and prints them as its API would have taken them, as JSON.

    read_provisioning.py FOLDER expanded|kept

What Grafana puts through its environment and what it keeps is that of its readers: pkg/services/provisioning. The last
argument says what the version does with notification policies, which older ones keep.
"""

import json
import os
import re
import sys

import yaml


def expand_env(text):
    """Go's os.ExpandEnv."""
    out, at = [], 0
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            out.append(text[at])
            at += 1
            continue
        rest = text[at + 1 :]
        if rest[0] == "{":
            end = rest.find("}")
            # Bad syntax is eaten.
            name, width = (rest[1:end], end + 1) if end > 1 else ("", 1 if end < 0 else 2)
            out.append(os.environ.get(name, "") if name else "")
        elif rest[0] in "*#$@!?-0123456789":
            width = 1
        else:
            width = re.match(r"[A-Za-z0-9_]*", rest).end()
            out.append(os.environ.get(rest[:width], "") if width else "$")
        at += 1 + width
    return "".join(out)


def expand_var(text):
    """Grafana's own variables: ${NAME} and $__env{NAME}."""

    def value(match):
        if match.group(1) in ("", "__env"):
            return os.environ.get(match.group(2), "")
        raise SystemExit(f"{match.group(0)} would be read from elsewhere")

    return re.sub(r"\$(|__\w+)\{([^}]+)\}", value, text)


def interpolate(node):
    if isinstance(node, str):
        return "$".join(expand_env(expand_var(part)) for part in node.split("$$"))
    if isinstance(node, list):
        return [interpolate(element) for element in node]
    if isinstance(node, dict):
        return {name: interpolate(member) for name, member in node.items()}
    return node


def only(node, *names):
    unknown = set(node) - set(names)
    if unknown:
        raise SystemExit(f"Grafana does not know {sorted(unknown)}")
    return node


def data_source(source):
    only(source, "name", "uid", "type", "access", "editable", "isDefault", "url", "user", "database", "basicAuth",
         "basicAuthUser", "withCredentials", "jsonData", "secureJsonData")
    for name, member in source.get("secureJsonData", {}).items():
        assert isinstance(member, str), name
    source = interpolate(source)
    source.pop("editable")
    return source


def rule(given):
    only(given, "uid", "title", "condition", "data", "dashboardUid", "panelId", "noDataState", "execErrState", "for",
         "keepFiringFor", "missing_series_evals_to_resolve", "annotations", "labels", "isPaused",
         "notification_settings", "record")
    read = {name: interpolate(member) for name, member in given.items() if name not in ("data", "annotations")}
    read["annotations"] = given.get("annotations", {})
    read.setdefault("labels", {})
    for texts in (read["labels"], read["annotations"]):
        for name, member in texts.items():
            assert isinstance(name, str) and isinstance(member, str), (name, member)
    assert read.pop("dashboardUid", None) == read["annotations"].get("__dashboardUid__")
    assert read.pop("panelId", 0) == int(read["annotations"].get("__panelId__", 0))
    read["data"] = [
        {name: member if name in ("model", "relativeTimeRange") else interpolate(member) for name, member in query.items()}
        for query in given["data"]
    ]
    for in_file, in_api in (
        ("keepFiringFor", "keep_firing_for"),
        ("missing_series_evals_to_resolve", "missingSeriesEvalsToResolve"),
    ):
        if in_file in read:
            read[in_api] = read.pop(in_file)
    if "record" in read and "targetDatasourceUid" in read["record"]:
        read["record"]["target_datasource_uid"] = read["record"].pop("targetDatasourceUid")
    return read


def without_organization(node):
    return {name: member for name, member in node.items() if name != "orgId"}


def contact_points(file):
    for point in file.get("contactPoints", []):
        for receiver in only(point, "orgId", "name", "receivers")["receivers"]:
            only(receiver, "uid", "type", "settings", "disableResolveMessage")
            yield {"name": interpolate(point["name"]), **interpolate(receiver)}


def main():
    folder, policies = sys.argv[1:]

    def files(kind):
        path = os.path.join(folder, kind)
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else ():
            if name.endswith(".yaml"):
                with open(os.path.join(path, name), encoding="utf-8") as file:
                    read = yaml.safe_load(file)
                assert read["apiVersion"] == 1, name
                yield read

    sources = [data_source(source) for file in files("datasources") for source in file["datasources"]]
    alerting = list(files("alerting"))
    groups = [
        {
            "title": interpolate(group["name"]),
            "folder": interpolate(group["folder"]),
            "interval": int(re.fullmatch(r"(\d+)s", interpolate(group["interval"])).group(1)),
            "rules": [rule(given) for given in group["rules"]],
        }
        for file in alerting
        for group in file.get("groups", [])
    ]
    trees = [without_organization(tree) for file in alerting for tree in file.get("policies", [])]
    dashboards = []
    for file in files("dashboards"):
        for provider in interpolate(file["providers"]):
            only(provider, "name", "folder", "folderUid", "type", "allowUiUpdates", "options")
            path = provider["options"]["path"]
            for name in sorted(os.listdir(path)):
                with open(os.path.join(path, name), encoding="utf-8") as dashboard:
                    dashboards.append({"folder": provider.get("folder"), "dashboard": json.load(dashboard)})
    json.dump(
        {
            "dataSources": sources,
            "ruleGroups": groups,
            "contactPoints": [point for file in alerting for point in contact_points(file)],
            "policies": interpolate(trees) if policies == "expanded" else trees,
            "muteTimings": [without_organization(timing) for file in alerting for timing in file.get("muteTimes", [])],
            "templates": [without_organization(text) for file in alerting for text in file.get("templates", [])],
            "dashboards": dashboards,
        },
        sys.stdout,
    )


main()

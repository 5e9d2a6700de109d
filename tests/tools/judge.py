#!/usr/bin/env python3
"""Lets the programs that others trust judge cloud assemblies.

    tests/tools/judge.py [--only JUDGE[,JUDGE]] [--require] DIRECTORY...

Judges: cfn-lint, validate (AWS's cloudformation-validate), checkov, guard (cfn-guard with AWS Control Tower's rules),
policies (parliament and our own rules for IAM), assembly (AWS's JSON schemas and the files an assembly names).

Each finding is a line; the last line counts. What is tolerated, and why, is in tolerated.json beside this file. A
judge whose program is not installed is skipped and said so, unless --require makes that a failure.
Exit code: 0 all accepted, 1 a finding, 2 wrong use.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = pathlib.Path(os.environ.get("BELVEDERE_TOOLS") or ROOT / "target/tools")
TOLERATED = json.loads((HERE / "tolerated.json").read_text())


class NotInstalled(Exception):
    """A judge's program is not under target/tools."""


def tool(*parts):
    path = TOOLS.joinpath(*parts)
    if not path.exists():
        raise NotInstalled(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path} is not there: run tests/tools/install")
    return str(path)


def run(command, accept=(0,), **options):
    """Runs a judge and gives back its stdout; anything but an accepted exit code is a fault of the judging itself."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=options.pop("stdin", subprocess.DEVNULL), **options)
    if done.returncode not in accept:
        raise RuntimeError(f"{pathlib.Path(command[0]).name} ended with {done.returncode}:\n{done.stderr or done.stdout}")
    return done.stdout


def templates(assembly):
    """Every template of the assembly and of the assemblies inside it, in a stable order."""
    found = sorted(assembly.rglob("*.template.json"))
    if not found:
        raise RuntimeError(f"{assembly} holds no *.template.json")
    return found


class Verdict:
    """What one judge says about one assembly: findings fail it, notes do not."""

    def __init__(self):
        self.findings, self.notes = [], []


def cfn_lint(assembly):
    verdict = Verdict()
    # 0 clean, 2 errors, 4 warnings, 6 both, 8 informational and their sums.
    output = run([tool("cfn-lint/bin/cfn-lint"), "--format", "json", *map(str, templates(assembly))], range(0, 16))
    for found in json.loads(output or "[]"):
        line = "{}:{} {} {}".format(
            pathlib.Path(found["Filename"]).name, found["Location"]["Start"]["LineNumber"], found["Rule"]["Id"], found["Message"])
        (verdict.notes if found["Level"] == "Informational" else verdict.findings).append(line)
    return verdict


def validate(assembly):
    verdict = Verdict()
    muted = TOLERATED["validate"]["muted"]
    # The copy inside aws-cdk-lib is the newest that npm holds.
    package = tool("npm/node_modules/aws-cdk-lib/node_modules/@aws/cloudformation-validate/index.js")
    output = run(["node", str(HERE / "judge_validate.mjs"), package, *map(str, templates(assembly))])
    for report in map(json.loads, output.splitlines()):
        name = pathlib.Path(report["file"]).name
        if report["status"] != "OK":
            verdict.findings.append(f"{name}: the analysis ended with {report['status']}")
        for found in report["diagnostics"]:
            if found["ruleId"] in muted:
                continue
            line = "{}:{} {} {} {}".format(name, found.get("startLine", 0), found["ruleId"],
                                           (found.get("entity") or {}).get("logicalId", ""), found["message"])
            (verdict.notes if found["severity"] in ("INFO", "DEBUG") else verdict.findings).append(line)
    return verdict


def checkov(assembly):
    verdict = Verdict()
    limits = TOLERATED["checkov"]["at_most"]
    limit = limits.get(assembly.name, limits["default"])
    files = [argument for path in templates(assembly) for argument in ("--file", str(path))]
    output = run([tool("checkov/bin/checkov"), "--framework", "cloudformation", "--quiet", "--compact", "--output", "json", *files],
                 (0, 1), env={**os.environ, "LOG_LEVEL": "ERROR", "CKV_IGNORE_HIDDEN_DIRECTORIES": "false"})
    report = json.loads(output)
    for part in report if isinstance(report, list) else [report]:
        # Without a single resource it knows, checkov answers with bare counts.
        summary = part.get("summary", part)
        if summary.get("parsing_errors"):
            verdict.findings.append(f"{summary['parsing_errors']} templates could not be parsed")
        failed = part.get("results", {}).get("failed_checks", [])
        lines = sorted(f"{check['check_id']} {check['resource']} {check['check_name']}" for check in failed)
        verdict.notes.append(f"{len(failed)} checks failed (at most {limit}), {summary.get('passed', 0)} passed, "
                             f"{summary.get('skipped', 0)} suppressed with a reason")
        (verdict.findings if len(failed) > limit else verdict.notes).extend(lines)
    return verdict


def guard(assembly):
    verdict = Verdict()
    package = "npm/node_modules/@cdklabs/cdk-validator-cfnguard"
    machine = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(platform.machine(), "unknown")
    binary = tool(package, "bin", "macos" if sys.platform == "darwin" else "ubuntu", machine, "cfn-guard")
    rules = tool(package, "rules/control-tower/cfn-guard")
    tolerated = {entry["rule"]: entry for entry in TOLERATED["guard"]["tolerated"]
                 if assembly.name in entry.get("assemblies", [assembly.name])}
    for path in templates(assembly):
        resources = json.loads(path.read_text())["Resources"]
        output = run([binary, "validate", "--data", str(path), "--rules", rules, "--output-format", "json", "--show-summary", "none",
                      "--structured"], (0, 19))
        for report in json.loads(output):
            for found in report["not_compliant"]:
                text = json.dumps(found)
                control = re.search(r"\[(CT\.[A-Z0-9.]+)\]: ([^\\]*)", text)
                name, title = control.groups() if control else (found["Rule"]["name"], "")
                found_in = sorted(set(re.findall(r"/Resources/(\w+)", text)))
                # These rules do not look for the suppressions that those of the rules registry honour.
                suppressed = {logical_id for logical_id in found_in if name in resources.get(logical_id, {}).get(
                    "Metadata", {}).get("guard", {}).get("SuppressedRules", [])}
                where = [logical_id for logical_id in found_in if logical_id not in suppressed]
                for logical_id in sorted(suppressed):
                    reason = resources[logical_id]["Metadata"].get("belvedere:reasons", {}).get(name)
                    (verdict.notes if reason else verdict.findings).append(
                        f"{path.name} {name} {logical_id}: suppressed, {reason or 'without a reason'}")
                if suppressed and not where:
                    continue
                line = f"{path.name} {name} {title} ({', '.join(where)})"
                entry = tolerated.get(name)
                if entry:
                    verdict.notes.append(f"{line}: tolerated, {entry['reason']}")
                else:
                    verdict.findings.append(line)
    return verdict


def helper(environment, script):
    """A judge in a script of its own, which runs in its own environment and answers with findings and notes."""
    def judge(assembly):
        verdict = Verdict()
        output = run([tool(environment, "bin/python"), str(HERE / script), str(HERE / "tolerated.json"), str(assembly)],
                     env={**os.environ, "BELVEDERE_TOOLS": str(TOOLS), "PYTHONWARNINGS": "ignore"})
        answer = json.loads(output)
        verdict.findings, verdict.notes = answer["findings"], answer["notes"]
        return verdict
    return judge


JUDGES = {
    "cfn-lint": cfn_lint,
    "validate": validate,
    "checkov": checkov,
    "guard": guard,
    "policies": helper("parliament", "judge_policies.py"),
    "assembly": helper("cfn-lint", "judge_assembly.py"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(JUDGES), help="judges to run, separated by commas")
    parser.add_argument("--require", action="store_true", help="a judge that is not installed is a failure")
    parser.add_argument("assemblies", nargs="+", type=pathlib.Path, metavar="DIRECTORY")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := [name for name in chosen if name not in JUDGES]:
        parser.error(f"no judge {', '.join(unknown)}; there are {', '.join(JUDGES)}")

    passed, failed, skipped = 0, 0, 0
    for assembly in arguments.assemblies:
        for name in chosen:
            try:
                verdict = JUDGES[name](assembly.resolve())
            except NotInstalled as reason:
                if arguments.require:
                    failed += 1
                    print(f"FAILED  {name} {assembly}: {reason}")
                else:
                    skipped += 1
                    print(f"skipped {name} {assembly}: {reason}")
                continue
            except (RuntimeError, ValueError, KeyError, OSError) as fault:
                failed += 1
                print(f"FAILED  {name} {assembly}: {fault}")
                continue
            if verdict.findings:
                failed += 1
                print(f"FAILED  {name} {assembly}: {len(verdict.findings)} findings")
            else:
                passed += 1
                print(f"ok      {name} {assembly}")
            for line in verdict.findings:
                print(f"          {line}")
            for line in verdict.notes:
                print(f"   note   {line}")
    print(f"judges: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

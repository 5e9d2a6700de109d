#!/usr/bin/env python3
"""Measures our synthesis and the AWS CDK's against each other, in pairs: whole process, user and system CPU time.

    benches/synth_vs_cdk.py flagship   our examples/full_stack, dev profile, and the same stack in AWS CDK TypeScript
    benches/synth_vs_cdk.py scale      50 stacks of 402 L2 resources, release profile, and the same through the AWS CDK
    benches/synth_vs_cdk.py growth     ours alone, 1,000 to 20,000 resources: the cost of one has to stay flat

The commands are ours and can be changed with --ours and --peer. Each gets CDK_OUTDIR and, except for the flagship,
KIND, STACKS and RESOURCES (a stack's, rounded to units of six). The peer runs without its template validation unless
--validated is given, precompiled, on Node and without its CLI, which is its fastest way but for bundling. Runs
alternate after one warm-up each, so a noisy machine hurts both. Exit code 1 when a --require-... bar is missed.

Needs what tests/tools/install installs, and the peer's program (--peer-directory).
"""

import argparse
import json
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
MODULES = pathlib.Path(os.environ.get("BELVEDERE_TOOLS") or ROOT / "target/tools") / "npm/node_modules"
PEER = ROOT.parent / "shared/peers/cdk-full-stack"
PROFILE = {"flagship": "dev", "scale": "release", "growth": "release"}
# Stacks and resources in each, as asked; a unit has six, so 400 gives 402.
GROWTH = [(2, 500), (5, 400), (12, 400), (25, 400), (50, 400)]


class Side:
    """One of the two programs."""

    def __init__(self, name, command, directory, environment):
        self.name, self.command, self.directory, self.environment = name, command, directory, environment
        self.runs = []

    def run(self, sizes):
        """Runs once; gives back CPU seconds, wall seconds, peak MiB, resources and bytes of templates."""
        with tempfile.TemporaryDirectory(prefix="synth-") as folder:
            output = pathlib.Path(folder) / "cdk.out"
            # Node caches nothing between runs, and no variable of the caller's shell decides what is measured.
            environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_", "NODE_"))}
            environment |= self.environment | sizes | {"CDK_OUTDIR": str(output)}
            log = pathlib.Path(folder) / "log"
            started = time.perf_counter()
            with log.open("wb") as sink:
                process = subprocess.Popen(self.command, cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
                                           stdout=sink, stderr=sink)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - started
            if process.returncode != 0:
                sys.exit(f"{shlex.join(self.command)} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
            templates = sorted(output.rglob("*.template.json"))
            resources = sum(len(json.loads(path.read_text())["Resources"]) for path in templates)
            # The kernel counts this process's own size at the fork as well, so memory has a floor of about 18 MiB.
            return {
                "cpu_seconds": usage.ru_utime + usage.ru_stime, "wall_seconds": wall, "mebibytes": usage.ru_maxrss / 1024,
                "resources": resources, "template_bytes": sum(path.stat().st_size for path in templates),
            }

    def median(self, what):
        return statistics.median(run[what] for run in self.runs)

    def summary(self):
        return {what: self.median(what) for what in self.runs[0]}

    def describe(self):
        cpus = [run["cpu_seconds"] for run in self.runs]
        return (f"{self.name:5} {self.median('cpu_seconds'):9.4f} CPU s ({min(cpus):.4f}-{max(cpus):.4f})  "
                f"{self.median('wall_seconds'):8.3f} s wall  {self.median('mebibytes'):6.0f} MiB  "
                f"{self.median('resources'):6.0f} resources  {self.median('template_bytes'):9.0f} bytes")


def build(kind, arguments):
    """Builds our binary unless a command was given, and gives back the command."""
    if arguments.ours:
        return shlex.split(arguments.ours)
    release = PROFILE[kind] == "release"
    what = ["--example", "full_stack"] if kind == "flagship" else ["--bin", "scale", "--workspace"]
    subprocess.run(["cargo", "build", "--locked", *what, *(["--release"] if release else [])], cwd=ROOT, check=True)
    folder = TARGET / ("release" if release else "debug")
    return [str(folder / "examples/full_stack" if kind == "flagship" else folder / "scale")]


def compile_peer(arguments):
    """Compiles the peer's program below target/, where it finds the packages of tests/tools."""
    if not (MODULES / "aws-cdk-lib").exists():
        sys.exit(f"{MODULES} has no aws-cdk-lib: run tests/tools/install")
    if not arguments.peer_directory.exists():
        sys.exit(f"the peer's program is not at {arguments.peer_directory}: name it with --peer-directory")
    folder = TARGET / "peer"
    shutil.rmtree(folder, ignore_errors=True)
    ignore = shutil.ignore_patterns("node_modules", "build", "out", "cdk.out")
    shutil.copytree(arguments.peer_directory, folder, ignore=ignore, copy_function=shutil.copyfile)
    (folder / "node_modules").symlink_to(MODULES)
    subprocess.run(["node", str(MODULES / "typescript/bin/tsc")], cwd=folder, check=True)
    return folder


def machine():
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    library = MODULES / "aws-cdk-lib/package.json"
    return {
        "processor": model, "cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg(), "node": version,
        "aws-cdk-lib": json.loads(library.read_text())["version"] if library.exists() else "absent",
        "rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip(),
    }


def pairs(kind, arguments):
    environment = {} if arguments.validated else {"CDK_VALIDATION": "false"}
    if arguments.peer:
        command, folder = shlex.split(arguments.peer), arguments.peer_directory
    else:
        folder = compile_peer(arguments)
        command = ["node", "build/bin/app.js" if kind == "flagship" else "build/bench/scale.js"]
    ours = Side("ours", build(kind, arguments), ROOT, {})
    peer = Side("peer", command, folder, environment)
    sizes = {} if kind == "flagship" else {"KIND": arguments.kind, "STACKS": str(arguments.stacks), "RESOURCES": str(arguments.resources)}
    for side in (ours, peer):
        print(f"{side.name:5} in {side.directory}: "
              f"{' '.join(f'{k}={v}' for k, v in (side.environment | sizes).items())} {shlex.join(side.command)}")
        side.run(sizes)
    for number in range(arguments.runs):
        # The order changes, so that neither side always runs on the warmer machine.
        for side in (ours, peer) if number % 2 == 0 else (peer, ours):
            side.runs.append(side.run(sizes))
    print(ours.describe())
    print(peer.describe())
    ratios = sorted(b["cpu_seconds"] / a["cpu_seconds"] for a, b in zip(ours.runs, peer.runs))
    ratio = statistics.median(ratios)
    print(f"CPU ratio: {ratio:.1f} (median of {len(ratios)} pairs, {ratios[0]:.1f}-{ratios[-1]:.1f}); memory: "
          f"{peer.median('mebibytes') / ours.median('mebibytes'):.1f}")
    return {"ours": ours.summary(), "peer": peer.summary(), "cpu_ratio": ratio, "cpu_ratios": ratios,
            "commands": {side.name: shlex.join(side.command) for side in (ours, peer)}}, ratio


def growth(arguments):
    command, rows = build("growth", arguments), []
    print(f"ours: {shlex.join(command)}")
    for stacks, resources in GROWTH:
        side = Side("ours", command, ROOT, {})
        sizes = {"KIND": arguments.kind, "STACKS": str(stacks), "RESOURCES": str(resources)}
        side.run(sizes)
        side.runs = [side.run(sizes) for _ in range(arguments.runs)]
        row = side.summary() | {"stacks": stacks}
        row["microseconds_each"] = 1e6 * row["cpu_seconds"] / row["resources"]
        rows.append(row)
        print(f"{stacks:3} stacks  {row['microseconds_each']:8.2f} µs CPU a resource  {side.describe()}")
    each = [row["microseconds_each"] for row in rows]
    spread = max(each) / min(each) - 1
    print(f"dearest over cheapest resource: {100 * spread:+.0f} %")
    return {"rows": rows, "spread": spread, "commands": {"ours": shlex.join(command)}}, spread


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["flagship", "scale", "growth"])
    parser.add_argument("--ours", help="our command, already built (default: built here)")
    parser.add_argument("--peer", help="the peer's command, already built, run in --peer-directory (default: built here)")
    parser.add_argument("--peer-directory", type=pathlib.Path, default=PEER, help=f"the peer's program (default: {PEER})")
    parser.add_argument("--validated", action="store_true", help="leave the peer's template validation on, as it is by default")
    parser.add_argument("--runs", type=int, help="counted runs of each (default: 11, for scale 3, for growth 5)")
    parser.add_argument("--kind", choices=["l1", "l2"], default="l2")
    parser.add_argument("--stacks", type=int, default=50)
    parser.add_argument("--resources", type=int, default=400, help="for each stack; 400 gives 402 (default)")
    parser.add_argument("--require-ratio", type=float, help="fail when the CPU ratio is below this")
    parser.add_argument("--require-spread", type=float, help="fail when growth's spread is above this (0.3 is 30 %%)")
    parser.add_argument("--require-mebibytes", type=float, help="fail when we take more memory than this")
    parser.add_argument("--output", type=pathlib.Path, help="file for everything measured, as JSON")
    arguments = parser.parse_args()
    arguments.runs = arguments.runs or {"flagship": 11, "scale": 3, "growth": 5}[arguments.what]
    arguments.peer_directory = arguments.peer_directory.resolve()

    about = machine()
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    result, figure = growth(arguments) if arguments.what == "growth" else pairs(arguments.what, arguments)
    if arguments.output:
        arguments.output.write_text(json.dumps({"what": arguments.what, "machine": about} | result, indent=1) + "\n")

    missed = []
    if arguments.what == "growth":
        memory = max(row["mebibytes"] for row in result["rows"])
        if arguments.require_spread is not None and figure > arguments.require_spread:
            missed.append(f"spread {figure:.2f} is above {arguments.require_spread}")
    else:
        memory = result["ours"]["mebibytes"]
        if arguments.require_ratio is not None and figure < arguments.require_ratio:
            missed.append(f"ratio {figure:.1f} is below {arguments.require_ratio}")
    if arguments.require_mebibytes is not None and memory > arguments.require_mebibytes:
        missed.append(f"{memory:.0f} MiB is above {arguments.require_mebibytes}")
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

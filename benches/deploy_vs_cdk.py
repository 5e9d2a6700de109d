#!/usr/bin/env python3
"""Measures our deploys and the official CLI's against each other, in pairs: wall time, and calls on the wire.

    cargo build --release -p belvedere-deployer
    target/tools/ministack/bin/python benches/deploy_vs_cdk.py --ours target/release/belvedere

Each run has a fresh emulator of its own, a copy of the assembly, and a proxy before the emulator that counts what is
asked for. "whole" is a deploy into the empty account, until the program ends; "again" is the same deploy once more, which
has nothing to change. The two take turns, after a run of each that is not counted. What the assembly's commands build is
built before, and the copies have commands that only tell where it is: no compiler is measured. The emulator answers at
once where AWS would work for minutes: what is measured is what the programs themselves add. It is asked once before for a
service that it does not have, for which it loads code for seconds. Shares are those of the pairs.

The official CLI ends when CloudFormation does, and so does ours here. By itself ours goes on until what it deployed serves;
--until-it-serves measures that, too, with what the emulator takes to say so.

Exit code 1 when a --require-... bar is missed.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import platform
import re
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
TOOLS = pathlib.Path(os.environ.get("BELVEDERE_TOOLS") or ROOT / "target/tools")
CLI = TOOLS / "npm/node_modules/aws-cdk/bin/cdk"
ACCOUNT, REGION = "123456789012", "eu-central-1"
WHATS = ("whole", "again")


class Counter:
    """Finds the requests in what a client sends on one connection."""

    def __init__(self, calls):
        self.calls, self.data, self.left, self.chunked, self.form = calls, b"", 0, False, None

    def feed(self, data):
        self.data += data
        while self.step():
            pass

    def step(self):
        if self.left:
            taken, self.data = self.data[:self.left], self.data[self.left:]
            self.left -= len(taken)
            if self.form is not None and len(self.form) < 65536:
                self.form += taken
            if self.left == 0 and self.form is not None:
                self.name(self.form)
            return bool(taken and self.data)
        if self.chunked:
            size, separator, rest = self.data.partition(b"\r\n")
            if not separator or not size.strip():
                self.data = rest if separator else self.data
                return bool(separator)
            length = int(size.split(b";")[0], 16)
            if length == 0:
                end = self.data.find(b"\r\n\r\n")
                if end < 0:
                    return False
                self.chunked, self.data = False, self.data[end + 4:]
                return bool(self.data)
            self.left, self.data = length + 2, rest
            return True
        head, separator, rest = self.data.partition(b"\r\n\r\n")
        if not separator:
            return False
        self.data, self.form = rest, None
        fields = dict(re.findall(rb"(?m)^([\w-]+): *(.*?)\r?$", head.lower()))
        method, path = head.split(b"\r\n", 1)[0].decode().split(" ")[:2]
        self.left = int(fields.get(b"content-length", 0))
        self.chunked = b"chunked" in fields.get(b"transfer-encoding", b"")
        if b"x-amz-target" in fields:
            self.calls[fields[b"x-amz-target"].decode().rsplit(".", 1)[-1]] += 1
        elif fields.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded") and self.left:
            self.form = b""
        else:
            kind = "bucket" if path.split("?")[0].strip("/").count("/") == 0 else "object"
            self.calls[f"{method} {kind}"] += 1
        return bool(self.data)

    def name(self, form):
        action = re.search(rb"(?:^|&)Action=(\w+)", form)
        self.calls[action[1].decode() if action else "unknown"] += 1
        self.form = None


class Proxy:
    """Passes on what it gets, and counts the requests."""

    def __init__(self, port):
        self.upstream, self.calls = port, collections.Counter()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            counter = Counter(self.calls)
            threading.Thread(target=self.relay, args=(client, server, counter.feed), daemon=True).start()
            threading.Thread(target=self.relay, args=(server, client, None), daemon=True).start()

    def relay(self, source, sink, seen):
        try:
            while data := source.recv(1 << 16):
                if seen:
                    seen(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One of them has gone; so does the other.
            for end in (source, sink):
                end.close()

    def taken(self):
        """The calls since this was asked last."""
        calls = dict(self.calls)
        self.calls.clear()
        return calls


class Emulator:
    """An emulator that is ended by its process id."""

    def __init__(self, folder):
        command = [TOOLS / "ministack/bin/python", ROOT / "tests/tools/ministack_plus.py", "--log", folder / "emulator.log"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline().split()
        if len(line) != 3:
            sys.exit(f"the emulator did not start: {line}")
        self.port = int(line[1].rsplit(":", 1)[1])
        self.warm()

    def warm(self):
        """Has the emulator load what it answers with for a service that it does not have, which takes it seconds once."""
        headers = {"X-Amz-Target": "SWBExternalService.ListInstances", "Content-Type": "application/x-amz-json-1.1"}
        scope = f"{ACCOUNT}/20260101/{REGION}/sso/aws4_request"
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", b"{}", headers)
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=60).close()

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def build(assembly):
    """Runs the commands that build assets; gives back what each tells."""
    built = {}
    for path in assembly.rglob("*.assets.json"):
        for asset in json.loads(path.read_text())["files"].values():
            command = asset["source"].get("executable")
            if command and tuple(command) not in built:
                done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
                built[tuple(command)] = done.stdout.strip()
    return built


def copy(assembly, built, target):
    shutil.copytree(assembly, target)
    for path in target.rglob("*.assets.json"):
        manifest = json.loads(path.read_text())
        for asset in manifest["files"].values():
            if command := asset["source"].get("executable"):
                asset["source"]["executable"] = ["echo", built[tuple(command)]]
        path.write_text(json.dumps(manifest))


def run(command, proxy, folder):
    """Runs once; gives back seconds and calls."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_", "NODE_"))}
    environment |= {
        "AWS_ENDPOINT_URL": proxy.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_HOME": str(folder / "cdk"),
        "CI": "true", "NO_COLOR": "1",
    }
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return {"seconds": seconds, "calls": proxy.taken()}, done.stdout


def measure(side, arguments, built):
    """A whole deploy and the same again, into an account of its own."""
    with tempfile.TemporaryDirectory(prefix="deploy-") as name:
        folder = pathlib.Path(name)
        copy(arguments.assembly, built, folder / "assembly")
        emulator = Emulator(folder)
        proxy = Proxy(emulator.port)
        try:
            command = [str(part) for part in (*side, "--app", folder / "assembly")]
            runs = {}
            for what in WHATS:
                runs[what], said = run(command, proxy, folder)
            if not re.search(r"unchanged after|\(no changes\)", said):
                sys.exit(f"the second deploy changes something:\n{said[-4000:]}")
            return runs
        finally:
            emulator.end()
            proxy.listener.close()


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"processor": model[1] if model else "unknown", "cores": os.cpu_count(), "system": platform.platform(),
            "load": os.getloadavg(), "node": node}


def told(values, unit):
    return f"{statistics.median(values):8.2f} {unit} ({min(values):.2f} to {max(values):.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", type=pathlib.Path, default=TARGET / "release/belvedere", help="our program")
    parser.add_argument("--assembly", type=pathlib.Path, default=ROOT / "synth-output/full_stack",
                        help="what is deployed (default: the flagship, from its bucket on)")
    parser.add_argument("--runs", type=int, default=7, help="counted pairs (default: 7)")
    parser.add_argument("--until-it-serves", action="store_true", help="let ours wait until what it deployed serves")
    parser.add_argument("--require-share", type=float, help="fail when ours takes more than this share of the other's time")
    parser.add_argument("--require-fewer-calls", action="store_true", help="fail when ours makes as many calls, or more")
    parser.add_argument("--output", type=pathlib.Path, help="file for everything measured, as JSON")
    arguments = parser.parse_args()
    if not arguments.ours.exists():
        sys.exit(f"{arguments.ours} is not there; the first command of --help makes it")

    sides = {
        "ours": [arguments.ours.resolve(), "deploy", "--yes", "--no-grafana", *([] if arguments.until_it_serves else ["--no-wait"])],
        "cdk": ["node", CLI, "deploy", "--all", "--require-approval", "never", "--progress", "events", "--no-notices",
                "--no-version-reporting"],
    }
    built = build(arguments.assembly)
    about = machine()
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    for name, command in sides.items():
        print(f"{name:5} {shlex.join(map(str, command))} --app {arguments.assembly}")
        measure(command, arguments, built)
    runs = {name: [] for name in sides}
    for number in range(arguments.runs):
        # Whoever is first in a pair is second in the next.
        for name in sorted(sides, reverse=bool(number % 2)):
            runs[name].append(measure(sides[name], arguments, built))

    missed = []
    for what in WHATS:
        seconds = {name: [run[what]["seconds"] for run in runs[name]] for name in sides}
        calls = {name: [sum(run[what]["calls"].values()) for run in runs[name]] for name in sides}
        shares = [ours / cdk for ours, cdk in zip(seconds["ours"], seconds["cdk"])]
        for name in sides:
            print(f"{what} {name:5} {told(seconds[name], 's')}  {told(calls[name], 'calls')}")
        share = statistics.median(shares)
        print(f"{what} share {told(shares, '')}, 1/{1 / share:.1f} of the time")
        if arguments.require_share is not None and share > arguments.require_share:
            missed.append(f"{what}: the share {share:.2f} is above {arguments.require_share}")
        if arguments.require_fewer_calls and statistics.median(calls["ours"]) >= statistics.median(calls["cdk"]):
            missed.append(f"{what}: ours makes {statistics.median(calls['ours']):.0f} calls")
    for name in sides:
        print(f"calls of {name}: " + "; ".join(
            f"{what}: " + ", ".join(f"{count} {call}" for call, count in sorted(runs[name][-1][what]["calls"].items()))
            for what in WHATS))
    if arguments.output:
        arguments.output.write_text(json.dumps({"machine": about, "command": sys.argv, "runs": runs}, indent=1) + "\n")
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

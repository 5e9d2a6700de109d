#!/usr/bin/env python3
"""Measures the canary's cold start: from the start of its process to its first call on the wire.

    cargo run -p belvedere-deployer --bin belvedere -- package lambda --package test-runner
    benches/lambda_cold_start.py

Takes the program out of the zip file that Lambda would get, and runs it as Lambda does: a runtime API gives it one
invocation, and a stand-in for the data processor answers its calls, each served by a thread of this script; an OTLP
receiver takes the spans. "start" is the time from before the process is made until the first byte of the first call
has arrived; what this script itself took to hand out the invocation is subtracted for "own". "cpu" is what the process
had used of the processor by then, "invocation" the time from there to the report, "cpu all" and "peak" are of the whole
run. After one warm-up run, every run is a process of its own; files are in the page cache.

Exit code 1 when a --require-... bar is missed.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
ZIP = TARGET / f"belvedere/test-runner-{'arm64' if platform.machine() == 'aarch64' else 'x86_64'}.zip"


def answer(status, headers, body=b""):
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def problem(status, title):
    body = json.dumps({"type": "about:blank", "title": title, "status": status}).encode()
    return answer(f"{status} {title}", {"content-type": "application/problem+json"}, body)


class Server:
    """An HTTP server on a free port, a thread for each connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        data = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in data:
                    try:
                        more = connection.recv(65536)
                    except ConnectionError:
                        more = b""  # The program was ended while it waited for work.
                    arrived = time.perf_counter()
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                while len(data) < (int(length[1]) if length else 0):
                    data += connection.recv(65536)
                body, data = data[:int(length[1]) if length else 0], data[int(length[1]) if length else 0:]
                method, path = head.split(b"\r\n", 1)[0].decode().split(" ")[:2]
                reply = self.reply(method, path, body, arrived)
                if reply is None:
                    return
                connection.sendall(reply)


class RuntimeApi(Server):
    """Gives out one invocation, and then none for as long as anybody waits."""

    def __init__(self):
        self.invoked, self.reported = threading.Event(), threading.Event()
        self.handing_out, self.kind, self.reported_at = 0.0, None, None
        super().__init__()

    def reply(self, method, path, body, arrived):
        if method == "GET" and path.endswith("/invocation/next"):
            if self.invoked.is_set():
                threading.Event().wait()
            self.invoked.set()
            deadline = str(int((time.time() + 50) * 1000))
            event = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event"}).encode()
            reply = answer("200 OK", {
                "content-type": "application/json", "lambda-runtime-aws-request-id": "request-1",
                "lambda-runtime-deadline-ms": deadline,
                "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-1:123456789012:function:canary",
                "lambda-runtime-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            }, event)
            self.handing_out = time.perf_counter() - arrived
            return reply
        self.kind, self.reported_at = path.rsplit("/", 1)[1] + " " + body.decode(), arrived
        self.reported.set()
        return answer("202 Accepted", {})


class DataProcessor(Server):
    """Keeps to the data processor's contract, for the calls that the canary makes."""

    def __init__(self):
        self.documents, self.first, self.process, self.cpu = {}, None, None, 0.0
        super().__init__()

    def reply(self, method, path, body, arrived):
        if self.first is None:
            self.first = arrived
            # The first field is the time on a processor, in nanoseconds, where the times of stat are in hundredths.
            tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
            self.cpu = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
        if method == "POST":
            try:
                json.loads(body)
            except ValueError:
                return problem(400, "Bad Request")
            made = int(time.time() * 1000) << 80 | 7 << 76 | uuid.uuid4().int & (1 << 76) - 1
            key = str(uuid.UUID(int=made & ~(3 << 62) | 2 << 62))
            self.documents[key] = body
            headers = {"content-type": "application/json", "location": f"/data/{key}"}
            return answer("201 Created", headers, json.dumps({"key": key}).encode())
        key = path.removeprefix("/data/")
        if key not in self.documents:
            return problem(404, "Not Found")
        if method == "DELETE":
            del self.documents[key]
            return answer("204 No Content", {})
        return answer("200 OK", {"content-type": "application/json"}, self.documents[key])


class Receiver(Server):
    """Takes spans."""

    def __init__(self):
        self.requests = 0
        super().__init__()

    def reply(self, method, path, body, arrived):
        self.requests += 1
        return answer("200 OK", {"content-type": "application/x-protobuf"})


def run(program, log):
    """Runs the program for one invocation; gives back milliseconds and MiB."""
    api, service, receiver = RuntimeApi(), DataProcessor(), Receiver()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "canary", "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_REGION": "eu-west-1",
        "DATA_PROCESSOR_URL": f"http://{service.address}", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}",
    }
    with log.open("wb") as sink:
        began = time.perf_counter()
        service.process = process = subprocess.Popen([program], env=environment, stdin=subprocess.DEVNULL, stdout=sink)
        try:
            if not api.reported.wait(30) or not api.kind.startswith("response "):
                sys.exit(f"the invocation failed: {api.kind}\n{log.read_text()}")
            if not receiver.requests or service.documents:
                sys.exit(f"no spans came, or documents are left behind:\n{log.read_text()}")
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.send_signal(signal.SIGKILL)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            for server in (api, service, receiver):
                server.listener.close()
    start = service.first - began
    return {
        "start": 1e3 * start, "own": 1e3 * (start - api.handing_out), "cpu": 1e3 * service.cpu,
        "invocation": 1e3 * (api.reported_at - service.first), "cpu_all": 1e3 * (usage.ru_utime + usage.ru_stime),
        "peak_mebibytes": int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024,
    }


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"processor": model[1] if model else "unknown", "cores": os.cpu_count(), "system": platform.platform(),
            "load": os.getloadavg(), "rustc": rustc}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=pathlib.Path, default=ZIP, help=f"what Lambda would get (default: {ZIP})")
    parser.add_argument("--runs", type=int, default=50, help="counted runs (default: 50)")
    parser.add_argument("--require-milliseconds", type=float, help="fail when the median of own is above this")
    parser.add_argument("--require-megabytes", type=float, help="fail when the zip file has more than this (10^6 bytes)")
    parser.add_argument("--output", type=pathlib.Path, help="file for everything measured, as JSON")
    arguments = parser.parse_args()
    if not arguments.zip.exists():
        sys.exit(f"{arguments.zip} is not there; the first command of --help makes it")

    about, size = machine(), arguments.zip.stat().st_size
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    print(f"{arguments.zip}: {size} bytes")
    with tempfile.TemporaryDirectory(prefix="cold-start-") as folder:
        with zipfile.ZipFile(arguments.zip) as file:
            program = file.extract("bootstrap", folder)
        os.chmod(program, 0o755)
        print(f"bootstrap: {os.stat(program).st_size} bytes")
        log = pathlib.Path(folder) / "log"
        run(program, log)
        runs = [run(program, log) for _ in range(arguments.runs)]
    print(f"{len(runs)} runs: {' '.join(sys.argv)}")
    units = {"peak_mebibytes": "MiB"}
    for what in runs[0]:
        values = [run[what] for run in runs]
        print(f"{what:15} min {min(values):8.2f}  median {statistics.median(values):8.2f}  "
              f"p95 {percentile(values, 0.95):8.2f}  max {max(values):8.2f} {units.get(what, 'ms')}")
    if arguments.output:
        result = {"machine": about, "command": sys.argv, "zip_bytes": size, "runs": runs}
        arguments.output.write_text(json.dumps(result, indent=1) + "\n")

    missed = []
    own = statistics.median(run["own"] for run in runs)
    if arguments.require_milliseconds is not None and own > arguments.require_milliseconds:
        missed.append(f"{own:.1f} ms is above {arguments.require_milliseconds}")
    if arguments.require_megabytes is not None and size > arguments.require_megabytes * 1e6:
        missed.append(f"{size} bytes is above {arguments.require_megabytes} MB")
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

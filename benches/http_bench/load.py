"""The load: wrk with `load.lua`."""

import json
import os
import pathlib
import tempfile

from .process import Process

SCRIPT = pathlib.Path(__file__).with_name("load.lua")
ERRORS = ["wrong_status", "wrong_body", "connect_errors", "read_errors", "write_errors", "timeouts"]


class Load:
    """How to put load on a service, the same for every side."""

    def __init__(self, binary, environment, connections, threads, delete, cores=None):
        self._binary, self._cores, self._delete = binary, cores, delete
        self._environment = dict(os.environ) | environment
        self.connections, self.threads = connections, threads

    def command(self, port, seconds):
        return [self._binary, "-t", self.threads, "-c", self.connections, "-d", f"{seconds}s", "-s", SCRIPT,
                f"http://127.0.0.1:{port}", *(["--", "delete"] if self._delete else [])]

    def run(self, port, seconds):
        """Runs to the end; gives back what wrk counted, with errors summed up and its own CPU seconds."""
        with tempfile.TemporaryFile() as sink:
            before = os.times()
            with Process(self.command(port, seconds), self._environment, sink, sink, self._cores) as process:
                code = process.wait(seconds + 60)
            after = os.times()
            sink.seek(0)
            text = sink.read().decode(errors="replace")
        result = next((line for line in text.splitlines() if line.startswith("RESULT ")), None)
        if code != 0 or result is None:
            raise RuntimeError(f"wrk ended with {code}:\n{text[-2000:]}")
        counts = json.loads(result.removeprefix("RESULT "))
        counts["errors"] = sum(counts[kind] for kind in ERRORS)
        counts["rate"] = counts["requests"] / counts["seconds"]
        counts["load_cpu_seconds"] = sum(after[2:4]) - sum(before[2:4])
        return counts

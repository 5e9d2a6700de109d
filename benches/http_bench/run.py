"""One run: a receiver, a service, load on it, and what all of that says."""

import contextlib
import os
import pathlib
import tempfile
import time

from . import disk, tools
from .process import busy_seconds, free_port
from .receiver import Receiver
from .service import Scraper, Service

# What decides how a program behaves is set here, never by the caller's shell.
FOREIGN = ("AWS_", "GUNICORN_", "LOG_", "OTEL_", "PEER_", "PROMETHEUS_", "PYTHON", "ROTEL_", "RUST_", "STORAGE_")
OFF = {"OTEL_SDK_DISABLED": "true", "LOG_LEVEL": "off"}
DOCUMENT = 1024


def base_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


class Side:
    """One way to run one of the two services."""

    def __init__(self, name, command, environment, protocol, directory=None, peer=False, telemetry=True, per_second=None):
        self.name, self.command, self.environment, self.directory = name, command, environment, directory
        self.protocol, self.peer, self.telemetry = protocol, peer, telemetry
        # How many requests a second are traced and logged at least; all without a number.
        self.per_second = per_second
        self.runs = []

    def variables(self, receiver, folder, port, metrics_port):
        """What the service is told by its environment."""
        variables = {"BIND_ADDRESS": "127.0.0.1", "PORT": str(port)}
        if self.telemetry:
            variables |= {
                "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint(self.protocol), "OTEL_EXPORTER_OTLP_PROTOCOL": self.protocol,
                "OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "prometheus"}
            if self.per_second is None:
                variables["OTEL_TRACES_SAMPLER"] = "parentbased_always_on"
            else:
                variables["TRACES_PER_SECOND"] = str(self.per_second)
        else:
            variables |= OFF
        if self.peer:
            for name in ("PROMETHEUS_MULTIPROC_DIR", "PEER_STORE"):
                variables[name] = str(folder / name.lower())
                os.mkdir(variables[name])
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        else:
            variables |= {"METRICS_PORT": str(metrics_port), "STORAGE_URL": "memory:"}
        return variables | self.environment

    def describe(self):
        """The environment and command, as far as they are the same in each run."""
        class Any:
            endpoint = staticmethod(lambda _protocol: "http://127.0.0.1:<receiver>")

        with tempfile.TemporaryDirectory() as folder:
            variables = self.variables(Any, pathlib.Path(folder), "<port>", "<metrics port>")
            words = [f"{name}={value}".replace(folder, "<folder>") for name, value in sorted(variables.items())]
        return " ".join([*words, *map(str, self.command)])


class Bench:
    """What all runs have in common."""

    def __init__(self, load, rotel, seconds, warmup, server_cores=None, other_cores=None):
        self.load, self._rotel, self._seconds, self._warmup = load, rotel, seconds, warmup
        self._server_cores, self._other_cores = server_cores, other_cores

    def run(self, side, store=None):
        """Runs a side once, from its start to its end. With `store`, a folder, that disk is watched."""
        with contextlib.ExitStack() as stack:
            # Logs, and what the peer's workers share, on a tmpfs: no disk takes part unless it is asked to.
            memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="http-bench-", dir=memory)))
            receiver = stack.enter_context(Receiver(self._rotel, folder, base_environment(), self._other_cores))
            port = free_port()
            metrics_port = port if side.peer else free_port()
            environment = base_environment() | side.variables(receiver, folder, port, metrics_port)
            service = stack.enter_context(Service(
                side.command, environment, folder, port, metrics_port, self._server_cores, side.directory))
            service.check()
            warm = self.load.run(port, self._warmup)
            scraper = None
            if side.telemetry:
                scraper = Scraper(service)
                scraper.start()
                stack.callback(scraper.stop)
            before = self._clocks(service, receiver)
            flushed = disk.flushes(store) if store else None
            counts = self.load.run(port, self._seconds)
            if flushed:
                counts["disk_flushes"] = disk.flushes(store)[0] - flushed[0]
            after = self._clocks(service, receiver)
            counts["peak_mebibytes"] = service.peak_mebibytes()
            if scraper:
                scraper.stop()
                counts |= {"scrapes": scraper.scrapes, "failed_scrapes": scraper.failures}
            spent = {name: after[name] - before[name] for name in before}
            counts |= self._shares(counts, spent)
            written = counts["written"] - counts["deleted"] + warm["written"] - warm["deleted"]
            counts["written_mebibytes"] = written * DOCUMENT / (1 << 20)
            counts["errors"] += warm["errors"]
            answered = counts["requests"] + warm["requests"]
            if side.telemetry:
                # Requests that were under way when wrk stopped are answered but not counted by it, once a connection.
                counted = service.counted_requests()
                counts["metrics_agree"] = 0 <= counted - answered <= 2 * self.load.connections + 20
                answered = counted
            counts["exit_code"] = service.stop()
            counts |= self._delivered(side, service, receiver, answered)
        return counts

    @staticmethod
    def _clocks(service, receiver):
        times = os.times()
        return {"wall": time.monotonic(), "all": busy_seconds(), "service": service.cpu_seconds(),
                "receiver": receiver.cpu_seconds(), "script": times.user + times.system}

    @staticmethod
    def _shares(counts, spent):
        """CPU time of a request, and the cores that each program kept busy."""
        load = counts.pop("load_cpu_seconds")
        others = spent["all"] - spent["service"] - spent["receiver"] - spent["script"] - load
        return {
            "cpu_us": 1e6 * spent["service"] / max(1, counts["requests"]),
            "service_cores": spent["service"] / spent["wall"], "load_cores": load / spent["wall"],
            "receiver_cores": spent["receiver"] / spent["wall"], "foreign_cores": max(0, others) / spent["wall"]}

    def _delivered(self, side, service, receiver, answered):
        """Spans, log records and log lines for each request answered since the start; health checks and errors are few."""
        lines, traced, sampled = service.log_lines()
        received = receiver.settled()
        due = answered = max(1, answered)
        if side.per_second is not None:
            due = min(answered, side.per_second * (self._seconds + self._warmup))
        return {
            "spans_each": received["spans"] / answered, "log_records_each": received["log_records"] / answered,
            "log_lines_each": lines / answered, "log_lines_traced": traced / sampled if sampled else None,
            "spans_of_due": received["spans"] / (2 * due), "log_lines_of_due": lines / due}


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    peer = dict(line.strip().split("==") for line in (tools.PEER / "requirements.txt").read_text().splitlines() if "==" in line)
    return {
        "processor": model, "cores": os.cpu_count(), "kernel": f"{os.uname().sysname} {os.uname().release}",
        "load": round(os.getloadavg()[0], 2), "commit": tools.output("git", "describe", "--always", "--dirty", cwd=tools.ROOT),
        "rustc": tools.output("rustc", "--version"), "peer's python": tools.output(tools.python(), "--version"),
        **{name: peer[name] for name in ("Flask", "gunicorn", "opentelemetry-sdk", "prometheus_client")}}

"""A service under test: ours or the peer, seen from outside over HTTP."""

import http.client
import json
import re
import threading

from .process import Process, wait_until

SERIES = re.compile(r'^http_requests_total\{(.*)\} (\S+)', re.MULTILINE)


def exchange(port, method, path, body=None, headers=None, timeout=10):
    """One request on a connection of its own; gives back status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


class Service(Process):
    """One service, started with its standard output in a file."""

    def __init__(self, command, environment, folder, port, metrics_port, cores=None, directory=None):
        self.log, self.errors = folder / "stdout.log", folder / "stderr.log"
        self.port, self._metrics_port = port, metrics_port
        with self.log.open("wb") as out, self.errors.open("wb") as err:
            super().__init__(command, environment, out, err, cores, directory)
        try:
            wait_until(f"answer of {self.command[0]}", 30, self._healthy, self)
        except BaseException as error:
            self.stop()
            error.add_note(self.errors.read_text(errors="replace")[-2000:] + self.log.read_text(errors="replace")[-2000:])
            raise

    def _healthy(self):
        try:
            return exchange(self.port, "GET", "/health")[0] == 200
        except OSError:
            return False

    def check(self):
        """Fails unless the service does the work that is about to be timed. Gives back how many requests that took."""
        def expect(what, wanted, got):
            if wanted != got:
                raise RuntimeError(f"{self.command[0]}: {what} should be {wanted!r}, got {got!r}")

        kind = {"Content-Type": "application/json"}
        document = json.dumps({"id": "check", "text": "ä" * 400, "values": [1, 2.5, None]}).encode()
        status, headers, body = exchange(self.port, "POST", "/data", document, kind)
        expect("status of a write", 201, status)
        key = json.loads(body)["key"]
        expect("Location of a write", f"/data/{key}", headers["Location"])
        # A new connection each time, so that every worker is likely to be asked.
        for _ in range(8):
            status, headers, body = exchange(self.port, "GET", f"/data/{key}")
            expect("status of a read", 200, status)
            expect("document read back", document, body)
        missing = f"{key[:-4]}{(int(key[-4:], 16) + 1) % 65536:04x}"
        for status, call in ((404, ("GET", f"/data/{missing}")), (404, ("GET", "/data/..%2f..%2fetc")),
                             (400, ("POST", "/data", b'{"half":', kind)), (415, ("POST", "/data", document))):
            got, headers, _ = exchange(self.port, *call)
            expect(f"status of {call[0]} {call[1]}", status, got)
            expect("type of an error", "application/problem+json", headers.get_content_type())
        return 13

    def metrics(self):
        return exchange(self._metrics_port, "GET", "/metrics")[2].decode()

    def counted_requests(self):
        """What the service's own metrics say it answered on /data and /data/{key}."""
        return sum(float(value) for labels, value in SERIES.findall(self.metrics()) if 'endpoint="/data' in labels)

    def log_lines(self):
        """Lines on standard output, and how many of the last 1,000 are JSON with the trace id of a request."""
        with self.log.open("rb") as file:
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
            file.seek(max(0, file.seek(0, 2) - 400_000))
            tail = file.read().split(b"\n")[1:-1][-1000:]
        traced = sum(bool(re.fullmatch("(?!0{32})[0-9a-f]{32}", str(json.loads(line).get("trace_id")))) for line in tail)
        return lines, traced, len(tail)


class Scraper(threading.Thread):
    """Reads a service's metrics every second, as a Prometheus would at its most eager."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self._service, self._over = service, threading.Event()
        self.scrapes = self.failures = 0

    def run(self):
        while not self._over.wait(1):
            try:
                self._service.metrics()
                self.scrapes += 1
            except (OSError, http.client.HTTPException):
                self.failures += 1

    def stop(self):
        self._over.set()
        self.join(15)

"""The OTLP receiver that both sides deliver to."""

import re
import time

from .process import Process, connects, free_port, wait_until

COUNTS = {"spans": re.compile(r"Received traces.* spans=(\d+)"), "log_records": re.compile(r"Received logs.* logs=(\d+)")}
COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Receiver(Process):
    """rotel, which takes OTLP by gRPC and HTTP, counts what a request brought in its log, and throws it away."""

    def __init__(self, binary, folder, environment, cores=None):
        self._log = folder / "receiver.log"
        self.ports = {"grpc": free_port(), "http/protobuf": free_port()}
        command = [
            binary, "start", "--exporter", "blackhole", "--debug-log", "traces", "--debug-log", "logs",
            "--otlp-grpc-endpoint", f"127.0.0.1:{self.ports['grpc']}",
            "--otlp-http-endpoint", f"127.0.0.1:{self.ports['http/protobuf']}",
            "--pid-file", folder / "receiver.pid", "--log-file", folder / "receiver.file"]
        with self._log.open("wb") as sink:
            super().__init__(command, environment, sink, sink, cores)
        try:
            wait_until("the receiver listens", 20, lambda: all(map(connects, self.ports.values())), self)
        except BaseException:
            self.stop()
            raise

    def endpoint(self, protocol):
        return f"http://127.0.0.1:{self.ports[protocol]}"

    def received(self):
        """Spans and log records so far."""
        log = COLOR.sub("", self._log.read_text(errors="replace"))
        return {what: sum(map(int, pattern.findall(log))) for what, pattern in COUNTS.items()}

    def settled(self):
        """Spans and log records once no more arrive for a second; called when their sender has ended."""
        last = None
        while last != (last := self.received()):
            time.sleep(1)
        return last

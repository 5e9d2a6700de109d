"""The peer's metrics, traces and logs: the same names, labels and attributes as the data processor's.

Where the libraries cannot follow, the peer does less: no exemplars, no X-Ray propagation, process metrics of one worker.
"""

import os
import sys
import time
from datetime import datetime, timezone

import orjson
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SERVICE, VERSION = "data-processor", "0.1.0"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "endpoint", "status"])
DURATION = Histogram(
    "http_request_duration_seconds", "Time from a request to its answer.", ["method", "endpoint", "status"], buckets=BUCKETS)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum")
ERRORS = Counter("http_request_errors", "Requests answered with 5xx.", ["endpoint"])
STORAGE = Histogram(
    "storage_operation_duration_seconds", "Time of a storage operation.", ["system", "operation"], buckets=BUCKETS)
STORAGE_ERRORS = Counter("storage_operation_errors", "Storage operations that failed.", ["system", "operation", "error"])
BUILD = Gauge("data_processor_build_info", "1, with the version as a label.", ["version"], multiprocess_mode="max")

_children = {}


def child(metric, *labels):
    """The metric's series with these labels. Kept, since `labels()` takes a lock and builds a tuple of strings."""
    key = (metric, labels)
    found = _children.get(key)
    if found is None:
        found = _children[key] = metric.labels(*labels)
    return found


def exposition():
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    # Of the worker that answers: the library has no process metrics over all workers.
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _exporters():
    """Span and log exporters of the protocol that the environment names; each reads its endpoint there."""
    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc") == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter, OTLPLogExporter


class PerSecond(Sampler):
    """So many new traces a second, with a burst of ten seconds' worth, as the data processor does it by default."""

    def __init__(self, rate):
        self._interval, self._full_at = 1 / rate, 0.0

    def should_sample(self, *arguments, **named):
        now = time.monotonic()
        after = max(self._full_at, now) + self._interval
        if after - now > 10:
            return ALWAYS_OFF.should_sample(*arguments, **named)
        self._full_at = after
        return ALWAYS_ON.should_sample(*arguments, **named)

    def get_description(self):
        return f"PerSecond({1 / self._interval:g})"


def sampler():
    """Every trace unless TRACES_PER_SECOND sets a limit, of which each worker has its share."""
    rate = float(os.environ.get("TRACES_PER_SECOND", "0")) / int(os.environ.get("PEER_WORKERS", "2"))
    return ParentBased(PerSecond(rate)) if rate else ParentBased(ALWAYS_ON)


class Telemetry:
    """The providers of one worker; threads do not survive a fork, so each worker makes its own."""

    def __init__(self):
        resource = Resource.create({"service.name": SERVICE, "service.version": VERSION})
        spans, logs = _exporters()
        self.traces = TracerProvider(resource=resource, sampler=sampler())
        self.traces.add_span_processor(BatchSpanProcessor(spans()))
        self.tracer = self.traces.get_tracer(SERVICE, VERSION)
        self._logs = LoggerProvider(resource=resource)
        self._logs.add_log_record_processor(BatchLogRecordProcessor(logs()))
        self._logger = self._logs.get_logger(SERVICE, VERSION)
        self._otlp = os.environ.get("OTEL_LOGS_EXPORTER", "otlp") != "none"
        self._out = sys.stdout.fileno()
        child(BUILD, VERSION).set(1)

    def log_request(self, request, response, endpoint, seconds):
        """One log line for a request that is traced, on stdout and over OTLP: `logging` in between would only cost more."""
        context = trace.get_current_span().get_span_context()
        if not context.trace_flags.sampled and response.status_code < 500:
            return
        now = time.time_ns()
        fields = {
            "method": request.method, "endpoint": endpoint, "path": request.path, "status": response.status_code,
            "duration_seconds": seconds, "request_bytes": request.content_length or 0,
            "response_bytes": response.content_length or 0, "client": request.remote_addr}
        if agent := request.environ.get("HTTP_USER_AGENT"):
            fields["user_agent"] = agent
        line = orjson.dumps({
            "timestamp": datetime.fromtimestamp(now / 1e9, timezone.utc), "level": "INFO", "service": SERVICE,
            "trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}",
            "trace_flags": f"{context.trace_flags:02x}", "message": "request", **fields},
            option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
        # One write for one line: lines of several workers never mix.
        os.write(self._out, line)
        if self._otlp:
            self._logger.emit(LogRecord(
                timestamp=now, severity_number=SeverityNumber.INFO, severity_text="INFO", body="request", attributes=fields))

    def stop(self):
        self.traces.shutdown()
        self._logs.shutdown()

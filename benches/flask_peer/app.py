"""The data processor's work as a Flask service: the peer that the data processor is measured against."""

import os
import re
from time import perf_counter

import orjson
from flask import Flask, Response, request
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from uuid_utils import uuid7
from werkzeug.exceptions import HTTPException

import telemetry as t
from spans import instrument
from store import Store

KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
JSON = "application/json"


class Problem(Exception):
    """What becomes an RFC 9457 problem document."""

    def __init__(self, status, title, detail):
        self.status, self.title, self.detail = status, title, detail


def problem(status, title, detail, headers=()):
    context = trace.get_current_span().get_span_context()
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.path,
            "trace_id": f"{context.trace_id:032x}"}
    return Response(orjson.dumps(body), status, headers, content_type="application/problem+json")


def create_app():
    """The service of one worker."""
    signals = t.Telemetry()
    store = Store(os.environ["PEER_STORE"])
    app = Flask(t.SERVICE, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = int(os.environ.get("MAX_BODY_BYTES", 1 << 20))
    app.extensions["telemetry"] = signals

    def stored(operation, work, *arguments):
        """Does a storage operation in a span of its own, timed."""
        started = perf_counter()
        with signals.tracer.start_as_current_span(
                f"memory {operation}", kind=SpanKind.INTERNAL,
                attributes={"storage.system": "memory", "storage.operation": operation}) as span:
            try:
                return work(*arguments)
            except Exception as error:
                t.child(t.STORAGE_ERRORS, "memory", operation, type(error).__name__).inc()
                span.set_status(Status(StatusCode.ERROR, str(error)))
                raise
            finally:
                t.child(t.STORAGE, "memory", operation).observe(perf_counter() - started)

    @app.get("/health")
    def health():
        return Response(orjson.dumps({"status": "ok", "service": t.SERVICE, "version": t.VERSION}), content_type=JSON)

    @app.get("/ready")
    def ready():
        stored("list", store.keys, "", "", 1)
        return Response(orjson.dumps({"status": "ready", "service": t.SERVICE, "version": t.VERSION}), content_type=JSON)

    @app.get("/metrics")
    def metrics():
        return Response(t.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.post("/data")
    def put():
        kind = request.mimetype
        if kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
            raise Problem(415, "Unsupported Media Type", f"content-type must be application/json, got {kind}")
        body = request.get_data(cache=False)
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Problem(400, "Invalid JSON", str(error)) from None
        key = str(uuid7())
        stored("put", store.put, key, body)
        return Response(b'{"key":"%s"}' % key.encode(), 201, {"Location": f"/data/{key}"}, content_type=JSON)

    @app.get("/data/<key>")
    def get(key):
        body = stored("get", store.get, key) if KEY.fullmatch(key) else None
        if body is None:
            raise Problem(404, "Not Found", "no document has this key")
        return Response(body, content_type=JSON)

    @app.delete("/data/<key>")
    def delete(key):
        if not KEY.fullmatch(key) or not stored("delete", store.delete, key):
            raise Problem(404, "Not Found", "no document has this key")
        return Response(status=204)

    @app.get("/data")
    def keys():
        limit = request.args.get("limit", "100")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 1000:
            raise Problem(400, "Bad Request", f"limit must be 1 to 1000, got {limit}")
        limit = int(limit)
        found = stored("list", store.keys, request.args.get("prefix", ""), request.args.get("cursor", ""), limit + 1)
        following = found[limit - 1] if len(found) > limit else None
        return Response(orjson.dumps({"keys": found[:limit], "next": following}), content_type=JSON)

    @app.errorhandler(Problem)
    def told(error):
        return problem(error.status, error.title, error.detail)

    @app.errorhandler(HTTPException)
    def refused(error):
        headers = [pair for pair in error.get_headers() if pair[0].lower() not in ("content-type", "content-length")]
        return problem(error.code, error.name, error.description, headers)

    routes = {rule.rule: rule.rule.replace("<", "{").replace(">", "}") for rule in app.url_map.iter_rules()}

    @app.before_request
    def arrived():
        request.environ["peer.started"] = perf_counter()
        t.IN_FLIGHT.inc()

    @app.after_request
    def answered(response):
        rule = request.url_rule
        endpoint = routes[rule.rule] if rule else "unmatched"
        if endpoint == "/metrics":
            return response
        seconds = perf_counter() - request.environ["peer.started"]
        status = str(response.status_code)
        t.child(t.REQUESTS, request.method, endpoint, status).inc()
        t.child(t.DURATION, request.method, endpoint, status).observe(seconds)
        if response.status_code >= 500:
            t.child(t.ERRORS, endpoint).inc()
        signals.log_request(request, response, endpoint, seconds)
        return response

    @app.teardown_request
    def left(_error):
        t.IN_FLIGHT.dec()

    instrument(app, signals.traces, signals.tracer)
    return app

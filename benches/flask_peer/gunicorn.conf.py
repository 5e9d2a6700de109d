"""How gunicorn serves the peer, and what else was tried.

Measured on two cores that the load generator and the OTLP receiver share, POST and GET of 1 KiB at 64 connections, all
telemetry on, no span dropped. Runs of 5 to 8 s, few of each, so differences below 10 % mean nothing:

- gthread, 2 workers of 2 threads: 2,100 to 2,300 requests/s, p99 80 to 95 ms. Kept.
- gthread of 1 thread: 2,200, p99 77 ms in the one quiet run; of 4: 1,900; of 8 and 32: 1,600 and 1,200 on a busier
  machine. More threads wait for one interpreter lock.
- 3 workers: 2,000; 4: 2,100; each worker more costs some 5 % more CPU time a request.
- sync: 1,900 to 2,000; it closes each connection.
- gevent: 2,200 to 2,700, but it reads on from a connection as long as there is something to read, so others starve: p99
  500 to 1,100 ms and requests that wait for more than the 2 s that wrk allows. A tenth of that p99 would be too easy.
- without `reuse_port` one worker often took most of the connections and left a core idle: then 1,000.
- OTLP over HTTP instead of gRPC, documents in bare shared memory instead of LMDB, another switch interval of the
  interpreter: no difference outside the noise.
- gunicorn's parser in C, orjson, no collection of what lives forever: kept as they cannot hurt, though single runs with
  and without the parser and the collection showed no difference.
- spans by hand (spans.py) instead of by the instrumentation: a fifth less CPU time a request. Not the default.

Change a variant by the PEER_ variables below: `benches/http_vs_flask.py compare --peer-env PEER_WORKER_CLASS=gevent`.
"""

import gc
import os

wsgi_app = "app:create_app()"
bind = f"{os.environ.get('BIND_ADDRESS', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
reuse_port = os.environ.get("PEER_REUSE_PORT", "1") == "1"
workers = int(os.environ.get("PEER_WORKERS", "2"))
worker_class = os.environ.get("PEER_WORKER_CLASS", "gthread")
threads = int(os.environ.get("PEER_THREADS", "2"))
# Longer than any pause of the load, so that connections stay.
keepalive = 75
# Heartbeats on a tmpfs: on a disk they may block a worker.
worker_tmp_dir = "/dev/shm"
http_parser = os.environ.get("PEER_HTTP_PARSER", "fast")
accesslog = None
errorlog = "-"
loglevel = "warning"
graceful_timeout = 10
control_socket_disable = True

# At the default of 2,048 a busy worker drops spans, and a peer that drops them does less work.
os.environ.setdefault("OTEL_BSP_MAX_QUEUE_SIZE", "16384")
os.environ.setdefault("OTEL_BLRP_MAX_QUEUE_SIZE", "16384")
# The current semantic conventions instead of those of 2022.
os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")


def post_worker_init(worker):
    # Modules, routes and metrics stay: the collector need not walk them again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def worker_exit(server, worker):
    application = getattr(worker, "wsgi", None)
    if application is not None:
        application.extensions["telemetry"].stop()


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)

#!/usr/bin/env python3
"""Measures the data processor over HTTP, beside a Flask service under gunicorn that does the same work.

    benches/http_vs_flask.py compare      ours and the peer in turn: memory store, telemetry fully on
    benches/http_vs_flask.py filesystem   ours alone on the durable store, and what the disk below it can do
    benches/http_vs_flask.py telemetry    ours with telemetry on and off in turn: what it costs

Load is wrk: POST of a JSON document of 1,024 bytes, then GET of it, as fast as answers come. Each run starts its own
service and its own OTLP receiver (rotel), checks the service's answers, warms it up, measures, stops everything and
counts what was delivered. Runs alternate, so a noisy machine hurts all sides; figures are medians with their range.
"Telemetry fully on" is: for every request a server and a storage span and a log record by OTLP and a JSON log line on
standard output (a file), and metrics scraped every second. With --per-second both sides trace and log that many
requests a second, which is how ours runs by default. The peer is benches/flask_peer; how it was tuned stands in its
gunicorn.conf.py. Exit code 1 with --require when a bar is missed.

Installs what is missing below target/tools: the peer's environment, rotel, and Debian's wrk unless there is one.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import statistics
import sys
import tempfile

from http_bench import disk, tools
from http_bench.load import Load
from http_bench.run import Bench, Side, machine

# How many requests a second ours traces and logs unless it is told otherwise.
PER_SECOND = 200
# Ways to run ours in `telemetry`.
VARIANTS = {
    "on": {},
    "default": {"per_second": PER_SECOND},
    "metrics": {"environment": {"OTEL_TRACES_SAMPLER": "always_off"}},
    "no-otlp": {"environment": {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}},
    "no-otlp-logs": {"environment": {"OTEL_LOGS_EXPORTER": "none"}},
    "no-lines": {"environment": {"LOG_LEVEL": "off"}},
    "off": {"telemetry": False},
}
ROWS = [
    ("requests/s", "rate", ",.0f"), ("p50 ms", "p50_ms", ".2f"), ("p99 ms", "p99_ms", ".2f"), ("p99.9 ms", "p999_ms", ".2f"),
    ("errors", "errors", ".0f"), ("CPU µs/request", "cpu_us", ".1f"), ("peak RSS MiB", "peak_mebibytes", ".1f"),
    ("documents written MiB", "written_mebibytes", ".1f"), ("spans/request", "spans_each", ".3f"),
    ("OTLP log records/request", "log_records_each", ".3f"), ("log lines/request", "log_lines_each", ".3f"),
    ("of these with a trace id", "log_lines_traced", ".3f"), ("cores: service", "service_cores", ".2f"),
    ("cores: wrk", "load_cores", ".2f"), ("cores: receiver", "receiver_cores", ".2f"),
    ("cores: others on this machine", "foreign_cores", ".2f"), ("disk flushes", "disk_flushes", ",.0f"),
]


def median(side, what):
    values = [run[what] for run in side.runs if run.get(what) is not None]
    return statistics.median(values) if values else None


def rounds(bench, sides, arguments, store=None):
    """Runs every side `--pairs` times, in an order that turns round."""
    for side in sides:
        print(f"{side.name}: {side.describe()}")
    print(f"load: {shlex.join(map(str, bench.load.command('<port>', arguments.seconds)))}", flush=True)
    for number in range(arguments.pairs):
        for side in sides if number % 2 == 0 else sides[::-1]:
            run = bench.run(side, store)
            side.runs.append(run)
            print(f"{number + 1}/{arguments.pairs} {side.name:12} {run['rate']:9,.0f} requests/s  p50 {run['p50_ms']:7.2f} ms  "
                  f"p99 {run['p99_ms']:7.2f} ms  {run['errors']} errors  {run['cpu_us']:6.1f} µs CPU  "
                  f"{run['peak_mebibytes']:6.1f} MiB  others {run['foreign_cores']:.2f} cores", flush=True)
            if run["first_wrong"]:
                print(f"    first wrong answer: {run['first_wrong']}")
            if not run.get("metrics_agree", True):
                print("    the service's http_requests_total does not agree with what wrk counted")
            if run["exit_code"] != 0:
                print(f"    ended with {run['exit_code']} when asked to stop")


def table(sides):
    width = 30
    print("\n" + "median (range)".ljust(width) + "".join(side.name.rjust(34) for side in sides))
    for title, what, form in ROWS:
        cells = []
        for side in sides:
            values = [run[what] for run in side.runs if run.get(what) is not None]
            cells.append("" if not values else
                         f"{statistics.median(values):{form}} ({min(values):{form}} - {max(values):{form}})")
        if any(cells):
            print(title.ljust(width) + "".join(cell.rjust(34) for cell in cells))


def ratios(one, other, what):
    """The ratio of two sides in each pair, sorted."""
    return sorted(a[what] / b[what] for a, b in zip(one.runs, other.runs) if b[what])


def show(title, values, form=".2f"):
    print(f"{title}: {statistics.median(values):{form}} ({values[0]:{form}} - {values[-1]:{form}}, {len(values)} pairs)")
    return statistics.median(values)


def clean(side):
    """Bars that every run has to meet."""
    return [
        (f"{side.name}: no error", all(run["errors"] == 0 for run in side.runs)),
        (f"{side.name}: its metrics count what wrk counted", all(run.get("metrics_agree", True) for run in side.runs)),
    ]


def delivers(side):
    which = "requests" if side.per_second is None else f"{side.per_second} requests a second"
    return [(f"{side.name}: 2 spans and 1 log line with its trace id delivered for 99 % of {which}",
             median(side, "spans_of_due") >= 0.99 and median(side, "log_lines_of_due") >= 0.99
             and (median(side, "log_lines_traced") or 0) >= 0.99)]


def compare(bench, arguments):
    makers = {"ours": lambda: ours(arguments, per_second=arguments.per_second), "peer": lambda: peer(arguments)}
    sides = [make() for name, make in makers.items() if arguments.only in (None, name)]
    rounds(bench, sides, arguments)
    table(sides)
    bars, result = [bar for side in sides for bar in clean(side) + delivers(side)], {}
    if len(sides) == 2:
        mine, theirs = sides
        print()
        result = {
            "rate": show("requests/s, ours over the peer's", ratios(mine, theirs, "rate")),
            "p99": show("p99, ours over the peer's", ratios(mine, theirs, "p99_ms"), ".4f"),
            "cpu": show("CPU of a request, the peer's over ours", ratios(theirs, mine, "cpu_us"))}
        peak = max(run["peak_mebibytes"] for run in mine.runs)
        bars += [("at least 20 times the peer's requests/s", result["rate"] >= 20),
                 ("p99 at most a tenth of the peer's", result["p99"] <= 0.1),
                 (f"peak RSS under 40 MB in every run, documents included ({peak * 1.048576:.1f} MB)", peak * 1.048576 < 40)]
    return sides, bars, {"ratios": result}


def filesystem(bench, arguments):
    parent = arguments.directory or tools.TARGET
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="http-bench-store-", dir=parent) as folder:
        probes = [disk.probe(folder, writers) for writers in (1, 8, bench.load.connections)]
        for each in probes:
            print("disk: {writers:3} writers of 1 KiB and fdatasync: {syncs_per_second:8,.0f}/s, p50 {p50_ms:.2f} ms, p99 {p99_ms:.2f} ms"
                  .format(**each) + ("" if each["disk_flushes_per_second"] is None else
                                     f", the disk itself flushed {each['disk_flushes_per_second']:,.0f}/s"))
        side = ours(arguments, environment={"STORAGE_URL": f"file:{folder}"}, per_second=arguments.per_second)
        rounds(bench, [side], arguments, folder)
    table([side])
    writes = median(side, "written") / arguments.seconds
    print(f"\n{writes:,.0f} durable writes/s; one writer alone gets {probes[0]['syncs_per_second']:,.0f} synchronizations/s "
          f"of this disk, {probes[-1]['writers']} at once get {probes[-1]['syncs_per_second']:,.0f}")
    bars, flushed = clean(side), median(side, "disk_flushes")
    if flushed is not None:
        print(f"{median(side, 'written') / max(1, flushed):.1f} writes for each flush of the disk")
        # Writes share flushes, but none at all would mean that nothing is durable.
        bars.append(("the disk was flushed in every run", all(run["disk_flushes"] > 0 for run in side.runs)))
    return [side], bars, {"disk": probes}


def telemetry(bench, arguments):
    names = [name.strip() for name in arguments.variants.split(",")]
    for name in names:
        if name not in VARIANTS:
            sys.exit(f"a variant is one of {', '.join(VARIANTS)}, got {name!r}")
    sides = [ours(arguments, name, **VARIANTS[name]) for name in names]
    rounds(bench, sides, arguments)
    table(sides)
    bars, costs = [bar for side in sides for bar in clean(side)], {}
    bars += [bar for side in sides if side.name in ("on", "default") for bar in delivers(side)]
    off = next((side for side in sides if side.name == "off"), None)
    print()
    for side in sides if off else []:
        if side is not off:
            lost = sorted(100 * (1 - ratio) for ratio in ratios(side, off, "rate"))
            costs[side.name] = show(f"throughput that {side.name} costs, %", lost, ".1f")
            show("    CPU of a request, over off's", ratios(side, off, "cpu_us"))
            if side.name in ("on", "default"):
                bars.append((f"telemetry ({side.name}) costs at most 10 % of throughput", costs[side.name] <= 10))
    return sides, bars, {"cost_percent": costs}


def ours(arguments, name="ours", environment=None, telemetry=True, per_second=None):
    return Side(name, [arguments.ours], (environment or {}) | arguments.ours_env, arguments.protocol,
                telemetry=telemetry, per_second=per_second)


def peer(arguments):
    gunicorn = tools.flask_peer() / "bin/gunicorn"
    return Side("peer", [gunicorn, "-c", "gunicorn.conf.py"], arguments.peer_env, arguments.peer_protocol,
                tools.PEER, peer=True, per_second=arguments.per_second)


def variable(text):
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text!r}")
    return name, value


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["compare", "filesystem", "telemetry"])
    parser.add_argument("--ours", type=pathlib.Path, help="our binary (default: target/release/data-processor, built here)")
    parser.add_argument("--only", choices=["ours", "peer"], help="one side alone, for compare")
    parser.add_argument("--seconds", type=int, default=10, help="of load in each run (default: 10)")
    parser.add_argument("--warmup", type=int, default=3, help="seconds of load before that (default: 3)")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default: 5)")
    parser.add_argument("--connections", type=int, default=64, help="of wrk (default: 64)")
    parser.add_argument("--threads", type=int, default=1, help="of wrk (default: 1)")
    parser.add_argument("--delete", action="store_true",
                        help="DELETE documents as well, some time after they were read, so that no more than about 1,100 are kept")
    parser.add_argument("--pin", action="store_true",
                        help="service on core 0, load and receiver on the others (default: wherever the kernel puts them)")
    parser.add_argument("--protocol", choices=["grpc", "http/protobuf"], default="grpc", help="OTLP of ours (default: grpc)")
    parser.add_argument("--peer-protocol", choices=["grpc", "http/protobuf"], default="grpc",
                        help="OTLP of the peer (default: grpc; gevent workers need http/protobuf)")
    parser.add_argument("--ours-env", type=variable, action="append", default=[], metavar="NAME=VALUE", help="for our service")
    parser.add_argument("--peer-env", type=variable, action="append", default=[], metavar="NAME=VALUE",
                        help="for the peer, such as PEER_WORKERS=4 or PEER_SPANS=lean")
    parser.add_argument("--per-second", type=int, metavar="N",
                        help=f"trace and log so many requests a second on both sides, for compare and filesystem (default: "
                             f"every one; ours, left alone, takes {PER_SECOND})")
    parser.add_argument("--variants", default="on,default,off",
                        help=f"for telemetry, of {', '.join(VARIANTS)} (default: on,default,off)")
    parser.add_argument("--directory", type=pathlib.Path, help="where filesystem puts its store (default: below target/)")
    parser.add_argument("--require", action="store_true", help="fail when a bar is missed")
    parser.add_argument("--output", type=pathlib.Path, help="file for everything measured, as JSON")
    arguments = parser.parse_args()
    for name in ("seconds", "warmup", "pairs", "connections", "threads"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name} must be at least 1, got {getattr(arguments, name)}")
    if arguments.pin and os.cpu_count() < 2:
        parser.error("--pin needs two cores")
    arguments.ours_env, arguments.peer_env = dict(arguments.ours_env), dict(arguments.peer_env)
    return arguments


def main():
    # A request to end ends what was started here as well. A shell's background job would ignore Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = parse()
    if arguments.only != "peer":
        arguments.ours = arguments.ours.resolve() if arguments.ours else tools.data_processor()
        if not shutil.which(arguments.ours):
            sys.exit(f"there is no program at {arguments.ours}")
    (wrk, wrk_environment), rotel = tools.wrk(), tools.rotel()
    about = machine() | {"wrk": tools.output(wrk, "-v", env=dict(os.environ) | wrk_environment).split(" ")[1],
                         "rotel": tools.output(rotel, "--version").removeprefix("rotel ")}
    if arguments.only != "peer":
        about["ours"] = tools.output(arguments.ours, "--version")
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    cores = sorted(os.sched_getaffinity(0))
    if arguments.pin:
        print(f"pinned: service on core {cores[0]}, load and receiver on {', '.join(map(str, cores[1:]))}")
    server_cores, other_cores = ({cores[0]}, set(cores[1:])) if arguments.pin else (None, None)
    load = Load(wrk, wrk_environment, arguments.connections, arguments.threads, arguments.delete, other_cores)
    bench = Bench(load, rotel, arguments.seconds, arguments.warmup, server_cores, other_cores)
    sides, bars, result = {"compare": compare, "filesystem": filesystem, "telemetry": telemetry}[arguments.what](bench, arguments)
    print()
    foreign = max(run["foreign_cores"] for side in sides for run in side.runs)
    if foreign > 0.1:
        print(f"provisional: other programs used up to {foreign:.2f} of {os.cpu_count()} cores")
    for text, met in bars:
        print(f"{'met    ' if met else 'NOT MET'}  {text}")
    if arguments.output:
        written = {"what": arguments.what, "arguments": sys.argv[1:], "machine": about,
                   "sides": {side.name: {"command": side.describe(), "runs": side.runs} for side in sides},
                   "bars": [{"bar": text, "met": met} for text, met in bars]} | result
        arguments.output.write_text(json.dumps(written, indent=1) + "\n")
    return 1 if arguments.require and not all(met for _, met in bars) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

#!/usr/bin/env python3
"""Serves ministack, an AWS emulator, with the resource types and corrections that our templates need.

    python ministack_plus.py [--port PORT] [--log FILE]

Binds 127.0.0.1 only, on a free port unless one is named. When it accepts requests it prints one line to stdout:

    ministack-plus http://127.0.0.1:PORT pid=PID

Stop it with SIGTERM to that process id: it ends its own children (Lambda workers) first. It also stops when the
process that started it ends, so a failed test leaves no server behind.
"""

import argparse
import asyncio
import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import sys
import tempfile


def stop_with_parent():
    """Asks the kernel for SIGTERM when the parent ends."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGTERM)


def descendants(pid):
    """Process ids below `pid`, deepest first."""
    found = []
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += descendants(int(child)) + [int(child)]
    return found


def end_children():
    for child in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


async def serve(app, listener, url):
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    # Open keep-alive connections do not hold the end.
    config.graceful_timeout = 0.2
    # A listener that is already bound answers before the first request is read, so the line may be printed here.
    print(f"ministack-plus {url} pid={os.getpid()}", flush=True)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--log", help="file for the server's log (default: stderr)")
    arguments = parser.parse_args()
    stop_with_parent()

    listener = socket.create_server(("127.0.0.1", arguments.port))
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    scratch = tempfile.TemporaryDirectory(prefix="ministack-plus-")
    # Read at import time by ministack, so set before it.
    os.environ.update(
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        LOG_LEVEL="WARNING",
        TMPDIR=scratch.name,
        AWS_EC2_METADATA_DISABLED="true",
        PERSIST_STATE="0",
    )
    tempfile.tempdir = scratch.name
    if arguments.log:
        log = os.open(arguments.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(log, 2)

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import ministack_fixes
    import ministack_types
    from ministack.app import app

    ministack_fixes.apply()
    ministack_types.register()
    try:
        asyncio.run(serve(app, listener, url))
    finally:
        end_children()
        scratch.cleanup()
        # Ministack keeps non-daemon threads, which would hold an ordinary exit.
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()

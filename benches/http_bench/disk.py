"""What the disk below a folder can do, and did: the limit of a store that is durable over power loss."""

import os
import pathlib
import statistics
import threading
import time


def flushes(folder):
    """Cache flushes that the disk has completed, and the milliseconds they took; nothing when the kernel does not tell."""
    device = os.stat(folder).st_dev
    entry = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    # Only whole disks count flushes, not their partitions.
    if (entry / "partition").exists():
        entry = entry.parent
    try:
        fields = (entry / "stat").read_text().split()
    except OSError:
        return None
    return (int(fields[15]), int(fields[16])) if len(fields) >= 17 else None


def probe(folder, writers, seconds=2.0):
    """Writes files of 1 KiB, each synchronized before the next, by `writers` threads at once."""
    folder = pathlib.Path(folder)
    times, deadline = [[] for _ in range(writers)], time.monotonic() + seconds

    def write(number):
        path = folder / f"probe-{number}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            while time.monotonic() < deadline:
                started = time.perf_counter()
                os.write(descriptor, b"x" * 1024)
                os.fdatasync(descriptor)
                times[number].append(time.perf_counter() - started)
        finally:
            os.close(descriptor)
            path.unlink()

    before, started = flushes(folder), time.monotonic()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, after = time.monotonic() - started, flushes(folder)
    every = sorted(each for one in times for each in one)
    return {
        "writers": writers, "syncs_per_second": len(every) / took, "p50_ms": 1e3 * statistics.median(every),
        "p99_ms": 1e3 * every[int(len(every) * 0.99)],
        "disk_flushes_per_second": (after[0] - before[0]) / took if before and after else None,
    }

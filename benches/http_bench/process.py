"""Programs that the comparison starts, watches through /proc and stops again."""

import os
import pathlib
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/<pid>/stat from the third on, the state."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def busy_seconds():
    """CPU seconds that all processes of this machine have used since its start."""
    user, nice, system, _idle, _wait, interrupt, soft, *_ = (
        int(part) for part in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + interrupt + soft) / TICKS


class Process:
    """One program and the processes that it started."""

    def __init__(self, command, environment, stdout, stderr, cores=None, directory=None):
        self.command = [str(part) for part in command]
        # A session of its own: Ctrl-C reaches this script alone, which then stops the rest in order.
        self._process = subprocess.Popen(
            self.command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            start_new_session=True, preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait(self, seconds):
        """Waits for the program to end by itself; gives back its exit code."""
        return self._process.wait(seconds)

    def alive(self):
        return self._process.poll() is None

    def tree(self):
        """The ids of the program's processes that live, its own first, each with its time of start."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (stat := _stat(entry)):
                parents.setdefault(int(stat[1]), []).append((int(entry), stat[19]))
        own = _stat(self.pid)
        found = [(self.pid, own[19])] if own else []
        for pid, _ in found:
            found.extend(parents.get(pid, []))
        return found

    def cpu_seconds(self):
        """User and system time of all its processes, ended ones included."""
        stats = (_stat(pid) for pid, _ in self.tree())
        return sum(int(ticks) for stat in stats if stat for ticks in stat[11:15]) / TICKS

    def peak_mebibytes(self):
        """The sum of the processes' peaks of resident memory; pages that they share count in each."""
        kibibytes = 0
        for pid, _ in self.tree():
            try:
                lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                continue
            kibibytes += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
        return kibibytes / 1024

    def stop(self, grace=20):
        """Asks the program to end, and ends whatever is left of it after `grace` seconds. Gives back the exit code."""
        tree = self.tree() if self.alive() else []
        if tree:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                pass
        # The time of start tells a process from a later one that was given its id.
        for pid, started in tree:
            stat = _stat(pid)
            if stat and stat[19] == started and stat[0] != "Z":
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return self._process.wait()


def wait_until(what, seconds, probe, *processes):
    """Asks `probe` until it answers truly; fails when time is over or one of the processes has ended."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        for process in processes:
            if not process.alive():
                raise RuntimeError(f"{process.command[0]} ended with {process.stop()} before {what}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"no {what} within {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

"""Runs a program on a pseudo-terminal, as a person would: waits for what it writes, and types.

Reads one JSON object: argv, cwd, env, columns, and steps, each ["wait", text], ["send", text] or ["columns", number].
Writes one: the exit code, all that was written, and whether the terminal is left as it was.
"""

import fcntl
import json
import os
import select
import struct
import sys
import termios
import time

task = json.load(sys.stdin)
master, slave = os.openpty()


def resize(columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


resize(task["columns"])
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.close(master)
    os.login_tty(slave)
    os.chdir(task["cwd"])
    os.execve(task["argv"][0], task["argv"], task["env"])

written = b""
steps = list(task["steps"])
seen = 0
deadline = time.monotonic() + 60
status = None
while time.monotonic() < deadline:
    readable, _, _ = select.select([master], [], [], 0.05)
    if readable:
        written += os.read(master, 65536)
    elif status is not None:
        break
    elif os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        status = os.waitpid(pid, 0)[1]
    while steps:
        kind, what = steps[0]
        if kind == "wait":
            found = written.find(what.encode(), seen)
            if found < 0:
                break
            seen = found + len(what.encode())
        elif kind == "send":
            os.write(master, what.encode())
        else:
            resize(what)
        steps.pop(0)
if status is None:
    os.kill(pid, 9)
    status = os.waitpid(pid, 0)[1]
print(json.dumps({
    "code": os.waitstatus_to_exitcode(status),
    "text": written.decode(errors="replace"),
    "sane": termios.tcgetattr(slave) == before,
    "left": steps,
}))

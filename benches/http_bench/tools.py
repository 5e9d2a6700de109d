"""The programs that the comparison needs: installed under target/tools when absent, never elsewhere."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
TOOLS = pathlib.Path(os.environ.get("BELVEDERE_TOOLS") or ROOT / "target/tools")
PEER = ROOT / "benches/flask_peer"
ROTEL = "rotel==0.0.1a15"
# What Debian's wrk needs that a plain system may lack.
DEBIAN = ["wrk", "libluajit-5.1-2"]


def output(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options).stdout.strip()


def python():
    """The interpreter that the pins are for, or else our own."""
    return shutil.which("python3.11") or sys.executable


def environment(name, *arguments, stamp):
    """A virtual environment with what `pip install --no-deps <arguments>` brings, made anew when the stamp differs."""
    folder = TOOLS / name
    marker = folder / ".stamp"
    if not (marker.exists() and marker.read_text().strip() == stamp):
        print(f"installing {name}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python(), "-m", "venv", folder], check=True)
        subprocess.run(
            [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *arguments],
            check=True)
        marker.write_text(stamp + "\n")
    return folder


def flask_peer():
    """The peer's environment."""
    pins = PEER / "requirements.txt"
    stamp = hashlib.sha256(output(python(), "--version").encode() + pins.read_bytes()).hexdigest()
    return environment("flask-peer", "-r", pins, stamp=stamp)


def rotel():
    """The OTLP receiver: a collector written in Rust by others, whose binary comes in a Python wheel."""
    inside = "lib/python3*/site-packages/rotel/rotel-agent"
    # Whoever installed it for the tests did it from the tests' own pins.
    found = next(iter((TOOLS / "rotel").glob(inside)), None)
    if found is None:
        found = next(iter(environment("rotel", ROTEL, stamp=ROTEL).glob(inside)), None)
    if found is None:
        sys.exit(f"{ROTEL} holds no rotel-agent")
    found.chmod(0o755)
    return found


def wrk():
    """The load generator's command and environment: the system's, or Debian's package unpacked."""
    system = shutil.which("wrk")
    if system:
        return pathlib.Path(system), {}
    folder = TOOLS / "deb"
    binary = folder / "usr/bin/wrk"
    if not binary.exists():
        if not shutil.which("apt-get"):
            sys.exit("wrk is not on PATH and there is no apt-get to bring it")
        print("unpacking wrk", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "--quiet", *DEBIAN], cwd=folder, check=True, stdout=sys.stderr)
        for package in sorted(folder.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
            package.unlink()
    libraries = sorted({str(path.parent) for path in folder.glob("usr/lib/*/*.so*")})
    return binary, {"LD_LIBRARY_PATH": ":".join(libraries)}


def data_processor():
    """Our service, built for release."""
    subprocess.run(["cargo", "build", "--locked", "--release", "-p", "data-processor"], cwd=ROOT, check=True)
    return TARGET / "release/data-processor"

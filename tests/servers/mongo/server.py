"""The MongoDB server of the tests: its jars are fetched once by Maven, then it runs in Java."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
JARS = TARGET / "jars"
CLASSES = TARGET / "classes"
SOURCES = (HERE / "pom.xml", HERE / "WireServer.java")
BUILD_TIMEOUT_S = 300
END_TIMEOUT_S = 10
HEAP = "-Xmx2g"  # the largest test keeps 100,000 leads, and four workers share a server


def missing_tools() -> list[str]:
    """The programs that building and running the server needs and that are not here."""
    return [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]


@contextmanager
def running_server() -> Iterator[str]:
    """A server of its own on a free port of loopback: `mongodb://127.0.0.1:PORT`."""
    _build()
    with subprocess.Popen(
        _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield _address(server.stdout.readline())
        finally:
            server.stdin.close()
            try:
                server.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """The one server of all processes that name the same folder; it ends with the last of them.

    Its standard input is a pipe with a name that each of them holds open, so that it ends even
    when they are killed. Who can have the pipe for itself alone starts the server.
    """
    address, life = folder / "mongo_address", folder / "mongo_life"
    with _locked(folder / "mongo_lock"):
        if not life.exists():
            os.mkfifo(life)
        mine = os.open(life, os.O_RDWR)
        with suppress(BlockingIOError):
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            address.write_text(_start_apart(life))
        fcntl.flock(mine, fcntl.LOCK_SH)
    try:
        yield address.read_text()
    finally:
        os.close(mine)


def _start_apart(life: Path) -> str:
    """Start a server that is nobody's child; its address."""
    _build()
    shell = ["sh", "-c", 'input=$1; shift; "$@" < "$input" &', "sh", str(life), *_command()]
    with subprocess.Popen(shell, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        return _address(started.stdout.readline())


def _command() -> list[str]:
    return ["java", HEAP, "-XX:+UseSerialGC", "-cp", f"{CLASSES}:{JARS}/*", "WireServer"]


def _address(port: str) -> str:
    if not port:
        raise RuntimeError("the MongoDB test server ended before it had a port")
    return f"mongodb://127.0.0.1:{port.strip()}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build() -> None:
    """Fetch jars and compile, once for all processes that test at the same time."""
    TARGET.mkdir(exist_ok=True)
    built = TARGET / "built"
    with _locked(TARGET / "lock"):
        wanted = "\n".join(source.read_text() for source in SOURCES)
        if built.exists() and built.read_text() == wanted:
            return
        shutil.rmtree(JARS, ignore_errors=True)
        _run("mvn", "--batch-mode", "--quiet", "--file", str(SOURCES[0]), "package")
        _run("javac", "-cp", f"{JARS}/*", "-d", str(CLASSES), str(SOURCES[1]))
        built.write_text(wanted)


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

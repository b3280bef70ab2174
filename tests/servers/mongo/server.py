"""The MongoDB server of the tests: its jars are fetched once by Maven, then it runs in Java."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from contextlib import contextmanager
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
HEAP = "-Xmx1g"  # the largest test keeps 100,000 leads; two workers have a server each


def missing_tools() -> list[str]:
    """The programs that building and running the server needs and that are not here."""
    return [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]


@contextmanager
def running_server() -> Iterator[str]:
    """A server of its own on a free port of loopback: `mongodb://127.0.0.1:PORT`."""
    _build()
    command = ["java", HEAP, "-XX:+UseSerialGC", "-cp", f"{CLASSES}:{JARS}/*", "WireServer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            port = server.stdout.readline().decode().strip()
            if not port:
                raise RuntimeError(f"the MongoDB test server ended with code {server.wait()}")
            yield f"mongodb://127.0.0.1:{port}"
        finally:
            server.stdin.close()
            try:
                server.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                server.kill()


def _build() -> None:
    """Fetch jars and compile, once for all processes that test at the same time."""
    TARGET.mkdir(exist_ok=True)
    built = TARGET / "built"
    with (TARGET / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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

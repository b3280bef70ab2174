"""Workers in processes of their own: started all at once, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT
from tests.reliability.run_making import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


@contextmanager
def workers(
    number: int, workspace: Workspace, folder: Path, store: str
) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are about to work, all at once."""
    url = workspace.config.provider_setting("OPENAI_BASE_URL") or ""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.worker_driver", str(folder), store, url],
            cwd=ROOT,
            env={**os.environ, **environment(url, folder, store)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdin
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def end(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Ask a worker to end when it has left a run; what it says of all that it has left."""
    assert process.stdout
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    more, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return [json.loads(line) for line in (first, *more.splitlines())]

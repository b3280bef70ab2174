"""What every suite shares: the repository, sample files, and a MongoDB server."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# A commit waits for a disk, several times for each command; processes are killed here, machines
# are not, so files in memory tell as much.
MEMORY = Path("/dev/shm")
ROOM_B = 2 * 1024**3
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_B:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

if not os.environ.get("CI"):  # there hypothesis has a fixed seed and no deadline by itself
    settings.register_profile("two busy cores", deadline=None)
    settings.load_profile("two busy cores")


LONGEST_FIRST = (
    "reliability", "docs", "cli", "tui", "property", "providers", "contract", "unit",
)  # fmt: skip


GARBAGE_FROM = 20_000
"""New objects after which garbage is looked for: 700 is Python's own choice."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, so that at the end no worker has one left for itself."""
    folders = {name: at for at, name in enumerate(LONGEST_FIRST)}
    here = Path(__file__).parent
    items.sort(key=lambda item: folders.get(item.path.relative_to(here).parts[0], -1))


def pytest_collection_finish() -> None:
    """What was imported and collected stays; looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FROM)


@pytest.fixture
def lead_files() -> Path:
    """The folder of small lead files under real tools' headers."""
    return ROOT / "tests" / "data" / "lead_files"


@pytest.fixture(scope="session")
def mongo_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a MongoDB server, without database and options: one for all workers.

    `LEADSYNC_TEST_MONGO_URL` names another one, such as that of docker-compose.yml.
    """
    from tests.servers.mongo.server import missing_tools, running_server, shared_server

    if given := os.environ.get("LEADSYNC_TEST_MONGO_URL"):
        yield given.rstrip("/")
        return
    if missing := missing_tools():
        reason = (
            f"NO MONGODB: {', '.join(missing)} not found and LEADSYNC_TEST_MONGO_URL is not set,"
            " so nothing is tested on MongoDB"
        )
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    if os.environ.get("PYTEST_XDIST_WORKER"):
        server = shared_server(tmp_path_factory.getbasetemp().parent)
    else:
        server = running_server()
    with server as url:
        yield url


@pytest.fixture
def mongo_db_url(mongo_server_url: str) -> Iterator[str]:
    """The address of an empty database that no other test has."""
    from pymongo import MongoClient

    name = f"test_{uuid.uuid4().hex[:12]}"
    yield f"{mongo_server_url}/{name}"
    with MongoClient[dict[str, object]](mongo_server_url) as client:
        client.drop_database(name)

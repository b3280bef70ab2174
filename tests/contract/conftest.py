"""The engines that every contract test runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

    Opener = Callable[[], Store]

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_store(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same workspace each time it is called."""
    opened: list[Store] = []

    def open_again() -> Store:
        if engine == "mongo":
            from leadsync.core.store.mongo.store import MongoStore

            opened.append(MongoStore(request.getfixturevalue("mongo_db_url")))
        else:
            from leadsync.core.store.sqlite.store import SqliteStore

            opened.append(SqliteStore(tmp_path / "leadsync.db"))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> Store:
    return open_store()


@pytest.fixture
def inbox(store: Store) -> int:
    """The id of a campaign."""
    from tests.contract.making import a_campaign

    return a_campaign(store)


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    """The store with its formulas and a config of its own."""
    from tests.contract.making import a_workspace

    return a_workspace(store, tmp_path)

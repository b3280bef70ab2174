"""Opening the store that an address names; an engine is imported only where it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.store.protocol import Store

    Waiting = Callable[[], None]

SQLITE_PREFIX = "sqlite:///"
INTERACTIVE_CACHE_KIB = 6_144  # a thread: a screen of a million leads is as fast with 64 MB
MONGO_PREFIXES = ("mongodb://", "mongodb+srv://")


def open_store(url: str, *, waiting: Waiting | None = None, is_interactive: bool = False) -> Store:
    """The store at an address, made where there is none yet.

    Args:
        url: `sqlite:///PATH` (relative to the working folder, or absolute; `~` is the home
            folder) or `mongodb://HOST/DATABASE`.
        waiting: called once for a write to a file that waits for another process for 2 s.
        is_interactive: it stays open for hours in several threads, so each keeps little in memory.

    Raises:
        InputError: the address is of no engine that LeadSync has.
        StoreError: the store cannot be reached, is damaged, or a newer LeadSync wrote it.
        AccessError: the server refused the login.
    """
    check_address(url)
    if url.startswith(SQLITE_PREFIX):
        from leadsync.core.store.sqlite.store import SqliteStore

        if is_interactive:
            return SqliteStore(sqlite_path(url), waiting=waiting, cache_kib=INTERACTIVE_CACHE_KIB)
        return SqliteStore(sqlite_path(url), waiting=waiting)
    from leadsync.core.store.mongo.store import MongoStore

    return MongoStore(url)


def check_address(url: str) -> None:
    """Refuse what is no address of a store.

    Raises:
        InputError: it is of no engine that LeadSync has, or names no file.
    """
    if url.startswith(SQLITE_PREFIX):
        sqlite_path(url)
    elif not url.startswith(MONGO_PREFIXES):
        raise InputError(
            "the address of the store is neither an SQLite file nor a MongoDB database",
            next_step="write it as sqlite:///PATH or mongodb://HOST:27017/DATABASE",
        )


def is_missing(url: str) -> bool:
    """Whether the address is of a file that is not there; a database is made by its server."""
    return url.startswith(SQLITE_PREFIX) and not sqlite_path(url).exists()


def sqlite_path(url: str) -> Path:
    """The file that an `sqlite:///PATH` address names.

    Raises:
        InputError: it names none.
    """
    path = url.removeprefix(SQLITE_PREFIX)
    if not path:
        raise InputError(
            f'the address of the store, "{url}", names no file',
            next_step="write it as sqlite:///PATH, for example sqlite:////home/ada/leads.db",
        )
    return Path(path).expanduser()

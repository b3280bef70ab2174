"""Restoring a backup: what it holds takes the place of what the store holds, which is kept."""

from __future__ import annotations

import contextlib
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.access.guard import require
from leadsync.core.access.rights import Right
from leadsync.core.backups import remember
from leadsync.core.carried_over import Lasting, carry_over, read_lasting
from leadsync.core.dump_file import read_dump
from leadsync.core.errors import BusyError, InputError, StoreError
from leadsync.core.practice.label import is_labelled, no_practice, put_label
from leadsync.core.store.opening import SQLITE_PREFIX, is_missing, open_store, sqlite_path
from leadsync.core.store.sqlite.copying import dated_name
from leadsync.core.store.sqlite.restoring import MAGIC, copy_backup, replace_content
from leadsync.core.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Generator

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

KEPT = "before-restore"
_UNKNOWN = (
    "who was suppressed or erased since the backup could not be read from it, and is to be suppressed"
    " and erased again; what can be saved of it stays in the file that is kept"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        leads: leads of the store now, those in the trash left out.
        kept: the file that holds what the store held before; None where there was no store.
        erased: people whom the backup still had, and who were erased since: they are left out.
        erased_leads: the leads that these had in it.
        suppressions: addresses and domains that were suppressed since: they stay so.
        left: what is not as it should be after it, a sentence each.
    """

    leads: int
    kept: Path | None
    erased: int = 0
    erased_leads: int = 0
    suppressions: int = 0
    left: tuple[str, ...] = ()


def restore_workspace(file: Path, config: Config) -> Restored:
    """`restore_backup`, by somebody who may; a store that cannot be read has no say in it.

    Where the backup is, and the copy of what was there, is remembered for later erasures.

    Raises:
        AccessError: the store has users, and who does it is no owner.
        InputError, StoreError, BusyError: as of `restore_backup`.
    """
    _require_owner(config)
    done = restore_backup(file, config.store, into_practice=config.is_practice)
    with closing(open_store(config.store)) as store:
        for copy in filter(None, (file, done.kept)):
            remember(store, copy)
    return done


def plan_restore(file: Path, config: Config) -> Restored:
    """What `restore_workspace` would do; all of the backup is read, and nothing is written.

    Raises:
        AccessError, InputError, StoreError: as of `restore_workspace`.
    """
    _require_owner(config)
    with _scratch(None) as folder:
        content = folder / "content.db"
        return _prepare(file, content, config.store, into_practice=config.is_practice)


def _require_owner(config: Config) -> None:
    from leadsync.core.workspace import Workspace

    if not is_missing(config.store):
        with contextlib.suppress(StoreError), Workspace.open(config) as workspace:
            workspace.require(Right.ADMIN, "restore a backup")


def restore_backup(file: Path, url: str, *, into_practice: bool = False) -> Restored:
    """Put the content of a backup in the place of the store's, which is kept in a dated file.

    Backups of both engines and dumps are taken, into a store of any engine. The whole file is
    read before the store is touched. In a file, the exchange is one write: whoever has the store
    open sees the old content or the new. On MongoDB the database is emptied and filled; a crash
    in between leaves it empty, and its former content in the kept file. Users, logins and tokens
    stay as they are; those of a backup count only where there are none. Whom the store has erased
    is not brought back, and whom it has suppressed stays suppressed.

    Args:
        file: what `leadsync backup` or `leadsync dump` wrote.
        url: the store's address. What it held goes to `leadsync.db.before-restore-<time>` beside
            an SQLite file, to `<database>.before-restore-<time>` beside `file` on MongoDB; both
            can be restored.
        into_practice: the store is a practice copy, and stays one.

    Raises:
        InputError: `file` is no backup, is damaged, of a newer LeadSync, or of a practice copy.
        StoreError: the store cannot be reached or written.
        BusyError: a run is under way, or another process writes all the time.
    """
    beside = sqlite_path(url) if url.startswith(SQLITE_PREFIX) else None
    with _scratch(beside.parent if beside else None) as folder:
        content = folder / "content.db"
        plan = _prepare(file, content, url, into_practice=into_practice)
        kept = _into_file(beside, content) if beside else _into_database(url, content, file)
    return replace(plan, kept=kept)


def count_dump(file: Path, store: Store) -> int:
    """How many leads of a dump would be loaded into a store; nothing is.

    Raises:
        InputError: the dump is not whole, or a line is no record.
        AccessError: who is there may not load.
        StoreError: the store is not empty.
    """
    require(store, Right.ADMIN, "load a dump")
    if store.has_content():
        raise StoreError("the store is not empty", next_step="load into a new store")
    with _scratch(None) as folder, closing(SqliteStore(folder / "content.db")) as content:
        content.load(read_dump(file))
        return content.count({})


@contextmanager
def _scratch(beside: Path | None) -> Generator[Path]:
    """A folder for the time of a restore, on the disk of the store so that a rename will do."""
    try:
        if beside:
            beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = tempfile.TemporaryDirectory(prefix=".leadsync-restore-", dir=beside)
    except OSError as error:
        raise StoreError(
            f'nothing can be written beside the store, in "{beside}": {error.strerror}',
            next_step="check the permissions of that folder; nothing was changed",
        ) from error
    with scratch as folder:
        yield Path(folder)


def _prepare(file: Path, content: Path, url: str, *, into_practice: bool) -> Restored:
    """The backup as a workspace file, with what outlasts a restore; what that is."""
    _read(file, content, into_practice=into_practice)
    lasting, left = _lasting(url)
    with closing(SqliteStore(content)) as store:
        done = carry_over(lasting, store)
        return Restored(
            leads=store.count({}),
            kept=None,
            erased=done.erased,
            erased_leads=done.erased_leads,
            suppressions=done.suppressions,
            left=(*left, *done.left),
        )


def _read(file: Path, content: Path, *, into_practice: bool) -> None:
    """The backup as a workspace file."""
    is_sqlite = _is_sqlite(file)
    if is_sqlite:
        copy_backup(file, content)
    with closing(SqliteStore(content)) as store:
        if not is_sqlite:
            store.load(read_dump(file, into_practice=into_practice))
        if into_practice:
            put_label(store)
        elif is_labelled(store):
            raise no_practice(file.name)


def _lasting(url: str) -> tuple[Lasting, tuple[str, ...]]:
    """What the present store knows for good, and what is to be said where it cannot be asked."""
    if is_missing(url):
        return Lasting(), ()
    try:
        with closing(open_store(url)) as store:
            _check_no_run(store)
            return read_lasting(store), ()
    except StoreError as error:  # a damaged one is what a restore is for
        return Lasting(), (f"{error.message}: {_UNKNOWN}",)


def _check_no_run(store: Store) -> None:
    """Leave a store alone in which a run is under way: what it pays would stand nowhere."""
    from leadsync.core.engine.members import is_alive

    for run in store.runs():
        if is_alive(run):
            raise BusyError(
                f"run {run.id} is under way; nothing was restored",
                next_step=f"leadsync runs stop {run.id}, and this again when it has ended",
            )


def _is_sqlite(file: Path) -> bool:
    if not file.is_file():
        raise InputError(f'there is no file "{file}"', next_step="check the path")
    try:
        with file.open("rb") as handle:
            return handle.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise InputError(
            f'"{file}" cannot be read: {error.strerror}', next_step="check its permissions"
        ) from error


def _into_file(path: Path, content: Path) -> Path | None:
    if not path.exists():
        content.replace(path)
        return None
    kept = dated_name(path, KEPT)
    replace_content(path, content, kept)
    return kept


def _into_database(url: str, content: Path, file: Path) -> Path | None:
    from leadsync.core.store.mongo.store import MongoStore

    with closing(MongoStore(url)) as store, closing(SqliteStore(content)) as restored:
        kept = dated_name(file.with_name(store.db.name), KEPT)
        return kept if store.replace(restored.records(), kept) else None

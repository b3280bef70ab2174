"""The practice workspace of a store: a copy beside the logs, made once and gone on with.

Where there is no store yet, or nobody in it, it is filled with invented people and a few columns to try.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadsync.core.config import hide_password
from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import RunState, now_iso
from leadsync.core.practice.guard import GUARD
from leadsync.core.practice.label import put_label
from leadsync.core.practice.sample import fill_sample
from leadsync.core.store.opening import SQLITE_PREFIX, is_missing

if TYPE_CHECKING:
    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

FOLDER = "practice"
STORE_NAME = "leadsync.db"
ABOUT_NAME = "about.json"
LOCAL_PROGRAMS = frozenset({"wl-copy", "xclip", "xsel", "pbcopy", "clip.exe", "uname"})
"""Programs that may start, beside the user's editor: clipboards, and what packages ask for the name
of the system; none of them opens a connection."""
LEFT_BEHIND = "it goes on in the workspace that this is a practice copy of"


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice workspace of a store.

    Attributes:
        folder: holds the copy, its logs and what simulated providers remember.
        source: the address of the store that it is of, without a password.
        made_at: when it was copied; empty: it is not there.
        is_sample: it has invented people, because there was no store.
    """

    folder: Path
    source: str
    made_at: str = ""
    is_sample: bool = False

    @property
    def store_path(self) -> Path:
        """The file of its store."""
        return self.folder / STORE_NAME

    @property
    def is_there(self) -> bool:
        """Whether there is anything of it: a reset that was broken off may have left a part."""
        return self.folder.exists()

    def to_doc(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "folder": str(self.folder),
            "of": self.source,
            "madeAt": self.made_at or None,
            "isSample": self.is_sample,
        }


def find_practice(config: Config) -> Practice:
    """The practice workspace of the config's store, there or not.

    Args:
        config: of the real workspace.
    """
    name = hashlib.blake2b(config.store.encode(), digest_size=4).hexdigest()
    found = Practice(config.state_folder / FOLDER / name, hide_password(config.store))
    if not found.store_path.exists():
        return found
    about: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((found.folder / ABOUT_NAME).read_text("utf-8"))
    made_at = str(about.get("madeAt") or "before")
    return replace(found, made_at=made_at, is_sample=bool(about.get("isSample")))


def enter_practice(config: Config) -> Config:
    """The config of practice; its store is made where it is not there, and the guard is held.

    From then on this process opens no connection. Reading a store that is to be copied comes
    before that: where it is on a server, that server is asked once.

    Raises:
        InputError: the config is one of practice already.
        StoreError: the store to be copied cannot be read, or is not there though it was named.
        AccessError: its user may not copy it.
    """
    if config.is_practice:
        raise InputError("this is a practice workspace already")
    practice = find_practice(config)
    if not practice.made_at:
        _make(practice, config)
    elif not practice.is_sample:
        _check_may_copy(config)
    GUARD.hold(LOCAL_PROGRAMS | {config.editor.split()[0].rpartition("/")[2]})
    return practice_config(config, practice)


def _check_may_copy(config: Config) -> None:
    """Let nobody read an earlier copy who may not make one now; a store that is away has no say."""
    from leadsync.core.access.rights import Right
    from leadsync.core.workspace import Workspace

    with contextlib.suppress(StoreError), Workspace.open(config, create=False) as workspace:
        workspace.require(Right.EXPORT)


def practice_config(config: Config, practice: Practice) -> Config:
    """The settings for a practice workspace: those of the real one, with another store and no key."""
    return config.for_practice(f"{SQLITE_PREFIX}{practice.store_path}", practice.folder, _SETTINGS)


def reset_practice(config: Config) -> Practice | None:
    """Remove the practice workspace of the config's store; what was removed, None: nothing.

    It goes by one rename first: a reset that is broken off leaves no half of it in its place.

    Raises:
        StoreError: its folder cannot be removed.
    """
    practice = find_practice(config)
    if not practice.is_there:
        return None
    try:
        aside = Path(tempfile.mkdtemp(prefix="old-", dir=practice.folder.parent))
        practice.folder.rename(aside / practice.folder.name)
        shutil.rmtree(aside)
    except OSError as error:
        raise StoreError(
            f'"{practice.folder}" cannot be removed: {error.strerror}',
            next_step="check the permissions of that folder",
        ) from error
    return practice


_SETTINGS = {
    # Nothing is reached, so that nothing private or reserved is either; the made-up mail servers
    # and domains have to count as such that may be asked.
    "LEADSYNC_SMTP_ALLOW_PRIVATE": "1",
    "LEADSYNC_EMAIL_TAKES_RESERVED": "1",
    "LEADSYNC_SMTP_PAUSE_S": "0",
    "LEADSYNC_POLL_BASE_S": "1",
}


def _make(practice: Practice, config: Config) -> None:
    """Make its folder whole or not at all; where another process was faster, its own is taken."""
    parent = practice.folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=parent))
    except OSError as error:
        raise StoreError(
            f'nothing can be written in "{parent}": {error.strerror}',
            next_step="check the permissions of that folder",
        ) from error
    is_sample = _is_empty(config)
    try:
        if is_sample:
            fill_sample(fresh / STORE_NAME, config)
        else:
            _copy(fresh, config)
        _label(fresh / STORE_NAME)
        about = {"madeAt": now_iso(), "of": practice.source, "isSample": is_sample}
        (fresh / ABOUT_NAME).write_text(json.dumps(about), "utf-8")
        _put_in_place(fresh, practice)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put_in_place(fresh: Path, practice: Practice) -> None:
    try:
        fresh.rename(practice.folder)
    except OSError as error:
        if practice.store_path.exists():
            return
        raise StoreError(
            f'the practice copy cannot be put at "{practice.folder}": {error.strerror}',
            next_step="leadsync practice reset, then the same again",
        ) from error


def _label(path: Path) -> None:
    from leadsync.core.store.sqlite.store import SqliteStore

    with contextlib.closing(SqliteStore(path)) as store:
        put_label(store)


def _is_empty(config: Config) -> bool:
    """Whether there is nobody to practise on; a store that was named and is not there is a slip."""
    from leadsync.core.workspace import Workspace

    if is_missing(config.store):
        return config.has_default_store
    with Workspace.open(config, create=False) as workspace:
        store = workspace.store
        return not store.count({}) and not store.count({}, trashed=True)


def _copy(folder: Path, config: Config) -> None:
    """Copy the store by a backup, so that it is one of any engine, and others go on with it."""
    from leadsync.core.access.guard import opened
    from leadsync.core.access.rights import Right
    from leadsync.core.access.users import let_all_in
    from leadsync.core.restoring import restore_backup
    from leadsync.core.store.sqlite.store import SqliteStore
    from leadsync.core.workspace import Workspace

    backup = folder / "backup"
    with Workspace.open(config, create=False) as workspace:
        opened(workspace.store, Right.EXPORT).backup(backup)
    restore_backup(backup, f"{SQLITE_PREFIX}{folder / STORE_NAME}")
    backup.unlink()
    with contextlib.closing(SqliteStore(folder / STORE_NAME)) as store:
        let_all_in(store)
        _leave_runs(store)


def _leave_runs(store: Store) -> None:
    """Runs that went on when the copy was made go on there, not here."""
    for run in store.runs():
        if run.state is RunState.RUNNING:
            store.release(run.id, reason="held")
            ended = {"state": str(RunState.STOPPED), "reason": LEFT_BEHIND}
            store.update_run(run.id, {**ended, "members": {}, "finishedAt": now_iso()})

"""The erasure of a person: a hash stays, all else goes, and what cannot be reached is told.

Order: first a look whether a run is asking about them, for then nothing is done; the hash, so that
nobody brings the person back meanwhile; then the logs, which are searched by names that only the
leads have; then the store, and what deletion leaves in its files. A crash in between is finished by erasing the same person again.
"""

from __future__ import annotations

import logging
import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.access.guard import opened
from leadsync.core.access.rights import Right
from leadsync.core.backups import Backup, list_backups
from leadsync.core.erasure.log_files import blacken_logs
from leadsync.core.erasure.person import find_namesakes, find_person
from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones, bury
from leadsync.core.errors import BusyError, InputError
from leadsync.core.exporting.exported_files import exports_with
from leadsync.core.identity import clean_email_cell, email_key
from leadsync.core.store.erasure import Erasure, refuse_asked
from leadsync.core.store.opening import SQLITE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leadsync.core.erasure.person import Person
    from leadsync.core.exporting.exported_files import ExportedFile
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

USERS = "users"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took away, or would.

    Attributes:
        lead_ids: the leads of the person, in all campaigns.
        counts: how much went, by place: those of `store.erasure.PLACES`.
        logs: files of this machine that quoted them.
        hashes: how many hashes keep them out from now on.
        erased_before: when they were erased before; empty: never.
        namesakes: their name stays where other leads, or a company, have it.
        related: leads that share an alternate address with them, and were left.
        providers: who was asked about them, and how often: they may keep what they were told.
        destinations: where they were sent, and how often.
        destination_names: what the columns are called that send there.
        exports: files that leads were exported to, and that may hold them.
        backups: copies of the store that were made before, and may still hold them.
        left: what was not reached or overwritten, a sentence each.
        who: the leads in words; of a dry run only, for afterwards nothing is to be said of them.
        dry_run: nothing was done.
    """

    lead_ids: tuple[int, ...]
    counts: dict[str, int]
    logs: tuple[str, ...]
    hashes: int
    erased_before: str
    namesakes: tuple[str, ...]
    related: tuple[int, ...]
    providers: dict[str, int] = field(default_factory=dict[str, int])
    destinations: dict[str, int] = field(default_factory=dict[str, int])
    destination_names: dict[str, str] = field(default_factory=dict[str, str])
    exports: tuple[ExportedFile, ...] = ()
    backups: tuple[Backup, ...] = ()
    left: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    dry_run: bool = False


def erase(workspace: Workspace, text: str, *, dry_run: bool = False) -> Erased:
    """Remove a person for good, and keep them out; an owner may.

    Undo does not bring them back. Others that only speak of them keep all else.

    Args:
        workspace: where they are.
        text: their e-mail address, or their LinkedIn profile.
        dry_run: nothing is written; what would go is counted.

    Raises:
        AccessError: who asks is no owner.
        BusyError: a run is asking about them now.
        InputError: the text is neither, or is a user of the workspace.
    """
    store = opened(workspace.store, Right.ADMIN, "erase people")
    person = find_person(store, text)
    _refuse_user(store, person)
    before = _erased_before(store, person)
    namesakes = find_namesakes(store, person)
    everywhere = person.words(without=namesakes)
    own = person.words()
    erasure = Erasure(person.lead_ids, lambda _about: own, everywhere)
    calls = store.calls_about(person.lead_ids)
    providers = Counter(call.provider for call in calls if call.request)
    destinations = Counter(place for place, *_ in store.sent_of(person.lead_ids))
    folder = workspace.config.state_folder
    if not dry_run:
        refuse_asked(store.asking_about(person.lead_ids))
        bury(store, person.keys, actor=workspace.actor)
    logs, left = blacken_logs(folder, everywhere, dry_run=dry_run)
    is_new = dry_run and not store.units(limit=1)  # perhaps there is not even a file
    counts = {} if is_new else _remove(store, erasure, dry_run=dry_run)
    if not dry_run:
        left += tuple(_finish(store, workspace.actor, len(person.lead_ids)))
    return Erased(
        lead_ids=person.lead_ids,
        counts=counts,
        logs=logs,
        hashes=len(person.keys),
        erased_before=before,
        namesakes=namesakes,
        related=person.related,
        providers=dict(sorted(providers.items())),
        destinations=dict(sorted(destinations.items())),
        destination_names=_names_of(store, destinations),
        exports=tuple(exports_with(store, person.lead_ids)),
        backups=(*list_backups(store), *_practice_copy(workspace)),
        left=(*left, *_of_others(store, folder)),
        who=_in_words(store, person) if dry_run else (),
        dry_run=dry_run,
    )


def _remove(store: Store, erasure: Erasure, *, dry_run: bool) -> dict[str, int]:
    """Take the leads out; where a run has begun to ask since the look, say what was done."""
    try:
        return store.erase_leads(erasure, rehearsal=dry_run)
    except BusyError as error:
        if dry_run:
            raise
        raise BusyError(
            f"{error.message}; their leads are still here, and a hash keeps them out already",
            next_step=error.next_step,
        ) from error


def _names_of(store: Store, destinations: Iterable[str]) -> dict[str, str]:
    """Column labels of destinations that stand there as ids; of a table there may be none."""
    labels = {f"{c.kind}:{c.config.get('campaign')}": c.label for c in store.columns()}
    return {place: labels[place] for place in sorted(destinations) if place in labels}


def _in_words(store: Store, person: Person) -> tuple[str, ...]:
    """Whom it would be about, so that somebody else is not erased by mistake."""
    rows = store.rows(person.lead_ids, ["id", "name", "email", "campaign"])
    return tuple(
        " ".join(
            filter(None, (f"lead {row[0]}:", row[1], row[2] and f"<{row[2]}>", f"in {row[3]}"))
        )
        for row in rows
    )


def _finish(store: Store, actor: str, leads: int) -> list[str]:
    """Say in history that it was done, and overwrite what was deleted; what could not be."""
    if leads:
        with store.unit(actor, "erase a person") as unit:
            unit.finalise("erased", leads)
    logger.info("a person was erased: %d leads", leads)
    return store.overwrite_deleted()


def _of_others(store: Store, folder: Path) -> list[str]:
    """Where a store is shared: what LeadSync keeps beside it for others, which is not reached."""
    is_shared = not store.url.startswith(SQLITE_PREFIX) or bool(store.documents(USERS))
    if not is_shared:
        return []
    return [
        "logs and copied.txt of other users and machines may still name them: LeadSync cleans those"
        f" in {folder} alone; have them deleted in theirs"
    ]


def _practice_copy(workspace: Workspace) -> list[Backup]:
    """The practice workspace that was copied from this one."""
    from leadsync.core.practice.workspace import find_practice

    copy = find_practice(workspace.config)
    if not copy.made_at or copy.is_sample:
        return []
    return [Backup(0, str(copy.store_path), socket.gethostname(), copy.made_at)]


def _refuse_user(store: Store, person: Person) -> None:
    """A user of the workspace is in history by their address; they are not a lead to be erased."""
    for document in store.documents(USERS):
        address = clean_email_cell(str(document.get("email") or "")).email
        if address and email_key(address) in person.keys and not document.get("removedAt"):
            raise InputError(
                f'"{address}" is a user of this workspace',
                next_step=f"leadsync users rm {address}, then erase",
            )


def _erased_before(store: Store, person: Person) -> str:
    stones = Tombstones(store.documents(DOCUMENTS))
    return min((at for key in person.keys if (at := stones.since(key))), default="")

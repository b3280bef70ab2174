"""What an erasure took away, in words, as `leadsync erase` and the grid tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadsync.core.backups import Backup
    from leadsync.core.erasure.erasing import Erased
    from leadsync.core.erasure.retention import Expiry
    from leadsync.core.exporting.exported_files import ExportedFile

_WORDS = {
    "leads": ("lead, with all its cells", "leads, with all their cells"),
    "history": ("entry of history", "entries of history"),
    "tasks": ("story of a cell", "stories of cells"),
    "queue": ("waiting cell", "waiting cells"),
    "calls": (
        "request with its answer: the price stays",
        "requests with their answers: prices stay",
    ),
    "sent": ("entry of what was sent", "entries of what was sent"),
    "suppressions": ("entry of the suppression list", "entries of the suppression list"),
    "cells": ("cell of another lead that named them", "cells of other leads that named them"),
    "labels": ("label of history that named them", "labels of history that named them"),
    "documents": (
        "view, column or other document that named them",
        "views, columns and other documents that named them",
    ),
}
FILES_SHOWN = 20
LEADS_SHOWN = 10


def erased_lines(done: Erased) -> Iterator[str]:
    """What went or would go, by place, and what the user has to look after."""
    verb = "would be removed" if done.dry_run else "removed"
    yield from done.who[:LEADS_SHOWN]
    if len(done.who) > LEADS_SHOWN:
        yield f"… {len(done.who) - LEADS_SHOWN:,} more leads"
    if not done.counts and not done.logs:
        yield "nothing is held on this person"
    for place, number in done.counts.items():
        yield f"{verb}: {number:,} {_WORDS[place][number != 1]}"
    for log in done.logs:
        yield f"{'would be ' if done.dry_run else ''}overwritten: what {log} says of them"
    if done.erased_before:
        yield f"they were erased before, on {done.erased_before[:10]}; the hash stands"
    elif not done.lead_ids:
        verb = "would stay" if done.dry_run else "kept"
        yield (
            f"no lead has this address or profile; is it written as you mean it? {verb}: a salted hash,"
            " by which imports, runs and pushes refuse it from now on; no command takes that off"
        )
    else:
        number = "a salted hash" if done.hashes == 1 else f"{done.hashes:,} salted hashes"
        verb = "would stay" if done.dry_run else "kept"
        yield f"{verb}: {number}, by which imports, runs and pushes refuse them"


def advice_lines(done: Erased) -> Iterator[str]:
    """What is not in the store's hands."""
    yield from _files(
        "backups made before may still hold them; delete these, or make them anew:", done.backups
    )
    yield from _files(
        "files that leads were exported to hold them; delete these, or take them out:", done.exports
    )
    if done.providers:
        told = ", ".join(f"{name} ({number:,})" for name, number in done.providers.items())
        yield f"providers that were asked about them may keep that: {told}"
    if done.destinations:
        names = done.destination_names
        places = ", ".join(f"{names[d]} ({d})" if d in names else d for d in done.destinations)
        yield f"they were sent to {places}: remove them there, too"
    for name in done.namesakes:
        yield f'"{name}" stays where other leads, or a company, have that name'
    if done.related:
        ids = ", ".join(map(str, done.related))
        yield f"leads that share an alternate address were left, as they may be others: {ids}"
    yield from done.left
    yield "files that you imported from, moved, or that hold rejected rows are yours to clean"


def _files(heading: str, files: Sequence[Backup | ExportedFile]) -> Iterator[str]:
    if files:
        yield heading
    for file in files[:FILES_SHOWN]:
        yield f"  {file.path}  {file.created_at[:10]} on {file.machine}"
    if len(files) > FILES_SHOWN:
        yield f"  … {len(files) - FILES_SHOWN:,} more"


def expiry_lines(done: Sequence[Expiry], *, dry_run: bool) -> Iterator[str]:
    """What expired, a line a campaign, and what could not be overwritten."""
    verb = "would expire" if dry_run else "expired"
    for expiry in done:
        busy = f"; {expiry.busy:,} left, because a run asks about them" if expiry.busy else ""
        kept = plural(expiry.days, "day")
        yield (
            f'"{expiry.campaign}", kept {kept}: {plural(expiry.leads, "lead")} not'
            f" changed since {expiry.before[:10]} {verb}{busy}"
        )
    yield from dict.fromkeys(sentence for expiry in done for sentence in expiry.left)

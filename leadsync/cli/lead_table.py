"""Leads as printed: a table of chosen fields, or JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.cli.table import Heading
from leadsync.core.models import OWN_FIELDS, ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadsync.cli.output import Output
    from leadsync.core.models import Doc
    from leadsync.core.selection import Selection
    from leadsync.core.workspace import Workspace

FIRST_FIELDS = ("id", "name", "email")
PARTS_OF_NAME = frozenset({"first_name", "last_name"})
SHOWN_FIELDS = 9  # of those that a terminal shows at most; --columns or --json show the rest
ROWS_AT_ONCE = 500


def print_leads(
    workspace: Workspace,
    out: Output,
    chosen: Selection,
    columns: str,
    *,
    limit: int | None,
    trashed: bool,
) -> None:
    """Print the leads of a selection, and how many more there are."""
    store = workspace.store
    ids = store.ids(chosen.filter, chosen.sort, limit=limit, trashed=trashed)
    fields = _named_fields(workspace, chosen, columns)
    if out.json:
        out.docs(_docs(workspace, ids, fields))
        return
    hidden: list[str] = []
    if not fields:
        fields = _filled_fields(workspace, ids, everything=not out.is_terminal)
        shown = len(fields) if not out.is_terminal else SHOWN_FIELDS
        fields, hidden = fields[:shown], fields[shown:]
    types = {f: ref.type for f in fields if (ref := store.catalog().find(f))}
    heads = [Heading(f, is_number=types.get(f) is ColumnType.NUMBER) for f in fields]
    out.table(heads, _rows(workspace, ids, fields))
    if hidden:
        out.say(f"not shown here: {', '.join(hidden)}; --columns or --json show them")
    if not len(ids):
        out.say(_nothing(workspace, trashed=trashed))
    elif limit is not None and len(ids) == limit:
        total = store.count(chosen.filter, trashed=trashed)
        if total > limit:
            out.say(f"{limit:,} of {total:,} leads; --limit 0 shows all")


def lead_doc(workspace: Workspace, lead_id: int) -> Doc:
    """One lead as JSON: its fields, its cells by column key, the states of its running cells."""
    doc = next(_docs(workspace, [lead_id], []))
    columns = {c.id: c.key for c in workspace.store.columns()}
    states = workspace.store.states([lead_id], list(columns))
    doc["states"] = {
        columns[column_id]: [
            word
            for word in (state.status, state.reason, state.detail)
            if word
        ]
        + [word for word, holds in (("stale", state.stale), ("locked", state.locked)) if holds]
        for (_, column_id), state in states.items()
    }  # fmt: skip
    return doc


def _named_fields(workspace: Workspace, chosen: Selection, columns: str) -> list[str]:
    catalog = workspace.store.catalog()
    if columns:
        named = [name.strip() for name in columns.split(",") if name.strip()]
        for name in named:
            catalog.resolve(name)
        return named
    return list(chosen.view.shown) if chosen.view else []


def _filled_fields(workspace: Workspace, ids: Sequence[int], *, everything: bool) -> list[str]:
    """Fields that have a value in what is shown; without parts of names, unless `everything`."""
    keys = [c.key for c in workspace.store.columns() if everything or c.key not in PARTS_OF_NAME]
    names = [*FIRST_FIELDS, *keys, "tags", "linkedin_url"]
    rows = workspace.store.rows(ids[:ROWS_AT_ONCE], names)
    return [
        name
        for n, name in enumerate(names)
        if name in FIRST_FIELDS or any(row[n] not in (None, ()) for row in rows)
    ]


def _rows(
    workspace: Workspace, ids: Sequence[int], fields: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    for at in range(0, len(ids), ROWS_AT_ONCE):
        yield from workspace.store.rows(ids[at : at + ROWS_AT_ONCE], fields)


def _docs(workspace: Workspace, ids: Sequence[int], fields: Sequence[str]) -> Iterator[Doc]:
    if fields:
        for row in _rows(workspace, ids, fields):
            yield {
                k: list(v) if isinstance(v, tuple) else v for k, v in zip(fields, row, strict=True)
            }
        return
    keys = [c.key for c in workspace.store.columns()]
    names = [*OWN_FIELDS, *keys]
    campaigns = {c.name: c.id for c in workspace.store.campaigns()}
    for row in _rows(workspace, ids, names):
        lead = dict(zip(names, row, strict=True))
        yield {
            "id": lead["id"],
            "campaignId": campaigns.get(lead["campaign"]),
            "campaign": lead["campaign"],
            "email": lead["email"],
            "name": lead["name"],
            "linkedinUrl": lead["linkedin_url"],
            "tags": list(lead["tags"] or ()),
            "customFields": {k: lead[k] for k in keys if lead[k] is not None},
            "source": lead["source"],
            "createdAt": lead["created_at"],
            "updatedAt": lead["updated_at"],
        }


def _nothing(workspace: Workspace, *, trashed: bool) -> str:
    if trashed:
        return "the trash is empty"
    if workspace.store.count({}):
        return "no lead matches"
    return "there are no leads yet: leadsync import FILE"

"""Which leads a command is about: filter text, filter document, campaign and view, as one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.models import Sort
from leadsync.core.query.document import validate_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.models import Doc, View
    from leadsync.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Selection:
    """Leads that match, and their order.

    Attributes:
        filter: the document to give to the store; {} for every lead.
        text: the same in the user's words, for history and run lists.
        view: the saved view it began with, if any.
    """

    filter: Doc = field(default_factory=dict[str, Any])
    text: str = ""
    sort: tuple[Sort, ...] = ()
    view: View | None = None


def select(
    workspace: Workspace,
    *,
    where: str = "",
    document: str = "",
    campaign: str = "",
    view: str = "",
    sort: Sequence[str] = (),
) -> Selection:
    """All conditions must hold; an order that is given replaces the view's.

    Args:
        workspace: whose campaigns, views and columns.
        where: filter text.
        document: a filter document as JSON.
        campaign: a campaign's name.
        view: a saved view's name.
        sort: fields, each with `-` before it or `:desc` after it for the other direction.

    Raises:
        InputError: a filter or an order cannot be read, or names an unknown field.
        NotFound: no such campaign or view.
    """
    parts: list[Doc] = []
    words: list[str] = []
    saved = workspace.view(view) if view else None
    if saved is not None:
        if saved.filter:
            parts.append(workspace.filter(saved.filter))
            words.append(saved.filter)
        if saved.campaign_id:
            name = {c.id: c.name for c in workspace.store.campaigns()}[saved.campaign_id]
            parts.append({"campaign": {"$eq": name}})
    if campaign:
        name = workspace.campaign(campaign).name
        parts.append({"campaign": {"$eq": name}})
        words.append(f'campaign:"{name}"')
    if where.strip():
        parts.append(workspace.filter(where))
        words.append(f"({where.strip()})" if words else where.strip())
    if document:
        parts.append(_parse_document(document, workspace))
        words.append(document)
    return Selection(
        filter=parts[0] if len(parts) == 1 else {"$and": parts} if parts else {},
        text=" ".join(words),
        sort=parse_sort(workspace, sort or (saved.sort if saved else ())),
        view=saved,
    )


def parse_sort(workspace: Workspace, texts: Sequence[str]) -> tuple[Sort, ...]:
    """The order that texts such as `company`, `-created` or `created:desc` mean.

    Raises:
        InputError: a field is unknown.
    """
    catalog = workspace.store.catalog()
    order: list[Sort] = []
    for text in (part.strip() for t in texts for part in t.split(",")):
        name, _, direction = text.removeprefix("-").partition(":")
        if direction not in ("", "asc", "desc"):
            raise InputError(f'"{text}" is no order', next_step="write created:desc or -created")
        descending = text.startswith("-") or direction == "desc"
        order.append(Sort(catalog.resolve(name).key, descending))
    return tuple(order)


def _parse_document(text: str, workspace: Workspace) -> Doc:
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise InputError("the filter document is nested too deep") from error
    except ValueError as error:
        raise InputError(
            f"the filter document is not JSON: {error}",
            next_step="""as in: --filter '{"country": "DE"}'; text filters go to --where""",
        ) from error
    return validate_document(found, workspace.store.catalog())

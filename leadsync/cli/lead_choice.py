"""Which leads a writing command is about, and the question before it touches many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.core.errors import InputError
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.output import Output
    from leadsync.core.workspace import Workspace

LeadTexts = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LEAD…]", help="Ids, e-mail or LinkedIn addresses."),
]


def chosen_leads(
    out: Output,
    workspace: Workspace,
    texts: Sequence[str] | None,
    *,
    where: str = "",
    document: str = "",
    campaign: str = "",
    view: str = "",
    trashed: bool = False,
) -> Sequence[int]:
    """Ids of the leads that are named, or that match; who has more of them is told which is meant.

    Raises:
        InputError: neither leads nor a filter are named, or both are.
        NotFound: a named lead is not there.
    """
    from leadsync.core.leads.finding import find_lead
    from leadsync.core.selection import select

    by_filter = bool(where or document or campaign or view)
    if bool(texts) == by_filter:
        raise InputError(
            "name leads, or choose them with --where; not both"
            if texts
            else "no leads are named; nothing was changed",
            next_step="as in: 4711, ada@lovelace.dev, or --where 'country:DE'",
        )
    if texts:
        ids = [find_lead(workspace, text) for text in texts]
        for text, lead_id in zip(texts, ids, strict=True):
            _tell_others(out, workspace, text, lead_id, ids)
        return ids
    chosen = select(workspace, where=where, document=document, campaign=campaign, view=view)
    return workspace.store.ids(chosen.filter, trashed=trashed)


def _tell_others(
    out: Output, workspace: Workspace, text: str, lead_id: int, chosen: Sequence[int]
) -> None:
    """Say that an address names leads in other campaigns, too, which are left alone."""
    from leadsync.core.leads.finding import find_others

    others = [o for o in find_others(workspace, text, lead_id) if o[0] not in chosen]
    if not others:
        return
    (campaign,) = (row[0] for row in workspace.store.rows([lead_id], ["campaign"]))
    places = ", ".join(f'lead {other} in "{name}"' for other, name in others)
    it = "it by its number" if len(others) == 1 else "them by their numbers"
    out.warn(
        f'{text} is lead {lead_id} in "{campaign}", and that one is meant; also {places}: name {it}'
    )


def may_go_on(
    out: Output, deed: str, count: int, nothing: object, *, dry_run: bool, yes: bool
) -> bool:
    """Say what would happen; on a terminal ask before more than one lead is touched.

    Args:
        out: where to say it, and whom to ask.
        deed: a verb, as "remove".
        count: how many leads it is about; where there are none, nothing is left to do.
        nothing: what the command prints with `--json` where it changed nothing.
        dry_run: only say it.
        yes: do not ask.
    """
    if dry_run:
        if out.json:
            out.doc({"dryRun": True, "leads": count})
        else:
            out.line(f"would {deed} {plural(count, 'lead')}")
        return False
    if not count:
        out.done(nothing, "no lead matches; nothing was changed")
        return False
    if count == 1 or yes or not out.can_ask:
        return True
    agreed = out.confirm(f"{deed.capitalize()} {plural(count, 'lead')}?")
    if not agreed and out.json:
        out.doc(nothing)
    return agreed

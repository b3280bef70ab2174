"""A dossier in words, as `leadsync person` and the grid tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.money import show_usd
from leadsync.core.values import show
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.erasure.dossier import Dossier, HeldCell, HeldLead
    from leadsync.core.history import HistoryLine
    from leadsync.core.models import Call

_PLACES = {
    "cells": "cells of others",
    "labels": "labels of history",
    "documents": "views, columns and other documents",
}


def dossier_lines(dossier: Dossier) -> Iterator[str]:
    """Everything that is held on a person. Texts of cells are as they are."""
    leads = plural(len(dossier.leads), "lead")
    yield f"{dossier.asked}: {leads}, {plural(len(dossier.calls), 'request')} to providers"
    if dossier.erased:
        yield f"  erased on {dossier.erased[:10]}: a salted hash keeps them out"
    for entry in dossier.suppressions:
        why = f" ({entry.reason})" if entry.reason else ""
        what = "a salted hash" if entry.kind == "person" else entry.value
        yield f"  suppressed: {what}{why}, from {entry.source}, {entry.created_at[:10]}"
    for place, number in dossier.mentions.items():
        yield f"  named elsewhere: {plural(number, 'time')} in {_PLACES[place]}"
    for lead in dossier.leads:
        yield ""
        yield from _lead(lead)
    if dossier.calls:
        yield ""
        yield "requests that were about them (leadsync why shows what was said):"
        yield from map(_call, dossier.calls)
    if dossier.sent:
        yield ""
        yield "sent to:"
        yield from (f"  {place}, lead {lead_id}" for place, lead_id, _ in dossier.sent)
    if dossier.exports:
        yield ""
        yield "exported to:"
        yield from (f"  {e.path}, {e.created_at[:10]} on {e.machine}" for e in dossier.exports)
    if dossier.related:
        yield ""
        ids = ", ".join(map(str, dossier.related))
        yield f"leads that share an alternate address, perhaps of others: {ids}"


def _lead(lead: HeldLead) -> Iterator[str]:
    yield f'lead {lead.id} in "{lead.campaign}"'
    width = max((len(cell.field) for cell in lead.cells), default=0)
    for cell in lead.cells:
        yield f"  {cell.field:<{width}}  {show(cell.value)}"
        yield f"  {'':<{width}}    {_origin(cell)}"
    if lead.history:
        yield "  what was done:"
        yield from (f"    {_line(line)}" for line in lead.history)


def _origin(cell: HeldCell) -> str:
    at = f" at {cell.at[:16].replace('T', ' ')}" if cell.at else ""
    if cell.origin != "run":
        by = f" by {cell.actor}" if cell.actor else ""
        says_it = cell.label.startswith(f"{cell.origin} ")
        label = cell.label if says_it else f"{cell.origin}: {cell.label}"
        return f"{label if cell.label else cell.origin}{by}{at}"
    source = " ".join(filter(None, (cell.source, cell.model)))
    asked = f" asked {source}" if source else ""
    return f"run {cell.run_id}{asked}{at}, {show_usd(cell.cost_usd_micros)}"


def _line(line: HistoryLine) -> str:
    change = f" {line.field}: {line.before or '(blank)'} -> {line.after or '(blank)'}"
    undone = " (taken back)" if line.is_undone else ""
    what = change if line.field else ""
    return f"{line.at[:16].replace('T', ' ')}  {line.actor}  {line.label}{what}{undone}"


def _call(call: Call) -> str:
    cost = show_usd(call.cost_usd_micros)
    others = len(call.lead_ids) - 1
    shared = f", with {plural(others, 'other lead')}" if others > 0 else ""
    return (
        f"  {call.id}  {call.started_at[:16].replace('T', ' ')}  {call.provider} {call.operation}:"
        f" {call.state}, {cost}{shared}"
    )

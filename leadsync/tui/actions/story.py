"""Understanding a cell: all of its text, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core import history as past
from leadsync.core.engine.cells import Scope
from leadsync.core.leads.editing import edit_leads
from leadsync.core.provenance import explain
from leadsync.core.story_text import story_lines
from leadsync.core.values import show
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.provenance import Story
    from leadsync.tui.desk import Desk

UNITS_SHOWN = 200


def peek(desk: Desk, _count: int | None) -> None:
    """The whole text of the cell, wrapped."""
    field, lead_id = desk.grid.field, desk.grid.lead_id
    if field and lead_id:
        for row in desk.workspace.store.rows([lead_id], [field.key]):
            desk.read(f"{field.label} of lead {lead_id}", show(row[0]) or "(blank)")


def inspect(desk: Desk, _count: int | None) -> None:
    """Where the value came from, its requests, and its earlier values."""
    field, lead_id = desk.grid.field, desk.grid.lead_id
    if field is None or lead_id is None:
        return

    def take(story: Story) -> None:
        keys: dict[str, Callable[[], None]] = {}
        footer = ["Esc: close"]
        if len(story.moments) > 1:
            keys["b"] = lambda: _bring_back(desk, story)
            footer.insert(0, "b: bring back an earlier value")
        if story.driver_key:
            keys["c"] = lambda: _call_again(desk, story)
            footer.insert(0, "c: call it again")
        title = f"{field.label} of lead {lead_id}"
        desk.read(title, "\n".join(story_lines(story)), footer="   ".join(footer), keys=keys)

    desk.ask_store("story", lambda: explain(desk.workspace, lead_id, field.key), take)


def history(desk: Desk, _count: int | None) -> None:
    """What was done, newest first."""
    units = past.list_units(desk.workspace.store, UNITS_SHOWN)
    choices = [
        Choice(
            str(unit.id),
            f"{unit.id}  {past.describe(unit)}{' (taken back)' if unit.undone_by else ''}",
            f"{unit.actor}  {unit.at[:16].replace('T', ' ')}",
        )
        for unit in units
    ]
    by_id = {str(unit.id): unit for unit in units}

    def chosen(_key: str, unit_id: str) -> None:
        unit = by_id[unit_id]
        verb = "Bring back" if unit.undone_by else "Take back"
        work = past.redo if unit.undone_by else past.undo
        desk.confirm(
            verb,
            [past.describe(unit)],
            f"{verb.lower()} {unit.id}",
            lambda: desk.write(
                lambda: work(desk.workspace, unit.id),
                lambda done: desk.say(f"{verb.lower()}: {past.describe(done)}"),
            ),
        )

    desk.pick("What was done", choices, chosen, footer="Enter: take it back, or bring it back")


def _call_again(desk: Desk, story: Story) -> None:
    """The plan of this one cell, past the cache."""
    from leadsync.tui.actions.run import show_plan
    from leadsync.tui.panels.plan_panel import Wanted

    where, words = {"id": {"$in": [story.lead_id]}}, f"lead {story.lead_id}"
    keys = (story.driver_key,)
    show_plan(desk, Wanted(keys, where, words, Scope.ALL, no_cache=True, is_chosen=True))


def _bring_back(desk: Desk, story: Story) -> None:
    """Choose an earlier value, and write it by hand."""
    choices = [
        Choice(str(n), show(moment.value) or "(blank)", f"{moment.actor}  {moment.at[:16]}")
        for n, moment in enumerate(story.moments)
        if n
    ]

    def chosen(_key: str, n: str) -> None:
        text = show(story.moments[int(n)].value)
        label = f"bring back {story.column_key} of lead {story.lead_id}"
        desk.write(
            lambda: edit_leads(
                desk.workspace,
                [story.lead_id],
                {story.column_key: text},
                label=label,
                may_make=False,
            ),
            lambda _changed: desk.say("the earlier value is back; u takes it away again"),
        )

    desk.pick("Bring back", choices, chosen)

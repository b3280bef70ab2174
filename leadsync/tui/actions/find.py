"""Finding: search, filters, views, campaigns, counts of values."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core import views
from leadsync.core.campaigns import list_campaigns
from leadsync.core.models import View
from leadsync.core.query.writing import both, filter_of_cell, filter_of_pattern, quoted
from leadsync.core.text import fold
from leadsync.core.values import show
from leadsync.core.wording import plural
from leadsync.tui.grid.saved_layout import columns_of
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from leadsync.core.models import ViewColumn
    from leadsync.tui.desk import Desk

ALL = ""  # id of the choice that shows everything
MOST_VALUES = 1000


@dataclass(frozen=True, slots=True)
class ViewHere:
    """What is shown, as a view keeps it; a view that it began with is a part of it."""

    where: str
    campaign: str
    sort: tuple[str, ...]
    columns: tuple[ViewColumn, ...]


def view_here(desk: Desk) -> ViewHere:
    """What a view that is saved now keeps."""
    look, store = desk.model.look, desk.workspace.store
    old = desk.workspace.view(look.view) if look.view else View(0, "")
    names = {campaign.id: campaign.name for campaign in store.campaigns()}
    campaign = look.campaign or names.get(old.campaign_id or 0, "")
    known = store.catalog()
    hidden = {key: width for key, width in desk.hidden.items() if known.find(key)}
    columns = columns_of(desk.grid.layout_now, hidden)
    return ViewHere(
        both(old.filter, look.where), campaign, look.sort_texts or old.sort, tuple(columns)
    )


def search(desk: Desk, _count: int | None) -> None:
    """Ask for words or a filter, and go to the first lead at or below the cursor that matches."""

    def answered(text: str) -> bool:
        if text.strip():
            desk.workspace.filter(text)
            desk.found.text = text.strip()
            _search(desk, 0)
        return True

    desk.ask("Search:", answered, complete=completion(desk))


def next(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """The next lead that matches; after the last, the first."""
    _search(desk, 1)


def previous(desk: Desk, _count: int | None) -> None:
    """The lead that matches before this one; before the first, the last."""
    _search(desk, -1)


def filter(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Ask for a filter in the filter language; a blank one shows all."""

    def answered(text: str) -> bool:
        desk.workspace.filter(text)
        desk.show_changed(where=text.strip())
        return True

    desk.ask("Filter:", answered, text=desk.model.look.where, complete=completion(desk))


def pattern(desk: Desk, _count: int | None) -> None:
    """Show only leads whose cell in this column matches a pattern."""
    field = desk.grid.field
    if field is None:
        return

    def answered(text: str) -> bool:
        if text:
            _add(desk, filter_of_pattern(field.key, text))
        return True

    desk.ask(f"Pattern in {field.label}:", answered)


def by_cell(desk: Desk, _count: int | None) -> None:
    """Show only leads that have this value in this column."""
    field, lead_id = desk.grid.field, desk.grid.lead_id
    if field and lead_id:
        row = desk.workspace.store.rows([lead_id], [field.key])[0]
        _add(desk, filter_of_cell(field.key, row[0]))


def unfilter(desk: Desk, _count: int | None) -> None:
    """All leads of all campaigns again."""
    desk.show_changed(where="", view="", campaign="", only_marked=False, trashed=False)


def column(desk: Desk, _count: int | None) -> None:
    """Go to a column that is chosen by its label or key."""
    layout = desk.grid.layout_now
    choices = [Choice(f.key, f.label, f.key, also=f.key) for f in layout.fields]
    desk.pick("Go to column", choices, lambda _key, key: desk.grid.jump(column=layout.number(key)))


def view(desk: Desk, _count: int | None) -> None:
    """Show a saved view."""
    saved = views.list_views(desk.workspace)
    choices = [Choice(ALL, "All leads"), *(Choice(v.name, v.name, v.filter) for v in saved)]
    desk.pick("Show a view", choices, lambda _key, name: _show_view(desk, name))


def next_view(desk: Desk, _count: int | None) -> None:
    """The view behind this one."""
    _step_view(desk, 1)


def previous_view(desk: Desk, _count: int | None) -> None:
    """The view before this one."""
    _step_view(desk, -1)


def save_view(desk: Desk, _count: int | None) -> None:
    """Keep filter, campaign, order, and columns with their looks, under a name."""

    def answered(name: str) -> bool:
        if name.strip():
            _save(desk, name.strip())
        return True

    desk.ask("Save as view:", answered, text=desk.model.look.view)


def campaign(desk: Desk, _count: int | None) -> None:
    """Show the leads of one campaign, or of all."""
    counts = list_campaigns(desk.workspace)
    total = sum(c.leads for c in counts)
    choices = [Choice(ALL, "All campaigns", f"{total:,}")]
    choices += [Choice(c.campaign.name, c.campaign.name, f"{c.leads:,}") for c in counts]
    desk.pick("Show a campaign", choices, lambda _key, name: desk.show_changed(campaign=name))


def trash(desk: Desk, _count: int | None) -> None:
    """The trash, or the leads again."""
    desk.show_changed(trashed=not desk.model.look.trashed)


def values(desk: Desk, _count: int | None) -> None:
    """The values of the column with their counts; choosing one filters by it."""
    field = desk.grid.field
    if field is None:
        return
    model, store = desk.model, desk.workspace.store

    def read() -> list[tuple[object, int]]:
        return store.value_counts(model.selection().filter, field.key, limit=MOST_VALUES)

    def take(found: list[tuple[object, int]]) -> None:
        total = sum(number for _, number in found) or 1
        choices = [
            Choice(str(n), show(value) if value is not None else "(blank)",  # type: ignore[arg-type]
                   f"{number:,}  {number / total:4.0%}")
            for n, (value, number) in enumerate(found)
        ]  # fmt: skip

        def chosen(_key: str, n: str) -> None:
            value = found[int(n)][0]
            cell = (value,) if field.key == "tags" and value else value
            _add(desk, filter_of_cell(field.key, cell))  # type: ignore[arg-type]  # a stored value

        title = f"{field.label}: {plural(len(found), 'value')}"
        desk.pick(title, choices, chosen, footer="Enter: filter by it")

    desk.ask_store("values", read, take)


def completion(desk: Desk) -> Callable[[str], str | None]:
    """How a filter may go on: names of fields, and values that are on the screen."""
    names = desk.workspace.store.catalog().names
    layout, window, model = desk.grid.layout_now, desk.grid.window, desk.model
    top = desk.grid.scroll_offset.y
    ids = model.ids[top : top + 200]

    def complete(text: str) -> str | None:
        start = max(text.rfind(" "), text.rfind("(")) + 1
        head, word = text[:start], text[start:]
        field, colon, value = word.partition(":")
        bare = field.removeprefix("-")
        if not colon:
            found = [name for name in names if bare and name.startswith(bare) and name != bare]
            return f"{head}{word[: len(word) - len(bare)]}{found[0]}:" if found else None
        number = layout.number(bare)
        if number is None or not value:
            return None
        rows = (window.row(lead_id) for lead_id in ids)
        cells = sorted({row.cells[number] for row in rows if row and row.is_there})
        hits = [cell for cell in cells if fold(cell).startswith(fold(value.strip('"'))) and cell]
        return f"{head}{field}:{quoted(hits[0])}" if hits else None

    return complete


def _search(desk: Desk, step: int) -> None:
    if not desk.found.text:
        desk.say("nothing was searched for; / searches")
        return
    text = desk.found.text
    desk.ask_store("find", lambda: desk.model.find(text), lambda hits: _go(desk, hits, step))


def _go(desk: Desk, places: array[int], step: int) -> None:
    if not places:
        desk.say(f"nothing here matches {desk.found.text}")
        return
    row = desk.grid.cursor.row
    if step < 0:
        n = bisect_left(places, row) - 1
    else:
        n = bisect_right(places, row) if step else bisect_left(places, row)
    n %= len(places)
    desk.grid.jump(row=places[n])
    _to_cell(desk, fold(desk.found.text.strip('"')))
    desk.say(f"{n + 1:,} of {plural(len(places), 'hit')} of {desk.found.text}")


def _to_cell(desk: Desk, wanted: str) -> None:
    """To the first column that has the words, where they are plain ones."""
    lead_id = desk.grid.lead_id
    row = desk.grid.window.row(lead_id) if lead_id is not None else None
    if row is None:
        return
    for n, cell in enumerate(row.cells):
        if cell and wanted in fold(cell):
            desk.grid.jump(column=n)
            return


def _add(desk: Desk, where: str) -> None:
    """Narrow what is shown by another condition."""
    desk.workspace.filter(where)
    desk.show_changed(where=both(desk.model.look.where, where))


def _save(desk: Desk, name: str) -> None:
    look, kept = desk.model.look, view_here(desk)

    def saved(_view: object) -> None:
        desk.say(f"saved as view {name}")
        desk.model.look = replace(look, where="", view=name)
        desk.show_position()

    desk.write(
        lambda: views.save_view(
            desk.workspace,
            name,
            where=kept.where,
            campaign=kept.campaign,
            sort=kept.sort,
            columns=kept.columns,
        ),
        saved,
    )


def _step_view(desk: Desk, step: int) -> None:
    names = [ALL, *(view.name for view in views.list_views(desk.workspace))]
    here = desk.model.look.view
    at = names.index(here) if here in names else 0
    _show_view(desk, names[(at + step) % len(names)])


def _show_view(desk: Desk, name: str) -> None:
    desk.show_changed(view=name, where="", sort=(), campaign="", trashed=False, only_marked=False)

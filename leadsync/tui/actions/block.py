"""Copying and pasting blocks of cells."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.importing.records import Dialect, read_records
from leadsync.core.leads.block_edits import edit_block, unfit_cells
from leadsync.core.models import OWN_FIELDS, WRITABLE_OWN_FIELDS
from leadsync.core.values import show
from leadsync.core.wording import plural
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.layout import Field

MOST_COPIED = 100_000  # cells: a clipboard is no export
LINES_SHOWN = 10


@dataclass(slots=True)
class Placed:
    """Where the cells of a block go.

    Attributes:
        texts: lead -> field -> what it gets.
        beyond: how many have no place.
        untyped: label of a column that cannot be typed -> how many fall on it.
    """

    texts: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    beyond: int = 0
    untyped: Counter[str] = field(default_factory=Counter[str])

    def left_out(self) -> list[str]:
        """What is not pasted, and why, a line each."""
        lines = [
            f"{plural(number, 'cell')} of {label} cannot be typed and {_are(number)} left out."
            for label, number in self.untyped.items()
        ]
        if self.beyond:
            stand = "stand" if self.beyond > 1 else "stands"
            lines.append(f"{plural(self.beyond, 'cell')} {stand} beyond the last row or column"
                         f" and {_are(self.beyond)} left out.")  # fmt: skip
        return lines


def copy(desk: Desk, _count: int | None) -> None:
    """The cell or the range as lines of cells between tabs, as spreadsheets take them."""
    _copy(desk, "tsv", with_header=False)


def copy_with_header(desk: Desk, _count: int | None) -> None:
    """The same below the labels of its columns."""
    _copy(desk, "tsv", with_header=True)


def copy_as(desk: Desk, _count: int | None) -> None:
    """The marked rows, or the range, in a form that is chosen."""
    choices = [
        Choice("tsv", "TSV, for spreadsheets"),
        Choice("csv", "CSV"),
        Choice("json", "JSON, an object a row"),
        Choice("ids", "Ids, as a filter: id:1 or id:2"),
    ]
    desk.pick("Copy as", choices, lambda _key, form: _copy(desk, form, with_header=True))


def paste(desk: Desk, _count: int | None) -> None:
    """What was copied here last; text of other programs comes by the terminal's own paste."""
    if not desk.copied:
        desk.say("nothing was copied here; paste with the terminal's own key")
        return
    paste_text(desk, desk.copied)


def paste_text(desk: Desk, text: str) -> None:
    """Lines of cells between tabs, from the cursor down and to the right; looked at before."""
    placed = _placed(desk, read_block(text))
    texts, lines = placed.texts, placed.left_out()
    if not texts:
        desk.say(f"nothing was pasted: {lines[0] if lines else 'there is no text'}")
        return
    cells = sum(len(cells) for cells in texts.values())
    if cells == 1 and not lines:
        _store(desk, texts)
        return
    unfit = unfit_cells(desk.workspace, texts)
    lines += [f"lead {lead_id}, {key}: {why}" for lead_id, key, why in unfit[:LINES_SHOWN]]
    if unfit:
        lines.append(f"{plural(len(unfit), 'cell')} would not fit: nothing is pasted.")
        desk.read("Paste", "\n".join(lines))
        return
    for lead_id, row in list(texts.items())[:LINES_SHOWN]:
        lines.append(f"{lead_id}: " + "  ".join(f"{k}={t[:30]}" for k, t in row.items()))
    desk.confirm("Paste", lines, f"Paste {plural(cells, 'cell')} into {plural(len(texts), 'lead')}",
                 lambda: _store(desk, texts))  # fmt: skip


def read_block(text: str) -> list[list[str]]:
    """The cells of a pasted text, by lines, read as an import reads them."""
    if "\t" not in text and '"' not in text:
        return [[line] for line in text.splitlines() if line]
    return read_records(text, Dialect("\t"))


def _placed(desk: Desk, rows: Sequence[Sequence[str]]) -> Placed:
    """The cells where they would go. One value fills the range."""
    grid = desk.grid
    fields = grid.layout_now.fields
    cursor = grid.cursor
    top, left = cursor.rows().start, cursor.columns(grid.extent).start
    if len(rows) == 1 and len(rows[0]) == 1 and cursor.has_range:
        rows = [list(rows[0]) * len(cursor.columns(grid.extent))] * len(cursor.rows())
    placed = Placed()
    for down, row in enumerate(rows):
        for right, text in enumerate(row):
            if top + down >= len(desk.model.ids) or left + right >= len(fields):
                placed.beyond += 1
            elif _takes_text(field := fields[left + right]):
                placed.texts.setdefault(desk.model.ids[top + down], {})[field.key] = text
            else:
                placed.untyped[field.label] += 1
    return placed


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _takes_text(field: Field) -> bool:
    if field.key in OWN_FIELDS:
        return field.key in WRITABLE_OWN_FIELDS
    return field.kind != "template"


def _store(desk: Desk, texts: dict[int, dict[str, str]]) -> None:
    cells = sum(len(cells) for cells in texts.values())
    label = f"paste {plural(cells, 'cell')}"
    desk.write(
        lambda: edit_block(desk.workspace, texts, label, may_make=False),
        lambda done: desk.say(f"{plural(done.leads, 'lead')} changed; u takes it back"),
    )


def _copy(desk: Desk, form: str, *, with_header: bool) -> None:
    grid = desk.grid
    fields = [grid.layout_now.fields[n] for n in grid.cursor.columns(grid.extent)]
    ids = desk.targets_of_range()
    if form != "tsv" or with_header:
        ids = desk.targets()
        if desk.model.marks and not grid.cursor.has_range:
            fields = [*grid.layout_now.fields]
    if len(ids) * len(fields) > MOST_COPIED:
        desk.say(f"more than {MOST_COPIED:,} cells: leadsync export writes them to a file")
        return
    keys = [field.key for field in fields]

    def read() -> str:
        if form == "ids":
            return " or ".join(f"id:{lead_id}" for lead_id in ids)
        rows = desk.workspace.store.rows(ids, keys)
        labels = [field.label for field in fields] if with_header else []
        return written(form, keys, labels, [[show(value) for value in row] for row in rows])

    def done(text: str) -> None:
        desk.copied = text
        desk.clip(text, f"{plural(len(ids) * len(fields), 'cell')} copied")

    desk.ask_store("copy", read, done)


def written(
    form: str, keys: Sequence[str], labels: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """Rows as text in a form: tsv, csv or json."""
    if form == "json":
        return json.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False)
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if form == "tsv" else ",", lineterminator="\n")
    writer.writerows([labels, *rows] if labels else rows)
    return out.getvalue().removesuffix("\n")

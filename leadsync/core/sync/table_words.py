"""Pushes into tables and pulls from them in words: for the command line, the app, and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from leadsync.core.sync.table_rows import column_letter
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Sized

    from leadsync.core.models import Doc
    from leadsync.core.sync.table_pull import Pulled, PulledCell, PullPlan
    from leadsync.core.sync.table_push import CellChange, PushPlan
    from leadsync.core.sync.table_rows import TableNow
    from leadsync.core.sync.table_writing import Pushed
    from leadsync.core.sync.tables import Table

CHANGES_SHOWN = 20
ADDS_SHOWN = 5
LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Hints:
    """How one says, on the command line or in the app, that what is left alone should be done."""

    overwrite: str = "--overwrite writes them"
    again: str = "--again adds them"
    take: str = "--take sheet or store"


ON_COMMAND_LINE = Hints()


def push_lines(
    plan: PushPlan, table: Table, hints: Hints = ON_COMMAND_LINE, *, shown: int = CHANGES_SHOWN
) -> Iterator[str]:
    """What a push would do: counts, then the first cells, then what it leaves alone."""
    yield f"{table.title}: {_deeds(plan)}"
    if plan.new_columns:
        names = ", ".join(
            f"{column.header} ({column_letter(plan.now.at[column.key])})"
            for column in plan.new_columns
        )
        yield f"  new columns at the right: {names}"
    for change in plan.changes[:shown]:
        yield f"  {_place(change, plan)}: {_change(change.before, change.after.text)}"
    yield from _more(plan.changes, shown)
    for lead_id, cells in islice(plan.adds.items(), ADDS_SHOWN):
        texts = [_short(cell.text) for cell in cells.values() if cell.text]
        yield f"  new row for lead {lead_id}: {', '.join(texts[:4])}"
    yield from _more(plan.adds, ADDS_SHOWN)
    yield from _left_alone(plan, hints, shown)


def pull_lines(
    plan: PullPlan, table: Table, hints: Hints = ON_COMMAND_LINE, *, shown: int = CHANGES_SHOWN
) -> Iterator[str]:
    """What a pull would do: counts, then the first cells, conflicts, and what is not taken."""
    cells = plural(len(plan.taken), "cell")
    yield f"{table.title}: {cells} of {plural(plan.leads, 'lead')} changed there"
    for cell in plan.taken[:shown]:
        yield f"  {_pulled(cell, plan.now)}: {_change(cell.here, cell.there)}"
    yield from _more(plan.taken, shown)
    if plan.conflicts:
        number = plural(len(plan.conflicts), "cell")
        yield f"  {number} changed on both sides, left as they are ({hints.take}):"
    for cell in plan.conflicts[:shown]:
        sides = f"there {_quoted(cell.there)}, here {_quoted(cell.here)}"
        yield f"    {_pulled(cell, plan.now)}: {sides}"
    yield from _more(plan.conflicts, shown, deep=True)
    for cell in plan.refused[:shown]:
        yield f"  not taken, {_pulled(cell, plan.now)} {_quoted(cell.there)}: {cell.why}"
    yield from _more(plan.refused, shown)
    if plan.waiting:
        yield f"  {plural(plan.waiting, 'cell')} changed here alone: a push writes them"
    if plan.errors:
        yield f"  {plural(plan.errors, 'formula')} with an error left out"
    if plan.unknown:
        yield f"  {_rows(plan.unknown)} of leads that are not here, or are in the trash"
    yield from _rows_there(plan.now)


def pushed_line(done: Pushed, table: Table) -> str:
    """What a push did, in one line."""
    words = f"{plural(done.added, 'row')} added, {plural(done.changed, 'cell')} changed"
    if not (done.added or done.changed):
        words = "nothing to write"
    asked = f"{plural(done.writes, 'request')} to write, {done.reads:,} to read"
    left = [f"{len(done.plan.conflicts):,} in conflict"] if done.plan.conflicts else []
    left += [f"{done.plan.suppressed:,} suppressed"] if done.plan.suppressed else []
    return f"{table.title}: {'; '.join([words, *left])} ({asked})"


def moved_words(done: Pushed) -> str:
    """A warning about rows that were moved while they were written; empty where none were."""
    if not done.moved:
        return ""
    return (
        f"somebody moved rows while they were written: look at {_numbers(done.moved)}; a push"
        " that overwrites mends them"
    )


def pulled_line(done: Pulled, table: Table) -> str:
    """What a pull did, in one line."""
    words = f"{plural(done.leads, 'lead')} changed" if done.leads else "nothing to take"
    left = [f"{len(done.plan.conflicts):,} in conflict"] if done.plan.conflicts else []
    left += [f"{len(done.plan.refused):,} not taken"] if done.plan.refused else []
    return f"{table.title}: {'; '.join([words, *left])}"


def push_doc(plan: PushPlan, table: Table) -> Doc:
    """A push as JSON; rows are numbered as people see them."""
    return {
        "table": table.ledger,
        "adds": list(plan.adds),
        "changes": [_change_doc(change) for change in plan.changes],
        "conflicts": [_change_doc(change) for change in plan.conflicts],
        "newColumns": [column.header for column in plan.new_columns],
        "unchanged": plan.unchanged,
        "changedThere": plan.theirs,
        "formulas": plan.formulas,
        "suppressed": plan.suppressed,
        "removedThere": plan.removed,
        "cut": plan.cut,
        **_rows_doc(plan.now),
    }


def pull_doc(plan: PullPlan, table: Table) -> Doc:
    """A pull as JSON."""
    return {
        "table": table.ledger,
        "taken": [_pulled_doc(cell) for cell in plan.taken],
        "conflicts": [_pulled_doc(cell) for cell in plan.conflicts],
        "refused": [_pulled_doc(cell) | {"why": cell.why} for cell in plan.refused],
        "changedHere": plan.waiting,
        "formulaErrors": plan.errors,
        "unknownRows": [row + 1 for row in plan.unknown],
        **_rows_doc(plan.now),
    }


def _deeds(plan: PushPlan) -> str:
    if plan.is_empty:
        return f"nothing to write, {plural(plan.unchanged, 'row')} up to date"
    words = [f"{plural(len(plan.adds), 'row')} to add"] if plan.adds else []
    if plan.changes:
        cells = plural(len(plan.changes), "cell")
        words.append(f"{cells} in {plural(plan.changed_leads, 'row')} to change")
    if plan.unchanged:
        words.append(f"{plural(plan.unchanged, 'row')} up to date")
    return ", ".join(words)


def _left_alone(plan: PushPlan, hints: Hints, shown: int) -> Iterator[str]:
    if plan.conflicts:
        number = plural(len(plan.conflicts), "cell")
        yield f"  {number} changed on both sides, left as they are ({hints.overwrite}):"
    for change in plan.conflicts[:shown]:
        sides = f"there {_quoted(change.before)}, here {_quoted(change.after.text)}"
        yield f"    {_place(change, plan)}: {sides}"
    yield from _more(plan.conflicts, shown, deep=True)
    counted = {
        "changed there alone: a pull takes them": (plan.theirs, "cell"),
        "left alone": (plan.formulas, "formula"),
        "suppressed": (plan.suppressed, "lead"),
        f"removed there, not added again ({hints.again})": (plan.removed, "row"),
        "longer than a cell there holds, cut with a mark": (plan.cut, "text"),
    }
    for words, (number, noun) in counted.items():
        if number:
            yield f"  {plural(number, noun)} {words}"
    yield from _rows_there(plan.now)


def _rows_there(now: TableNow) -> Iterator[str]:
    if now.nameless:
        yield f"  {_rows(now.nameless)} without an id, left alone"
    if now.odd_ids:
        yield f"  {_rows(now.odd_ids)} with an id that is none of ours"
    for row, first in now.repeated[:CHANGES_SHOWN]:
        yield f"  row {row + 1} has the id of row {first + 1}, which counts"


def _rows(rows: Sequence[int]) -> str:
    return f"{plural(len(rows), 'row')} ({_numbers([row + 1 for row in rows])})"


def _numbers(rows: Sequence[int]) -> str:
    named = ", ".join(map(str, rows[:5]))
    return f"{'row' if len(rows) == 1 else 'rows'} {named}{', …' if len(rows) > 5 else ''}"


def _place(change: CellChange, plan: PushPlan) -> str:
    return f"{column_letter(plan.now.at[change.key])}{change.row + 1} {change.key}"


def _pulled(cell: PulledCell, now: TableNow) -> str:
    return f"{column_letter(now.at[cell.key])}{cell.row + 1} {cell.key} of lead {cell.lead_id}"


def _change(before: str, after: str) -> str:
    return f"{_quoted(before)} → {_quoted(after)}"


def _quoted(text: str) -> str:
    return f'"{_short(text)}"' if text else "blank"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def _more(items: Sized, shown: int, *, deep: bool = False) -> Iterator[str]:
    left = len(items) - shown
    if left > 0:
        yield f"{'    ' if deep else '  '}… {left:,} more"


def _change_doc(change: CellChange) -> Doc:
    return {"leadId": change.lead_id, "row": change.row + 1, "column": change.key,
            "before": change.before, "after": change.after.text}  # fmt: skip


def _pulled_doc(cell: PulledCell) -> Doc:
    return {"leadId": cell.lead_id, "row": cell.row + 1, "column": cell.key,
            "here": cell.here, "there": cell.there}  # fmt: skip


def _rows_doc(now: TableNow) -> Doc:
    return {
        "rowsWithoutId": [row + 1 for row in now.nameless],
        "rowsWithOddId": [row + 1 for row in now.odd_ids],
        "repeatedIds": [[row + 1, first + 1] for row, first in now.repeated],
    }

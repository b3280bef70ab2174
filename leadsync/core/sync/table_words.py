"""Pushes into tables and pulls from them in words: for the command line and the app."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from leadsync.core.sync.table_rows import column_letter
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Sized

    from leadsync.core.sync.table_pull import Pulled, PulledCell, PullPlan
    from leadsync.core.sync.table_push import CellChange, PushPlan
    from leadsync.core.sync.table_rows import TableNow
    from leadsync.core.sync.table_writing import Pushed
    from leadsync.core.sync.tables import Table

CHANGES_SHOWN = 20
SHOWN_AGAIN = 3  # of what was shown a moment ago
ADDS_SHOWN = 5
NAMES_SHOWN = 10
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
    for text in push_left(plan, hints, shown=shown):
        yield from f"  {text}".split("\n")
    yield from push_told(plan, hints)


def push_left(
    plan: PushPlan, hints: Hints = ON_COMMAND_LINE, *, shown: int = CHANGES_SHOWN
) -> Iterator[str]:
    """What is not there as it is here, by name: a head each, and the cells on lines below it."""
    if plan.conflicts:
        number = plural(len(plan.conflicts), "cell")
        items = [
            f"{_place(change, plan)}: {_sides(change.before, change.after.text)}"
            for change in plan.conflicts[:shown]
        ]
        head = f"{number} changed on both sides, left as they are ({hints.overwrite}):"
        yield _under(head, items, len(plan.conflicts))
    if plan.cuts:
        names = _some([f"{key} of lead {lead_id}" for lead_id, key in plan.cuts])
        number = plural(len(plan.cuts), "text")
        yield f"{number} longer than a cell there holds, cut with a mark: {names}"


def push_told(plan: PushPlan, hints: Hints = ON_COMMAND_LINE) -> Iterator[str]:
    """What a push leaves alone as it should, in numbers."""
    counted = {
        "changed there alone: a pull takes them": (plan.theirs, "cell"),
        "left alone": (plan.formulas, "formula"),
        "suppressed": (plan.suppressed, "lead"),
        f"removed there, not added again ({hints.again})": (plan.removed, "row"),
    }
    for words, (number, noun) in counted.items():
        if number:
            yield f"  {plural(number, noun)} {words}"
    yield from _rows_there(plan.now)


def pull_lines(
    plan: PullPlan, table: Table, hints: Hints = ON_COMMAND_LINE, *, shown: int = CHANGES_SHOWN
) -> Iterator[str]:
    """What a pull would do: counts, then the first cells, conflicts, and what is not taken."""
    cells = plural(len(plan.taken), "cell")
    yield f"{table.title}: {cells} of {plural(plan.leads, 'lead')} changed there"
    yield from pull_told(plan, shown=shown)
    for text in pull_left(plan, hints, shown=shown):
        yield from f"  {text}".split("\n")


def pull_told(plan: PullPlan, *, shown: int = CHANGES_SHOWN) -> Iterator[str]:
    """The cells that a pull takes, and what it leaves alone as it should."""
    for cell in plan.taken[:shown]:
        yield f"  {_pulled(cell, plan.now)}: {_change(cell.here, cell.there)}"
    yield from _more(plan.taken, shown)
    if plan.kept:
        number = plural(len(plan.kept), "cell")
        head = f"{number} changed on both sides, kept as here: the next push writes them"
        yield from f"  {_both(head, plan.kept, plan.now, shown)}".split("\n")
    if plan.waiting:
        yield f"  {plural(plan.waiting, 'cell')} changed here alone: a push writes them"
    if plan.errors:
        yield f"  {plural(plan.errors, 'formula')} with an error left out"
    if plan.unknown:
        yield f"  {_rows(plan.unknown)} of leads that are not here, or are in the trash"
    yield from _rows_there(plan.now)


def pull_left(
    plan: PullPlan, hints: Hints = ON_COMMAND_LINE, *, shown: int = CHANGES_SHOWN
) -> Iterator[str]:
    """What was changed there and is not taken, by name: a head each, the cells on lines below."""
    if plan.conflicts:
        number = plural(len(plan.conflicts), "cell")
        head = f"{number} changed on both sides, left as they are ({hints.take}):"
        yield _both(head, plan.conflicts, plan.now, shown)
    if plan.refused:
        items = [
            f"{_pulled(cell, plan.now)} {_quoted(cell.there)}: {cell.why}"
            for cell in plan.refused[:shown]
        ]
        head = f"{plural(len(plan.refused), 'cell')} not taken:"
        yield _under(head, items, len(plan.refused))


def pushed_line(done: Pushed, table: Table) -> str:
    """What a push did, in one line."""
    words = f"{plural(done.added, 'row')} added, {plural(done.changed, 'cell')} changed"
    if not (done.added or done.changed):
        words = "nothing to write"
    asked = f"{plural(done.writes, 'request')} to write, {done.reads:,} to read"
    plan = done.plan
    left = [f"{len(plan.conflicts):,} in conflict"] if plan.conflicts else []
    left += [f"{len(plan.cuts):,} cut"] if plan.cuts else []
    left += [f"{plan.suppressed:,} suppressed"] if plan.suppressed else []
    words = f"{words}; {', '.join(left)}" if left else words
    return f"{table.title}: {words} ({asked})"


def left_names(done: Pushed) -> Iterator[str]:
    """What a push has left for a person to look at, each kind on one line; nothing where all went."""
    plan = done.plan
    if plan.conflicts:
        names = _some([_place(change, plan) for change in plan.conflicts])
        yield f"changed on both sides, left as they are: {names}"
    if plan.cuts:
        yield f"cut: {_some([f'{key} of lead {lead_id}' for lead_id, key in plan.cuts])}"
    if words := moved_words(done):
        yield words


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
    left += [f"{len(done.plan.kept):,} kept as here"] if done.plan.kept else []
    return f"{table.title}: {'; '.join([words, *left])}"


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


def _sides(there: str, here: str) -> str:
    return f"there {_quoted(there)}, here {_quoted(here)}"


def _both(head: str, cells: Sequence[PulledCell], now: TableNow, shown: int) -> str:
    items = [f"{_pulled(cell, now)}: {_sides(cell.there, cell.here)}" for cell in cells[:shown]]
    return _under(head, items, len(cells))


def _under(head: str, items: Sequence[str], number: int) -> str:
    """A head, and below it those of `number` items that are shown."""
    more = [f"    and {number - len(items):,} more"] if number > len(items) else []
    return "\n".join([head, *(f"    {item}" for item in items), *more])


def _some(names: Sequence[str]) -> str:
    left = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {left:,} more" if left > 0 else "")


def _more(items: Sized, shown: int) -> Iterator[str]:
    left = len(items) - shown
    if left > 0:
        yield f"  and {left:,} more"

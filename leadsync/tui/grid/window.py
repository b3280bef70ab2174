"""The rows that are in memory: those on the screen and around it, prepared for painting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leadsync.core.errors import InputError
from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import cell_text
from leadsync.tui.grid.fields import state_name, state_words

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from leadsync.core.models import CellState
    from leadsync.core.store.protocol import Row, Store
    from leadsync.tui.grid.layout import Field
    from leadsync.tui.lane import Lane

ROWS_KEPT = 2560  # 20 screens of 128 rows: 6 MB with 20 columns
ONE_FRAME_S = 0.016  # the longest that painting waits for rows


class PreparedRow(NamedTuple):
    """One lead as it is painted.

    Attributes:
        cells: text by field.
        states: (number of the field, name of its state), for cells that have one.
        is_there: False for a lead that is gone.
    """

    cells: tuple[str, ...]
    states: tuple[tuple[int, str], ...] = ()
    is_there: bool = True


class Window:
    """A bounded cache of prepared rows by lead id, filled by a lane.

    Attributes:
        arrived: called on the event loop when rows came that were waited for.
        fetches: how often the store was asked, for tests.
    """

    def __init__(self, store: Store, lane: Lane) -> None:
        """Read from `store` in `lane`."""
        self._store = store
        self._lane = lane
        self.arrived: Callable[[], None] | None = None
        self._fields: tuple[Field, ...] = ()
        self._rows: dict[int, PreparedRow] = {}
        self._asked: set[int] = set()  # of the rows that are under way
        self._last: threading.Event | None = None
        self._waited_for: threading.Event | None = None
        self._is_hungry = False  # a row was painted that was not there
        self._generation = 0
        self.fetches = 0

    def show(self, fields: tuple[Field, ...]) -> None:
        """Begin anew with other fields."""
        if [f.key for f in fields] != [f.key for f in self._fields]:
            self.forget()
        self._fields = fields

    def forget(self) -> None:
        """Forget all rows; they are read again when they are painted."""
        self._rows = {}
        self._asked = set()
        self._generation += 1

    def row(self, lead_id: int) -> PreparedRow | None:
        """A row that is in memory, or None."""
        return self._rows.get(lead_id)

    def want(self, lead_ids: Sequence[int], around: Sequence[int] = ()) -> None:
        """Make sure of these rows, for at most one frame; then fetch those around them."""
        missing = self._missing(lead_ids)
        if missing:
            self._ask(missing)
        if self._last and not self._last.is_set() and self._last is not self._waited_for:
            self._waited_for = self._last  # each line that is painted asks; one wait is enough
            self._last.wait(ONE_FRAME_S)
        self._is_hungry = any(i not in self._rows for i in lead_ids)
        ahead = self._missing(around)
        if len(ahead) > len(around) // 2:
            self._ask(ahead)

    def read_ahead(self, lead_ids: Sequence[int]) -> None:
        """Begin to fetch rows without waiting for them."""
        self._ask(self._missing(lead_ids))

    def read_again(
        self, lead_ids: Sequence[int], changed: Callable[[set[int]], None] | None = None
    ) -> None:
        """Read rows that may have changed; those that have not stay the objects they were.

        Rows that are not asked for are forgotten, since they may have changed, too.
        """
        generation, fields = self._generation, self._fields

        def take(found: dict[int, PreparedRow]) -> None:
            if generation != self._generation:
                return
            differing = {i for i, row in found.items() if self._rows.get(i) != row}
            kept = {i: row for i in found if (row := self._rows.get(i)) and i not in differing}
            self._rows = kept | {i: found[i] for i in differing}
            if differing and changed:
                changed(differing)

        self._lane.ask("again", lambda: self._read(lead_ids, fields), take)

    def _missing(self, lead_ids: Sequence[int]) -> list[int]:
        return [i for i in lead_ids if i not in self._rows and i not in self._asked]

    def _ask(self, lead_ids: list[int]) -> None:
        """Fetch rows. No topic is dropped: each is a screen or three, 3 ms each."""
        generation, fields = self._generation, self._fields
        self._asked.update(lead_ids)

        def read() -> None:
            found = self._read(lead_ids, fields)
            if generation == self._generation:
                rows = self._rows
                rows.update(found)  # atomic under the interpreter's lock; painting only reads
                self._asked.difference_update(lead_ids)
                for lead_id in list(rows)[: max(0, len(rows) - ROWS_KEPT)]:
                    rows.pop(lead_id, None)

        def done(_nothing: None) -> None:
            if self.arrived and self._is_hungry:
                self.arrived()

        def failed(error: Exception) -> None:
            self._asked.difference_update(lead_ids)  # they are asked for again when they are drawn
            raise error

        self._last = self._lane.ask("", read, done, failed)

    def _read(self, lead_ids: Sequence[int], fields: tuple[Field, ...]) -> dict[int, PreparedRow]:
        self.fetches += 1
        found = self._rows_of(lead_ids, [field.key for field in fields])
        columns = sorted(
            {n for f in fields for n in (f.column_id, f.driver_id) if n and f.driver_id}
        )
        states = self._store.states(lead_ids, columns) if columns else {}
        with_states = {lead_id for lead_id, _ in states}
        prepared = dict.fromkeys(lead_ids, GONE)
        for row in found:
            lead_id = row[0]
            cells = tuple(map(cell_text, row[1:]))
            if lead_id in with_states:
                prepared[lead_id] = _with_states(lead_id, cells, fields, states)
            else:
                prepared[lead_id] = PreparedRow(cells)
        return prepared

    def _rows_of(self, lead_ids: Sequence[int], keys: Sequence[str]) -> list[Row]:
        """Id and cells of leads; blank where a column was removed and the layout does not know yet."""
        try:
            return self._store.rows(lead_ids, ["id", *keys])
        except InputError:
            catalog = self._store.catalog()
            known = [key for key in keys if catalog.find(key)]
            if len(known) == len(keys):
                raise
            rows = self._store.rows(lead_ids, ["id", *known])
            by_key = [dict(zip(("id", *known), row, strict=True)) for row in rows]
            return [(cells["id"], *map(cells.get, keys)) for cells in by_key]


GONE = PreparedRow((), is_there=False)


def _with_states(
    lead_id: int,
    cells: tuple[str, ...],
    fields: tuple[Field, ...],
    states: dict[tuple[int, int], CellState],
) -> PreparedRow:
    """A row with states; blank cells say theirs in words."""
    shown = [*cells]
    named: list[tuple[int, str]] = []
    for n, field in enumerate(fields):
        own = states.get((lead_id, field.column_id))
        state = own if own and own.locked else states.get((lead_id, field.driver_id)) or own
        if state is None:
            continue
        name = state_name(state)
        if name:
            named.append((n, name))
            shown[n] = shown[n] or visible(state_words(state))
    return PreparedRow(tuple(shown), tuple(named))

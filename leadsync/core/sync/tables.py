"""Tables of others that leads are kept in step with: what such a table can do.

A destination whose leads are rows under headings, such as Google Sheets. Rows and columns count
from 0 here; row 0 holds the headings. A lead's row is known by the id in the column `leadsync_id`,
never by its number: people sort.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.sync.destinations import find_destination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.config import Config
    from leadsync.core.engine.enricher import Settings

Cell = str | int | float | None
"""What is written into a cell: a text is never run as a formula; None leaves it as it is."""


class AnswerLost(LeadSyncError):
    """Rows were sent and no answer came: they may be there or not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may carry, and a cell hold."""

    cells: int
    bytes: int
    characters: int


@dataclass(slots=True)
class Traffic:
    """Requests that a table was asked with."""

    reads: int = 0
    writes: int = 0
    waits: int = 0


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of cells and what they become."""

    row: int
    column: int
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """What stands in columns below the headings.

    Attributes:
        texts: by column: the texts of its rows, row 1 first; shorter where the rest is blank.
        formulas: cells (row, column) that somebody's formula fills.
        used_columns: how many columns have anything in them.
    """

    texts: Mapping[int, Sequence[str]]
    formulas: frozenset[tuple[int, int]] = frozenset()
    used_columns: int = 0

    @property
    def used_rows(self) -> int:
        """Rows up to the last one that has a cell here, headings included."""
        return 1 + max((len(texts) for texts in self.texts.values()), default=0)


class Table(Protocol):
    """One table. Its methods ask over the net and may be called in any thread, one at a time.

    All raise AccessError where it may not be seen or changed, InputError where it is not there,
    and ProviderError where it does not answer.
    """

    ledger: str
    """Its name in the ledger of what was sent: `sheets:SPREADSHEET/TAB`."""
    title: str
    """As people know it."""
    limits: Limits
    traffic: Traffic

    def must_be_there(self) -> None:
        """Refuse one that only a write would make.

        Raises:
            InputError: it is not there yet.
        """
        ...

    def read_headings(self) -> tuple[str, ...]:
        """The headings, up to the last that is not blank; none in a table that has to be made."""
        ...

    def read_columns(self, columns: Sequence[int], *, beyond: int | None = None) -> ColumnCells:
        """The cells of these columns; and whether anything stands in columns from `beyond` on."""
        ...

    def read_ids(self, column: int) -> Sequence[str]:
        """The texts of the id column, row 1 first."""
        ...

    def make_room(self, headings: Mapping[int, str], *, hidden: Sequence[int], rows: int) -> None:
        """Write new headings, hide columns, and see to it that there are so many rows."""
        ...

    def update(self, patches: Sequence[Patch]) -> None:
        """Write cells, in one request; writing the same again does no harm."""
        ...

    def append(self, row: int, rows: Sequence[Sequence[Cell]]) -> None:
        """Insert rows at `row`, in one request; what stands there moves down.

        Raises:
            AnswerLost: nobody knows whether they are there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """What a destination may know of this process.

    Attributes:
        settings: what the user has set of providers.
        secret: a key by its name; None where it is not set.
        wait: how to wait for so many seconds.
    """

    settings: Settings
    secret: Callable[[str], str | None] = field(repr=False)
    wait: Callable[[float], object]


class TableDestination(Protocol):
    """Opens tables. Found in the entry-point group `leadsync.destinations`."""

    name: str

    def file_of(self, address: str) -> str:
        """The file that an address names, as the ledger has it before the name of the table.

        Raises:
            InputError: it is no address.
        """
        ...

    def open(self, address: str, tab: str, access: Access) -> Table:
        """A table by the address that a person copies from the browser.

        Args:
            address: of the file.
            tab: which table of it; empty: the one that the address names, else the first. One that
                is not there is made by the first write.
            access: keys and settings.

        Raises:
            InputError: it is no address, or nothing is there.
            AccessError: no key is set, or it is refused.
        """
        ...


def open_table(
    config: Config,
    destination: str,
    address: str,
    tab: str = "",
    *,
    wait: Callable[[float], object] | None = None,
) -> Table:
    """A table at a destination by name, ready to be read.

    Raises:
        NotFound: no installed package has the destination.
        InputError: it is no address of a table, the destination has none, or this is practice.
        AccessError: no key is set, or it is refused.
    """
    if config.is_practice:
        raise InputError("tables of others have no place in practice: nothing leaves this machine")
    access = Access(ConfigSettings(config), config.secret, wait or _wait)
    return find_tables(destination).open(address, tab, access)


def find_tables(destination: str) -> TableDestination:
    """A destination of tables by name.

    Raises:
        NotFound: no installed package has it.
        InputError: it has no tables.
    """
    found = find_destination(destination)
    if not hasattr(found, "file_of"):
        raise InputError(f'"{destination}" is no place for tables')
    return cast("TableDestination", found)


def _wait(seconds: float) -> None:
    import threading

    threading.Event().wait(seconds)

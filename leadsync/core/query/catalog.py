"""The names that filters and sorts may use: own fields, columns and their aliases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, nearest
from leadsync.core.models import FIELD_ALIASES, OWN_FIELDS, ColumnType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.models import Column

ANY = "any"
"""Stands for "some column" where a cell's state is asked for: `any.status:error`."""

STATE_FACETS = ("status", "reason", "stale", "locked")

CUSTOM_FIELDS = "customFields."
"""Before the key of a column: the column, whatever else its key may mean in a filter."""


@dataclass(frozen=True, slots=True)
class FieldRef:
    """What a typed name means.

    Attributes:
        key: the name that reads use.
        column: None for a field that every lead has.
    """

    key: str
    type: ColumnType
    column: Column | None = None


class Catalog:
    """All fields of one workspace."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """Learn the columns; the fields that every lead has are always known."""
        self.columns = tuple(columns)
        self._fields = {key: FieldRef(key, kind) for key, kind in OWN_FIELDS.items()}
        for column in self.columns:
            kind = ColumnType(column.type)
            self._fields.setdefault(column.key, FieldRef(column.key, kind, column))
        self._drivers: dict[str, Column] = {}
        for column in self.running:
            for output in column.outputs.values():
                self._drivers.setdefault(output, column)
        # A column that runs itself answers for its own cells, whoever else fills them.
        self._drivers |= {column.key: column for column in self.running}

    @property
    def running(self) -> tuple[Column, ...]:
        """The columns whose cells are filled by runs."""
        return tuple(column for column in self.columns if column.is_running)

    @property
    def names(self) -> list[str]:
        """Every name but the aliases, own fields first."""
        return list(self._fields)

    def find(self, name: str) -> FieldRef | None:
        """What a typed name means, or None; case matters only between columns."""
        if name.startswith(CUSTOM_FIELDS):
            found = self._fields.get(name.removeprefix(CUSTOM_FIELDS))
            return found if found and found.column else None
        for spelling in (name, FIELD_ALIASES.get(name, ""), name.lower()):
            if spelling in self._fields:
                return self._fields[spelling]
        return self._fields.get(FIELD_ALIASES.get(name.lower(), ""))

    def resolve(self, name: str) -> FieldRef:
        """What a typed name means.

        Raises:
            InputError: there is no such field; the nearest is named.
        """
        found = self.find(name)
        if found is None:
            raise InputError(self.unknown(name), next_step="leadsync columns list")
        return found

    def unknown(self, name: str) -> str:
        """The sentence that says that a name is not known."""
        near = nearest(name.lower(), [*self._fields, *FIELD_ALIASES])
        hint = f'; did you mean "{near}"?' if near else ""
        return f'no field "{name}"{hint}'

    def driver(self, key: str) -> Column | None:
        """The running column that fills the cells of `key`: itself, or one it is an output of."""
        return self._drivers.get(key)

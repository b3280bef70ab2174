"""Where the cells of each column of a file go: a field that every lead has, a column, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import WELL_KNOWN
from leadsync.core.columns.keys import RESERVED_KEYS
from leadsync.core.errors import InputError, nearest
from leadsync.core.importing.header import EXTRA
from leadsync.core.importing.labels import Labels, key_of_header, label_of_field
from leadsync.core.importing.merge import ALTERNATES
from leadsync.core.importing.rows import EMAIL_INVALID, Target
from leadsync.core.importing.synonyms import fields
from leadsync.core.models import WRITABLE_OWN_FIELDS, Column, ColumnType
from leadsync.core.query.catalog import STATE_FACETS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.importing.merge import MergePolicy
    from leadsync.core.store.unit import Unit

LINE, REASON = "_line", "_reason"
ACCOUNT_HEADERS = frozenset({LINE, REASON})
"""Columns of reject files that are no data: they are left out, so that a mended file imports."""

_OWN = {"full_name": "name", "tags": ""}
MAX_COLUMNS = 1_900
"""Columns of a workspace. SQLite's tables and answers end at 2,000, of which some are our own."""

_SPARE = (ALTERNATES, EMAIL_INVALID)
"""Columns that any file may need, whatever its headers are."""


@dataclass(slots=True)
class Destinations:
    """The plan of one file's columns.

    Attributes:
        targets: file columns that are read, in the order of the file.
        extra: where cells beyond the header go.
        mapping: header -> field or key; None is left out.
        new: columns that are to be made, by key.
        keys: label or header -> key of every field that may be written.
        made: keys of the columns that were made.
    """

    targets: list[Target]
    extra: Target
    mapping: dict[str, str | None]
    warnings: list[str] = field(default_factory=list[str])
    new: dict[str, Column] = field(default_factory=dict[str, Column])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    made: list[str] = field(default_factory=list[str])

    def policy(self, asked: MergePolicy) -> MergePolicy:
        """The policy with keys of fields, where the user may have written labels.

        Raises:
            InputError: a column to keep or to overwrite is neither in the file nor known, or
                it is to be both kept and overwritten.
        """
        keep = frozenset(map(self._key_of, asked.keep))
        overwrite = frozenset(map(self._key_of, asked.overwrite))
        if keep & overwrite:
            raise InputError(
                f'the column "{min(keep & overwrite)}" is both kept and overwritten',
                next_step="say --keep or --overwrite, not both",
            )
        return replace(asked, keep=keep, overwrite=overwrite)

    def _key_of(self, name: str) -> str:
        if name in self.keys.values():
            return name
        folded = name.strip().casefold()
        found = self.keys.get(name) or next(
            (key for label, key in self.keys.items() if folded in (label.casefold(), key)), None
        )
        if found is None:
            near = nearest(name, [*self.keys, *self.keys.values()])
            raise InputError(
                f'neither the file nor the workspace has a column "{name}"',
                next_step=f'did you mean "{near}"?' if near else "leadsync columns list",
            )
        return found

    def ensure(self, unit: Unit, used: Iterable[str]) -> None:
        """Make those columns that are not there yet."""
        for key in used:
            column = self.new.pop(key, None)
            if column is not None:
                unit.add_column(column)
                self.made.append(key)


def choose_destinations(maps: Sequence[ColumnMap], columns: Sequence[Column]) -> Destinations:
    """Decide for every column of a file where its cells go.

    Args:
        maps: what each column of the file means, in order.
        columns: those of the workspace.

    Raises:
        InputError: the user named a field that is none, or the workspace has no room for the
            new columns.
    """
    choice = _Choice(columns, maps)
    for index, column in enumerate(maps):
        choice.place(index, column)
    for key in _SPARE:
        choice.column_of(key, label_of_field(key))
    choice.found.extra = choice.target(len(maps), EXTRA, choice.column_of(EXTRA, EXTRA))
    found = choice.found
    _check_room(found, len(columns))
    found.keys = {key: key for key in WRITABLE_OWN_FIELDS}
    found.keys |= {column.label: column.key for column in (*columns, *found.new.values())}
    found.keys |= {header: key for header, key in found.mapping.items() if key}
    return found


def _check_room(found: Destinations, present: int) -> None:
    new = sum(target.key in found.new for target in found.targets)
    room = max(MAX_COLUMNS - present, 0)
    if new > room:
        raise InputError(
            f"the file has {new:,} new columns, and the workspace has room for {room:,} more"
            f" (it holds at most {MAX_COLUMNS:,})",
            next_step='leave columns out with --ignore "Header", or cut them out of the file',
        )


class _Choice:
    """Gives columns of a file their places, none of them to two headers."""

    def __init__(self, columns: Sequence[Column], maps: Sequence[ColumnMap]) -> None:
        self.found = Destinations([], Target(0, "", ""), {})
        self._columns = {column.key: column for column in columns}
        self._known = fields()
        self._labels = Labels(columns, maps)
        self.labelled = self._labels.find()
        self._taken = {*self.labelled.values(), *(m.field for m in maps if m.field)}

    def place(self, index: int, column: ColumnMap) -> None:
        """Give one column its place."""
        header, labelled = column.header, self.labelled.get(index)
        if column.ignored or header in ACCOUNT_HEADERS:
            self.found.mapping[header] = None
            return
        if column.suggestion and not labelled:
            self.found.warnings.append(
                f'"{header}" is kept under its own name; if it means {column.suggestion}:'
                f' --map "{header}={column.suggestion}"'
            )
        key = labelled or self._key(column)
        own = key in WRITABLE_OWN_FIELDS or key == "tags"
        target = Target(index, key, "" if key == "tags" else key)
        if not own:
            label = "" if key in self._columns else self._labels.new(column, key)
            target = self.target(index, key, self.column_of(key, label))
        if target.field:
            self.found.targets.append(target)
        self.found.mapping[header] = key if target.field else None

    def target(self, index: int, key: str, column: Column) -> Target:
        """The target of a column; one without field where the column computes itself."""
        if column.kind == "template":
            self.found.warnings.append(f'"{column.label}" is computed; its cells are left out')
            return Target(index, "", "")
        return Target(index, key, key, ColumnType(column.type))

    def column_of(self, key: str, label: str) -> Column:
        """The column of that key, planned where the workspace has none."""
        if key in self._columns:
            return self._columns[key]
        planned = Column(0, key, label, type=_type(key))
        return self.found.new.setdefault(key, planned)

    def _key(self, column: ColumnMap) -> str:
        if column.field:
            return self._field(column.field)
        if column.header == EXTRA:
            return EXTRA
        wanted = self._apart_from_states(key_of_header(column.header))
        reserved = self._known | RESERVED_KEYS.difference(STATE_FACETS)
        key, number = wanted, 1
        while key in self._taken or key in reserved or (number > 1 and key in self._columns):
            number += 1
            key = f"{wanted}_{number}"
        self._taken.add(key)
        return key

    def _apart_from_states(self, key: str) -> str:
        """`lead_status` for `status`, unless the workspace has such a column from before."""
        word = key.removeprefix("lead_")
        if word not in STATE_FACETS:
            return key
        apart = f"lead_{word}"
        return word if word in self._columns and apart not in self._columns else apart

    def _field(self, name: str) -> str:
        """The key that a field of the mapping, perhaps typed by the user, stands for."""
        wanted = {"full_name": "name", "linkedin": "linkedin_url"}.get(name, name)
        wanted = self._apart_from_states(wanted)
        known: Collection[str] = {*self._known, *WRITABLE_OWN_FIELDS, *_SPARE, *self._columns}
        if wanted in known:
            return wanted
        by_label = [c.key for c in self._columns.values() if c.label == name]
        if len(by_label) == 1:
            return by_label[0]
        near = nearest(name, known)
        raise InputError(
            f'there is no field or column "{name}" to map to',
            next_step=f'did you mean "{near}"?' if near else "leadsync columns list",
        )


def _type(key: str) -> ColumnType:
    return WELL_KNOWN[key][1] if key in WELL_KNOWN else ColumnType.TEXT

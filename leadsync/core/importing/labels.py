"""Labels of columns: by which an import finds those that are there and calls those that it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import label_of
from leadsync.core.importing.header import EXTRA
from leadsync.core.importing.synonyms import fields, known_field, names_of, normalise_header

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.models import Column

_OTHER_LABELS = {"external_id": "External ID", EXTRA: EXTRA}
_LONGEST_KEY = 56  # leaves room for `_2`


class Labels:
    """The labels of a workspace, and those of the columns that a file adds: none is two's.

    A header that fills no field is the label of its column, and gets a number where another
    column has that label already; a field is called otherwise where a header has its label.
    """

    def __init__(self, columns: Sequence[Column], maps: Sequence[ColumnMap]) -> None:
        """Take the columns of the workspace and what each column of the file means."""
        self._by_label: dict[str, list[str]] = {}
        for column in columns:
            self._by_label.setdefault(column.label, []).append(column.key)
        self._kept = [(n, m.header) for n, m in enumerate(maps) if not m.field and not m.ignored]
        self._mapped = {m.field for m in maps if m.field}
        self._headers = {header.casefold() for _, header in self._kept}
        self._labels = {label.casefold() for label in self._by_label}
        self._known = fields()

    def find(self) -> dict[int, str]:
        """The columns whose labels are headers that fill no field, by number of the header."""
        found: dict[int, str] = {}
        for find in (self._of_label, self._of_number):
            for n, header in self._kept:
                key = None if n in found else find(header, found.values())
                if key is not None:
                    found[n] = key
        return found

    def _of_label(self, header: str, taken: Collection[str]) -> str | None:
        """The column of this label; a field only where its label is no known name of one."""
        for key in self._by_label.get(header, ()):
            is_field = key in self._known and known_field(header)
            if not is_field and key not in self._mapped and key not in taken:
                return key
        return None

    def _of_number(self, header: str, taken: Collection[str]) -> str | None:
        """The column that was made for this header while another had its label."""
        if header.casefold() not in self._labels:
            return None
        begin = f"{key_of_header(header)}_"
        for label, keys in self._by_label.items():
            number = label.removeprefix(f"{header} (").removesuffix(")")
            if number.isdecimal() and label == f"{header} ({number})":
                own = (k for k in keys if k.startswith(begin) and k not in self._known)
                key = next((k for k in own if k not in taken and k not in self._mapped), None)
                if key is not None:
                    return key
        return None

    def new(self, column: ColumnMap, key: str) -> str:
        """The label of a column that is made for a column of the file."""
        label = self._of_field(column, key) if column.field else self._of_header(column.header)
        self._labels.add(label.casefold())
        return label

    def _of_field(self, column: ColumnMap, key: str) -> str:
        """The usual label of a field; where it is taken, a name by which imports know the field."""
        field = column.field or key
        names = [name[:1].upper() + name[1:] for name in names_of(field)]
        if known_field(column.header) == field:
            names.insert(0, column.header)
        for name in (label_of_field(key), *names):
            if name.casefold() not in self._labels and name.casefold() not in self._headers:
                return name
        return label_of_field(key)

    def _of_header(self, header: str) -> str:
        """The header, with a number where another column has it as its label."""
        label, number = header, 1
        while label.casefold() in self._labels or (
            number > 1 and label.casefold() in self._headers
        ):
            number += 1
            label = f"{header} ({number})"
        return label


def key_of_header(header: str) -> str:
    """A column key made of a header: lower-case words joined by `_`."""
    words = re.sub("[^a-z0-9]+", "_", normalise_header(header)).strip("_")[:_LONGEST_KEY].strip("_")
    if not words:
        return "column"
    return f"_{words}" if words[0].isdigit() else words


def label_of_field(key: str) -> str:
    """What people read for the key of a field that a file may fill."""
    return _OTHER_LABELS.get(key) or label_of(key)

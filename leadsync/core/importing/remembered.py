"""Mappings kept for files with the same headers: those that users chose, those of rejected rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.importing.destinations import ACCOUNT_HEADERS
from leadsync.core.importing.mapping import (
    MIXED,
    OWN_COLUMN,
    find_column,
    header_fingerprint,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

KIND = "mappings"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a user chose for files with these headers.

    Attributes:
        mapping: header -> field.
        ignore: headers that are left out.
    """

    mapping: dict[str, str]
    ignore: tuple[str, ...]

    def beside(self, options: ImportOptions, columns: Sequence[str]) -> Remembered | None:
        """Those of these choices about which the user says nothing now; None where all are said."""
        now = (*options.mapping, *options.ignore, *options.proposed)
        said = {find_column(columns, h) for h in now}
        filled = set(options.mapping.values()) - {*MIXED, OWN_COLUMN}
        standing = {h: f for h, f in self.mapping.items() if f not in filled}
        mapping = {h: f for h, f in standing.items() if columns.index(h) not in said}
        ignore = tuple(h for h in self.ignore if columns.index(h) not in said)
        return Remembered(mapping, ignore) if mapping or ignore else None

    def under(self, options: ImportOptions) -> ImportOptions:
        """The options with these choices, too."""
        mapping = {**self.mapping, **options.mapping}
        return replace(options, mapping=mapping, ignore=(*options.ignore, *self.ignore))

    def sentence(self) -> str:
        """What was chosen, for people."""
        pairs = [f"{header}={field}" for header, field in self.mapping.items()]
        left_out = [f'"{header}" left out' for header in self.ignore]
        return "mapping remembered from an earlier import: " + ", ".join(pairs + left_out)


def recall_mapping(store: Store, columns: Sequence[str]) -> Remembered | None:
    """What the user chose for these headers before."""
    document = _find(store, columns)
    if document is None:
        return None
    by_index = dict(enumerate(_data_columns(columns)))
    mapping = {by_index[int(n)]: str(field) for n, field in document["mapping"].items()}
    ignore = tuple(by_index[int(n)] for n in document["ignore"])
    return Remembered(mapping, ignore) if mapping or ignore else None


def remember_mapping(store: Store, columns: Sequence[str], options: ImportOptions) -> None:
    """Keep the user's choices of this import, where any were made, beside the earlier ones."""
    if not options.mapping and not options.ignore and not options.proposed:
        return
    earlier = recall_mapping(store, columns)
    standing = earlier.beside(options, columns) if earlier else None
    options = standing.under(options) if standing else options
    data = _data_columns(columns)
    document = _find(store, columns) or _new(data)
    chosen = {columns[find_column(columns, h)]: f for h, f in options.mapping.items()}
    left_out = {columns[find_column(columns, h)] for h in options.ignore}
    body: Doc = {
        **document,
        "headers": data,
        "mapping": {str(data.index(h)): field for h, field in chosen.items() if h in data},
        "ignore": sorted(data.index(h) for h in left_out if h in data),
    }
    if body != document:
        store.save(KIND, body)


def recall_rejected(store: Store, columns: Sequence[str]) -> dict[str, str | None]:
    """Header -> field in the file that rejected rows are from; None keeps the column as it is."""
    fields: dict[str, str | None] = (_find(store, columns) or {}).get("rejected", {})
    data = _data_columns(columns)
    return {data[int(n)]: field for n, field in fields.items()}


def remember_rejected(store: Store, columns: Sequence[str], maps: Sequence[ColumnMap]) -> None:
    """Keep the mapping of a file for its reject file, whose rows alone may look otherwise.

    Args:
        store: where it is kept.
        columns: headers of the reject file, in the order of the file.
        maps: what each of them became.
    """
    data = _data_columns(columns)
    document = _find(store, columns) or _new(data)
    fields = {name: m.field for name, m in zip(columns, maps, strict=True)}
    body: Doc = {**document, "rejected": {str(n): fields[name] for n, name in enumerate(data)}}
    if body != document:
        store.save(KIND, body)


def _new(data: list[str]) -> Doc:
    return {
        "fingerprint": header_fingerprint(data), "headers": data, "mapping": {}, "ignore": [],
    }  # fmt: skip


def _find(store: Store, columns: Sequence[str]) -> Doc | None:
    fingerprint = header_fingerprint(_data_columns(columns))
    found = (d for d in store.documents(KIND) if d.get("fingerprint") == fingerprint)
    return next(found, None)


def _data_columns(columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name not in ACCOUNT_HEADERS]
